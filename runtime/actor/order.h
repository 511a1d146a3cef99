#pragma once
// Whose turn is next: the scheduler's order as a decision that can be chosen, written down and changed.
// Without an Order a System runs first in, first out, from a ring; with one it asks at every step (slower:
// meant for simulation and exploration) and gives each turn one message.
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/actor/types.h"
#include "runtime/base/random.h"

namespace wn::actor {

class Order {
 public:
  Order() = default;
  Order(const Order&) = default;
  Order& operator=(const Order&) = default;
  virtual ~Order() = default;
  // An index into `ready`, which is never empty and lists the actors in the order in which they became ready.
  // `step` counts the decisions of the system from 0. REQUIRES of implementors: a pure function of what came
  // in.
  virtual std::size_t choose(std::uint64_t step, std::span<const ActorId> ready) = 0;
};

// First in, first out: always 0. The base of which deviations are told.
class FifoOrder final : public Order {
 public:
  std::size_t choose(std::uint64_t, std::span<const ActorId>) override { return 0; }
};

// By slot, cyclically: the first ready actor after the one that ran last.
class RoundRobinOrder final : public Order {
 public:
  std::size_t choose(std::uint64_t step, std::span<const ActorId> ready) override;

 private:
  std::uint64_t last_ = ~std::uint64_t{0};
};

class RandomOrder final : public Order {
 public:
  explicit RandomOrder(Random random) : random_(random) {}
  std::size_t choose(std::uint64_t step, std::span<const ActorId> ready) override;

 private:
  Random random_;
};

// Probabilistic concurrency testing: each actor has a random priority and the highest runs; at depth - 1
// random steps below steps_max the one about to run falls below all others. A bug that needs `depth` ordering
// constraints among n actors shows with probability at least 1 / (n * steps_max^(depth - 1)).
// (Burckhardt, Kothari, Musuvathi, Nagarakatte: "A Randomized Scheduler with Probabilistic Guarantees of
// Finding Bugs", ASPLOS 2010, section 3.)
class PctOrder final : public Order {
 public:
  struct Options {
    std::uint32_t depth = 3;  // 1..kDepthMax
    std::uint64_t steps_max = 10'000;
  };
  static constexpr std::uint32_t kDepthMax = 64;
  PctOrder(Random random, Options options, std::pmr::memory_resource* memory);
  std::size_t choose(std::uint64_t step, std::span<const ActorId> ready) override;

 private:
  struct Lowered {
    ActorId actor;
    std::uint64_t priority;
  };
  std::uint64_t priority(ActorId actor) const;

  Random random_;
  std::pmr::vector<std::uint64_t> change_points_;  // ascending
  std::pmr::vector<Lowered> lowered_;
};

// At `step` the `choice`-th ready actor ran (counted from 0, in the order in which they became ready; taken
// modulo their number, so that a list survives edits). A schedule is a list of these, ascending by step, over
// a base.
struct ScheduleDeviation {
  std::uint64_t step = 0;
  std::uint32_t choice = 0;
  friend constexpr auto operator<=>(const ScheduleDeviation&, const ScheduleDeviation&) = default;
};

// The base order, except where the list says otherwise. REQUIRES the list ascending by step, no step twice;
// it and the base outlive this.
class DeviatingOrder final : public Order {
 public:
  DeviatingOrder(Order& base, std::span<const ScheduleDeviation> deviations);
  std::size_t choose(std::uint64_t step, std::span<const ActorId> ready) override;

 private:
  Order* base_;
  std::span<const ScheduleDeviation> left_;
};

// Writes down what another order chose, as deviations from FIFO: replaying them over a FifoOrder gives the
// same run. At most `deviations_max`; beyond it the inner order is asked no more, FIFO holds and truncated()
// says so (so that the list is the whole truth).
class ScheduleRecorder final : public Order {
 public:
  ScheduleRecorder(Order& inner, std::size_t deviations_max, std::pmr::memory_resource* memory);
  std::size_t choose(std::uint64_t step, std::span<const ActorId> ready) override;
  std::span<const ScheduleDeviation> deviations() const { return deviations_; }
  bool truncated() const { return truncated_; }
  // Steps at which there was a choice, and the product of the choices is what an exhaustive search faces.
  std::uint64_t decisions() const { return decisions_; }

 private:
  Order* inner_;
  std::pmr::vector<ScheduleDeviation> deviations_;
  std::uint64_t decisions_ = 0;
  bool truncated_ = false;
};

}  // namespace wn::actor
