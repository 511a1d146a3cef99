#pragma once
// What must hold of one core after every step. Each function returns nullptr when all holds, else the
// sentence that does not: callers decide whether that aborts (WN_CHECK) or is reported. Claims about several
// nodes together (one leader a term, log matching, …) need the trace and live with the checkers. Source:
// [raft] figures 2 and 3.
#include "runtime/raft/state.h"

namespace wn::raft {

// The part of a state that check_step compares with what comes after.
struct Observed {
  Role role = Role::follower;
  Term term;
  NodeId voted_for;
  LogIndex commit;
  LogIndex handed_over;
  LogIndex snapshot;
  LogIndex last_index;
  std::uint64_t issued_ticket = 0;
  std::uint64_t durable_ticket = 0;
  std::uint64_t round = 0;
  bool lease_forfeited = false;
};
Observed observe(const State& state);

const char* check_now(const State& state);
// REQUIRES: exactly one step between `before` and `after`.
const char* check_step(const Observed& before, const State& after);

}  // namespace wn::raft
