#pragma once
// The just-in-time search (Lowe, "Testing for linearizability", 2017) over numbered states and operations: it
// knows nothing of what they mean. Depth-first over configurations (next return that must be explained,
// state, which open operations took effect); branches only at the return of an operation that has not taken
// effect.
//
// Memo key: the event, the state and one bit for each *open* slot; a slot is used again when its operation
// has returned, so the key is as wide as the history is concurrent, not as long as it is.
// Reductions, each sound for every deterministic model:
//   - an operation that changes nothing takes effect as soon as it can (moving it there changes no state);
//   - of open operations that say the same (`label`) the one with the earliest return goes first (exchange
//     the two in any order that does otherwise: the later one is open as long).
#include <cstdint>
#include <span>
#include <vector>

#include "checkers/history/budget.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

struct SearchOperation {
  std::uint64_t invoked = 0;
  std::uint64_t completed = 0;  // kNever: open for ever, and may never take effect
  std::uint32_t label = 0;      // equal labels: the model cannot tell the operations apart
  bool observer = false;        // never changes a state
};

inline constexpr std::uint32_t kRefused = ~std::uint32_t{0};

// The model, with states numbered. state 0 is the initial one.
class StateTable {
 public:
  StateTable() = default;
  StateTable(const StateTable&) = default;
  StateTable& operator=(const StateTable&) = default;
  virtual ~StateTable() = default;
  virtual std::uint32_t apply(std::uint32_t state, std::uint32_t operation) = 0;  // kRefused: cannot be
  virtual std::uint64_t bytes() const = 0;
};

struct JustInTimeResult {
  Outcome3 outcome = Outcome3::pass;
  std::uint64_t steps = 0;
  // pass: an order that explains everything. fail: the longest that was found (of the deepest event), and
  // the operations that were open there and found no place, the one that had to first.
  std::vector<std::uint32_t> placed;
  std::vector<std::uint32_t> states;  // after each of `placed`
  std::vector<std::uint32_t> stuck;
};

// Steps of all searches under one budget are counted in `spent`.
JustInTimeResult search_order(std::span<const SearchOperation> operations, StateTable& states,
                              const Budget& budget, std::uint64_t& spent);

}  // namespace wn::checkers
