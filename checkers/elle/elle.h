#pragma once
// Elle asked about a history: the bytes that go to its JVM and what its answers mean. The process itself
// (pipes, time limit, restart) is scenarios/elle_process; this room does no I/O.
//
// Wire, version kElleProtocol. The JVM greets with one line of JSON. A request is the ASCII line
// "check ID OPTIONS-BYTES HISTORY-BYTES\n", an EDN map of options, and the history in EDN. An answer is one
// line of JSON, described at `elle_answer`.
//
// Elle: Kingsbury & Alvaro, VLDB 2020; jepsen-io/elle 0.2.6. Thread rule: plain functions.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history/history.h"
#include "checkers/history/verdict.h"
#include "runtime/base/result.h"

namespace wn::checkers {

inline constexpr std::int64_t kElleProtocol = 1;
inline constexpr std::uint64_t kElleHistoryBytesMax = 1ULL << 30;  // the driver's limit too
inline constexpr std::size_t kElleAnswerBytesMax = std::size_t{64} << 20;

enum class ElleModel : std::uint8_t { list_append, rw_register };

struct ElleOptions {
  ElleModel model = ElleModel::list_append;
  // Elle's names ("serializable", "snapshot-isolation", …; Elle refuses names that it does not know).
  std::vector<std::string> consistency_models = {"strict-serializable"};
  std::vector<std::string> anomalies = {};  // looked for besides
  // Inference of version orders, rw_register only.
  bool wfr_keys = false, sequential_keys = false, linearizable_keys = false;
  std::uint32_t cycle_search_ms = 1000;  // for each strongly connected component
  std::string plot_directory = {};       // where Elle draws components; empty: nowhere
};

struct ElleRequest {
  std::uint64_t id = 0;                   // comes back with the answer
  std::string bytes;                      // the whole request
  std::vector<std::uint64_t> operations;  // by Elle's index of an event: the history's operation
  // An ok read of a register's value that nobody wrote. Elle passes over such reads, so `pass` is not taken
  // from it then.
  std::uint64_t garbage_read = kNever;
};

// Transactions as they are; single reads, writes and appends as transactions of one micro-operation; what is
// still open at the end gets an :info. Errors: unsupported (other functions, a write of nil, which Elle takes
// for the initial state), invalid_argument (nothing asked for, a name that is no name), too_large.
Result<ElleRequest> elle_request(const History& history, const ElleOptions& options, std::uint64_t id = 0);

struct ElleAnswer {
  Verdict verdict;     // claim "isolation"; `unknown` where Elle threw, with what it said
  bool fatal = false;  // the JVM ends after this answer
  std::uint64_t read_ms = 0, check_ms = 0;  // parsing the EDN; Elle itself
  std::vector<std::string> plots;           // files
  std::string plots_error;                  // why there are none
};

// Errors: unsupported when it is another protocol's greeting, bad_input when it is none.
Result<void> elle_greeting(std::string_view line);

// {"id": n, "valid": true|false|"unknown"|"error", "error": text, "fatal": true, "anomaly_types": [text],
// "not": [text],
//  "also_not": [text], "anomalies": {type: [{"operations": [index], "steps": [{"type","key","value","next"}],
//  "text": text}]}, "counts": {type: n}, "read_ms": n, "check_ms": n, "plots": [text], "plots_error": text}
// Foreign bytes: anything that is not exactly such an answer to this very request is bad_input (too_large
// beyond kElleAnswerBytesMax); `pass` comes only of "valid": true without a single anomaly.
Result<ElleAnswer> elle_answer(std::string_view line, const ElleRequest& request, const History& history,
                               const ElleOptions& options);

}  // namespace wn::checkers
