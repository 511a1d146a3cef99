// Everything as bytes, and back: a count, then records, as the journal has them. A replica is a `create`, and
// a `snapshot` when an image has arrived whose record is not durable yet.
#include "runtime/groups/image.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"
#include "runtime/groups/record.h"

namespace wn::groups {

namespace {

void put_record(ProtoWriter& out, const Record& record, std::span<const raft::Entry> entries) {
  out.bytes(1, encode(record, entries).view());
}

void put_replica(ProtoWriter& out, const Replica& r) {
  Record record{.kind = RecordKind::create, .group = r.group, .image = r.image};
  if (r.core == nullptr) {
    record.hard_state = r.restored->hard_state;
    record.meta = r.restored->snapshot;
    return put_record(out, record, r.restored->entries);
  }
  const raft::State& core = r.core->state();
  record.hard_state = {.term = core.term, .voted_for = core.voted_for};
  record.meta = core.snapshot;
  const LogIndex first = std::max(core.snapshot.index.next(), core.log.first_index());
  put_record(out, record, core.log.span(first, core.log.last_index()));
  if (r.work == nullptr || r.work->arriving.empty()) return;
  record.kind = RecordKind::snapshot;
  record.meta = r.work->arriving_meta;
  record.image = r.work->arriving;
  put_record(out, record, {});
}

Errc replay_create(State& s, Record& record) {
  if (find(s, record.group) != nullptr) return Errc::corrupt;
  const bool blank = record.meta.index.value == 0;
  if (record.meta.configuration.voters.empty()) return Errc::corrupt;
  Replica& r = add_replica(s, record.group);
  if (!blank && r.machine.restore(record.image.view()) != Errc::ok) return Errc::corrupt;
  LogIndex index = record.meta.index;
  Term term = record.meta.term;
  for (const raft::Entry& entry : record.entries) {
    index = index.next();
    if (entry.index != index || entry.term < term) return Errc::corrupt;
    term = entry.term;
  }
  r.image = record.image;
  r.restored->hard_state = record.hard_state;
  r.restored->snapshot = record.meta;
  r.restored->entries = std::move(record.entries);
  return Errc::ok;
}

Errc replay_persist(Replica& r, Record& record) {
  raft::Restored& restored = *r.restored;
  std::vector<raft::Entry>& log = restored.entries;
  restored.hard_state = record.hard_state;
  if (record.truncate_from.value != 0) {
    std::erase_if(log, [&](const raft::Entry& entry) { return entry.index >= record.truncate_from; });
  }
  for (raft::Entry& entry : record.entries) {
    const LogIndex last = log.empty() ? restored.snapshot.index : log.back().index;
    if (entry.index != last.next()) return Errc::corrupt;
    log.push_back(std::move(entry));
  }
  return Errc::ok;
}

Errc replay_snapshot(Replica& r, const Record& record) {
  raft::Restored& restored = *r.restored;
  if (record.meta.index <= restored.snapshot.index) return Errc::ok;
  if (r.machine.restore(record.image.view()) != Errc::ok) return Errc::corrupt;
  std::vector<raft::Entry>& log = restored.entries;
  const auto same = [&](const raft::Entry& e) {
    return e.index == record.meta.index && e.term == record.meta.term;
  };
  // [raft] figure 13, steps 6 and 7: what follows is kept if the log agrees with the image, else none of it.
  const bool joins_on = std::ranges::any_of(log, same);
  std::erase_if(log, [&](const raft::Entry& e) { return !joins_on || e.index <= record.meta.index; });
  restored.snapshot = record.meta;
  restored.hard_state = record.hard_state;
  r.image = record.image;
  return Errc::ok;
}

}  // namespace

Bytes image_of(const State& s) {
  Buffer buffer;
  ProtoWriter out(buffer);
  for (const auto& [group, stone] : s.tombstones) {
    if (find(s, group) != nullptr) continue;
    Record record{.kind = RecordKind::remove, .group = group};
    record.hard_state = stone.hard_state;
    record.members = stone.members;
    put_record(out, record, {});
  }
  for (const auto& [group, r] : s.replicas) put_replica(out, r);
  return to_bytes(buffer);
}

Errc restore_image(State& s, ByteView image) {
  s.replicas.clear();
  s.tombstones.clear();
  ProtoReader in(image);
  while (!in.done()) {
    ByteView record;
    if (!in.bytes(1, record)) return Errc::corrupt;
    if (const Errc e = replay(s, record); e != Errc::ok) return e;
  }
  return Errc::ok;
}

Errc replay(State& s, ByteView bytes) {
  Record record;
  if (const Errc e = decode(bytes, record); e != Errc::ok) return e;
  if (record.kind == RecordKind::create) return replay_create(s, record);
  if (record.kind == RecordKind::remove) {
    s.replicas.erase(record.group);
    s.tombstones[record.group] = {.hard_state = record.hard_state, .members = record.members};
    return Errc::ok;
  }
  Replica* r = find(s, record.group);
  if (r == nullptr) return Errc::corrupt;
  return record.kind == RecordKind::persist ? replay_persist(*r, record) : replay_snapshot(*r, record);
}

}  // namespace wn::groups
