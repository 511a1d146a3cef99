#include "checkers/supervision/supervision.h"

#include <algorithm>

namespace wn::checkers {
namespace {

constexpr std::uint64_t kInfo = 3;  // checkers::Outcome::info, as op_completed has it

}  // namespace

void SupervisionChecker::on_restarted(const TraceEvent& event) {
  settle(event.node, event.field[0]);
  std::deque<SimTime>& times = restarts_[{event.node, event.field[0]}];
  times.push_back(event.at);
  while (event.at - times.front() > facts_.window) times.pop_front();
  if (times.size() > facts_.restarts_max) {
    fail("supervision: restarts without end",
         name(event.node) + " restarted one actor " + std::to_string(times.size()) + " times within a window",
         event.at, {position_});
  }
}

void SupervisionChecker::on_answered(const TraceEvent& event) {
  const auto asked = asked_.find(event.node);
  if (asked == asked_.end()) return;
  const Asked was = asked->second;
  asked_.erase(asked);
  if (event.field[1] != kInfo || event.field[3] != 0) return;
  const auto home = facts_.homes.find(event.node);
  if (home == facts_.homes.end() || facts_.exempt_functions.contains(was.function)) return;
  SimTime well = facts_.freeze_at;
  if (const auto at = unwell_.find(home->second); at != unwell_.end()) well = std::max(well, at->second);
  if (well == SimTime::max() || was.at - well < facts_.settling) return;
  fail("supervision: a request got no answer",
       name(event.node) + " asked " + name(home->second) + ", which runs, and heard nothing at all", event.at,
       {was.position, position_});
}

void SupervisionChecker::on_event(const TraceEvent& event) {
  switch (event.kind) {
    case TraceKind::actor_failed:
      failed_.try_emplace({event.node, event.field[0]}, Failed{event.at, position_});
      break;
    case TraceKind::actor_restarted:
      on_restarted(event);
      break;
    case TraceKind::actor_stopped:
    case TraceKind::actor_escalated:
      settle(event.node, event.field[0]);
      break;
    case TraceKind::node_crashed:
      std::erase_if(failed_, [&](const auto& item) { return item.first.first == event.node; });
      std::erase_if(restarts_, [&](const auto& item) { return item.first.first == event.node; });
      unwell_[event.node] = SimTime::max();
      break;
    case TraceKind::store_refused:
      unwell_[event.node] = SimTime::max();
      break;
    case TraceKind::node_started:
      unwell_[event.node] = event.at;
      break;
    case TraceKind::handle_used:
      if (event.field[1] != event.field[2]) {
        fail("supervision: a handle led to another's memory",
             name(event.node) + " followed a handle that one actor held to what belongs to another", event.at,
             {position_});
      }
      break;
    case TraceKind::op_invoked:
      asked_[event.node] = {event.at, event.field[1], position_};
      break;
    case TraceKind::op_completed:
      on_answered(event);
      break;
    default:
      break;
  }
  ++position_;
}

Verdict SupervisionChecker::verdict() const {
  Verdict out = found();
  if (out.outcome == Outcome3::fail) return out;
  for (const auto& [actor, failed] : failed_) {
    if (facts_.end - failed.at <= facts_.patience) continue;
    out.outcome = Outcome3::fail;
    out.signature = "supervision: a failed actor was left alone";
    out.explanation = "an actor of " + name(actor.first) + " failed and nobody acted upon it";
    out.at_ns = failed.at.ns;
    out.events = {failed.position};
    break;
  }
  return out;
}

}  // namespace wn::checkers
