// Snapshots: [raft] section 7 and figure 13. Images are streamed one bounded chunk at a time; the core
// handles offsets, the driver bytes.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/raft/rules.h"

namespace wn::raft {

namespace {

void ask_for(Turn& t, const Message& m, std::uint64_t offset, bool start_over = false) {
  Message& reply = send(t, MessageType::snapshot_reply, m.from, kWaitForHardState);
  reply.snapshot = m.snapshot;
  reply.offset = offset;
  reply.reject = start_over;
}

void report_match(Turn& t, NodeId leader, LogIndex match) {
  t.s.matched = std::max(t.s.matched, match);
  Message& reply = send(t, MessageType::append_reply, leader, kWaitForAll);
  reply.log_index = match;
}

bool is_plausible(const Message& m) {
  const SnapshotMeta& meta = m.snapshot;
  return meta.index.value != 0 && meta.term <= m.term && !meta.configuration.voters.empty() &&
         m.offset <= meta.bytes && m.data.size() == m.length && m.length <= meta.bytes - m.offset;
}

}  // namespace

void send_chunk(Turn& t, Progress& p) {
  State& s = t.s;
  if (p.chunk_sent) return;
  Message& m = send(t, MessageType::snapshot_chunk, p.id);
  m.snapshot = p.image;
  m.offset = p.image_offset;
  m.length = static_cast<std::uint32_t>(
      std::min<std::uint64_t>(s.options.snapshot_chunk_bytes_max, p.image.bytes - p.image_offset));
  if (m.length > 1 && WN_FAULT_POINT(s.options.fault_points, "raft.chunk-of-one-byte")) m.length = 1;
  p.chunk_sent = true;
  p.chunk_deadline = t.at.now + s.options.election_timeout_min;
  if (p.image_offset == 0) sometimes(t, "raft: snapshot sent");
}

void tick_chunks(Turn& t) {
  State& s = t.s;
  for (Progress& p : s.progress) {
    if (p.state != ProgressState::snapshot || !p.chunk_sent || t.at.now < p.chunk_deadline) continue;
    // Lost, or the image is gone from our disk because a newer one replaced it.
    if (p.image != s.snapshot) p.become_snapshot(s.snapshot);
    p.chunk_sent = false;
  }
}

void on_snapshot_chunk(Turn& t, const Message& m) {
  State& s = t.s;
  if (s.role == Role::leader || !is_plausible(m)) return;
  heard_from_leader(t, m.from);
  IncomingImage& in = s.incoming;
  if (in.storing) {
    if (in.meta == m.snapshot) in.from = m.from;
    return;
  }
  if (m.snapshot.index <= s.commit) return report_match(t, m.from, s.commit);
  const bool same = in.active && in.meta == m.snapshot;
  if (in.active && !same && m.term == in.term && m.snapshot.index < in.meta.index)
    return;  // delayed, of an older image
  if (!same) {
    if (m.offset != 0) return ask_for(t, m, 0);
    in = IncomingImage{.active = true, .storing = false, .meta = m.snapshot, .from = m.from, .term = m.term};
  }
  in.from = m.from;
  in.term = m.term;
  if (m.offset != in.next_offset) return ask_for(t, m, in.next_offset);
  in.next_offset += m.length;
  in.storing = in.next_offset == in.meta.bytes;
  t.out.chunks.push_back(
      SnapshotChunk{.meta = in.meta, .from = m.from, .offset = m.offset, .data = m.data, .last = in.storing});
  ask_for(t, m, in.next_offset);
}

void on_snapshot_reply(Turn& t, const Message& m) {
  State& s = t.s;
  Progress* p = s.role == Role::leader ? find_progress(s, m.from) : nullptr;
  if (p == nullptr) return;
  p->last_contact = t.at.now;
  if (p->state != ProgressState::snapshot || m.snapshot != p->image || m.offset > p->image.bytes) return;
  if (m.reject) {
    p->become_snapshot(s.snapshot);
    return;
  }
  if (m.offset == p->image_offset && p->image.bytes != 0) return;  // a duplicate
  p->image_offset = m.offset;
  // Everything is there: the append_reply comes when it is stored. Ask again if it does not.
  p->chunk_sent = m.offset == p->image.bytes;
  p->chunk_deadline = t.at.now + s.options.election_timeout_min;
}

void on_snapshot_taken(Turn& t, const SnapshotMeta& meta) {
  State& s = t.s;
  if (meta.index <= s.snapshot.index) return;  // an image from a leader has overtaken it
  WN_CHECK_LE(meta.index, s.commit);
  WN_CHECK_EQ(s.log.term_at(meta.index), meta.term);
  auto in_force = s.configurations.end() - 1;
  while (in_force->index > meta.index) --in_force;
  WN_CHECK(in_force->configuration == meta.configuration);
  s.snapshot = meta;
  s.configurations.erase(s.configurations.begin(), in_force);
  note(t, TraceKind::raft_snapshot_taken, meta.index.value, meta.term.value, meta.bytes);
  const bool all = WN_FAULT_POINT(s.options.fault_points, "raft.log-compacted-whole");
  const std::uint64_t tail = all ? 0 : s.options.compaction_tail_entries;
  if (meta.index.value <= tail) return;
  const LogIndex base{meta.index.value - tail};
  if (base > s.log.base_index()) s.log.compact_to(base);
}

void on_snapshot_stored(Turn& t, const SnapshotStored& stored) {
  State& s = t.s;
  IncomingImage& in = s.incoming;
  if (!in.storing || in.meta != stored.meta) return;
  const IncomingImage image = in;
  in = IncomingImage{};
  restart_election_timer(t);
  if (!stored.ok) {
    sometimes(t, "raft: snapshot image refused");
    if (s.leader != image.from) return;
    Message& reply = send(t, MessageType::snapshot_reply, image.from, kWaitForHardState);
    reply.snapshot = image.meta;
    reply.reject = true;
    return;
  }
  const SnapshotMeta& meta = image.meta;
  WN_CHECK_GT(meta.index, s.commit);  // commits waited while it was being stored
  // [raft] figure 13, step 6: "If existing log entry has same index and term as snapshot's last included
  // entry, retain log entries following it and reply"; step 7: "Discard the entire log".
  const bool joins_on = s.log.knows(meta.index) && s.log.term_at(meta.index) == meta.term;
  if (joins_on) {
    drop_configurations_from(t, LogIndex{});
    s.configurations.front() = {meta.index, meta.configuration};
    s.log.compact_to(meta.index);
    for (const Entry& entry : s.log.span(s.log.first_index(), s.log.last_index())) {
      if (entry.kind != EntryKind::configuration) continue;
      adopt_configuration(t, entry.index, *decode_configuration(entry.data.view()));
    }
  } else {
    if (s.log.size() != 0) {
      note(t, TraceKind::raft_truncate, s.log.first_index().value, s.log.last_index().value, s.term.value);
      s.step_truncate_from = s.log.first_index();
    }
    s.log.reset(meta.index, meta.term);
    s.configurations.assign(1, ConfigurationAt{meta.index, meta.configuration});
    for (TicketMark& mark : s.marks) mark.last = meta.index;
    s.durable_index = meta.index;
  }
  s.durable_index = std::max(s.durable_index, meta.index);
  s.snapshot = meta;
  s.commit = s.handed_over = meta.index;
  note_configuration(t);
  sometimes(t, "raft: snapshot installed");
  note(t, TraceKind::raft_snapshot_installed, meta.index.value, meta.term.value, meta.bytes);
  if (s.leader && s.leader != s.options.id) report_match(t, s.leader, meta.index);
}

}  // namespace wn::raft
