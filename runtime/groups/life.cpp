// Replicas come and go: from the first epoch, from a split, because a leader sends to one that is not here
// yet, and because a committed configuration no longer names this node.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"
#include "runtime/groups/record.h"
#include "runtime/groups/rules.h"

namespace wn::groups {

raft::SnapshotMeta first_snapshot(const raft::Configuration& configuration, const Bytes& image) {
  return {.index = LogIndex{1},
          .term = Term{1},
          .configuration = configuration,
          .bytes = image.size(),
          .checksum = crc32c(image.view())};
}

Replica& add_replica(State& s, GroupId group) {
  Replica& r = s.replicas.try_emplace(group, group, s.limits, s.memory).first->second;
  r.life = ++s.lives;
  r.restored = std::make_unique<raft::Restored>();
  return r;
}

void note_members(State& s, const Replica& of) {
  Replica& r = *find(s, of.group);
  const raft::Configuration& now = r.core->state().configuration();
  learn_group(s, r.group, now.voters);
  raft::MemberList all = now.voters;
  for (const raft::MemberList* list : {&now.outgoing, &now.learners}) {
    for (NodeId id : *list) {
      if (!all.contains(id) && !all.full()) all.insert_sorted(id);
    }
  }
  all.erase(s.options.node);
  if (all == r.counted) return;
  for (NodeId id : all) {
    Peer& peer = s.peers.try_emplace(id, Peer{.heard = s.now}).first->second;
    ++peer.groups;
  }
  for (NodeId id : r.counted) {
    const auto at = s.peers.find(id);
    if (--at->second.groups == 0) s.peers.erase(at);
  }
  r.counted = all;
}

void start_core(State& s, Replica& r, Instant now, bool newborn) {
  raft::Options options = s.options.raft;
  options.id = s.options.node;
  options.jitter_seed = s.random.at("groups.jitter", options.id.value, r.group.value + r.life).u64();
  options.defect = s.options.defect;
  r.restored->newborn = newborn;
  r.was_member = r.restored->snapshot.configuration.contains(options.id);
  r.applied = r.restored->snapshot.index;
  r.core = std::make_unique<raft::RaftCore>(options, std::move(*r.restored), now);
  r.restored.reset();
  r.was_member = r.was_member || r.core->state().configuration().contains(options.id);
  r.busy_at = r.born_at = now;
  ++s.awake;
  note_members(s, r);
  arm(s, r);
}

namespace {

void write_creation(Turn& t, const Replica& r) {
  Record record{.kind = RecordKind::create, .group = r.group};
  record.hard_state = r.restored->hard_state;
  record.meta = r.restored->snapshot;
  record.image = r.image;
  write_record(t, encode(record, {}));
}

}  // namespace

void create_born(Turn& t, GroupId parent, GroupId group, const Bytes& image,
                 const raft::Configuration& members, bool campaign) {
  State& s = t.s;
  // Known already: this entry is applied again after a restart, or a leader of the new group was faster.
  if (find(s, group) != nullptr || s.tombstones.contains(group)) return;
  if (!members.contains(s.options.node)) return;
  if (s.replicas.size() >= s.options.groups_max) return sometimes(t, "groups: no room for a split's group");
  Replica& r = add_replica(s, group);
  const Errc restored = r.machine.restore(image.view());
  WN_CHECK(restored == Errc::ok);
  r.image = image;
  r.restored->hard_state.term = Term{1};
  r.restored->snapshot = first_snapshot(members, image);
  write_creation(t, r);
  start_core(s, r, t.at.now, true);
  tell_ownership(t, r);
  sometimes(t, "groups: a group was split off");
  if (!campaign) return;
  // The parent's leader leads the child, at once: its followers learn of the split first, by the same batch.
  if (Replica* p = find(s, parent); p != nullptr) s.to_campaign.push_back({parent, p->life});
  s.to_campaign.push_back({group, r.life});
}

Replica* create_blank(Turn& t, GroupId group, NodeId leader) {
  State& s = t.s;
  if (s.replicas.size() >= s.options.groups_max) {
    sometimes(t, "groups: no room for a replica");
    return nullptr;
  }
  const auto buried = s.tombstones.find(group);
  Replica& r = add_replica(s, group);
  if (buried != s.tombstones.end()) r.restored->hard_state = buried->second.hard_state;
  // It belongs to nobody until the leader's image says otherwise: it neither votes itself in nor campaigns.
  r.restored->snapshot.configuration.voters.push_back(leader);
  write_creation(t, r);
  start_core(s, r, t.at.now, buried == s.tombstones.end());
  s.blanks.push_back({group, r.life});
  sometimes(t, "groups: a replica began blank");
  return &r;
}

void drop_doomed(Turn& t) {
  State& s = t.s;
  for (const GroupId group : s.doomed) {
    const auto at = s.replicas.find(group);
    if (at == s.replicas.end()) continue;
    Replica& r = at->second;
    Record record{.kind = RecordKind::remove, .group = group};
    record.hard_state = {.term = r.core->state().term, .voted_for = r.core->state().voted_for};
    if (r.core->state().snapshot.index.value != 0) {
      const auto known = s.neighbours.find(group);
      record.members = known != s.neighbours.end() ? known->second.members : r.counted;
    }
    record.members.erase(s.options.node);
    write_record(t, encode(record, {}));
    if (s.tombstones.size() >= kGroupsMax) s.tombstones.erase(s.tombstones.begin());
    s.tombstones[group] = {.hard_state = record.hard_state, .members = record.members};
    drop_waiting_of(t, group);
    for (NodeId id : r.counted) {
      const auto peer = s.peers.find(id);
      if (--peer->second.groups == 0) s.peers.erase(peer);
    }
    if (r.armed != Instant::max()) s.schedule.erase({r.armed, group});
    if (!r.asleep) --s.awake;
    s.replicas.erase(at);
    sometimes(t, "groups: a replica was removed");
  }
  s.doomed.clear();
}

}  // namespace wn::groups
