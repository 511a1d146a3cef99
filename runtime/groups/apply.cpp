// What is committed goes to the machines; snapshots are taken, received and stored.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"
#include "runtime/groups/record.h"
#include "runtime/groups/rules.h"

namespace wn::groups {

namespace {

void tell(Turn& t, const Replica& r, LogIndex index, const std::vector<Ownership>& changes) {
  for (const Ownership& change : changes) {
    note(t, TraceKind::group_owns, r.group.value, change.epoch, change.worknode.low, change.owned ? 1 : 0,
         index.value);
    const std::uint64_t epoch = change.owned ? change.epoch : change.epoch + 1;
    learn(t.s, change.worknode, {.group = change.to, .epoch = epoch, .node = kNobody});
  }
}

void apply_entry(Turn& t, Replica& r, const raft::Entry& entry) {
  LogCommand command;
  Applied applied;
  const bool is_command =
      entry.kind == raft::EntryKind::command && decode(entry.data.view(), command) == Errc::ok;
  const raft::Configuration& configuration = r.core->configuration_at(entry.index);
  if (is_command) {
    r.machine.apply(entry.index.value, configuration, command, applied);
  } else {
    r.machine.apply_nothing(entry.index.value);
  }
  r.applied = entry.index;
  note(t, TraceKind::group_applied, r.group.value, entry.index.value, entry.checksum, r.machine.digest());
  if (entry.kind == raft::EntryKind::configuration) note_members(t.s, r);
  if (!applied.changes.empty()) tell(t, r, entry.index, applied.changes);
  if (applied.born) {
    learn_group(t.s, applied.born, configuration.voters);
    create_born(t, r.group, applied.born, applied.born_image, configuration, leads(r));
  }
  if (command.kind == CommandKind::freeze && is_command) learn_group(t.s, command.other, command.members);
  answer_entry(t, r, entry, applied);
  if (applied.decided_for) hand_over_decided(t, r, applied.decided_for, applied.decided_number);
  if (applied.ended) hand_over_ended(t, r, applied.ended_number, applied.outcome);
}

}  // namespace

void apply_entries(Turn& t, Replica& r, std::span<const raft::Entry> entries) {
  for (const raft::Entry& entry : entries) {
    WN_CHECK_EQ(entry.index, r.applied.next());
    apply_entry(t, r, entry);
  }
}

// A replica whose state came as an image says what it owns.
void tell_ownership(Turn& t, const Replica& r) {
  for (WorknodeId id : r.machine.worknodes()) {
    const std::uint64_t epoch = r.machine.epoch_of(id);
    note(t, TraceKind::group_owns, r.group.value, epoch, id.low, 1, r.applied.value);
    learn(t.s, id, {.group = r.group, .epoch = epoch, .node = kNobody});
  }
}

void take_chunks(Turn& t, Replica& r, const std::vector<raft::SnapshotChunk>& chunks) {
  for (const raft::SnapshotChunk& chunk : chunks) {
    Work& w = work(r);
    if (chunk.offset == 0) w.incoming.clear();
    WN_CHECK_EQ(w.incoming.size(), chunk.offset);
    w.incoming.insert(w.incoming.end(), chunk.data.data(), chunk.data.data() + chunk.data.size());
    if (!chunk.last) continue;
    w.arriving = to_bytes(w.incoming);
    w.arriving_meta = chunk.meta;
    w.incoming = {};
    Record record{.kind = RecordKind::snapshot, .group = r.group, .meta = chunk.meta, .image = w.arriving};
    Machine trial(r.group, t.s.limits, t.s.memory);
    const bool ok =
        crc32c(w.arriving.view()) == chunk.meta.checksum && trial.restore(w.arriving.view()) == Errc::ok;
    if (ok) {
      record.hard_state = {.term = r.core->state().term, .voted_for = r.core->state().voted_for};
      write_record(t, encode(record, {}));
    } else {
      w.arriving = Bytes{};
    }
    t.s.promises.push_back({.record = t.s.records, .group = r.group, .life = r.life, .ticket = 0});
  }
}

void image_stored(Turn& t, Replica& r) {
  Work& w = work(r);
  const raft::SnapshotMeta meta = w.arriving_meta;
  const bool ok = !w.arriving.empty();
  if (ok && meta.index > r.core->state().commit) {
    const Errc restored = r.machine.restore(w.arriving.view());
    WN_CHECK(restored == Errc::ok);
    r.image = std::move(w.arriving);
    r.applied = meta.index;
    sometimes(t, "groups: image installed");
    tell_ownership(t, r);
  }
  w.arriving = Bytes{};
  step(t, r, raft::SnapshotStored{.meta = meta, .ok = ok});
  note_members(t.s, r);
}

// The fault point makes none before: there would be nothing but images.
[[maybe_unused]] constexpr std::uint64_t kEntriesBeforeEarlyImage = 8;

void take_snapshot_if_due(Turn& t, Replica& r) {
  const raft::State& core = r.core->state();
  const std::uint64_t since = r.applied.value - core.snapshot.index.value;
  if (core.incoming.active || since == 0) return;
  const bool early =
      since >= kEntriesBeforeEarlyImage && WN_FAULT_POINT(t.s.options.fault_points, "groups.image-early");
  if (since < t.s.options.snapshot_every && !early) return;
  if (r.doomed || r.applied != core.commit) return;
  const Bytes image = r.machine.image();
  const raft::SnapshotMeta meta{.index = r.applied,
                                .term = core.log.term_at(r.applied),
                                .configuration = r.core->configuration_at(r.applied),
                                .bytes = image.size(),
                                .checksum = crc32c(image.view())};
  Record record{.kind = RecordKind::snapshot, .group = r.group, .meta = meta, .image = image};
  record.hard_state = {.term = core.term, .voted_for = core.voted_for};
  write_record(t, encode(record, {}));
  r.image = image;
  step(t, r, raft::SnapshotTaken{.meta = meta});
}

}  // namespace wn::groups
