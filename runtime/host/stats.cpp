// What the node looks like from inside.
#include "runtime/host/impl.h"

namespace wn::host {

Stats Host::stats() const {
  Stats out;
  if (failed_ || !realm_) return out;
  out.memory_bytes = memory_.budget().options.bytes;
  out.memory_held = memory_.bytes_held();
  out.memory_high_water = memory_.high_water_bytes();
  out.stacks_high_water = system_->stacks().high_water_bytes;
  out.actors = system_->stats();
  out.actors_alive = system_->actor_count();
  out.mailbox_waits = mailbox_waits_;
  out.mailbox_waited = mailbox_waited_;
  out.updates = realm_->updates();
  out.updates_kept = realm_->log_size();
  out.tokens_judged = realm_->tokens_shown().judged;
  out.tokens_remembered = realm_->tokens_shown().remembered;
  out.peers = realm_->peers();
  if (!groups_) return out;
  for (const groups::GroupStatus& group : groups_->status()) {
    if (group.dissolved) continue;
    ++out.groups;
    out.groups_led += group.role == raft::Role::leader ? 1 : 0;
    out.groups_asleep += group.asleep ? 1 : 0;
    out.groups_without_leader += group.leader ? 0 : 1;
    out.groups_term = std::max(out.groups_term, group.term.value);
    out.groups_commit += group.commit.value;
    out.groups_applied += group.applied.value;
  }
  return out;
}

}  // namespace wn::host
