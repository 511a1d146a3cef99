#include "runtime/raft/cluster.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"

namespace wn::raft::testing {

namespace {
std::uint64_t mix(std::uint64_t hash, std::uint64_t word) {
  hash = (hash ^ word) * 0x9E3779B97F4A7C15ULL;
  return hash ^ (hash >> 29);
}
}  // namespace

Bytes make_image(std::uint64_t machine, std::uint64_t padding) {
  return Bytes::build(8 + padding, [&](std::uint8_t* to) {
    for (int i = 0; i < 8; ++i) to[i] = static_cast<std::uint8_t>(machine >> (8 * i));
    for (std::uint64_t i = 0; i < padding; ++i) to[8 + i] = static_cast<std::uint8_t>(i);
  });
}

std::uint64_t machine_of(ByteView image) {
  WN_CHECK_GE(image.size(), 8U);
  std::uint64_t machine = 0;
  for (std::size_t i = 0; i < 8; ++i) machine |= std::uint64_t{image[i]} << (8 * i);
  return machine;
}

Cluster::Cluster(Options options, Configuration bootstrap, std::uint64_t seed)
    : options_(options), bootstrap_(bootstrap), seed_(seed) {
  MemberList all = bootstrap.voters;
  for (NodeId id : bootstrap.learners) all.insert_sorted(id);
  for (NodeId id : all) add(id);
}

Member& Cluster::add(NodeId id) {
  Member& m = members_[id.value];
  m.id = id;
  m.options = options_;
  m.options.id = id;
  m.disk.snapshot.configuration = bootstrap_;
  boot(m, {});
  return m;
}

Member& Cluster::at(NodeId id) {
  const auto found = members_.find(id.value);
  WN_CHECK(found != members_.end());
  return found->second;
}

std::vector<NodeId> Cluster::ids() const {
  std::vector<NodeId> out;
  for (const auto& [id, member] : members_) out.push_back(NodeId{id});
  return out;
}

void Cluster::boot(Member& m, LogIndex quarantine_until) {
  ++m.lives;
  m.options.jitter_seed = Random(seed_).at("jitter", m.id.value, m.lives).u64();
  Restored restored{.hard_state = m.disk.hard_state,
                    .snapshot = m.disk.snapshot,
                    .entries = m.disk.log,
                    .quarantine_until = quarantine_until};
  m.core = std::make_unique<RaftCore>(m.options, std::move(restored), local(m));
  m.applied = m.disk.snapshot.index;
  m.machine = m.disk.snapshot.index.value == 0 ? 0 : machine_of(m.disk.image.view());
  m.writes.clear();
  m.held.clear();
  m.incoming.clear();
  m.arriving.reset();
}

void Cluster::broken(const Member& m, std::string what) {
  if (!violation_) violation_ = "n" + std::to_string(m.id.value) + ": " + std::move(what);
}

void Cluster::step(NodeId id, const Input& input) {
  Member& m = at(id);
  WN_CHECK(m.core != nullptr);
  const Observed before = observe(m.core->state());
  m.core->step(Moment{.now = local(m), .lease_now = local(m)}, input, effects_);
  if (const char* what = check_now(m.core->state())) broken(m, what);
  if (const char* what = check_step(before, m.core->state())) broken(m, what);
  take_effects(m);
}

void Cluster::take_effects(Member& m) {
  for (Claim claim : effects_.sometimes) ++sometimes_[claim.name];
  if (keep_notes) {
    for (const Note& note : effects_.notes) notes.emplace_back(m.id, note);
  }
  const Persist& p = effects_.persist;
  if (p.ticket != 0) {
    m.writes.push_back(Write{.ticket = p.ticket,
                             .hard_state_changed = p.hard_state_changed,
                             .hard_state = p.hard_state,
                             .truncate_from = p.truncate_from,
                             .entries = {p.entries.begin(), p.entries.end()}});
  }
  for (const Outgoing& out : effects_.messages) post(m, out.message, out.wait_for);
  check_leader(m);
  apply(m, effects_.committed);
  for (const ReadReady& read : effects_.reads) {
    ++reads_answered;
    m.reads.push_back(read);
    const auto floor = read_floor_.find(read.context);
    if (floor != read_floor_.end() && read.index < floor->second) broken(m, "stale read");
  }
  m.refusals.insert(m.refusals.end(), effects_.refusals.begin(), effects_.refusals.end());
  m.completed.insert(m.completed.end(), effects_.completed.begin(), effects_.completed.end());
  take_chunks(m);
}

void Cluster::take_chunks(Member& m) {
  const std::vector<SnapshotChunk> chunks = effects_.chunks;
  for (const SnapshotChunk& chunk : chunks) {
    if (chunk.offset == 0) m.incoming.clear();
    if (chunk.offset != m.incoming.size()) return broken(m, "a gap in the image");
    m.incoming.insert(m.incoming.end(), chunk.data.data(), chunk.data.data() + chunk.data.size());
    if (!chunk.last) continue;
    m.arriving = chunk.meta;
  }
}

void Cluster::store_image(Member& m) {
  if (!m.arriving) return;
  const SnapshotMeta meta = *m.arriving;
  m.arriving.reset();
  const bool ok = crc32c(m.incoming) == meta.checksum && m.incoming.size() == meta.bytes;
  if (ok) take_image(m, meta);
  step(m.id, SnapshotStored{.meta = meta, .ok = ok});
}

void Cluster::take_image(Member& m, const SnapshotMeta& meta) {
  WN_CHECK(m.writes.empty());  // the disk works in order
  if (meta.index < m.applied) broken(m, "an image older than the state machine");
  auto& log = m.disk.log;
  const auto joint = std::ranges::find(log, meta.index, &Entry::index);
  if (joint != log.end() && joint->term == meta.term) {
    log.erase(log.begin(), joint + 1);
  } else {
    log.clear();
  }
  m.disk.snapshot = meta;
  m.disk.image = Bytes::copy_of(m.incoming);
  m.applied = meta.index;
  m.machine = machine_of(m.disk.image.view());
  if (machine_at_.size() < meta.index.value || machine_at_[meta.index.value - 1] != m.machine) {
    broken(m, "an image of a state that was never reached");
  }
}

void Cluster::post(Member& m, const Message& message, std::uint64_t wait_for) {
  Parcel parcel{.message = message, .entries = {message.entries.begin(), message.entries.end()}};
  if (message.type == MessageType::snapshot_chunk) {
    if (message.snapshot != m.disk.snapshot) return;  // a newer image has replaced it
    parcel.message.data = m.disk.image.slice(message.offset, message.length);
  }
  if (wait_for == 0) {
    send_off(std::move(parcel));
  } else {
    m.held.emplace_back(wait_for, std::move(parcel));
  }
}

void Cluster::send_off(Parcel parcel) {
  if (cuts_.contains({parcel.message.from.value, parcel.message.to.value})) return;
  in_flight_.push_back(std::move(parcel));
}

void Cluster::apply(Member& m, std::span<const Entry> entries) {
  for (const Entry& entry : entries) {
    if (entry.index != m.applied.next()) broken(m, "committed entries are handed over in order");
    m.applied = entry.index;
    m.machine = mix(mix(m.machine, entry.term.value), entry.checksum);
    const std::size_t at = entry.index.value - 1;
    if (at < committed_.size()) {
      // [raft] figure 3, State Machine Safety.
      if (committed_[at].term != entry.term || committed_[at].checksum != entry.checksum) {
        broken(m, "another entry committed at index " + std::to_string(entry.index.value));
      }
      continue;
    }
    if (at > committed_.size()) return broken(m, "commit skipped an index");
    committed_.push_back({entry.term, entry.checksum});
    machine_at_.push_back(m.machine);
  }
}

void Cluster::check_leader(Member& m) {
  const State& s = m.core->state();
  if (s.role != Role::leader) return;
  const auto [known, is_new] = leader_of_.try_emplace(s.term.value, m.id);
  // [raft] figure 3, Election Safety.
  if (known->second != m.id) broken(m, "two leaders in term " + std::to_string(s.term.value));
  if (!is_new) return;
  // [raft] figure 3, Leader Completeness.
  if (s.log.last_index() < committed()) return broken(m, "a leader lacks committed entries");
  for (LogIndex i = s.log.first_index(); i <= committed(); i = i.next()) {
    if (s.log.term_at(i) != committed_[i.value - 1].term)
      return broken(m, "a leader lacks a committed entry");
  }
}

void Cluster::check_all() {
  for (auto& [a, left] : members_) {
    for (auto& [b, right] : members_) {
      if (a >= b || left.core == nullptr || right.core == nullptr) continue;
      const Log& x = left.core->state().log;
      const Log& y = right.core->state().log;
      // [raft] figure 3, Log Matching: from the last index where the terms agree, all before agrees.
      bool agreed = false;
      const LogIndex low = std::max(x.first_index(), y.first_index());
      for (LogIndex i = std::min(x.last_index(), y.last_index()); i >= low; i = i.prev()) {
        const bool same = x.term_at(i) == y.term_at(i);
        if (agreed && !same) broken(left, "log matching fails at index " + std::to_string(i.value));
        if (same && x.at(i).checksum != y.at(i).checksum) {
          broken(left, "one term, two entries at index " + std::to_string(i.value));
        }
        agreed = agreed || same;
      }
    }
  }
}

void Cluster::propose(NodeId id, std::string_view text, std::uint64_t context) {
  const Bytes command = Bytes::copy_of(text);
  step(id, Propose{.commands = {&command, 1}, .context = context});
}

void Cluster::read(NodeId id) {
  const std::uint64_t context = ++read_contexts_;
  read_floor_[context] = committed();
  step(id, RequestRead{.context = context});
}

void Cluster::snapshot(NodeId id, std::uint64_t padding) {
  Member& m = at(id);
  if (m.applied <= m.disk.snapshot.index) return;
  // A snapshot is written after the log that it replaces.
  while (!m.writes.empty()) persist(id, 1);
  if (m.applied <= m.disk.snapshot.index) return;
  if (m.core->state().incoming.storing || m.applied > m.core->state().commit) return;
  const LogIndex index = m.applied;
  m.disk.image = make_image(m.machine, padding);
  const SnapshotMeta meta{.index = index,
                          .term = m.core->state().log.term_at(index),
                          .configuration = m.core->configuration_at(index),
                          .bytes = m.disk.image.size(),
                          .checksum = crc32c(m.disk.image.view())};
  m.disk.snapshot = meta;
  std::erase_if(m.disk.log, [&](const Entry& entry) { return entry.index <= index; });
  step(id, SnapshotTaken{.meta = meta});
}

void Cluster::write_down(Disk& disk, const Write& write) {
  if (write.hard_state_changed) disk.hard_state = write.hard_state;
  if (write.truncate_from.value != 0) {
    std::erase_if(disk.log, [&](const Entry& entry) { return entry.index >= write.truncate_from; });
  }
  for (const Entry& entry : write.entries) {
    if (entry.index <= disk.snapshot.index) continue;
    WN_CHECK_EQ(entry.index, disk.snapshot.index + disk.log.size() + 1);
    disk.log.push_back(entry);
  }
}

void Cluster::persist(NodeId id, std::size_t count) {
  Member& m = at(id);
  std::uint64_t ticket = 0;
  for (; count > 0 && !m.writes.empty(); --count) {
    write_down(m.disk, m.writes.front());
    ticket = m.writes.front().ticket;
    m.writes.pop_front();
  }
  if (ticket != 0) {
    step(id, Persisted{.ticket = ticket});
    release(m);
  }
  if (m.writes.empty()) store_image(m);
}

void Cluster::release(Member& m) {
  const std::uint64_t durable = m.core->state().durable_ticket;
  std::vector<std::pair<std::uint64_t, Parcel>> still;
  for (auto& [ticket, parcel] : m.held) {
    if (ticket <= durable) {
      send_off(std::move(parcel));
    } else {
      still.emplace_back(ticket, std::move(parcel));
    }
  }
  m.held = std::move(still);
}

void Cluster::crash(NodeId id, std::size_t kept) {
  Member& m = at(id);
  for (; kept > 0 && !m.writes.empty(); --kept) {
    write_down(m.disk, m.writes.front());
    m.writes.pop_front();
  }
  m.writes.clear();
  m.held.clear();
  m.core.reset();
}

void Cluster::restart(NodeId id, LogIndex quarantine_until) { boot(at(id), quarantine_until); }

void Cluster::deliver(std::size_t at_index) {
  Parcel parcel = std::move(in_flight_[at_index]);
  in_flight_.erase(in_flight_.begin() + static_cast<std::ptrdiff_t>(at_index));
  if (cuts_.contains({parcel.message.from.value, parcel.message.to.value})) return;
  const auto to = members_.find(parcel.message.to.value);
  if (to == members_.end() || to->second.core == nullptr) return;
  parcel.message.entries = parcel.entries;
  step(parcel.message.to, Receive{.message = &parcel.message});
}

void Cluster::isolate(NodeId id) {
  for (const auto& [other, member] : members_) {
    if (other == id.value) continue;
    cut(id, NodeId{other});
    cut(NodeId{other}, id);
  }
}

void Cluster::settle(std::size_t steps_max) {
  for (std::size_t i = 0; i < steps_max; ++i) {
    bool worked = false;
    if (auto_persist) {
      for (auto& [id, member] : members_) {
        if (member.core == nullptr || (member.writes.empty() && !member.arriving)) continue;
        persist(NodeId{id});
        worked = true;
      }
    }
    if (!in_flight_.empty()) {
      deliver(0);
      worked = true;
    }
    if (!worked) return;
  }
  broken(members_.begin()->second, "messages without end");
}

void Cluster::tick_due() {
  for (auto& [id, member] : members_) {
    if (member.core != nullptr && member.core->next_deadline() <= local(member)) tick(NodeId{id});
  }
}

void Cluster::run(Duration by, Duration stride) {
  const Instant until = now_ + by;
  while (now_ < until) {
    now_ = std::min(until, now_ + stride);
    tick_due();
    settle();
  }
}

NodeId Cluster::leader() {
  NodeId best;
  Term term;
  for (auto& [id, member] : members_) {
    if (member.core == nullptr) continue;
    const Status status = member.core->status();
    if (status.role != Role::leader || status.term < term) continue;
    best = NodeId{id};
    term = status.term;
  }
  return best;
}

bool Cluster::elect(NodeId id) {
  for (int attempt = 0; attempt < 20 && leader() != id; ++attempt) {
    // Nobody else's timer may run out first: only `id` is ticked.
    advance(options_.election_timeout_max);
    tick(id);
    settle();
  }
  return leader() == id;
}

std::uint64_t Cluster::sometimes(std::string_view claim) const {
  const auto found = sometimes_.find(claim);
  return found == sometimes_.end() ? 0 : found->second;
}

}  // namespace wn::raft::testing
