#include "runtime/store/replay.h"

#include <algorithm>
#include <cstring>

#include "runtime/store/types.h"

namespace wn::store {

void Replay::refuse(Errc code, std::string why) {
  if (out_.refused == Errc::ok) {
    out_.refused = code;
    out_.why = std::move(why);
  }
}

void Replay::note_hard_state(std::uint64_t sequence, const raft::HardState& hard_state) {
  if (sequence < hard_state_sequence_) return;
  hard_state_sequence_ = sequence;
  out_.hard_state = hard_state;
}

// Keeps what a valid record proves to have existed, whether or not it can be used.
void Replay::note_seen(const Record& record) {
  const std::uint64_t sequence = record.header.sequence;
  if (sequence > seen_sequence_ + 1 && seen_sequence_ != 0 && record.header.type != RecordType::segment) {
    missing_sequence_ = std::max(missing_sequence_, sequence - 1);
  }
  seen_sequence_ = std::max(seen_sequence_, sequence);
  if (record.header.type != RecordType::segment) other_records_ = true;
  raft::HardState hard_state;
  SegmentHead head;
  raft::Entry entry;
  LogIndex index;
  Term term;
  if (record.header.type == RecordType::hard_state && decode(record.payload, hard_state)) {
    note_hard_state(sequence, hard_state);
  } else if (record.header.type == RecordType::segment && decode(record.payload, head)) {
    note_hard_state(sequence, head.hard_state);
    seen_index_ = std::max(seen_index_, head.last_index);
  } else if (record.header.type == RecordType::entry && decode(record.payload, entry)) {
    seen_index_ = std::max(seen_index_, entry.index);
  } else if (record.header.type == RecordType::base && decode_base(record.payload, index, term)) {
    seen_index_ = std::max(seen_index_, index);
  }
}

// Whether this record is the one that must come next.
bool Replay::follows(const Record& record, std::uint64_t number, bool first) {
  const Header& header = record.header;
  if (header.owner != owner_) {
    if (first) refuse(Errc::precondition, "the log was written by another node");
    return false;
  }
  if (header.version != kFormatVersion) {
    if (first) refuse(Errc::unsupported, "the log was written by another version");
    return false;
  }
  if (!first) {
    return header.type != RecordType::segment && header.sequence == run_.sequence + 1 &&
           header.chain == run_.chain;
  }
  SegmentHead head;
  if (header.type != RecordType::segment || !decode(record.payload, head) || head.number != number)
    return false;
  if (!run_open_) {
    run_ = Run{};
    run_.shape = LogShape(head.last_index, head.last_term);
    run_.first_segment = run_.segments = fates_.size() - 1;
    run_open_ = true;
    return true;
  }
  if (head.previous_sequence == run_.sequence && header.chain == run_.chain &&
      header.sequence > run_.sequence) {
    return true;
  }
  // A whole segment that does not go on where the one before ended: what was between them is gone.
  if (take_bad_for_end_) return false;
  // Harmless when a snapshot made that needless: a removal that was not yet durable may be undone by a crash.
  ++missing_segments_;
  break_run(number, 0);
  return follows(record, number, first);
}

void Replay::break_run(std::uint64_t number, std::size_t at) {
  if (out_.bad_segment == 0) {
    out_.bad_segment = number;
    out_.bad_offset = at;
  }
  missing_sequence_ = std::max(missing_sequence_, run_.sequence + 1);
  if (!prefix_) prefix_ = run_open_ ? run_ : Run{};
  run_open_ = false;
}

bool Replay::take_entry(const Record& record, SegmentFate& fate) {
  raft::Entry entry;
  if (!decode(record.payload, entry)) return false;
  fate.max_index = std::max(fate.max_index, entry.index);
  if (entry.index <= run_.shape.base()) return true;  // written while a snapshot was being installed
  if (entry.index != run_.shape.last().next()) return false;
  run_.shape.append(entry.index, entry.term);
  run_.entries.push_back(std::move(entry));
  return true;
}

bool Replay::take(const Record& record, SegmentFate& fate) {
  LogIndex index;
  Term term;
  raft::HardState hard_state;
  switch (record.header.type) {
    case RecordType::segment:
      return true;
    case RecordType::hard_state:
      return decode(record.payload, hard_state);
    case RecordType::entry:
      return take_entry(record, fate);
    case RecordType::truncate: {
      if (!decode_truncate(record.payload, index)) return false;
      run_.shape.truncate(index);
      const std::uint64_t size = run_.shape.last() - run_.shape.base();
      if (run_.entries.size() > size) run_.entries.resize(size);
      return true;
    }
    case RecordType::base: {
      if (!decode_base(record.payload, index, term)) return false;
      // What is kept stays whole, below the snapshot too: an older one may be all that can be read.
      const LogShape before = run_.shape;
      if (run_.shape.rebase(index, term)) {
        run_.shape = before;
      } else {
        run_.entries.clear();
      }
      return true;
    }
    default:
      return false;
  }
}

void Replay::segment(std::uint64_t number, ByteView bytes, bool last) {
  fates_.push_back({.number = number, .keep_bytes = 0, .bytes = bytes.size(), .max_index = {}});
  if (ended_ || out_.refused != Errc::ok) return;
  SegmentFate& fate = fates_.back();
  std::size_t at = 0;
  while (at < bytes.size() || at == 0) {
    const std::optional<Record> record = read_record(bytes, at, skip_payload_);
    if (!record || !follows(*record, number, at == 0) || !take(*record, fate)) {
      if (out_.refused == Errc::ok) broken(number, bytes, at, last);
      return;
    }
    note_seen(*record);
    ++out_.records;
    run_.sequence = record->header.sequence;
    run_.chain = record->header.checksum;
    at += kHeaderBytes + record->header.length;
    fate.keep_bytes = at;
    run_.segments = fates_.size();
  }
}

// Looks for valid records of ours behind the damage, and returns the highest batch among them.
std::uint64_t Replay::scan_on(ByteView bytes, std::size_t at) {
  std::uint8_t owner[4];
  for (std::size_t i = 0; i < 4; ++i) owner[i] = static_cast<std::uint8_t>(owner_.value >> (8 * i));
  std::uint64_t batch = 0;
  const std::uint64_t good = run_open_ ? run_.sequence : 0;
  std::size_t position = at;
  while (position + kHeaderBytes <= bytes.size()) {
    if (std::memcmp(bytes.data() + position + 36, owner, 4) == 0) {
      const std::optional<Record> record = read_record(bytes, position);
      if (record && record->header.sequence > good) {
        note_seen(*record);
        // The very record that should be here, elsewhere: a write that went astray, not one that never
        // happened.
        if (record->header.sequence == good + 1) misplaced_ = true;
        batch = std::max(batch, record->header.batch);
        position += kHeaderBytes + record->header.length;
        continue;
      }
    }
    ++position;
  }
  return batch;
}

namespace {
// Whether some sector's share of [from, to) is all zeros, as a sector that was never written reads.
bool has_lost_sector(ByteView bytes, std::size_t from, std::size_t to) {
  while (from < to) {
    const std::size_t end = std::min(to, (from / kSectorBytes + 1) * kSectorBytes);
    if (std::all_of(bytes.begin() + static_cast<std::ptrdiff_t>(from),
                    bytes.begin() + static_cast<std::ptrdiff_t>(end),
                    [](std::uint8_t byte) { return byte == 0; })) {
      return true;
    }
    from = end;
  }
  return false;
}
}  // namespace

bool Replay::torn(ByteView bytes, std::size_t at, std::uint64_t later_batch) const {
  const std::uint64_t bad = run_open_ ? run_.sequence + 1 : 1;
  if (mark_ && mark_->synced_sequence >= bad) return false;
  if (mark_suspect_ || misplaced_) return false;
  if (later_batch > bad) return false;                // its batch began after this record's had been synced
  if (bytes.size() - at < kHeaderBytes) return true;  // nothing but a lost write shortens a file
  const std::optional<Header> header = read_header(bytes, at);
  if (!header) return has_lost_sector(bytes, at, at + kHeaderBytes);
  if (header->sequence != bad || header->owner != owner_ || header->length > kPayloadBytesMax) return false;
  if (run_open_ && at != 0 && header->chain != run_.chain) return false;
  const std::size_t payload = at + kHeaderBytes;
  if (bytes.size() - payload < header->length) return true;
  return has_lost_sector(bytes, payload, payload + header->length);
}

void Replay::broken(std::uint64_t number, ByteView bytes, std::size_t at, bool last) {
  const std::uint64_t missing_before = missing_sequence_;
  const LogIndex index_before = seen_index_;
  const std::uint64_t voted_before = hard_state_sequence_;
  const raft::HardState hard_state_before = out_.hard_state;
  const std::uint64_t later_batch = take_bad_for_end_ ? 0 : scan_on(bytes, at);
  if (take_bad_for_end_ || ((last || at == 0) && torn(bytes, at, later_batch))) {
    // A recovery that was itself cut off leaves a torn beginning with a later segment behind it. If that one
    // goes on from the same record, nothing was there; if not, follows() finds the gap.
    out_.torn_bytes += bytes.size() - at;
    if (take_bad_for_end_) ended_ = true;
    // What only the torn batch says was never acknowledged.
    missing_sequence_ = missing_before;
    seen_index_ = index_before;
    hard_state_sequence_ = voted_before;
    out_.hard_state = hard_state_before;
    return;
  }
  ++out_.corrupt_records;
  break_run(number, at);
  // Bytes behind the last thing that can be read may have been anything, unless the mark says that it is all.
  const bool covered =
      mark_ && (number < mark_->segment || (number == mark_->segment && bytes.size() <= mark_->offset));
  if (last && !covered) missing_without_end_ = true;
}

void Replay::judge_loss(Judgement& out, const Run& run) const {
  LogIndex known = std::max(seen_index_, run.shape.last());
  std::uint64_t proven = hard_state_sequence_;
  if (mark_) {
    known = std::max({known, mark_->last_index, mark_->snapshot_index});
    proven = std::max(proven, mark_->synced_sequence);
  }
  out.hard_state_uncertain = missing_without_end_ || missing_sequence_ > proven;
  if (out.hard_state_uncertain) {
    // At least one entry more than is known, so that only a leader of today can end the quarantine. Bad bytes
    // at an uncovered end may have held as many entries as fit.
    const std::uint64_t bytes =
        missing_without_end_ && !fates_.empty()
            ? fates_.back().bytes - std::min(fates_.back().bytes, fates_.back().keep_bytes)
            : 0;
    known = LogIndex{known.value + 1 + bytes / (kHeaderBytes + 16)};
  }
  out.quarantine_until = known;
}

Judgement Replay::finish(const raft::SnapshotMeta& snapshot, const raft::SnapshotMeta& unreadable) {
  Judgement& out = out_;
  if (out.refused != Errc::ok) return std::move(out);
  // A log that ends too early has lost its end as surely as if it were damaged.
  if (mark_ && !take_bad_for_end_ && mark_->synced_sequence > seen_sequence_) {
    missing_sequence_ = std::max(missing_sequence_, mark_->synced_sequence);
    ++out.corrupt_records;
    if (!prefix_) prefix_ = run_open_ ? run_ : Run{};
    run_open_ = false;
  }
  const bool whole = !prefix_;
  // Damage in what the snapshot has made needless costs nothing, if all that follows is whole.
  // The term where it joins must be known: cut back below its first head, the log can't tell whether it is
  // the snapshot's.
  const bool joins = run_.shape.base() <= snapshot.index &&
                     (snapshot.index > run_.shape.last() || run_.shape.term_of(snapshot.index).value != 0);
  const bool suffix = !whole && run_open_ && joins;
  Run run = whole || suffix ? std::move(run_) : std::move(*prefix_);
  if (whole && !run_open_) run = Run{};
  bool lost = !whole && !suffix;

  if (mark_ && mark_->synced_sequence >= hard_state_sequence_ && !take_bad_for_end_) {
    // The mark's copy covers every record up to its sequence.
    note_hard_state(mark_->synced_sequence, mark_->hard_state);
  }
  if (!mark_ && !take_bad_for_end_ && (other_records_ || snapshot.index.value != 0)) {
    lost = true;  // the mark is made before the first record and never removed
    missing_without_end_ = true;
  }
  // An unreadable snapshot costs nothing only if the log has its last entry, and so all that it stood for.
  if (unreadable.index.value != 0 && !take_bad_for_end_ &&
      run.shape.term_of(unreadable.index) != unreadable.term) {
    seen_index_ = std::max(seen_index_, unreadable.index);
    lost = true;
  }
  const bool gap = run.shape.base() > snapshot.index;
  const LogIndex unusable = run.shape.last();
  const bool held = snapshot.index >= run.shape.base() && snapshot.index <= run.shape.last();
  // A first segment that follows on a cut log does not know the term of its base; the snapshot does.
  const Term held_term = held ? run.shape.term_of(snapshot.index) : Term{};
  if (gap || !held || (snapshot.index.value != 0 && held_term != snapshot.term)) {
    run.shape = LogShape(snapshot.index, snapshot.term);
    run.entries.clear();
    // A log that does not reach the snapshot begins anew behind it: none of the old files is gone on with.
    if (gap || run.sequence != 0) run.segments = run.first_segment = run.sequence = run.chain = 0;
  } else {
    run.entries.erase(run.entries.begin(),
                      run.entries.begin() + static_cast<std::ptrdiff_t>(snapshot.index - run.shape.base()));
    run.shape.forget_to(snapshot.index);
  }
  if (gap && !take_bad_for_end_) lost = true;
  // The newest snapshot that was ever durable is gone, and the log does not reach as far.
  if (mark_ && !take_bad_for_end_ && mark_->snapshot_index > run.shape.last()) lost = true;
  seen_index_ = std::max(seen_index_, unusable);
  if (lost) {
    out.corrupt_records += missing_segments_;
    judge_loss(out, run);
  }

  for (std::size_t i = 0; i < fates_.size(); ++i) {
    if (i < run.first_segment || i >= run.segments) fates_[i].keep_bytes = 0;
  }
  out.segments = std::move(fates_);
  out.kept_sequence = run.sequence;
  out.chain = run.chain;
  out.last_sequence = std::max({seen_sequence_, missing_sequence_, mark_ ? mark_->synced_sequence : 0});
  out.shape = std::move(run.shape);
  out.entries = std::move(run.entries);
  return std::move(out);
}

}  // namespace wn::store
