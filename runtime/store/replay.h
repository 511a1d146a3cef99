#pragma once
// Replay: what a set of segment files and a mark prove. Pure: bytes in, a judgement out; total on hostile
// bytes.
//
//   Replay replay(owner, mark, mark_suspect, take_bad_for_end);
//   for each segment in ascending number: replay.segment(number, bytes, is_last);
//   Judgement j = replay.finish(snapshot that holds, newer snapshot that does not);
//
// A bad record is the torn end of the log only if all of this holds: it is in the last segment, the mark does
// not cover it, no record of a later batch follows, and the damage is of the kind that lost sectors leave
// (FORMAT.md, "Torn or rotten").
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/raft/types.h"
#include "runtime/store/log_shape.h"
#include "runtime/store/record.h"

namespace wn::store {

struct SegmentFate {
  std::uint64_t number = 0;
  std::uint64_t keep_bytes = 0;  // 0: remove the file
  std::uint64_t bytes = 0;
  LogIndex max_index;  // highest entry that it ever held
};

struct Judgement {
  Errc refused = Errc::ok;  // another node's files, or another version's
  std::string why;
  raft::HardState hard_state;
  std::vector<raft::Entry> entries;  // snapshot.index + 1 …
  LogShape shape;
  LogIndex quarantine_until;  // newly found; 0: nothing was lost
  std::vector<SegmentFate> segments;
  std::uint64_t last_sequence = 0;  // highest that was ever seen: new ones begin above
  std::uint32_t chain = 0;          // of the last record that is kept
  std::uint64_t kept_sequence = 0;  // of that record; 0: none
  std::uint64_t records = 0;
  std::uint64_t torn_bytes = 0;
  std::uint32_t corrupt_records = 0;
  bool hard_state_uncertain = false;
  std::uint64_t bad_segment = 0;  // first one that is bad
  std::uint64_t bad_offset = 0;
};

class Replay {
 public:
  // `mark_suspect`: a slot of the mark does not hold, so the mark may be older than the last sync.
  Replay(NodeId owner, std::optional<Mark> mark, bool mark_suspect, bool take_bad_for_end,
         bool skip_payload = false)
      : owner_(owner),
        mark_(mark),
        mark_suspect_(mark_suspect),
        take_bad_for_end_(take_bad_for_end),
        skip_payload_(skip_payload) {}

  void segment(std::uint64_t number, ByteView bytes, bool last);
  // `unreadable`: a newer snapshot that was once durable (index and term; index 0: none).
  Judgement finish(const raft::SnapshotMeta& snapshot, const raft::SnapshotMeta& unreadable = {});

 private:
  // What one unbroken run of records says.
  struct Run {
    LogShape shape;
    std::vector<raft::Entry> entries;  // (shape.base, shape.last]
    std::uint64_t sequence = 0;
    std::uint32_t chain = 0;
    std::size_t segments = 0;  // fates_ [first_segment, segments) belong to it
    std::size_t first_segment = 0;
  };

  bool follows(const Record& record, std::uint64_t number, bool first);
  bool take(const Record& record, SegmentFate& fate);
  bool take_entry(const Record& record, SegmentFate& fate);
  void note_hard_state(std::uint64_t sequence, const raft::HardState& hard_state);
  void broken(std::uint64_t number, ByteView bytes, std::size_t at, bool last);
  void break_run(std::uint64_t number, std::size_t at);
  bool torn(ByteView bytes, std::size_t at, std::uint64_t later_batch) const;
  std::uint64_t scan_on(ByteView bytes, std::size_t at);
  void note_seen(const Record& record);
  void refuse(Errc code, std::string why);
  void judge_loss(Judgement& out, const Run& run) const;

  NodeId owner_;
  std::optional<Mark> mark_;
  bool mark_suspect_;
  bool take_bad_for_end_;  // Defect::truncate_on_bad_checksum
  bool skip_payload_;      // Defect::checksum_skipped
  Judgement out_;
  Run run_;
  std::optional<Run> prefix_;   // up to the first damage
  bool run_open_ = false;       // run_ has a beginning
  bool misplaced_ = false;      // the record that was expected is somewhere else
  bool other_records_ = false;  // something besides the heads of segments
  bool ended_ = false;          // nothing more is looked at (the planted bug)
  std::vector<SegmentFate> fates_;
  std::uint64_t hard_state_sequence_ = 0;
  std::uint64_t seen_sequence_ = 0;     // highest valid one
  std::uint64_t missing_sequence_ = 0;  // highest that is known to be unreadable
  bool missing_without_end_ = false;    // bad bytes at an end that the mark does not cover
  LogIndex seen_index_;
  std::uint32_t missing_segments_ = 0;  // places where one segment does not follow on the one before
};

}  // namespace wn::store
