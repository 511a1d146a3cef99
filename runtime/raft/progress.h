#pragma once
// Progress: what a leader knows about one follower, and when it may send to it again.
//   probe      the follower's log is not known: one append at a time, paused until answered or a heartbeat
//   returns replicate  the logs agree up to match: appends are pipelined, at most the window's capacity in
//   flight snapshot   the follower needs entries that are compacted: an image is streamed, one chunk at a
//   time
// Invariants: match < next; in replicate, in-flight indices ascend and lie in (match, next).
// Source: [raft] section 5.3 (nextIndex, matchIndex); [diss] 10.2.1 (pipelining).
#include <cstdint>
#include <vector>

#include "runtime/raft/types.h"

namespace wn::raft {

// The last indices of the append messages in flight, oldest first; a ring of fixed capacity.
class Window {
 public:
  explicit Window(std::uint32_t capacity) : last_(capacity == 0 ? 1 : capacity) {}
  bool full() const { return count_ == last_.size(); }
  bool empty() const { return count_ == 0; }
  std::size_t size() const { return count_; }
  // Oldest first. REQUIRES i < size().
  LogIndex at(std::size_t i) const { return last_[(head_ + i) % last_.size()]; }
  // REQUIRES !full().
  void add(LogIndex last);
  // Forgets the messages whose last entry is <= match.
  void acknowledge(LogIndex match);
  void clear() { count_ = 0; }

 private:
  std::vector<LogIndex> last_;
  std::size_t head_ = 0;
  std::size_t count_ = 0;
};

enum class ProgressState : std::uint8_t { probe, replicate, snapshot };

struct Progress {
  Progress(NodeId peer, LogIndex next_index, std::uint32_t window_capacity)
      : id(peer), next(next_index), window(window_capacity) {}

  NodeId id;
  ProgressState state = ProgressState::probe;
  LogIndex match;
  LogIndex next;
  bool probe_sent = false;  // probe: waiting for the answer
  bool poke = false;        // send an append even when there is no entry to send
  Instant last_contact;     // when the last message of this term came from it
  std::uint64_t acked_round = 0;
  std::uint64_t poke_round = 0;  // the round in which it was last poked
  Window window;
  // snapshot
  SnapshotMeta image;
  std::uint64_t image_offset = 0;  // next byte to send
  bool chunk_sent = false;
  Instant chunk_deadline;  // give the chunk up for lost then

  bool may_send_entries() const;
  void become_probe(LogIndex next_index);
  void become_replicate();
  void become_snapshot(const SnapshotMeta& meta);
  // The follower has everything up to `index`. True when match moved.
  bool accepted(LogIndex index);
  // The follower refused, and asks for what follows `hint` (already mapped to the leader's log). False when
  // this says nothing new.
  bool rejected(LogIndex hint);
};

}  // namespace wn::raft
