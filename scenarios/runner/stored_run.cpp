#include "scenarios/runner/stored_run.h"

#include <algorithm>
#include <fstream>
#include <iterator>
#include <nlohmann/json.hpp>

#include "faults/plan/plan_io.h"
#include "runtime/base/hex.h"
#include "scenarios/runner/judge.h"
#include "sim/trace/trace_file.h"

namespace wn::scenarios {
namespace {

namespace fs = std::filesystem;
using Json = nlohmann::json;

constexpr std::uint64_t kEventsMax = 64'000'000;
constexpr std::uintmax_t kTextMax = std::uintmax_t{4} << 30;

Result<std::string> read_text(const fs::path& file) {
  std::error_code error;
  std::ifstream in(file, std::ios::binary);
  if (!in)
    return fail(Error{.code = Errc::not_found, .message = "cannot be read", .at = {file.string(), 0, 0}});
  if (fs::file_size(file, error) > kTextMax)
    return fail(Error{.code = Errc::too_large, .message = "too long", .at = {file.string(), 0, 0}});
  return std::string(std::istreambuf_iterator<char>(in), {});
}

checkers::Outcome3 outcome_from(const std::string& word) {
  for (const auto outcome : {checkers::Outcome3::pass, checkers::Outcome3::fail}) {
    if (word == checkers::to_string(outcome)) return outcome;
  }
  return checkers::Outcome3::unknown;
}

std::string text_at(const Json& object, const char* key) {
  const auto at = object.find(key);
  return at != object.end() && at->is_string() ? at->get<std::string>() : "";
}

Bytes bytes_at(const Json& object, const char* key) {
  const std::string digits = text_at(object, key);
  std::vector<std::uint8_t> out(digits.size() / 2);
  return from_hex(digits, out) ? Bytes::copy_of(ByteView(out)) : Bytes{};
}

// certificates.jsonl, where something was glued.
std::vector<Gluing> gluings_in(const fs::path& file) {
  std::vector<Gluing> out;
  std::ifstream in(file, std::ios::binary);
  for (std::string line; out.size() < kGluingsMax && std::getline(in, line);) {
    const Json told = Json::parse(line, nullptr, false);
    if (!told.is_object()) continue;
    out.push_back({.node = NodeId{told.value("node", std::uint32_t{0})},
                   .at = SimTime{told.value("at_ns", std::int64_t{0})},
                   .sections = bytes_at(told, "sections_bytes"),
                   .certificate = bytes_at(told, "certificate_bytes"),
                   .says = {}});
  }
  return out;
}

// Claims that the plan does not make are the runner's own.
void take_more(const std::string& text, Recorded& out, FlatMap<std::string, std::uint64_t>& sometimes) {
  const Json verdict = Json::parse(text, nullptr, false);
  if (!verdict.is_object()) return;
  const Json claims = verdict.value("claims", Json::array());
  for (const Json& claim : claims) {
    if (!claim.is_object()) continue;
    checkers::Verdict one;
    one.claim = text_at(claim, "claim");
    // A truncated trace is seen again when it is judged again.
    if (one.claim == "trace" || std::ranges::find(out.plan.claims, one.claim) != out.plan.claims.end())
      continue;
    one.outcome = outcome_from(text_at(claim, "verdict"));
    one.signature = text_at(claim, "signature");
    one.explanation = text_at(claim, "explanation");
    out.more.push_back(std::move(one));
  }
  const Json counts = verdict.value("sometimes", Json::object());
  for (const auto& [name, count] : counts.items()) {
    if (count.is_number_unsigned()) sometimes[name] = count.get<std::uint64_t>();
  }
  const auto seconds = verdict.find("wall_seconds");
  if (seconds != verdict.end() && seconds->is_number()) out.wall_seconds = seconds->get<double>();
}

}  // namespace

bool is_real_run(const fs::path& folder) {
  std::error_code error;
  return !folder.empty() && fs::is_regular_file(folder / "real.json", error);
}

Result<RunResult> judge_stored(const fs::path& folder) {
  auto plan = faults::load_plan(folder / "plan.txtpb");
  if (!plan) return fail(plan.error());
  auto history = read_text(folder / "history.jsonl");
  if (!history) return fail(history.error());
  const auto verdict = read_text(folder / "verdict.json");
  if (!verdict) return fail(verdict.error());
  Recorded recorded;
  recorded.plan = *std::move(plan);
  recorded.history_jsonl = *std::move(history);
  std::ifstream in(folder / "trace.bin", std::ios::binary);
  if (in) {
    auto trace = sim::read_trace(in, kEventsMax);
    if (!trace) return fail(trace.error());
    recorded.trace = std::move(trace->events);
    recorded.trace_truncated = trace->footer.truncated;
  }
  recorded.gluings = gluings_in(folder / "certificates.jsonl");
  take_more(*verdict, recorded, recorded.sometimes);
  return judge_recorded(std::move(recorded));
}

}  // namespace wn::scenarios
