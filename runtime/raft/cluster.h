#pragma once
// A cluster of cores in memory, for this room's tests: a driver that keeps the contract of raft.h, disks that
// lose what was not acknowledged, a network whose every message the test decides on, and the cross-node
// claims of [raft] figure 3 checked after every step. Nothing here runs by itself. The first broken claim is
// kept in `violation()`, so that negative tests can expect one.
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <string>
#include <vector>

#include "runtime/raft/invariants.h"
#include "runtime/raft/raft.h"

namespace wn::raft::testing {

struct Parcel {  // a message on its way, with entries of its own
  Message message;
  std::vector<Entry> entries;
};

struct Disk {
  HardState hard_state;
  SnapshotMeta snapshot;
  Bytes image;
  std::vector<Entry> log;  // snapshot.index + 1 …
};

struct Write {  // a Persist that the disk has not acknowledged
  std::uint64_t ticket = 0;
  bool hard_state_changed = false;
  HardState hard_state;
  LogIndex truncate_from;
  std::vector<Entry> entries;
};

struct Member {
  NodeId id;
  Options options;
  std::unique_ptr<RaftCore> core;  // null while it is down
  Disk disk;
  std::deque<Write> writes;
  std::vector<std::pair<std::uint64_t, Parcel>> held;  // by the ticket that they wait for
  LogIndex applied;
  std::uint64_t machine = 0;  // the state machine: a running hash of all that was applied
  std::vector<std::uint8_t> incoming;
  std::optional<SnapshotMeta> arriving;  // all of `incoming` is here, and not yet on disk
  std::uint32_t lives = 0;
  std::int64_t rate_ppm = 0;  // how much faster than true time its clock runs
  // what the last steps produced
  std::vector<ReadReady> reads;
  std::vector<Refusal> refusals;
  std::vector<std::uint64_t> completed;
};

class Cluster {
 public:
  Cluster(Options options, Configuration bootstrap, std::uint64_t seed = 1);

  Member& add(NodeId id);  // starts a blank node
  Member& at(NodeId id);
  std::vector<NodeId> ids() const;
  bool up(NodeId id) { return at(id).core != nullptr; }
  Status status(NodeId id) { return at(id).core->status(); }

  void step(NodeId id, const Input& input);
  void tick(NodeId id) { step(id, Tick{}); }
  void propose(NodeId id, std::string_view text, std::uint64_t context = 0);
  void read(NodeId id);
  void snapshot(NodeId id, std::uint64_t padding = 200);
  // Acknowledges the oldest `count` writes.
  void persist(NodeId id, std::size_t count = ~std::size_t{0});
  // Loses all but the first `kept` of the unacknowledged writes.
  void crash(NodeId id, std::size_t kept = 0);
  void restart(NodeId id, LogIndex quarantine_until = {});

  void advance(Duration by) { now_ = now_ + by; }
  Instant now() const { return now_; }
  // What the node's own clock shows.
  Instant local(NodeId id) { return local(at(id)); }
  static constexpr std::int64_t kPpm = 1'000'000;

  // ---- network
  std::vector<Parcel>& in_flight() { return in_flight_; }
  void deliver(std::size_t at);  // removes and delivers
  void drop_all() { in_flight_.clear(); }
  // A one-way cut; messages across it vanish when sent or delivered.
  void cut(NodeId from, NodeId to) { cuts_.insert_or_assign({from.value, to.value}, true); }
  void isolate(NodeId id);
  void heal() { cuts_.clear(); }
  // Delivers and persists, without time passing, until nothing is left to do.
  void settle(std::size_t steps_max = 100'000);
  // Lets time pass in small steps, ticking whoever is due, settling in between.
  void run(Duration by, Duration stride = milliseconds(10));
  void tick_due();

  NodeId leader();  // of the highest term among those that are up; nobody if none
  // Forces an election: waits, ticks `id` and settles. True when it leads.
  bool elect(NodeId id);

  bool auto_persist = true;  // acknowledge writes within settle()
  const std::optional<std::string>& violation() const { return violation_; }
  void check_all();  // log matching and leader completeness, over all pairs
  LogIndex committed() const { return LogIndex{committed_.size()}; }
  std::uint64_t sometimes(std::string_view claim) const;
  std::vector<std::pair<NodeId, Note>> notes;  // kept only when keep_notes
  bool keep_notes = false;
  std::uint64_t reads_answered = 0;

 private:
  struct Committed {
    Term term;
    std::uint32_t checksum = 0;
  };
  void boot(Member& m, LogIndex quarantine_until);
  Instant local(const Member& m) const { return Instant{now_.ns + now_.ns / kPpm * m.rate_ppm}; }
  void take_effects(Member& m);
  void take_chunks(Member& m);
  void post(Member& m, const Message& message, std::uint64_t wait_for);
  void send_off(Parcel parcel);
  void release(Member& m);
  void apply(Member& m, std::span<const Entry> entries);
  static void write_down(Disk& disk, const Write& write);
  void take_image(Member& m, const SnapshotMeta& meta);
  void store_image(Member& m);
  void broken(const Member& m, std::string what);
  void check_leader(Member& m);

  Options options_;
  Configuration bootstrap_;
  std::uint64_t seed_;
  Instant now_{1'000'000'000};
  std::map<std::uint32_t, Member> members_;
  std::vector<Parcel> in_flight_;
  std::map<std::pair<std::uint32_t, std::uint32_t>, bool> cuts_;
  Effects effects_;
  std::map<std::uint64_t, NodeId> leader_of_;     // by term
  std::vector<Committed> committed_;              // [i] is index i + 1
  std::vector<std::uint64_t> machine_at_;         // hash after index i + 1
  std::map<std::uint64_t, LogIndex> read_floor_;  // by read context
  std::uint64_t read_contexts_ = 1'000'000;
  std::map<std::string, std::uint64_t, std::less<>> sometimes_;
  std::optional<std::string> violation_;
};

// The machine's image: index and hash, then padding.
Bytes make_image(std::uint64_t machine, std::uint64_t padding);
std::uint64_t machine_of(ByteView image);

}  // namespace wn::raft::testing
