#include "scenarios/cli/inputs.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "faults/plan/plan_io.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/console.h"
#include "scenarios/runner/build_info.h"
#include "scenarios/runner/scenario_spec.h"
#include "sim/trace/trace_digest.h"

namespace wn::scenarios {
namespace {

namespace fs = std::filesystem;

constexpr std::size_t kDigestBytesMax = std::size_t{1} << 20;
constexpr std::size_t kRunJsonBytesMax = std::size_t{64} << 20;

// "overall <digest>", then "<node> <digest>" a line, then their kind. Digests of another kind say nothing to
// us.
Result<void> read_digest(const fs::path& file, StoredRun& run) {
  const auto text = read_input(file.string(), kDigestBytesMax);
  if (!text) return fail(text.error());
  bool ours = false;
  std::uint32_t line = 0;
  for (std::size_t at = 0; at < text->size();) {
    const std::size_t end = std::min(text->find('\n', at), text->size());
    const std::string_view row = std::string_view(*text).substr(at, end - at);
    at = end + 1;
    ++line;
    const std::size_t space = row.find(' ');
    Digest digest;
    const std::string_view name = row.substr(0, space);
    if (name == "kind") {
      ours = row.substr(space + 1) == std::to_string(sim::kTraceDigestKind);
      continue;
    }
    if (space == row.npos || !Digest::from_hex(row.substr(space + 1), digest)) {
      return fail({.code = Errc::bad_input,
                   .message = "expected \"overall\" or a node's number, and a digest of 32 hex digits",
                   .at = {.file = file.string(), .line = line, .column = 1}});
    }
    if (name == "overall") {
      run.digest = digest;
    } else if (const auto node = parse_number(std::string(name), "node", 1, 0xFFFF'FFFF)) {
      run.node_digests.emplace_back(NodeId{static_cast<std::uint32_t>(*node)}, digest);
    }
  }
  if (!ours) {
    run.digest.reset();
    run.node_digests.clear();
  }
  return {};
}

// A lone plan with a folder's other files around it belongs to that folder.
void read_facts(StoredRun& run) {
  std::error_code error;
  const fs::path beside = run.folder.empty() ? run.plan_file.parent_path() : run.folder;
  const fs::path facts = beside / "run.json";
  if (!fs::is_regular_file(facts, error)) return;
  const auto text = read_input(facts.string(), kRunJsonBytesMax);
  if (!text) return;
  run.build_id = string_field(*text, "build_id");
  run.config_hash = string_field(*text, "config_hash");
  run.scenario = string_field(*text, "scenario");
}

}  // namespace

Result<std::vector<Scenario>> load_scenarios(const std::vector<std::string>& paths) {
  std::vector<Scenario> scenarios;
  std::set<std::string> seen;
  for (const std::string& path : paths) {
    const auto files = find_scenarios(path);
    if (!files) return fail(files.error());
    for (const fs::path& file : *files) {
      if (!seen.insert(file.lexically_normal().string()).second) continue;
      if (scenarios.size() >= kScenariosMax) {
        return fail(Errc::too_large,
                    path + ": expected at most " + std::to_string(kScenariosMax) + " scenarios");
      }
      auto scenario = load_scenario(file);
      if (!scenario) return fail(scenario.error());
      scenarios.push_back(*std::move(scenario));
    }
  }
  return scenarios;
}

Scenario without_defect(const Scenario& scenario) {
  Scenario out = scenario;
  auto spec = std::make_shared<ScenarioSpec>(*scenario.spec);
  spec->system.defect = Defect::none;
  out.spec = std::move(spec);
  return out;
}

Result<StoredRun> load_run_or_plan(const std::string& path) {
  StoredRun run;
  std::error_code error;
  if (fs::is_directory(path, error)) {
    run.folder = path;
    run.plan_file = run.folder / "plan.txtpb";
    if (!fs::exists(run.plan_file, error)) {
      return fail({.code = Errc::bad_input,
                   .message = "expected a run folder (with plan.txtpb in it) or a plan file",
                   .at = {.file = path}});
    }
  } else {
    run.plan_file = path;
    if (run.plan_file.filename() == "plan.txtpb") run.folder = run.plan_file.parent_path();
    if (run.plan_file.filename() == "plan.txtpb" && run.folder.empty()) run.folder = ".";
  }
  // Sizes and kinds are looked at first: a plan file is read whole.
  if (auto text = read_input(run.plan_file.string(), faults::kPlanTextMax); !text) return fail(text.error());
  auto plan = faults::load_plan(run.plan_file);
  if (!plan) return fail(plan.error());
  run.plan = *std::move(plan);
  if (!run.folder.empty()) {
    if (fs::exists(run.folder / "digest", error)) {
      if (auto read = read_digest(run.folder / "digest", run); !read) return fail(read.error());
    }
    if (fs::is_regular_file(run.folder / "trace.bin", error)) run.trace = run.folder / "trace.bin";
  }
  fs::path skeleton = run.plan_file;
  skeleton.replace_extension(".skeleton");
  if (!run.folder.empty()) skeleton = run.folder / "skeleton";
  if (fs::is_regular_file(skeleton, error)) run.skeleton = skeleton;
  read_facts(run);
  return run;
}

std::vector<std::string> differences(const StoredRun& stored) {
  std::vector<std::string> notes;
  if (!stored.build_id.empty() && stored.build_id != build_id()) {
    notes.push_back(
        fmt::format("note: the run was left by build {}, this is build {}", stored.build_id, build_id()));
  }
  std::error_code error;
  if (stored.config_hash.empty() || stored.scenario.empty() || !fs::exists(stored.scenario, error))
    return notes;
  const auto scenario = load_scenario(stored.scenario);
  if (scenario && scenario->config_hash != stored.config_hash) {
    notes.push_back(
        fmt::format("note: {} has changed since the run (config {}, then {}); the stored plan is what runs",
                    stored.scenario, scenario->config_hash, stored.config_hash));
  }
  return notes;
}

std::optional<fs::path> find_catalog() {
  std::error_code error;
  std::vector<fs::path> roots{fs::current_path(error)};
  // <root>/build/<kind>/worknode
  const fs::path program = fs::read_symlink("/proc/self/exe", error);
  if (!error) roots.push_back(program.parent_path().parent_path().parent_path());
  for (const fs::path& root : roots) {
    const fs::path catalog = root / "scenarios" / "catalog";
    if (fs::is_directory(catalog, error)) return fs::proximate(catalog, error);
  }
  return std::nullopt;
}

}  // namespace wn::scenarios
