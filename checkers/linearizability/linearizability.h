#pragma once
// Linearizability (Herlihy & Wing 1990) of a history against a sequential model, key by key.
//
// Three-valued and never wrong: `pass` and `fail` are proofs, `unknown` says that the budget ran out.
// fail carries a small witness (indices of operations that no order explains) and one of these signatures:
//   "linearizability: stale read"         a read shows a value that had been overwritten before it began
//   "linearizability: future read"        a read ended before the write of its value began
//   "linearizability: value from nowhere" nobody wrote the value
//   "linearizability: refused write appeared"  only a failed write carries the value
//   "linearizability: lost update"        two successful cas consumed one and the same unique value
//   "linearizability: duplicate append"   an element stands more often than it was appended
//   "linearizability: lost append"        a read does not extend an earlier read of the same chain
//   "linearizability: no order exists"    everything else
//
// Stated choices:
//   - the initial value is nil; in kv and list-append, nil, "" and [] are one and the same empty value;
//   - a `fail` cas is an observation: at some moment the value was not `expected` (failed_cas_observes);
//   - any other `fail` did not happen; a `fail` or `info` read says nothing;
//   - put/append on kv: text concatenates as bytes; numbers and lists concatenate as lists;
//   - operations whose function the model does not know make the verdict `unknown`, with an explanation.
//
// Stages: split by key; drop what cannot be observed; cheap refuters; zones (Gibbons & Korach, "Testing
// shared memories", 1997) for unique values; else just-in-time search (Lowe, "Testing for linearizability",
// 2017).
#include <cstddef>
#include <cstdint>
#include <functional>
#include <optional>
#include <span>
#include <string_view>

#include "checkers/history/budget.h"
#include "checkers/history/history.h"
#include "checkers/history/verdict.h"
#include "checkers/linearizability/defects.h"

namespace wn::checkers {

enum class ModelName : std::uint8_t { reg, cas_register, kv, list_append };

struct ModelInfo {
  std::string_view name;  // as on the command line: "register", "cas-register", "kv", "list-append"
  std::string_view summary;
  ModelName model;
};
std::span<const ModelInfo> linearizability_models();
std::optional<ModelName> model_named(std::string_view name);

// Runs job(i, cancelled) for each i below `count`, in any order, perhaps several at once, and returns when
// all that were started have ended. Once a job has returned true, jobs with larger numbers need not be run,
// and `cancelled` may say true to those that are running. The checker brings no threads of its own; the
// caller's `Budget.stop` must bear being asked from several then.
using Job = std::function<bool(std::size_t index, const std::function<bool()>& cancelled)>;
using Executor = std::function<void(std::size_t count, const Job& job)>;

struct LinearizabilityOptions {
  bool failed_cas_observes = true;
  bool zones = true;        // false: search alone (tests compare the two)
  bool depth_first = true;  // false: the search of registers is breadth first alone (tests compare)
  bool minimal = true;      // a violation comes with a minimal sub-history and Verdict.order
  Executor parallel = {};   // searches of keys side by side; the same verdict with any or none
  LinearizabilityDefect defect = LinearizabilityDefect::none;  // tests only
};

// What the checker did, for benchmarks and tests that a stage was reached.
struct LinearizabilityStats {
  std::uint64_t partitions = 0;
  std::uint64_t refuted = 0;   // by a cheap refuter
  std::uint64_t zoned = 0;     // decided by zones
  std::uint64_t searched = 0;  // handed to the search
  std::uint64_t steps = 0;
};

Verdict check_linearizable(const History& history, ModelName model, const Budget& budget = {},
                           const LinearizabilityOptions& options = {}, LinearizabilityStats* stats = nullptr);

}  // namespace wn::checkers
