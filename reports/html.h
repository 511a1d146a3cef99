#pragma once
// The HTML report of one run: ONE self-contained file (no outside resource, no network), for people.
//
// Input: plain data of a finished run. Output: the text of the file. Pure: the same input gives the same
// text. Limits: at most kReportEventsMax events are embedded; of a longer trace the ones nearest to the
// moment of the violation are kept, and the page says so. At most kReportLanesMax nodes are drawn. Units:
// nanoseconds of true time since the start of the run. Errors: none; odd input (unknown kinds, unpaired
// deliveries, indices out of range) is drawn as far as it makes sense.
// Thread rule: none; nothing is shared.
#include <cstdint>
#include <optional>
#include <string>
#include <string_view>
#include <utility>
#include <vector>

#include "checkers/history/operation.h"
#include "checkers/history/verdict.h"
#include "faults/plan/plan.h"
#include "reports/explanation.h"
#include "runtime/base/flat_map.h"
#include "runtime/base/trace_event.h"
#include "scenarios/runner/run.h"

namespace wn::reports {

inline constexpr std::size_t kReportEventsMax = 400'000;
inline constexpr std::size_t kReportOperationsMax = 200'000;
inline constexpr std::size_t kReportLanesMax = 64;
inline constexpr std::size_t kReportGluingsMax = 100;

// One client operation as a person reads it. The order is that of the history's operations, so that
// Verdict::operations are indices into it.
struct ReportOperation {
  std::uint32_t process = 0;
  std::uint32_t node =
      0;  // the client node that was this process; a client is a fresh process after each info
  checkers::Outcome outcome = checkers::Outcome::info;
  std::int64_t invoked_ns = checkers::kNoTime;
  std::int64_t completed_ns = checkers::kNoTime;  // kNoTime: never completed
  std::string text;                               // "put k3 = 17", "get k3 -> 17"
};

struct ReportInput {
  faults::Plan plan;
  checkers::Outcome3 outcome = checkers::Outcome3::pass;
  std::string signature;
  std::vector<checkers::Verdict> claims;
  std::vector<TraceEvent> trace;  // in order; may be empty (the page then says how to record one)
  bool trace_truncated = false;
  std::vector<ReportOperation> operations;
  std::vector<std::string> gluings;  // scenarios::Gluing::says of each, at most kReportGluingsMax are shown
  FlatMap<std::string, std::uint64_t> sometimes;
  sim::WorldStats stats;
  std::int64_t simulated_ns = 0;
  double wall_seconds = 0;
  std::string digest;

  // Left to the caller; empty ones are left out of the page.
  ReportExplanation explanation;
  std::optional<std::uint64_t> seed;  // that found the failure; a shrunk plan may have another of its own
  std::string story;                  // plain text, several lines
  std::string replay_command;         // one line
  std::string shrunk_from;            // "5 nodes, 41 faults, 1,204 operations; shrunk in 3.1 s"
  std::string build_id;
  std::string config_hash;
  std::string generated_at;  // the page's date, when the caller wants one (kept out for reproducible files)
  std::vector<std::pair<std::uint64_t, std::string>> message_types;  // names for message_sent's `type`
};

// The operations of a history in JSON Lines, in the order that Verdict::operations counts in.
Result<std::vector<ReportOperation>> report_operations(std::string_view history_jsonl);

// Takes over a run's data; parses its history. Fails with bad_input when the history text is not one.
Result<ReportInput> report_input(scenarios::RunResult run);

std::string render_html(const ReportInput& input);

}  // namespace wn::reports
