#pragma once
// Everything of the command line that is JSON: what people's scripts read, result lines of a sweep, and the
// messages between processes. One file sees the JSON library.
#include <string>
#include <string_view>
#include <variant>
#include <vector>

#include "checkers/history/verdict.h"
#include "runtime/base/result.h"
#include "scenarios/cli/run_apart.h"
#include "scenarios/cli/sweep_totals.h"
#include "scenarios/runner/run.h"

namespace wn::scenarios {

// One line without its end: {"record":"seed",…} or {"record":"scenario",…}.
std::string to_line(const SeedResult& result);
std::string to_line(const SweptScenario& scenario);
std::string to_line(const SweptBehaviours& behaviours);
using ResultLine = std::variant<SweptScenario, SeedResult, SweptBehaviours>;
// `file` and `line` are for the error.
Result<ResultLine> parse_result_line(std::string_view text, const std::string& file, std::uint32_t line);

std::string encode(const RunSummary& summary);
Result<RunSummary> decode_summary(std::string_view text);

struct RunFacts {
  std::string scenario;
  std::string config_hash;
  std::string build_id;
  std::string folder;
};
std::string run_json(const RunResult& result, const RunFacts& facts);
std::string chaos_json(const SweepTotals& totals, const std::string& build_id, double wall_seconds);

struct CheckedHistory {
  std::string file;
  std::string model;
  std::string consistency;
  std::string checker;
  std::uint64_t operations = 0;
  checkers::Verdict verdict;
  double read_seconds = 0;
  double seconds = 0;  // of judging alone
};
std::string check_json(const std::vector<CheckedHistory>& checked, checkers::Outcome3 outcome);

struct ListItem {
  std::string name;
  std::string about;
};
std::string list_json(const std::string& what, const std::vector<ListItem>& items);

struct ShrinkFacts {
  std::string input;
  std::string output;
  std::string signature;
  PlanSize before;
  PlanSize after;
  std::uint64_t steps = 0;
  double seconds = 0;
  bool complete = false;
};
std::string shrink_json(const ShrinkFacts& facts);

struct ReplayFacts {
  std::string input;
  std::string digest;
  std::string stored_digest;  // empty when there is none
  std::string divergence;     // empty when the digests agree
  std::vector<std::string> notes;
};
std::string replay_json(const ReplayFacts& facts, const std::string& run);

// The string fields at the top of an object, for run.json of a stored run. Empty when it has none of that
// name.
std::string string_field(std::string_view json, const std::string& name);

}  // namespace wn::scenarios
