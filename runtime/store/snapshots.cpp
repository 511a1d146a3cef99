// Snapshots: written aside, synced, renamed, and the directory synced; only then do they count, and only then
// is what they replace removed. A failure while an image is still aside costs that image alone; from the
// rename on it is the store's.
#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"
#include "runtime/store/state.h"

namespace wn::store {
namespace {

using Stage = Transfer::Stage;

constexpr std::uint32_t kWritesUnderWay = 4;
constexpr std::size_t kSnapshotsKept = 2;

void report(Effects& effects, EventKind kind, const raft::SnapshotMeta& meta, Errc error, Bytes data = {}) {
  Event& event = effects.events.emplace_back();
  event.kind = kind;
  event.meta = meta;
  event.error = error;
  event.data = std::move(data);
}

void reset(Transfer& transfer) {
  const bool receiving = transfer.receiving;
  transfer = Transfer{};
  transfer.receiving = receiving;
}

// Forgets the transfer; outcomes of what it still has outstanding find no id to belong to.
void give_up(State& s, Transfer& transfer, Effects& effects) {
  submit(s, effects, DiskKind::remove, transfer_name(transfer.receiving), Purpose::cleanup);
  reset(transfer);
}

void begin(State& s, Transfer& transfer, bool receiving, const raft::SnapshotMeta& meta, Effects& effects) {
  transfer.stage = Stage::writing;
  transfer.receiving = receiving;
  transfer.id = s.next_transfer++;
  transfer.meta = meta;
  encode(meta, s.payload);
  s.scratch.clear();
  Header header;
  header.type = RecordType::snapshot;
  header.sequence = meta.index.value;
  header.owner = s.options.owner;
  append_record(s.scratch, header, s.payload);
  WN_CHECK_LE(s.scratch.size(), kSnapshotImageOffset);
  s.scratch.resize(kSnapshotImageOffset);
  DiskAction& write =
      submit(s, effects, DiskKind::write, transfer_name(receiving), Purpose::transfer_write, transfer.id);
  write.data = Bytes::copy_of(s.scratch);
  transfer.outstanding = 1;
}

void write_image(State& s, Transfer& transfer, Bytes data, Effects& effects) {
  for (std::size_t at = 0; at < data.size(); at += kWriteBytesMax) {
    const std::size_t length = std::min<std::size_t>(kWriteBytesMax, data.size() - at);
    DiskAction& write = submit(s, effects, DiskKind::write, transfer_name(transfer.receiving),
                               Purpose::transfer_write, transfer.id);
    write.offset = kSnapshotImageOffset + transfer.written;
    write.data = data.slice(at, length);
    transfer.written += length;
    ++transfer.outstanding;
  }
}

// Our own image: a few writes at a time; a received one is written as it comes.
void go_on(State& s, Transfer& transfer, Effects& effects) {
  while (!transfer.receiving && transfer.written < transfer.image.size() &&
         transfer.outstanding < kWritesUnderWay) {
    const std::size_t length =
        std::min<std::size_t>(kWriteBytesMax, transfer.image.size() - transfer.written);
    write_image(s, transfer, transfer.image.slice(transfer.written, length), effects);
  }
  if (!transfer.receiving) transfer.whole = transfer.written == transfer.image.size();
  if (!transfer.whole || transfer.outstanding != 0) return;
  transfer.stage = Stage::syncing;
  submit(s, effects, DiskKind::sync, transfer_name(transfer.receiving), Purpose::transfer_sync, transfer.id);
}

void remove_needless(State& s, Effects& effects) {
  while (s.snapshots.size() > kSnapshotsKept) {
    const raft::SnapshotMeta& oldest = s.snapshots.front();
    submit(s, effects, DiskKind::remove, snapshot_name(oldest.index, oldest.term), Purpose::cleanup);
    s.snapshots.erase(s.snapshots.begin());
  }
  if (s.snapshots.size() < kSnapshotsKept) return;
  const LogIndex floor = s.snapshots.front().index;
  auto& segments = s.log.segments;
  while (segments.size() > 1 && segments.front().max_index <= floor) {
    submit(s, effects, DiskKind::remove, segment_name(segments.front().number), Purpose::cleanup);
    segments.erase(segments.begin());
  }
  if (floor > s.log.shape.base() && floor <= s.log.shape.last()) s.log.shape.forget_to(floor);
}

// Every sync is done: what is left is to say so.
void finish(State& s, Transfer& transfer, Effects& effects) {
  const raft::SnapshotMeta meta = transfer.meta;
  if (transfer.receiving) {
    Bytes image = Bytes::copy_of(transfer.buffer);
    reset(transfer);
    write_base(s, meta.index, meta.term, effects);
    report(effects, EventKind::snapshot_received, meta, Errc::ok, std::move(image));
  } else {
    reset(transfer);
    report(effects, EventKind::snapshot_saved, meta, Errc::ok);
  }
  remove_needless(s, effects);
}

void durable(State& s, Transfer& transfer, Effects& effects) {
  const raft::SnapshotMeta meta = transfer.meta;
  std::erase_if(s.snapshots, [&](const auto& held) { return held.index == meta.index; });
  const auto place = std::upper_bound(s.snapshots.begin(), s.snapshots.end(), meta,
                                      [](const auto& a, const auto& b) { return a.index < b.index; });
  s.snapshots.insert(place, meta);
  want_mark(s, effects);
  transfer.stage = Stage::marking;
  transfer.mark_counter = s.log.mark_counter + (s.log.mark_wanted ? 1 : 0);
  if (!s.options.mark_before_ack) finish(s, transfer, effects);
}

}  // namespace

raft::SnapshotMeta read_snapshot_head(ByteView bytes, NodeId owner) {
  raft::SnapshotMeta meta;
  const std::optional<Record> record = read_record(bytes, 0);
  if (!record || record->header.type != RecordType::snapshot || record->header.owner != owner) return {};
  if (record->header.version != kFormatVersion || !decode(record->payload, meta)) return {};
  return record->header.sequence == meta.index.value ? meta : raft::SnapshotMeta{};
}

Errc save_snapshot(State& s, const raft::SnapshotMeta& meta, const Bytes& image, Effects& effects) {
  WN_CHECK_NE(meta.index.value, 0U);
  WN_CHECK_EQ(meta.bytes, image.size());
  if (s.save.stage != Stage::idle) return Errc::overloaded;
  if (image.size() > s.options.snapshot_bytes_max) return Errc::too_large;
  begin(s, s.save, false, meta, effects);
  s.save.image = image;
  go_on(s, s.save, effects);
  return Errc::ok;
}

Errc receive_chunk(State& s, const raft::SnapshotChunk& chunk, Effects& effects) {
  Transfer& t = s.receive;
  t.receiving = true;
  if (t.stage > Stage::writing || (t.stage == Stage::writing && t.whole)) return Errc::overloaded;
  if (chunk.offset == 0) {
    if (t.stage != Stage::idle) give_up(s, t, effects);
    if (chunk.meta.index.value == 0) return Errc::invalid_argument;
    if (chunk.meta.bytes > s.options.snapshot_bytes_max) return Errc::too_large;
    begin(s, t, true, chunk.meta, effects);
  } else if (t.stage == Stage::idle) {
    return Errc::invalid_argument;
  }
  const bool fits = chunk.meta == t.meta && chunk.offset == t.buffer.size() &&
                    chunk.data.size() <= t.meta.bytes - t.buffer.size();
  if (!fits) {
    give_up(s, t, effects);
    return Errc::invalid_argument;
  }
  t.buffer.insert(t.buffer.end(), chunk.data.view().begin(), chunk.data.view().end());
  write_image(s, t, chunk.data, effects);
  if (!chunk.last) return Errc::ok;
  if (t.buffer.size() != t.meta.bytes || crc32c(t.buffer) != t.meta.checksum) {
    report(effects, EventKind::snapshot_received, t.meta, Errc::corrupt);
    give_up(s, t, effects);
    return Errc::ok;
  }
  t.whole = true;
  go_on(s, t, effects);
  return Errc::ok;
}

void on_transfer(State& s, const Waiting& waiting, const DiskOutcome& outcome, Effects& effects) {
  Transfer& t = s.save.id == waiting.argument ? s.save : s.receive;
  if (t.id != waiting.argument || t.stage == Stage::idle) return;  // of one that was given up
  const bool ok = outcome.error == Errc::ok;
  if (waiting.purpose == Purpose::transfer_write || waiting.purpose == Purpose::transfer_sync) {
    if (!ok) {
      const auto kind = t.receiving ? EventKind::snapshot_received : EventKind::snapshot_saved;
      report(effects, kind, t.meta, outcome.error);
      return give_up(s, t, effects);
    }
    if (waiting.purpose == Purpose::transfer_write) {
      --t.outstanding;
      return go_on(s, t, effects);
    }
    t.stage = Stage::renaming;
    DiskAction& rename =
        submit(s, effects, DiskKind::rename, transfer_name(t.receiving), Purpose::transfer_rename, t.id);
    rename.to = snapshot_name(t.meta.index, t.meta.term);
    return;
  }
  if (!ok) return fail_store(s, effects, outcome.error, "a snapshot could not be put in its place");
  if (waiting.purpose == Purpose::transfer_rename) {
    t.stage = Stage::directory;
    submit(s, effects, DiskKind::sync_directory, {}, Purpose::transfer_directory, t.id);
    return;
  }
  durable(s, t, effects);
}

void finish_marked_transfers(State& s, std::uint64_t mark_counter, Effects& effects) {
  for (Transfer* transfer : {&s.save, &s.receive}) {
    if (transfer->stage == Stage::marking && transfer->mark_counter <= mark_counter)
      finish(s, *transfer, effects);
  }
}

Errc read_snapshot(State& s, std::uint64_t context, const raft::SnapshotMeta& meta, std::uint64_t offset,
                   std::uint32_t length, Effects& effects) {
  const bool held = std::any_of(s.snapshots.begin(), s.snapshots.end(), [&](const auto& snapshot) {
    return snapshot.index == meta.index && snapshot.term == meta.term;
  });
  if (!held) return Errc::not_found;
  if (s.reads >= kSnapshotReadsMax) return Errc::overloaded;
  if (offset > kSnapshotImageBytesMax || length == 0 || length > kWriteBytesMax)
    return Errc::invalid_argument;
  ++s.reads;
  DiskAction& read =
      submit(s, effects, DiskKind::read, snapshot_name(meta.index, meta.term), Purpose::user_read, context);
  read.offset = kSnapshotImageOffset + offset;
  read.length = length;
  return Errc::ok;
}

void on_user_read(State& s, const Waiting& waiting, const DiskOutcome& outcome, Effects& effects) {
  --s.reads;
  Event& event = effects.events.emplace_back();
  event.kind = EventKind::snapshot_read;
  event.ticket = waiting.argument;
  event.error = outcome.error;
  if (outcome.error == Errc::ok) event.data = outcome.data;
}

}  // namespace wn::store
