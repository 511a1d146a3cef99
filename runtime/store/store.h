#pragma once
// LogStore: a durable Raft log and its snapshots, as plans for a Disk. A value that steps: no I/O of its own.
//
//   store.recover(effects);                    // once, first
//   store.on_disk(outcome, effects);           // for every outcome of an action
//   store.persist(raft_effects.persist, effects);
//
// Invariants (FORMAT.md has the bytes and the reasons):
//   1. `durable(t)` is reported only after a sync that covers every record of tickets <= t, and, when a file
//      was created for them, a sync of the directory; and then, unless Options::mark_before_ack is off, a
//      sync of the mark that names them. So what was acknowledged and cannot be read is known to be missing,
//      whenever the one misdirected write or rotten sector strikes. The events of snapshots wait for their
//      mark in the same way.
//   2. One batch of log records is under way at a time; what is persisted meanwhile is the next batch (group
//      commit). So a record of a later batch proves that the earlier batch had been synced.
//   3. A record that was durable and no longer is (rot, misdirected write, lost file) is never taken for the
//   end of
//      the log: the entries from it on are given up and `quarantine_until` names what was once there. It
//      stays, over any number of restarts, until lift_quarantine(): how long the log is says nothing of
//      whether it is the right one (the record that is missing may have been a truncation).
//   4. A segment or a snapshot is removed only when newer durable snapshots make it needless; the newest two
//      snapshots and the log from the older of them are kept.
//   5. After a failed write or sync of the log, or any failed rename or directory sync, the store has failed:
//   it
//      plans nothing more ("fsyncgate": Rebello et al., "Can Applications Recover from fsync Failures?",
//      ATC'20).
// Sources: Pillai et al., "All File Systems Are Not Created Equal", OSDI'14; Alagappan et al.,
// "Protocol-Aware Recovery for Consensus-Based Storage", FAST'18 (why a bad record is not the end of the
// log). Thread rule: a plain value, one thread.
#include <cstdint>
#include <memory>

#include "runtime/raft/raft.h"
#include "runtime/store/types.h"

namespace wn::store {

struct State;  // state.h: the plain struct that the room's files work on

class LogStore {
 public:
  explicit LogStore(const Options& options);
  ~LogStore();
  LogStore(const LogStore&) = delete;
  LogStore& operator=(const LogStore&) = delete;

  // Begins recovery; ends with the event `recovered` or `refused`. Call once, before anything else.
  void recover(Effects& effects);
  void on_disk(const DiskOutcome& outcome, Effects& effects);
  // REQUIRES the event recovered.
  Recovered take_recovered();

  // Tickets ascend. A Persist with ticket 0 is ignored. Later ends with the event durable{ticket or higher}.
  // A failed store ignores the call. REQUIRES recovered.
  void persist(const raft::Persist& persist, Effects& effects);

  // Writes the state machine's own image; meta.bytes and meta.checksum must describe it. One at a time:
  // overloaded while another is under way, too_large above Options::snapshot_bytes_max, else ok and later the
  // event snapshot_saved.
  [[nodiscard]] Errc save_snapshot(const raft::SnapshotMeta& meta, const Bytes& image, Effects& effects);

  // A piece of an incoming image. Offset 0 begins anew; other pieces must follow in order: invalid_argument
  // for one that does not (the incoming image is given up). After the last one comes the event
  // snapshot_received. Bytes from outside: a wrong checksum or length ends in that event with `corrupt`. The
  // log is then reset to the snapshot unless it holds the snapshot's last entry ([raft] section 7), before
  // any later persist().
  [[nodiscard]] Errc receive_chunk(const raft::SnapshotChunk& chunk, Effects& effects);

  // Reads a piece of the durable snapshot `meta` (index and term decide) for a follower; ends with
  // snapshot_read{context}. not_found when that snapshot is not held any more, overloaded at
  // kSnapshotReadsMax.
  [[nodiscard]] Errc read_snapshot(std::uint64_t context, const raft::SnapshotMeta& meta,
                                   std::uint64_t offset, std::uint32_t length, Effects& effects);

  // Raft has seen everything up to `quarantine_until` committed and durable here. Durable soon after; a crash
  // before that only makes the quarantine last longer.
  void lift_quarantine(Effects& effects);

  bool recovered() const;
  bool failed() const;
  bool idle() const;  // nothing submitted is outstanding and nothing waits
  std::uint64_t durable_ticket() const;
  raft::SnapshotMeta newest_snapshot() const;  // durable; index 0 when there is none
  const State& state() const { return *state_; }

 private:
  std::unique_ptr<State> state_;
};

}  // namespace wn::store
