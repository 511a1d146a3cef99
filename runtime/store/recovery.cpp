// Recovery, the reading half: list the files, read the mark, the newest snapshot that holds, and the log.
#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/base/crc32c.h"
#include "runtime/store/state.h"

namespace wn::store {
namespace {

using Step = RecoveryState::Step;

[[maybe_unused]] constexpr std::uint64_t kShortReadBytes =
    700;  // of the fault point: no multiple of a sector

void read_on(State& s, Effects& effects) {
  RecoveryState& r = s.recovery;
  DiskAction& read = submit(s, effects, DiskKind::read, r.file, Purpose::recovery);
  read.offset = r.bytes.size();
  read.length = std::min<std::uint64_t>(s.options.read_bytes, r.file_bytes - r.bytes.size());
  if (read.length > kShortReadBytes && WN_FAULT_POINT(s.options.fault_points, "store.read-short"))
    read.length = kShortReadBytes;
}

void read_file(State& s, Effects& effects, const FileEntry& file) {
  RecoveryState& r = s.recovery;
  r.file = file.file;
  r.file_bytes = file.size;
  r.bytes.clear();
  r.bytes.reserve(file.size);
  // An empty file is read too, so that each one is finished in one place.
  read_on(s, effects);
  if (file.size == 0) effects.actions.back().length = 1;
}

void next_segment(State& s, Effects& effects) {
  RecoveryState& r = s.recovery;
  r.step = Step::segment;
  if (r.at < r.segment_files.size()) return read_file(s, effects, r.segment_files[r.at]);
  r.judgement = r.replay->finish(r.result.restored.snapshot, r.lost_snapshot);
  r.replay.reset();  // r.bytes still holds the last segment
  if (r.judgement.refused != Errc::ok)
    return refuse_recovery(s, effects, r.judgement.refused, r.judgement.why);
  begin_repair(s, effects);
}

void next_snapshot(State& s, Effects& effects) {
  RecoveryState& r = s.recovery;
  r.step = Step::snapshot;
  if (r.result.restored.snapshot.index.value == 0 && r.at < r.snapshot_files.size()) {
    return read_file(s, effects, r.snapshot_files[r.snapshot_files.size() - 1 - r.at]);
  }
  r.at = 0;
  r.replay.emplace(s.options.owner, r.mark, r.result.report.corrupt_marks != 0,
                   s.options.defect == Defect::truncate_on_bad_checksum,
                   s.options.defect == Defect::checksum_skipped);
  next_segment(s, effects);
}

void take_list(State& s, const std::vector<FileEntry>& entries, Effects& effects) {
  RecoveryState& r = s.recovery;
  if (entries.size() > kFilesMax) return refuse_recovery(s, effects, Errc::too_large, "too many files");
  FileEntry mark;
  for (const FileEntry& entry : entries) {
    std::uint64_t number = 0;
    LogIndex index;
    Term term;
    if (parse_segment_name(entry.file, number)) {
      if (entry.size > kSegmentBytesMax) {
        return refuse_recovery(s, effects, Errc::too_large, entry.file + " is longer than a segment may be");
      }
      r.segment_files.push_back(entry);
    } else if (parse_snapshot_name(entry.file, index, term)) {
      r.snapshot_files.push_back(entry);
    } else if (entry.file == kMarkFile) {
      mark = entry;
      r.mark_exists = true;
    } else if (entry.file == transfer_name(false) || entry.file == transfer_name(true)) {
      r.doomed.push_back(entry.file);
    }
  }
  const auto by_name = [](const FileEntry& a, const FileEntry& b) { return a.file < b.file; };
  std::sort(r.segment_files.begin(), r.segment_files.end(), by_name);
  std::sort(r.snapshot_files.begin(), r.snapshot_files.end(), by_name);
  r.result.blank = r.segment_files.empty() && r.snapshot_files.empty() && !r.mark_exists;
  r.result.report.segments = static_cast<std::uint32_t>(r.segment_files.size());
  if (!r.mark_exists) return next_snapshot(s, effects);
  r.step = Step::mark;
  mark.size = std::min<std::uint64_t>(mark.size, 2 * kMarkSlotStride);
  read_file(s, effects, mark);
}

std::optional<Mark> read_mark(const State& s, ByteView bytes) {
  const std::optional<Record> record = read_record(bytes, 0);
  Mark mark;
  if (!record || record->header.type != RecordType::mark || record->header.owner != s.options.owner ||
      !decode(record->payload, mark)) {
    return std::nullopt;
  }
  mark.counter = record->header.sequence;
  return mark;
}

// Takes the newest mark of any sector, for a mark that was written to the wrong one counts all the same.
// Whatever could hide a newer mark than that makes the mark suspect.
void take_mark(State& s) {
  RecoveryState& r = s.recovery;
  std::uint64_t slots[2] = {0, 0};  // counters of what stands where it belongs
  std::uint64_t strayed = 0;        // highest counter in the other's slot
  std::uint32_t bad = 0;
  for (std::size_t at = 0; at < r.bytes.size(); at += kSectorBytes) {
    const ByteView bytes =
        ByteView(r.bytes).subspan(at, std::min<std::size_t>(kSectorBytes, r.bytes.size() - at));
    if (std::all_of(bytes.begin(), bytes.end(), [](std::uint8_t b) { return b == 0; })) continue;
    const bool in_slot = at % kMarkSlotStride == 0;
    if (!in_slot) r.stray.push_back(at);
    const std::optional<Mark> mark = read_mark(s, bytes);
    if (!mark) {
      ++bad;
      continue;
    }
    if (in_slot && mark->counter % 2 == at / kMarkSlotStride) slots[mark->counter % 2] = mark->counter;
    if (in_slot && mark->counter % 2 != at / kMarkSlotStride) strayed = std::max(strayed, mark->counter);
    if (!r.mark || mark->counter > r.mark->counter) r.mark = mark;
  }
  // A mark in the other's slot hides what was there. Nothing newer was if its own slot still waits for it.
  if (strayed != 0 && slots[strayed % 2] >= strayed) ++bad;
  // After the second mark no slot is empty.
  for (const std::uint64_t counter : slots) {
    if (counter == 0 && strayed == 0 && bad == 0 && r.mark && r.mark->counter > 1) ++bad;
  }
  r.result.report.corrupt_marks += bad;
}

void take_snapshot(State& s) {
  RecoveryState& r = s.recovery;
  const raft::SnapshotMeta meta = read_snapshot_head(r.bytes, s.options.owner);
  const bool sized = meta.index.value != 0 && r.bytes.size() >= kSnapshotImageOffset &&
                     r.bytes.size() - kSnapshotImageOffset == meta.bytes;
  const ByteView image = sized ? ByteView(r.bytes).subspan(kSnapshotImageOffset) : ByteView{};
  if (sized && crc32c(image) == meta.checksum && r.file == snapshot_name(meta.index, meta.term)) {
    r.result.restored.snapshot = meta;
    r.result.image = Bytes::copy_of(image);
    r.result.report.fell_back = r.result.report.corrupt_snapshots != 0;
    return;
  }
  if (r.result.report.corrupt_snapshots++ == 0)
    WN_CHECK(parse_snapshot_name(r.file, r.lost_snapshot.index, r.lost_snapshot.term));
  if (r.result.report.first_bad_file.empty()) r.result.report.first_bad_file = r.file;
  r.doomed.push_back(r.file);
}

// True when the file under reading is complete.
bool take_bytes(State& s, const DiskOutcome& outcome, Effects& effects) {
  RecoveryState& r = s.recovery;
  const std::size_t room = r.file_bytes - r.bytes.size();
  const std::size_t taken = std::min(room, outcome.data.size());
  r.bytes.insert(r.bytes.end(), outcome.data.data(), outcome.data.data() + taken);
  if (taken == 0 || r.bytes.size() == r.file_bytes) return true;
  read_on(s, effects);
  return false;
}

}  // namespace

void refuse_recovery(State& s, Effects& effects, Errc error, std::string why) {
  s.phase = Phase::refused;
  Event& event = effects.events.emplace_back();
  event.kind = EventKind::refused;
  event.error = error;
  event.text = std::move(why);
}

void begin_recovery(State& s, Effects& effects) {
  s.phase = Phase::recovering;
  s.recovery.step = Step::list;
  submit(s, effects, DiskKind::list, {}, Purpose::recovery);
}

void on_recovery(State& s, const DiskOutcome& outcome, Effects& effects) {
  RecoveryState& r = s.recovery;
  if (r.step > Step::segment) return on_repair(s, outcome, effects);
  if (outcome.error != Errc::ok) {
    return refuse_recovery(s, effects, outcome.error,
                           "reading " + (r.file.empty() ? "the directory" : r.file));
  }
  if (r.step == Step::list) return take_list(s, outcome.entries, effects);
  if (!take_bytes(s, outcome, effects)) return;
  switch (r.step) {
    case Step::mark:
      take_mark(s);
      return next_snapshot(s, effects);
    case Step::snapshot:
      take_snapshot(s);
      ++r.at;
      return next_snapshot(s, effects);
    default:
      break;
  }
  std::uint64_t number = 0;
  WN_CHECK(parse_segment_name(r.file, number));
  ++r.at;
  r.replay->segment(number, r.bytes, r.at == r.segment_files.size());
  next_segment(s, effects);
}

}  // namespace wn::store
