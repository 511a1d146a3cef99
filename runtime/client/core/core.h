#pragma once
// Core: one client's side of the realm's protocol (runtime/realm/protocol.h) as a value that steps. No clock,
// no I/O, no randomness of its own. The simulated clients of scenarios/workloads and the shipped client
// (runtime/client) are drivers around this one.
//
//   core.invoke(now, operation, jitter, effects);   // effects are appended; the driver carries out and
//   clears core.on_reply(now, from, reply, jitter, effects); core.on_tick(now, jitter, effects); // at or
//   after next_deadline(); an early tick is harmless
//
// Many operations may be open. Where an operation goes:
//   - one that names its server (Operation::to): there, and nowhere else;
//   - LOCAL: to the first server, whose own state it is about;
//   - an EVENTUAL change: to the home, the server that answered last, with all its attempts: only there it is
//     known to take effect once;
//   - an EVENTUAL read, and STRONG ones, which take effect once wherever they are sent: to the home, and to
//     the next server when that does not answer.
// The home moves on when it leaves an attempt unanswered. With `sessions` each server is shown what this
// client has seen, so what it reads never goes back, wherever it reads.
//
// What an outcome means (Jepsen's words):
//   ok    it took effect, or was read
//   fail  it took no effect and will not
//   info  nobody knows
// Replicas remember a client's last change alone, so a change is known to have taken no effect only if no
// attempt of it was left unanswered, or nothing later of this client came before it; `info` else. An attempt
// that was refused as overloaded counts as answered: a network that delivers a frame twice must not be used
// for more than one change at a time.
//
// Retries (gRPC proposal A6, "client retries"): each operation earns retry_percent of one retry, at most
// retry_burst are saved up. Without credit what was refused as overloaded fails at once, and what was not
// answered is waited for. The time between attempts doubles up to retry_max, each shortened by up to
// jitter_percent.
//
// One STRONG operation is under way on a worknode; others wait for it, in their order (groups::Command asks
// for that). Operations have their number when they are first sent, so that numbers ascend on the wire.
//
// Limits: open_max operations (Errc::overloaded at once). Errors of an answer: Result::reply.error. Thread
// rule: one thread. Determinism: a pure function of its inputs.
#include <cstdint>
#include <deque>
#include <map>
#include <memory_resource>
#include <set>
#include <utility>
#include <vector>

#include "runtime/base/fault_point.h"
#include "runtime/base/inspector.h"
#include "runtime/base/time.h"
#include "runtime/base/trace_event.h"
#include "runtime/causality/version_vector.h"
#include "runtime/realm/protocol.h"

namespace wn::client {

inline constexpr std::size_t kServersMax = 64;

enum class Outcome : std::uint8_t { ok = 1, fail, info };

struct CoreOptions {
  std::vector<NodeId> servers;  // 1 … kServersMax; the first is home at first
  Duration timeout = seconds(3);
  Duration retry = milliseconds(300);  // until the second attempt
  Duration retry_max = seconds(2);
  std::uint32_t jitter_percent = 50;  // 0 … 100
  bool budget = true;                 // else retries are free
  std::uint32_t retry_percent = 10;
  std::uint32_t retry_burst = 10;
  std::uint32_t open_max = 4096;
  bool sessions = true;
  // Above all that this identity has ever used. Servers that have too many clients forget those with the
  // lowest numbers, and refuse what may be theirs: begin at the clock where clients come and go.
  std::uint64_t first_number = 1;
  FaultPoints* fault_points = nullptr;  // outlives it; nullptr: none are offered
};

struct Operation {
  realm::Request request;  // number, attempt and session are filled in here
  NodeId to;               // nobody: as above
  Duration timeout;        // 0: CoreOptions::timeout
  std::uint64_t context = 0;
};

struct Send {
  std::uint64_t context = 0;
  NodeId to;
  std::uint32_t attempt = 0;
  realm::Request request;
};

struct Completed {
  std::uint64_t context = 0;
  Outcome outcome = Outcome::info;
  realm::Reply reply;          // the last answer; its code is zero where none came
  std::uint32_t attempts = 0;  // 0: it was never sent
};

struct Effects {
  std::vector<Send> sends;
  std::vector<Completed> completed;
  std::vector<Claim> sometimes;
  void clear();
};

struct CoreStats {
  std::uint64_t operations = 0, attempts = 0;
  std::uint64_t ok = 0, fail = 0, info = 0;
  std::uint64_t retries_refused = 0;  // for want of credit
  std::uint64_t moves = 0;            // of the home
};

// Takes no effect, whatever becomes of it.
bool changes_nothing(realm::Function function);

class Core {
 public:
  Core(CoreOptions options, std::pmr::memory_resource* memory);

  // ok; overloaded: open_max; invalid_argument: no operation of that mode (realm::has_mode).
  [[nodiscard]] Errc invoke(Instant now, Operation operation, std::uint64_t jitter, Effects& effects);
  // `reply` is from outside: one that fits no attempt of an open operation is ignored.
  void on_reply(Instant now, NodeId from, const realm::Reply& reply, std::uint64_t jitter, Effects& effects);
  void on_tick(Instant now, std::uint64_t jitter, Effects& effects);
  // Ends all that is open: fail where nothing was sent, else as at the deadline.
  void close(Effects& effects);

  std::size_t open() const { return open_.size(); }
  Instant next_deadline() const;  // Instant::max(): nothing is open
  NodeId home() const { return options_.servers[home_]; }
  const CoreStats& stats() const { return stats_; }
  void inspect(Inspector& to) const;
  // What this client has seen, by what replicas said (a causality::VersionVector, encoded).
  Bytes session() const;
  // What an earlier life of this client had seen. corrupt: not a session.
  Errc resume(ByteView session);

 private:
  struct Open {
    Operation operation;
    NodeId target;
    std::uint32_t attempts = 0;
    std::uint32_t dead = 0;  // attempts that were refused without effect
    bool held = false;       // waits for the STRONG operation before it
    bool answered = false;   // the latest attempt, by something that settles nothing
    bool unpaid = false;     // no credit: its answer is waited for until the deadline
    Duration pause;
    Instant deadline;
    Instant due;
    realm::Reply last;
  };
  using Key = std::uint64_t;  // a running number of ours
  using Opens = std::pmr::map<Key, Open>;

  void send(Instant now, Opens::iterator at, std::uint64_t jitter, Effects& effects);
  void schedule(Opens::iterator at, Instant due);
  void complete(Opens::iterator at, Outcome outcome, Effects& effects);
  void release(WorknodeId worknode);
  void send_released(Instant now, std::uint64_t jitter, Effects& effects);
  void unanswered(Instant now, Opens::iterator at, std::uint64_t jitter, Effects& effects);
  void overloaded(Instant now, Opens::iterator at, Effects& effects);
  bool pay();
  bool may_move(const Open& o) const;
  NodeId target_of(const Open& o) const;
  void move_home();
  void see(ByteView session, Effects& effects);
  Outcome outcome_of_refusal(const Open& o, const realm::Reply& reply) const;

  CoreOptions options_;
  CoreStats stats_;
  std::pmr::memory_resource* memory_;
  Opens open_;
  std::pmr::map<std::uint64_t, Key> by_number_;  // on the wire
  std::pmr::set<std::pair<Instant, Key>> due_;
  std::pmr::map<WorknodeId, std::pmr::deque<Key>> strong_;  // the first is under way
  std::pmr::vector<Key> released_;                          // their turn has come
  causality::VersionVector seen_;
  Key last_key_ = 0;
  std::uint64_t next_number_;
  std::int64_t credit_;  // in hundredths of a retry
  std::size_t home_ = 0;
};

}  // namespace wn::client
