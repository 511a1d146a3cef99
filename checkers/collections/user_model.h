#pragma once
// UserModel: an object described at run time, for languages that bring their own model (Python). States are
// byte strings, canonical: two states are one exactly when their bytes are equal.
//
// Threads: one check calls the functions from its own thread only.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <string_view>

#include "checkers/history/budget.h"
#include "checkers/history/history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

struct UserModel {
  std::string name = "model";
  std::string initial;
  // The state after history.operations[operation], or nothing when it cannot answer that in `state`. An ok
  // operation must agree with its answer (`result`, `txn`); of an info operation nobody knows the answer: the
  // state after it, whatever it was. A function of function, process, key, value, expected, result, txn and
  // outcome of the operation only.
  std::function<std::optional<std::string>(std::string_view state, const History& history,
                                           std::uint32_t operation)>
      step;
  // True of operations that change no state whatever it is; may be left out.
  std::function<bool(const History& history, std::uint32_t operation)> observes = {};
  bool split_by_key = true;      // false: one object has all keys
  bool process_matters = true;   // false: step does not look at the process; then the search is faster
  bool failed_happened = false;  // true: `fail` is an answer too, and step is asked about it
};

struct ModelStats {
  std::uint64_t partitions = 0;
  std::uint64_t steps = 0;
};

// Linearizable against the model? Signature: "linearizability: no order exists". `unknown` only from the
// budget. WN_CHECK: model.step is set.
Verdict check_user_model(const History& history, const UserModel& model, const Budget& budget = {},
                         ModelStats* stats = nullptr);

}  // namespace wn::checkers
