// Recovery, the writing half: make the disk say what was judged, in an order that judges the same if it is
// cut off anywhere.
//
//   1. a loss is written into the mark (quarantine, hard state) before anything is cut away;
//   2. the torn or bad end is cut off, so that later segments follow on it;
//   3. a fresh segment is made: sequence numbers above all that were ever seen, nothing appended to old
//   files;
//   4. the mark covers it, and strays of it are cleared;
//   5. what is not needed any more is removed.
#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/store/state.h"

namespace wn::store {
namespace {

using Step = RecoveryState::Step;

void count(State& s, const Effects& effects, std::size_t before) {
  s.recovery.outstanding += static_cast<std::uint32_t>(effects.actions.size() - before);
}

void adopt(State& s) {
  RecoveryState& r = s.recovery;
  Judgement& j = r.judgement;
  LogState& log = s.log;
  log.shape = j.shape;
  log.hard_state = j.hard_state;
  log.sequence = j.last_sequence;
  log.chain = j.chain;
  if (r.mark) {
    log.mark = *r.mark;
    log.mark_counter = r.mark->counter;
    log.quarantine_until = std::max(r.mark->quarantine_until, j.quarantine_until);
  } else {
    log.quarantine_until = j.quarantine_until;
  }
  if (s.options.defect == Defect::truncate_on_bad_checksum) log.quarantine_until = {};
  if (log.quarantine_until <= r.result.restored.snapshot.index) log.quarantine_until = {};
  const raft::SnapshotMeta& newest = r.result.restored.snapshot;
  for (const FileEntry& file : r.snapshot_files) {
    raft::SnapshotMeta meta;
    WN_CHECK(parse_snapshot_name(file.file, meta.index, meta.term));
    if (meta.index < newest.index) s.snapshots.push_back(meta);
  }
  if (newest.index.value != 0) s.snapshots.push_back(newest);
}

void fill_result(State& s) {
  RecoveryState& r = s.recovery;
  const Judgement& j = r.judgement;
  raft::Restored& restored = r.result.restored;
  restored.hard_state = j.hard_state;
  restored.entries = std::move(r.judgement.entries);
  restored.quarantine_until = s.log.quarantine_until;
  Report& report = r.result.report;
  report.records = j.records;
  report.torn_bytes = j.torn_bytes;
  report.corrupt_records = j.corrupt_records;
  report.hard_state_uncertain = j.hard_state_uncertain;
  if (j.corrupt_records != 0 && j.bad_segment != 0) {
    report.first_bad_file = segment_name(j.bad_segment);
    report.first_bad_offset = j.bad_offset;
  }
}

void step_mark_loss(State& s, Effects& effects) {
  RecoveryState& r = s.recovery;
  if (r.judgement.quarantine_until.value == 0 || !r.mark_exists) return;
  s.log.mark.hard_state = s.log.hard_state;
  // What is known to have been there stays known, so that a start which is cut off finds the loss again.
  s.log.mark.synced_sequence = std::max(s.log.mark.synced_sequence, s.log.sequence);
  write_mark(s, effects, Purpose::recovery);
}

// What can be read is not yet what is durable: after a mere crash of the process the end of the log may be in
// the operating system's cache alone, and after a failed sync a further sync may succeed without writing it.
// So what the mark does not cover is written once more before it is relied on. It can only be at the end of
// the last segment.
void rewrite_end(State& s, const SegmentFate& fate, Effects& effects) {
  const RecoveryState& r = s.recovery;
  std::uint64_t from = 0;
  if (r.mark && r.mark->segment == fate.number) from = r.mark->offset;
  if (r.mark && r.mark->segment > fate.number) from = fate.keep_bytes;
  const std::string name = segment_name(fate.number);
  while (from < fate.keep_bytes) {
    const std::uint64_t length = std::min<std::uint64_t>(kWriteBytesMax, fate.keep_bytes - from);
    DiskAction& write = submit(s, effects, DiskKind::write, name, Purpose::recovery);
    write.offset = from;
    write.data = Bytes::copy_of(ByteView(r.bytes).subspan(from, length));
    from += length;
  }
}

void step_trim(State& s, Effects& effects) {
  const auto& segments = s.recovery.judgement.segments;
  // The names that were found must be durable before a new segment goes on from what they hold.
  if (!segments.empty()) submit(s, effects, DiskKind::sync_directory, {}, Purpose::recovery);
  for (const SegmentFate& fate : segments) {
    const bool last = &fate == &segments.back();
    if (fate.keep_bytes == 0 || (fate.keep_bytes == fate.bytes && !last)) continue;
    const std::string name = segment_name(fate.number);
    if (fate.keep_bytes != fate.bytes) {
      submit(s, effects, DiskKind::truncate, name, Purpose::recovery).length = fate.keep_bytes;
    }
    if (last) rewrite_end(s, fate, effects);
    submit(s, effects, DiskKind::sync, name, Purpose::recovery);
  }
}

void step_segment_new(State& s, Effects& effects) {
  LogState& log = s.log;
  const Judgement& j = s.recovery.judgement;
  for (const SegmentFate& fate : j.segments) {
    if (fate.keep_bytes != 0) log.segments.push_back({fate.number, fate.max_index});
  }
  // The new number is above all that exist, those that are about to be removed included.
  const std::uint64_t highest = j.segments.empty() ? 0 : j.segments.back().number;
  const bool stand_in = highest != 0 && (log.segments.empty() || log.segments.back().number != highest);
  if (stand_in) log.segments.push_back({highest, LogIndex{}});
  log.pending_first = log.sequence + 1;
  begin_segment(s, j.kept_sequence);
  if (stand_in) log.segments.erase(log.segments.end() - 2);
  const std::string name = segment_name(log.segments.back().number);
  submit(s, effects, DiskKind::write, name, Purpose::recovery).data = Bytes::copy_of(log.pending);
  submit(s, effects, DiskKind::sync, name, Purpose::recovery);
  log.offset = log.pending.size();
  log.pending.clear();
}

// A stray sector would be judged again at every start.
void step_mark_clean(State& s, Effects& effects) {
  const auto& stray = s.recovery.stray;
  for (const std::uint64_t at : stray) {
    DiskAction& write = submit(s, effects, DiskKind::write, kMarkFile, Purpose::recovery);
    write.offset = at;
    write.data = Bytes::copy_of(std::vector<std::uint8_t>(kSectorBytes));
  }
  if (!stray.empty()) submit(s, effects, DiskKind::sync, kMarkFile, Purpose::recovery);
}

void step_remove(State& s, Effects& effects) {
  RecoveryState& r = s.recovery;
  for (const SegmentFate& fate : r.judgement.segments) {
    if (fate.keep_bytes == 0)
      submit(s, effects, DiskKind::remove, segment_name(fate.number), Purpose::recovery);
  }
  for (const std::string& file : r.doomed) submit(s, effects, DiskKind::remove, file, Purpose::recovery);
}

void finish(State& s, Effects& effects) {
  fill_result(s);
  Recovered result = std::move(s.recovery.result);
  s.recovery = RecoveryState{};  // the bytes that were read are let go
  s.recovery.step = Step::done;
  s.recovery.result = std::move(result);
  s.phase = Phase::ready;
  effects.events.emplace_back().kind = EventKind::recovered;
}

void run_step(State& s, Effects& effects) {
  RecoveryState& r = s.recovery;
  const std::size_t before = effects.actions.size();
  const auto sync_directory = [&] { submit(s, effects, DiskKind::sync_directory, {}, Purpose::recovery); };
  const auto removes = [&] {
    return !r.doomed.empty() || std::any_of(r.judgement.segments.begin(), r.judgement.segments.end(),
                                            [](const SegmentFate& fate) { return fate.keep_bytes == 0; });
  };
  switch (r.step) {
    case Step::mark_loss:
      step_mark_loss(s, effects);
      break;
    case Step::trim:
      step_trim(s, effects);
      break;
    case Step::segment_new:
      step_segment_new(s, effects);
      break;
    case Step::directory_new:
      sync_directory();
      break;
    case Step::mark_new:
      s.log.mark = mark_now(s);
      write_mark(s, effects, Purpose::recovery);
      break;
    case Step::mark_clean:
      step_mark_clean(s, effects);
      break;
    case Step::directory_mark:
      if (!r.mark_exists) sync_directory();
      break;
    case Step::remove:
      step_remove(s, effects);
      break;
    case Step::directory_remove:
      if (removes()) sync_directory();
      break;
    default:
      break;
  }
  count(s, effects, before);
}

// Runs steps until one has something outstanding.
void advance(State& s, Effects& effects) {
  while (s.recovery.outstanding == 0) {
    s.recovery.step = static_cast<Step>(static_cast<std::uint8_t>(s.recovery.step) + 1);
    if (s.recovery.step == Step::done) return finish(s, effects);
    run_step(s, effects);
  }
}

}  // namespace

void begin_repair(State& s, Effects& effects) {
  adopt(s);
  s.recovery.step = Step::segment;
  s.recovery.outstanding = 0;
  advance(s, effects);
}

void on_repair(State& s, const DiskOutcome& outcome, Effects& effects) {
  const bool gone_already = outcome.error == Errc::not_found && s.recovery.step == Step::remove;
  if (outcome.error != Errc::ok && !gone_already) {
    return refuse_recovery(s, effects, outcome.error, "repairing the log");
  }
  --s.recovery.outstanding;
  advance(s, effects);
}

}  // namespace wn::store
