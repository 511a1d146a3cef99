// Failures, and what supervisors do about them (after Armstrong's thesis, 2003, section 5, and Akka's rule
// that a restarted actor keeps its identity and mailbox). No recursion: escalation climbs in a loop, restarts
// become turns.
#include "runtime/actor/rules.h"

namespace wn::actor {

namespace {

// A tumbling window, opened by the first restart after the last one ended.
bool may_restart(Instant& window_start, std::uint32_t& restarts, const Supervision& rule, Instant now) {
  if (restarts == 0 || now - window_start >= rule.window) {
    window_start = now;
    restarts = 0;
  }
  if (restarts >= rule.restarts_max) return false;
  ++restarts;
  return true;
}

void restart_one(State& s, std::uint32_t slot) {
  cancel_fiber(s, slot);
  disarm_all_of(s, slot);
  leave_stack_queue(s, slot);
  Actor& a = s.actors[slot];
  a.flags |= kStart | kRestarting;
  ++s.stats.restarts;
  if (s.parts.listener != nullptr) s.parts.listener->on_restarted(s.id_of(slot));
  make_ready(s, slot);
}

// The actor and, from the top down, its descendants; or they stop where a kind says so.
void restart_subtree(State& s, std::uint32_t top) {
  std::uint32_t at = top;
  for (;;) {
    restart_one(s, at);
    if (s.kinds[s.actors[at].kind].kind.children == Children::stop) {
      while (s.actors[at].first_child != kNone) stop_subtree(s, s.actors[at].first_child);
    }
    if (s.actors[at].first_child != kNone) {
      at = s.actors[at].first_child;
      continue;
    }
    while (at != top && s.actors[at].next_sibling == kNone) at = s.actors[at].parent;
    if (at == top) return;
    at = s.actors[at].next_sibling;
  }
}

}  // namespace

void fail_actor(State& s, std::uint32_t slot, const Outcome& outcome, std::uint32_t message_kind) {
  Listener* listener = s.parts.listener;
  std::uint32_t at = slot;
  for (;;) {
    ++s.stats.failures;
    if (listener != nullptr) {
      listener->on_failed({.actor = s.id_of(at),
                           .kind = s.kinds[s.actors[at].kind].kind.name,
                           .outcome = outcome,
                           .message_kind = at == slot ? message_kind : 0});
    }
    const std::uint32_t above = s.actors[at].parent;
    const Supervision& rule =
        above == kNone ? s.options.root : s.kinds[s.actors[above].kind].kind.supervision;
    Instant& window_start = above == kNone ? s.root.window_start : s.cold[above].window_start;
    std::uint32_t& restarts = above == kNone ? s.root.restarts : s.cold[above].restarts;
    // Asked to stop already: it will not begin anew.
    if (rule.strategy == Strategy::stop || (s.actors[at].flags & kStopAsked) != 0) {
      stop_subtree(s, at);
      return;
    }
    if (rule.strategy == Strategy::restart && may_restart(window_start, restarts, rule, s.now)) {
      restart_subtree(s, at);
      return;
    }
    ++s.stats.escalations;
    if (listener != nullptr) {
      listener->on_escalated(s.id_of(at), above == kNone ? kOutside : s.id_of(above), outcome);
    }
    if (above == kNone) {
      stop_subtree(s, at);
      return;
    }
    at = above;
  }
}

}  // namespace wn::actor
