// Snapshots of the state machine: taken, sent and received.
#include <algorithm>
#include <utility>

#include "runtime/base/crc32c.h"
#include "runtime/node/rules.h"

namespace wn::node {

// The fault point takes none before: it would write images and nothing else.
[[maybe_unused]] constexpr std::uint64_t kEntriesBeforeEarlySnapshot = 16;

void start_chunk_read(State& s, const raft::Outgoing& out) {
  // A chunk that is not sent is asked for again by the core's own clock.
  if (s.chunk_reads.size() >= store::kSnapshotReadsMax) return;
  if (WN_FAULT_POINT(s.backend.fault_points, "node.chunk-not-read")) return;
  const std::uint64_t context = ++s.last_context;
  const raft::Message& m = out.message;
  if (s.log.read_snapshot(context, m.snapshot, m.offset, m.length, s.planned) != Errc::ok) {
    s.backend.probe.sometimes("node: snapshot chunk not available");
    return;
  }
  s.chunk_reads.push_back({.context = context, .wait_for = out.wait_for, .message = m});
  submit_planned(s);
}

void finish_chunk_read(State& s, const store::Event& event) {
  const auto at = std::ranges::find(s.chunk_reads, event.ticket, &ChunkRead::context);
  if (at == s.chunk_reads.end()) return;
  ChunkRead read = std::move(*at);
  s.chunk_reads.erase(at);
  if (event.error != Errc::ok || event.data.size() != read.message.length) return;
  read.message.data = event.data;
  send_or_hold(s, read.wait_for, read.message);
}

void take_chunks(State& s) {
  for (const raft::SnapshotChunk& chunk : s.effects.chunks) {
    if (s.log.receive_chunk(chunk, s.planned) != Errc::ok) {
      // Given up, or more than this disk takes: the event makes the core tell the sender.
      s.planned.events.push_back(
          {.kind = store::EventKind::snapshot_received, .error = Errc::invalid_argument, .meta = chunk.meta});
    }
    submit_planned(s);
  }
}

void install_snapshot(State& s, const store::Event& event) {
  if (event.error != Errc::ok) return step(s, raft::SnapshotStored{.meta = event.meta, .ok = false});
  if (event.meta.index > s.machine.applied()) {
    // The store stands on this image already, so one that the state machine refuses leaves nothing to serve
    // from.
    if (!s.machine.import_image(event.data.view())) return fail_stop(s, Errc::corrupt);
    s.applied_term = event.meta.term;
    s.snapshot_base = event.meta.index;
    s.from_image = true;
    s.backend.probe.sometimes("node: snapshot installed from a leader");
  }
  step(s, raft::SnapshotStored{.meta = event.meta, .ok = true});
}

void snapshot_if_due(State& s) {
  std::uint64_t every = s.options.snapshot_every_entries;
  const LogIndex applied = s.machine.applied();
  if (every == 0 || s.saving_snapshot) return;
  if (applied >= s.snapshot_base + kEntriesBeforeEarlySnapshot &&
      WN_FAULT_POINT(s.backend.fault_points, "node.snapshot-early")) {
    every = kEntriesBeforeEarlySnapshot;
  }
  if (applied < s.snapshot_base + every) return;
  const Bytes image = s.machine.export_image();
  const raft::SnapshotMeta meta{.index = applied,
                                .term = s.applied_term,
                                .configuration = s.core->configuration_at(applied),
                                .bytes = image.size(),
                                .checksum = crc32c(image.view())};
  s.snapshot_base = applied;  // also when it fails: the next try comes after as many entries
  s.saving_snapshot = s.log.save_snapshot(meta, image, s.planned) == Errc::ok;
  submit_planned(s);
}

void finish_saving(State& s, const store::Event& event) {
  s.saving_snapshot = false;
  if (event.error != Errc::ok) {
    s.backend.probe.sometimes("node: snapshot could not be saved");
    return;
  }
  step(s, raft::SnapshotTaken{event.meta});
}

}  // namespace wn::node
