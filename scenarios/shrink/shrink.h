#pragma once
// Shrinking: a failing plan becomes a short story that still fails for the same reason.
//
// Delta debugging (Zeller & Hildebrandt, "Simplifying and isolating failure-inducing input", TSE 2002) along
// three axes: nodes with their operations, faults, and deviations of the scheduler; besides, a shorter run,
// shorter faults, fewer nodes and links in a fault, a quieter network. Sound because every fault, operation
// and deviation stands for itself (faults/plan/plan.h): taking one away moves no other's dice.
//
// Invariants: the result fails with the signature asked for; it passes plan_check, so it never leaves the
// fault model; of `plan.system` knobs alone are touched, which go back to their defaults where the failure
// stays (a planted defect, the service and what it is made of never are); it is never larger than the input.
// Deterministic: the same plan, oracle and budget in steps give the same result, whatever the number of
// workers. A step is one candidate in the order of a sequential search; work done ahead of it is not counted.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>

#include "faults/plan/plan.h"
#include "runtime/base/result.h"

namespace wn::scenarios {

struct PlanSize {
  std::size_t nodes = 0;
  std::size_t faults = 0;
  std::size_t operations = 0;
  std::size_t deviations = 0;
  friend bool operator==(const PlanSize&, const PlanSize&) = default;
};
PlanSize size_of(const faults::Plan& plan);
// "5 nodes, 41 faults, 1,204 operations" (and ", 3 deviations" when there are any).
std::string to_words(const PlanSize& size);

struct Found {
  std::size_t index = 0;
  std::int64_t at_ns = -1;  // when the violation became visible; -1 unknown
};

// Answers "which is the first of these candidates that still fails for the same reason?".
class Oracle {
 public:
  // nullopt: this candidate is no valid plan; it is passed over and costs nothing.
  using Make = std::function<std::optional<faults::Plan>(std::size_t index)>;
  virtual ~Oracle() = default;
  virtual std::optional<Found> first_failing(std::size_t count, const Make& make) = 0;
  virtual bool out_of_time() const { return false; }
};

inline constexpr std::uint64_t kShrinkStepsMax = 200'000;
// Faults, operations and deviations together: at or below it, other seeds and pairs are not tried any more.
inline constexpr std::size_t kShrinkTarget = 5;
inline constexpr std::size_t kShrinkLimit =
    12;  // above it, the rest of the budget goes into getting below it

struct ShrinkProgress {
  std::uint64_t steps = 0;
  PlanSize size;
};

struct ShrinkOptions {
  std::uint64_t steps_max = kShrinkStepsMax;
  std::function<void(const ShrinkProgress&)> progress;  // after every accepted or refused batch
};

struct ShrinkResult {
  faults::Plan plan;
  PlanSize before;
  PlanSize after;
  std::uint64_t steps = 0;
  bool complete = false;  // a fixed point, not the end of the budget
};

// Errors: precondition when the plan itself does not fail.
Result<ShrinkResult> shrink_plan(const faults::Plan& plan, Oracle& oracle, const ShrinkOptions& options = {});

}  // namespace wn::scenarios
