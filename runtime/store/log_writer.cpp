// Writing the log: records into batches, batches into segments, and the mark behind them.
#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/store/state.h"

namespace wn::store {
namespace {

// The fault point ends no shorter segment: there would be no end of them.
[[maybe_unused]] constexpr std::uint64_t kSegmentBytesMin = 2048;

void begin_batch_if_empty(State& s) {
  LogState& log = s.log;
  if (!log.pending.empty()) return;
  log.pending_first = log.sequence + 1;
  log.pending_rolls =
      log.offset >= s.options.segment_bytes ||
      (log.offset >= kSegmentBytesMin && WN_FAULT_POINT(s.options.fault_points, "store.segment-ends-early"));
  if (log.pending_rolls) begin_segment(s, log.sequence);
}

void submit_writes(State& s, Effects& effects, const std::string& file, std::uint64_t offset, Bytes data) {
  std::size_t length = 0;
  for (std::size_t at = 0; at < data.size(); at += length) {
    length = std::min<std::size_t>(kWriteBytesMax, data.size() - at);
    if (at == 0 && length > 1 && WN_FAULT_POINT(s.options.fault_points, "store.write-in-two")) length /= 2;
    DiskAction& write = submit(s, effects, DiskKind::write, file, Purpose::batch_data);
    write.offset = offset + at;
    write.data = data.slice(at, length);
    ++s.log.batch_outstanding;
  }
}

// Starts the next batch unless one is under way.
void flush(State& s, Effects& effects) {
  LogState& log = s.log;
  if (log.batch_under_way || log.pending.empty()) return;
  log.batch_under_way = true;
  log.batch_rolls = log.pending_rolls;
  log.batch_ticket = log.pending_ticket;
  if (log.batch_rolls) log.offset = 0;
  const std::string file = segment_name(log.segments.back().number);
  submit_writes(s, effects, file, log.offset, Bytes::copy_of(log.pending));
  submit(s, effects, DiskKind::sync, file, Purpose::batch_data);
  ++log.batch_outstanding;
  log.offset += log.pending.size();
  log.pending.clear();
  log.pending_rolls = false;
  log.batch_mark = mark_now(s);
}

void acknowledge(State& s, std::uint64_t ticket, Effects& effects) {
  if (ticket <= s.log.durable_ticket) return;
  s.log.durable_ticket = ticket;
  Event& event = effects.events.emplace_back();
  event.kind = EventKind::durable;
  event.ticket = ticket;
}

// The records are durable. Their mark follows, and meanwhile the next batch.
void batch_done(State& s, Effects& effects) {
  LogState& log = s.log;
  log.batch_under_way = false;
  log.mark = log.batch_mark;
  log.synced_ticket = std::max(log.synced_ticket, log.batch_ticket);
  if (!s.options.mark_before_ack) acknowledge(s, log.synced_ticket, effects);
  want_mark(s, effects);
  flush(s, effects);
}

// A ticket that writes nothing is durable with the batch or the mark under way, or already.
void ride_along(State& s, std::uint64_t ticket, Effects& effects) {
  LogState& log = s.log;
  if (log.batch_under_way) {
    log.batch_ticket = ticket;
    return;
  }
  log.synced_ticket = ticket;
  if (!s.options.mark_before_ack || log.mark_outstanding == 0) return acknowledge(s, ticket, effects);
  // No mark is wanted behind the one under way, so that one covers every batch there was.
  if (!log.mark_wanted) log.marking_ticket = ticket;
}

}  // namespace

void append_log_record(State& s, RecordType type) {
  LogState& log = s.log;
  Header header;
  header.type = type;
  header.sequence = ++log.sequence;
  header.batch = log.pending_first;
  header.chain = log.chain;
  header.owner = s.options.owner;
  log.chain = append_record(log.pending, header, s.payload);
}

void begin_segment(State& s, std::uint64_t previous_sequence) {
  LogState& log = s.log;
  const std::uint64_t number = log.segments.empty() ? 1 : log.segments.back().number + 1;
  log.segments.push_back({number, LogIndex{}});
  SegmentHead head;
  head.number = number;
  head.previous_sequence = previous_sequence;
  head.hard_state = log.hard_state;
  head.last_index = log.shape.last();
  head.last_term = log.shape.last_term();
  encode(head, s.payload);
  append_log_record(s, RecordType::segment);
}

void persist(State& s, const raft::Persist& persist, Effects& effects) {
  LogState& log = s.log;
  WN_CHECK_GT(persist.ticket, log.pending_ticket);
  begin_batch_if_empty(s);
  log.pending_ticket = persist.ticket;
  if (persist.hard_state_changed) {
    log.hard_state = persist.hard_state;
    encode(log.hard_state, s.payload);
    append_log_record(s, RecordType::hard_state);
  }
  const auto truncate = [&](LogIndex from) {
    if (from > log.shape.last()) return;
    log.shape.truncate(from);
    encode_truncate(from, s.payload);
    append_log_record(s, RecordType::truncate);
  };
  // Never at or below an installed snapshot: the log was reset to it already, and nothing older is left to
  // drop.
  if (persist.truncate_from.value != 0) truncate(std::max(persist.truncate_from, log.shape.base().next()));
  for (const raft::Entry& entry : persist.entries) {
    if (entry.index <= log.shape.base()) continue;  // below a snapshot that was installed meanwhile
    truncate(entry.index);
    log.shape.append(entry.index, entry.term);
    encode(entry, s.payload);
    append_log_record(s, RecordType::entry);
    LogIndex& max = log.segments.back().max_index;
    max = std::max(max, entry.index);
  }
  if (log.pending.empty()) return ride_along(s, persist.ticket, effects);
  flush(s, effects);
}

void write_base(State& s, LogIndex index, Term term, Effects& effects) {
  begin_batch_if_empty(s);
  s.log.shape.rebase(index, term);
  encode_base(index, term, s.payload);
  append_log_record(s, RecordType::base);
  LogIndex& max = s.log.segments.back().max_index;
  max = std::max(max, index);
  flush(s, effects);
}

Mark mark_now(const State& s) {
  const LogState& log = s.log;
  Mark mark;
  mark.synced_sequence = log.sequence;
  mark.segment = log.segments.empty() ? 0 : log.segments.back().number;
  mark.offset = log.offset;
  mark.last_index = log.shape.last();
  mark.hard_state = log.hard_state;
  return mark;
}

void write_mark(State& s, Effects& effects, Purpose purpose) {
  LogState& log = s.log;
  log.mark.counter = ++log.mark_counter;
  log.mark.quarantine_until = log.quarantine_until;
  if (!s.snapshots.empty()) log.mark.snapshot_index = s.snapshots.back().index;
  encode(log.mark, s.payload);
  s.scratch.clear();
  Header header;
  header.type = RecordType::mark;
  header.sequence = log.mark.counter;
  header.owner = s.options.owner;
  append_record(s.scratch, header, s.payload);
  WN_CHECK_LE(s.scratch.size(), kSectorBytes);
  s.scratch.resize(kSectorBytes);
  DiskAction& write = submit(s, effects, DiskKind::write, kMarkFile, purpose);
  write.offset = (log.mark.counter % 2) * kMarkSlotStride;
  write.data = Bytes::copy_of(s.scratch);
  submit(s, effects, DiskKind::sync, kMarkFile, purpose);
}

void want_mark(State& s, Effects& effects) {
  LogState& log = s.log;
  if (log.mark_outstanding != 0) {
    log.mark_wanted = true;
    return;
  }
  log.mark_wanted = false;
  log.mark_outstanding = 2;
  log.marking_ticket = log.synced_ticket;
  write_mark(s, effects, Purpose::mark);
}

void on_mark(State& s, const DiskOutcome& outcome, Effects& effects) {
  if (outcome.error != Errc::ok)
    return fail_store(s, effects, outcome.error, "the mark could not be written");
  LogState& log = s.log;
  if (--log.mark_outstanding != 0) return;
  if (s.options.mark_before_ack) acknowledge(s, log.marking_ticket, effects);
  const std::uint64_t counter = log.mark_counter;
  if (log.mark_wanted) want_mark(s, effects);
  finish_marked_transfers(s, counter, effects);
}

void lift_quarantine(State& s, Effects& effects) {
  if (s.log.quarantine_until.value == 0) return;
  s.log.quarantine_until = {};
  want_mark(s, effects);
}

void on_batch(State& s, const Waiting& waiting, const DiskOutcome& outcome, Effects& effects) {
  LogState& log = s.log;
  if (outcome.error != Errc::ok) return fail_store(s, effects, outcome.error, "the log could not be written");
  if (waiting.purpose == Purpose::batch_directory) return batch_done(s, effects);
  if (--log.batch_outstanding != 0) return;
  // The directory is synced only now: a sync that ran before the file was made would not cover its name.
  if (log.batch_rolls) {
    submit(s, effects, DiskKind::sync_directory, {}, Purpose::batch_directory);
    return;
  }
  batch_done(s, effects);
}

}  // namespace wn::store
