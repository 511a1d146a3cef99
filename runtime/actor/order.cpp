#include "runtime/actor/order.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::actor {

std::size_t RoundRobinOrder::choose(std::uint64_t, std::span<const ActorId> ready) {
  // The least slot above the last one, else the least of all.
  std::size_t next = ready.size();
  std::size_t least = 0;
  for (std::size_t i = 0; i < ready.size(); ++i) {
    if (ready[i].slot() < ready[least].slot()) least = i;
    const bool above = last_ == ~std::uint64_t{0} || ready[i].slot() > last_;
    if (above && (next == ready.size() || ready[i].slot() < ready[next].slot())) next = i;
  }
  const std::size_t chosen = next == ready.size() ? least : next;
  last_ = ready[chosen].slot();
  return chosen;
}

std::size_t RandomOrder::choose(std::uint64_t step, std::span<const ActorId> ready) {
  if (ready.size() == 1) return 0;
  return random_.at("actor.order", 0, step).below(ready.size());
}

PctOrder::PctOrder(Random random, Options options, std::pmr::memory_resource* memory)
    : random_(random), change_points_(memory), lowered_(memory) {
  WN_CHECK(options.depth >= 1);
  WN_CHECK_LE(options.depth, kDepthMax);
  change_points_.reserve(options.depth);
  lowered_.reserve(options.depth);
  for (std::uint32_t i = 0; i + 1 < options.depth; ++i) {
    change_points_.push_back(random_.at("actor.pct.change", i).below(options.steps_max));
  }
  std::sort(change_points_.begin(), change_points_.end());
}

std::uint64_t PctOrder::priority(ActorId actor) const {
  for (const Lowered& l : lowered_) {
    if (l.actor == actor) return l.priority;
  }
  // Above all lowered ones.
  return random_.at("actor.pct.priority", 0, actor.value).u64() | (std::uint64_t{1} << 63);
}

std::size_t PctOrder::choose(std::uint64_t step, std::span<const ActorId> ready) {
  const auto highest = [&] {
    std::size_t best = 0;
    std::uint64_t best_priority = priority(ready[0]);
    for (std::size_t i = 1; i < ready.size(); ++i) {
      const std::uint64_t p = priority(ready[i]);
      if (p > best_priority) {
        best = i;
        best_priority = p;
      }
    }
    return best;
  };
  std::size_t chosen = highest();
  // Each change point lowers once; later ones lower further.
  while (!change_points_.empty() && step >= change_points_.front()) {
    const std::uint64_t below = change_points_.size();
    change_points_.erase(change_points_.begin());
    std::erase_if(lowered_, [&](const Lowered& l) { return l.actor == ready[chosen]; });
    lowered_.push_back({.actor = ready[chosen], .priority = below});
    chosen = highest();
  }
  return chosen;
}

DeviatingOrder::DeviatingOrder(Order& base, std::span<const ScheduleDeviation> deviations)
    : base_(&base), left_(deviations) {
  for (std::size_t i = 1; i < deviations.size(); ++i) WN_CHECK(deviations[i - 1].step < deviations[i].step);
}

std::size_t DeviatingOrder::choose(std::uint64_t step, std::span<const ActorId> ready) {
  const std::size_t base = base_->choose(step, ready);
  while (!left_.empty() && left_.front().step < step) left_ = left_.subspan(1);
  if (left_.empty() || left_.front().step != step) return base;
  const std::uint32_t choice = left_.front().choice;
  left_ = left_.subspan(1);
  return choice % ready.size();
}

ScheduleRecorder::ScheduleRecorder(Order& inner, std::size_t deviations_max,
                                   std::pmr::memory_resource* memory)
    : inner_(&inner), deviations_(memory) {
  deviations_.reserve(deviations_max);
}

std::size_t ScheduleRecorder::choose(std::uint64_t step, std::span<const ActorId> ready) {
  if (ready.size() > 1) ++decisions_;
  if (truncated_) return 0;
  const std::size_t chosen = inner_->choose(step, ready);
  if (chosen == 0) return 0;
  if (deviations_.size() == deviations_.capacity()) {
    truncated_ = true;
    return 0;
  }
  deviations_.push_back({.step = step, .choice = static_cast<std::uint32_t>(chosen)});
  return chosen;
}

}  // namespace wn::actor
