#include "scenarios/travel/walker.h"

#include <algorithm>
#include <utility>

namespace wn::travel {

Result<std::unique_ptr<Walker>> Walker::make(const faults::Plan& plan) {
  std::unique_ptr<Walker> walker(new Walker);
  auto run = scenarios::LiveRun::make(plan, {.record_history = false, .check = false, .sink = walker.get()});
  if (!run) return fail(run.error());
  walker->run_ = *std::move(run);
  return walker;
}

void Walker::on_event(const TraceEvent& event) {
  if (recent_.size() == kRecentEventsMax) recent_.pop_front();
  recent_.push_back({.event = run_ ? run_->events() + 1 : 0, .traced = traced_++, .what = event});
  made_.push_back(event);
}

Position Walker::position() const {
  return {.event = run_->events(), .traced = traced_, .at = run_->now(), .end = run_->done()};
}

Moment Walker::moment() const { return {.world = &run_->world(), .events = made_, .number = run_->events()}; }

bool Walker::step() {
  made_.clear();
  return run_->step();
}

// The world's own step, which says whether an event before `at` was left: what is next in its queue may be
// stale. When none is, the clocks have gone on to that moment.
bool Walker::walk_to(SimTime at, std::uint64_t limit) {
  while (run_->events() < limit) {
    std::vector<TraceEvent> before = std::move(made_);
    made_.clear();
    if (run_->world().step(at)) continue;
    made_ = std::move(before);
    return true;
  }
  return false;
}

Arrival Walker::walk_until(const Predicate& predicate, bool first, std::uint64_t limit) {
  Arrival arrival;
  // A condition is met where it begins to hold.
  bool held = predicate.condition() && predicate.holds(moment());
  while (run_->events() < limit && step()) {
    const bool holds = predicate.holds(moment());
    const bool met = holds && !(predicate.condition() && held);
    held = holds;
    if (!met) continue;
    arrival.last_match = run_->events();
    arrival.reached = true;
    if (first) break;
  }
  arrival.position = position();
  return arrival;
}

Result<Arrival> Walker::walk(const Destination& to, std::uint64_t limit) {
  Arrival arrival;
  switch (to.goal) {
    case Goal::event:
      while (run_->events() < std::min(to.number, limit) && step()) {
      }
      arrival.reached = run_->events() >= to.number;
      break;
    case Goal::moment:
      arrival.reached = walk_to(std::min(to.at, run_->end()), limit);
      break;
    case Goal::traced:
      while (traced_ <= to.number && run_->events() < limit && step()) {
      }
      arrival.reached = traced_ > to.number;
      break;
    case Goal::match:
    case Goal::last_match: {
      const auto predicate = Predicate::parse(to.predicate);
      if (!predicate) return fail(predicate.error());
      return walk_until(*predicate, to.goal == Goal::match, limit);
    }
  }
  arrival.position = position();
  return arrival;
}

}  // namespace wn::travel
