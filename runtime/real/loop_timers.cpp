// The Loop's deadlines: a 4-ary heap of indices (LaMarca & Ladner 1996), each timer knowing its place in it.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/real/loop.h"

namespace wn::real {

namespace {
constexpr std::uint32_t kArity = 4;
}  // namespace

Loop::Timer Loop::add_timer(Task fire) {
  std::uint32_t index = 0;
  if (!free_timers_.empty()) {
    index = free_timers_.back();
    free_timers_.pop_back();
  } else {
    if (timers_.size() >= kTimersMax) return {};
    index = static_cast<std::uint32_t>(timers_.size());
    timers_.push_back(std::make_unique<TimerSlot>());
  }
  TimerSlot& timer = *timers_[index];
  timer.fire = std::move(fire);
  timer.used = true;
  return {index, timer.generation};
}

void Loop::remove_timer(Timer timer) {
  if (timer.index >= timers_.size()) return;
  TimerSlot& place = *timers_[timer.index];
  if (!place.used || place.generation != timer.generation) return;
  unqueue(place);
  place.used = false;
  ++place.generation;
  dead_timers_.push_back(timer.index);
}

void Loop::bury_the_dead() {
  dead_watches_.clear();
  for (const std::uint32_t index : dead_timers_) {
    timers_[index]->fire = nullptr;
    free_timers_.push_back(index);
  }
  dead_timers_.clear();
}

Loop::TimerSlot& Loop::slot(Timer timer) {
  WN_CHECK_LT(timer.index, timers_.size());
  TimerSlot& place = *timers_[timer.index];
  WN_CHECK(place.used && place.generation == timer.generation);
  return place;
}

void Loop::arm(Timer timer, Instant deadline) {
  TimerSlot& place = slot(timer);
  place.pending = false;
  if (deadline == Instant::max()) return unqueue(place);
  const bool earlier = deadline < place.deadline;
  place.deadline = deadline;
  if (place.heap_at == kNotQueued) {
    heap_.push_back(timer.index);
    place.heap_at = static_cast<std::uint32_t>(heap_.size() - 1);
    sift_up(place.heap_at);
  } else if (earlier) {
    sift_up(place.heap_at);
  } else {
    sift_down(place.heap_at);
  }
}

void Loop::disarm(Timer timer) { unqueue(slot(timer)); }

void Loop::place(std::uint32_t at, std::uint32_t index) {
  heap_[at] = index;
  timers_[index]->heap_at = at;
}

void Loop::sift_up(std::uint32_t at) {
  const std::uint32_t moving = heap_[at];
  const Instant deadline = timers_[moving]->deadline;
  while (at != 0) {
    const std::uint32_t parent = (at - 1) / kArity;
    if (timers_[heap_[parent]]->deadline <= deadline) break;
    place(at, heap_[parent]);
    at = parent;
  }
  place(at, moving);
}

void Loop::sift_down(std::uint32_t at) {
  const std::uint32_t moving = heap_[at];
  const Instant deadline = timers_[moving]->deadline;
  const auto size = static_cast<std::uint32_t>(heap_.size());
  for (;;) {
    const std::uint32_t first = at * kArity + 1;
    if (first >= size) break;
    std::uint32_t least = first;
    for (std::uint32_t child = first + 1; child < std::min(first + kArity, size); ++child) {
      if (timers_[heap_[child]]->deadline < timers_[heap_[least]]->deadline) least = child;
    }
    if (timers_[heap_[least]]->deadline >= deadline) break;
    place(at, heap_[least]);
    at = least;
  }
  place(at, moving);
}

void Loop::unqueue(TimerSlot& timer) {
  timer.pending = false;
  if (timer.heap_at == kNotQueued) return;
  const std::uint32_t at = timer.heap_at;
  timer.heap_at = kNotQueued;
  const std::uint32_t last = heap_.back();
  heap_.pop_back();
  if (at == heap_.size()) return;
  place(at, last);
  sift_up(at);
  sift_down(timers_[last]->heap_at);
}

// Those that are due now, in the order of their deadlines; one that a callback arms for the past waits for
// the next turn, so that a timer that always re-arms itself does not keep descriptors waiting.
std::size_t Loop::serve_timers() {
  if (heap_.empty()) return 0;
  const Instant present = now();
  due_.clear();
  while (!heap_.empty() && timers_[heap_.front()]->deadline <= present) {
    const std::uint32_t index = heap_.front();
    due_.push_back({index, timers_[index]->generation});
    unqueue(*timers_[index]);
    timers_[index]->pending = true;
  }
  std::size_t ran = 0;
  for (const Timer timer : due_) {
    TimerSlot& place = *timers_[timer.index];
    if (!place.used || place.generation != timer.generation || !place.pending) continue;
    place.pending = false;
    place.fire();
    ++ran;
  }
  stats_.timers += ran;
  return ran;
}

}  // namespace wn::real
