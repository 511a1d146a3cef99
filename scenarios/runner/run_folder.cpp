// The run folder: what one run leaves behind. Written aside and renamed, so that a reader (or a run that was
// killed half-way) never sees half a folder.
#include <fcntl.h>
#include <unistd.h>

#include <cstdio>
#include <filesystem>
#include <fstream>
#include <system_error>

#include "faults/plan/plan_io.h"
#include "scenarios/drift/skeleton.h"
#include "scenarios/runner/build_info.h"
#include "scenarios/runner/run.h"
#include "scenarios/runner/run_json.h"
#include "sim/trace/trace_digest.h"
#include "sim/trace/trace_file.h"

namespace wn::scenarios {
namespace {

namespace fs = std::filesystem;

Result<void> write_file(const fs::path& path, std::string_view text) {
  std::ofstream out(path, std::ios::binary);
  out.write(text.data(), static_cast<std::streamsize>(text.size()));
  out.close();
  if (!out)
    return fail(Error{Errc::io_error, "cannot write (disk full or not permitted?)", {path.string(), 0, 0}});
  return {};
}

// "overall <digest>", then "<node> <digest>" a line, then their kind.
std::string digest_text(const RunResult& result) {
  std::string text = "overall " + result.digest.to_hex() + "\n";
  for (const auto& [node, digest] : result.node_digests) {
    text += std::to_string(node.value) + " " + digest.to_hex() + "\n";
  }
  return text + "kind " + std::to_string(sim::kTraceDigestKind) + "\n";
}

Result<void> write_trace_file(const RunResult& result, const fs::path& path) {
  std::ofstream out(path, std::ios::binary);
  const sim::TraceHeader header{
      .build = std::string(build_id()), .scenario = result.plan.scenario, .seed = result.plan.seed};
  const sim::TraceFooter footer{.events = result.trace.size(),
                                .truncated = result.trace_truncated,
                                .digest = result.digest,
                                .nodes = result.node_digests};
  const Errc written = sim::write_trace(out, header, result.trace, footer);
  out.close();
  if (written != Errc::ok || !out) {
    return fail(Error{Errc::io_error, "cannot write (disk full or not permitted?)", {path.string(), 0, 0}});
  }
  return {};
}

Result<void> write_all(const RunResult& result, const fs::path& folder) {
  if (auto r = write_file(folder / "plan.txtpb", faults::to_text(result.plan)); !r) return r;
  if (auto r = write_file(folder / "digest", digest_text(result)); !r) return r;
  if (auto r = write_file(folder / "history.jsonl", result.history_jsonl); !r) return r;
  if (auto r = write_file(folder / "verdict.json", to_json(result)); !r) return r;
  if (result.convergence) {
    if (auto r = write_file(folder / "convergence.json", to_json(*result.convergence)); !r) return r;
  }
  if (!result.gluings.empty()) {
    if (auto r = write_file(folder / "certificates.jsonl", certificates_jsonl(result.gluings)); !r) return r;
  }
  if (!result.trace.empty() && !result.trace_truncated) {
    const drift::Skeleton skeleton = drift::skeleton_of(result.plan, result.trace, result.signature);
    if (auto r = write_file(folder / "skeleton", drift::to_text(skeleton)); !r) return r;
  }
  if (!result.trace.empty()) return write_trace_file(result, folder / "trace.bin");
  return {};
}

// A scenario's name becomes a folder's name: only what is safe in one.
std::string safe_name(const std::string& name) {
  std::string out;
  for (const char c : name) {
    const bool plain =
        (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9') || c == '-' || c == '_';
    out += plain ? c : '_';
  }
  return out.empty() ? "unnamed" : out.substr(0, 100);
}

// runs/latest -> <scenario>/<seed>, replaced in one step. Failing to is no reason to fail the run.
void point_latest(const fs::path& runs, const fs::path& relative) {
  std::error_code ignored;
  const fs::path aside = runs / (".latest-" + std::to_string(::getpid()));
  fs::remove(aside, ignored);
  fs::create_directory_symlink(relative, aside, ignored);
  if (!ignored) fs::rename(aside, runs / "latest", ignored);
}

// Puts a whole folder where an older one may be. Another run may do the same at the same moment: the last
// wins, and a reader finds one of them whole.
std::error_code put_in_place(const fs::path& aside, const fs::path& folder) {
  constexpr int kTriesMax = 16;
  std::error_code error;
  for (int i = 0; i < kTriesMax; ++i) {
    fs::rename(aside, folder, error);
    if (error != std::errc::directory_not_empty && error != std::errc::file_exists) return error;
    if (::renameat2(AT_FDCWD, aside.c_str(), AT_FDCWD, folder.c_str(), RENAME_EXCHANGE) == 0) {
      fs::remove_all(aside, error);
      return {};
    }
    // Not every file system can exchange: then the old folder is moved out of the way first.
    const fs::path old = aside.string() + "-old";
    std::error_code ignored;
    fs::rename(folder, old, ignored);
    fs::remove_all(old, ignored);
  }
  return error;
}

}  // namespace

Result<fs::path> write_run_folder(const RunResult& result, const fs::path& runs, const std::string& name) {
  const std::string own = name.empty() ? std::to_string(result.plan.seed) : safe_name(name);
  const fs::path relative = fs::path(safe_name(result.plan.scenario)) / own;
  const fs::path folder = runs / relative;
  const fs::path aside = folder.parent_path() / ("." + own + "-" + std::to_string(::getpid()));
  std::error_code error;
  fs::remove_all(aside, error);
  fs::create_directories(aside, error);
  if (error) {
    return fail(Error{Errc::io_error, "cannot make the folder: " + error.message(), {aside.string(), 0, 0}});
  }
  if (auto written = write_all(result, aside); !written) {
    std::error_code ignored;
    fs::remove_all(aside, ignored);
    return fail(written.error());
  }
  error = put_in_place(aside, folder);
  if (error) {
    std::error_code ignored;
    fs::remove_all(aside, ignored);
    return fail(
        Error{Errc::io_error, "cannot replace the folder: " + error.message(), {folder.string(), 0, 0}});
  }
  point_latest(runs, relative);
  return folder;
}

}  // namespace wn::scenarios
