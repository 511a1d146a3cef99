#pragma once
// Fingerprint: what a run did, as small numbers that can be compared between runs, made while its events
// stream by. Three kinds, all free of absolute time and of contents:
//
//   behaviours   transitions of a node's protocol state and what caused them; (state of the sender when it
//   sent,
//                type, state of the receiver) of each message; orders of three arrivals at a node; faults
//                that are in force when a node changes. A behaviour that comes often counts anew at 2, 4, 8,
//                32 and 128 times (as AFL buckets its edges), but for orders of arrivals.
//   class        of the whole run: a hash of its happens-before graph. Each node folds its own steps and, at
//   an
//                arrival, what the sender had folded when it sent; nodes are summed. So two runs that differ
//                only in the order of concurrent events have one class (a Foata normal form, hashed).
//   steps        arrivals in each 64th of the run, and how many frames each of the busiest links carried:
//   where
//                a scheduler finds its steps.
//
// States are relative (a term counts by how far it is behind the newest, a commit index by whether it is
// behind), so that the set is finite and a plateau means something. 32-bit hashes: of 10,000 behaviours about
// one in 80,000 pairs collides with any other, which makes a behaviour look old. A frame that was overtaken
// by 2048 others in the table of frames under way counts as sent in an unknown state.
//
// Limits: kBehavioursMax behaviours a run; more are counted and dropped. Memory: 64 KiB, and 32 bytes a
// behaviour. Deterministic; one thread. Sources: Zalewski, AFL technical whitepaper (buckets); Cartier &
// Foata 1969, Diekert & Rozenberg, "The Book of Traces", 1995 (classes); Lamport 1978.
#include <array>
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/result.h"
#include "runtime/base/trace_event.h"
#include "sim/world/world.h"

namespace wn::explore {

inline constexpr std::size_t kBehavioursMax = 8192;
inline constexpr std::size_t kStepBuckets = 64;
inline constexpr std::size_t kBusyLinksMax = 64;

struct Behaviour {
  std::uint32_t id = 0;
  std::uint32_t at_ms = 0;  // when it first came true
  NodeId node;              // where
  friend bool operator==(const Behaviour&, const Behaviour&) = default;
};

struct LinkSteps {
  faults::Link link;
  std::uint64_t messages = 0;
  friend bool operator==(const LinkSteps&, const LinkSteps&) = default;
};

struct Fingerprint {
  std::vector<Behaviour> behaviours;  // ascending by id, one each
  std::uint64_t order_class = 0;
  std::array<std::uint32_t, kStepBuckets> steps{};
  std::vector<LinkSteps> links;  // between servers; most messages first
  std::uint64_t dropped = 0;     // behaviours beyond the limit
};

// Between processes of one build: no format to store. Reading is total.
std::string encode(const Fingerprint& print);
Result<Fingerprint> decode_print(std::string_view text);

class Fingerprinter final : public sim::TraceSink {
 public:
  explicit Fingerprinter(const faults::Plan& plan);
  void on_event(const TraceEvent& event) override;
  Fingerprint result() const;

 private:
  struct Node {
    std::uint32_t state = 0;   // relative protocol state, hashed
    std::uint32_t cause = 0;   // the last arrival: its type and the sender's state
    std::uint32_t before = 0;  // the arrival before that
    std::uint32_t last = 0;    // the last protocol event
    std::uint32_t hurt = 0;    // kinds of faults in force here, one bit each
    std::uint64_t term = 0;
    std::uint64_t commit = 0;
    std::uint32_t role = 0;
    std::uint64_t fold = 0;  // of everything that happened before
  };
  struct Flight {
    std::uint64_t key = 0;
    std::uint64_t fold = 0;
    std::uint32_t state = 0;
  };
  struct Seen {
    std::uint32_t id = 0;
    std::uint32_t count = 0;
    std::uint32_t at_ms = 0;
    NodeId node;
  };

  Node& node_of(NodeId id);
  Seen& slot_of(std::uint32_t id);  // its own, or the empty one where it belongs
  void make_room();
  void on_sent(const TraceEvent& event);
  void on_delivered(const TraceEvent& event);
  void on_protocol(const TraceEvent& event);
  void on_fault(const TraceEvent& event, bool begins);
  void on_raft_state(Node& node, const TraceEvent& event);
  void note(std::uint32_t id, const TraceEvent& event, bool counted = true);

  const faults::Plan& plan_;
  std::vector<Node> nodes_;  // by id; number 0 takes what is not of a node of the plan
  std::vector<bool> server_;
  std::vector<Flight> flights_;
  std::vector<Seen> seen_;  // open addressing
  std::size_t seen_count_ = 0;
  std::uint64_t dropped_ = 0;
  std::uint64_t newest_term_ = 0;
  std::uint64_t newest_commit_ = 0;
  std::array<std::uint32_t, kStepBuckets> steps_{};
  std::vector<std::uint64_t> link_messages_;  // of servers: from * servers + to
  std::vector<NodeId> servers_;
  std::vector<std::uint32_t> server_number_;
};

}  // namespace wn::explore
