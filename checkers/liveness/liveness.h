#pragma once
// LivenessChecker: once faults freeze, a group of servers that can all talk to each other both ways and hold
// a quorum of the configuration (the core) must serve clients. Claim: "liveness".
//
//   - While some client waits for an answer, one of them gets one (ok or fail; info is none) within
//     `election_timeouts_max` election timeouts. Only clients count that have working links to all usable
//     servers.
//   - At most `leader_changes_per_minute_max` leader changes a simulated minute once that long has passed.
// Signatures: "liveness: no leader", "liveness: leader outside the core", "liveness: leader cannot commit",
// "liveness: clients not served", "liveness: leader churn".
// Without a core, or with no client that waits: pass, and the explanation begins with "vacuous: ".
//
// Usable servers: those of `up` that run, have not refused to serve (store_refused) and are not in quarantine
// at the end. The configurations that count are those that usable servers hold (raft_config, ids below 64),
// else `voters` and `outgoing` of the facts: the core has a quorum in each. Indirect paths do not count as
// links. Cost: O(1) an event. Memory: 24 bytes for each client or leader event after the freeze, at most
// kRecordsMax of them; what comes later is not judged.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "checkers/history/verdict.h"
#include "runtime/base/ids.h"
#include "runtime/base/time.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

struct LivenessFacts {
  SimTime freeze_at;
  SimTime end;
  Duration election_timeout;                 // the longest that one election timeout may be drawn
  std::uint32_t election_timeouts_max = 20;  // k
  std::uint32_t leader_changes_per_minute_max = 6;
  // What holds from the freeze to the end (never-healed faults included).
  std::vector<NodeId> up;                          // servers that run, with a disk that works
  std::vector<NodeId> clients;                     // client processes
  std::vector<std::pair<NodeId, NodeId>> blocked;  // directed links (from, to) that do not work
  // The configuration that is in force. `outgoing` not empty: joint, both need a majority.
  std::vector<NodeId> voters;
  std::vector<NodeId> outgoing;
};

class LivenessChecker {
 public:
  static constexpr std::size_t kRecordsMax = 4'000'000;

  explicit LivenessChecker(LivenessFacts facts) : facts_(std::move(facts)) {}
  void on_event(const TraceEvent& event);
  // The configuration of the facts, anew; it counts where the trace does not tell what servers hold.
  void set_configuration(std::vector<NodeId> voters, std::vector<NodeId> outgoing) {
    facts_.voters = std::move(voters);
    facts_.outgoing = std::move(outgoing);
  }
  // This server is of no use after all, for a reason that the trace does not tell.
  void remove_server(NodeId id) { std::erase(facts_.up, id); }
  Verdict verdict() const;

 private:
  struct Server {
    bool running = true;
    bool refused = false;
    std::uint64_t quarantine_until = 0;
    bool leads = false;
    std::uint64_t term = 0;
    std::uint64_t config_index = 0, voters = 0, outgoing = 0;
    bool configured = false;
  };
  enum class What : std::uint8_t { invoked, answered, gave_up, elected, deposed, candidate, committed };
  struct Record {
    std::int64_t at_ns = 0;
    std::uint32_t node = 0;
    What what{};
  };
  struct Wait {
    std::int64_t longest = 0, from = 0, to = 0;
    std::uint64_t answers = 0;
    bool any = false;
  };
  Server& server(NodeId id);
  void record(const TraceEvent& event, What what);
  std::vector<NodeId> usable() const;
  bool linked(NodeId a, NodeId b) const;  // both ways
  bool holds_quorum(const std::vector<NodeId>& group, const std::vector<NodeId>& usable) const;
  std::vector<NodeId> core(const std::vector<NodeId>& usable) const;
  Wait longest_wait(const std::vector<NodeId>& usable) const;
  void say_why(const Wait& wait, const std::vector<NodeId>& core, Verdict& out) const;
  std::uint64_t leader_changes(std::int64_t from_ns) const;

  LivenessFacts facts_;
  std::vector<std::pair<NodeId, Server>> servers_;  // of facts_.up and what else spoke Raft; ascending
  std::vector<Record> records_;                     // after the freeze
};

}  // namespace wn::checkers
