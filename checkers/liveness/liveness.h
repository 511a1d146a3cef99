#pragma once
// LivenessChecker: once faults freeze, a group of servers that can all talk to each other both ways and hold
// a quorum of the configuration must serve clients. Claim: "liveness". Streaming, O(1) an event, bounded
// memory.
//
//   - some client operation completes ok within `election_timeouts_max` election timeouts after the freeze
//     and after every later ok completion, for as long as clients wait for answers;
//   - at most `leader_changes_per_minute_max` leader changes per simulated minute after the settling time.
// Signatures: "liveness: no leader", "liveness: leader outside the core", "liveness: leader cannot commit",
// "liveness: clients not served", "liveness: leader churn".
// With no such group, or no operation outstanding, or too little time after the freeze: pass, explanation
// "vacuous: …". Indirect paths do not count as links: a server talks to another only over their own link.
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
  explicit LivenessChecker(LivenessFacts facts);
  void on_event(const TraceEvent& event);
  // The configuration changed after the facts were made (membership faults): last call wins.
  void set_configuration(std::vector<NodeId> voters, std::vector<NodeId> outgoing);
  // Servers found to be of no use after all (a disk that died, a check that failed): removed from `up`.
  void remove_server(NodeId server);
  Verdict verdict() const;

 private:
  struct Leader {
    NodeId node;
    std::uint64_t term = 0;
    std::int64_t since_ns = 0;
  };
  std::vector<NodeId> core() const;
  std::string why(std::int64_t from_ns, const std::vector<NodeId>& core, std::string& signature) const;

  LivenessFacts facts_;
  std::uint64_t pending_ = 0;           // operations open now
  std::int64_t waiting_since_ns_ = -1;  // clients have waited without any ok since then
  std::int64_t longest_wait_ns_ = 0;
  std::int64_t longest_wait_from_ns_ = -1;
  std::uint64_t served_ = 0;  // ok completions after the freeze
  Leader leader_;
  std::uint64_t leader_changes_ = 0;  // after the settling time
  std::int64_t last_commit_ns_ = -1;
  std::int64_t last_ns_ = 0;
};

}  // namespace wn::checkers
