#pragma once
// RaftNode: one step of one real core from an encoded state to an encoded state, by the driver's contract:
// what must be durable is made durable within the step, then what waited for it leaves. A crash before the
// disk has answered equals a step that never came, and a crash between disk and network equals loss; but a
// leader's entries that reach a follower before they reach its own disk are outside of this search.
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/raft/raft.h"
#include "scenarios/exhaustive/raft_codec.h"

namespace wn::exhaustive {

enum class Deed : std::uint8_t {
  deliver,
  campaign,
  heartbeat,
  early_heartbeat,
  step_down,
  propose,
  read,
  restart
};

struct Stepped {
  std::string core;                    // afterwards, under its own names
  std::vector<std::string> sent;       // messages, in the order in which they left
  std::vector<raft::Entry> committed;  // handed over now; contiguous
  std::vector<raft::ReadReady> reads;
  std::uint32_t persists = 0;    // how often the disk was asked
  const char* broken = nullptr;  // the claim about one core (runtime/raft/invariants.h) that does not hold
};

class RaftNode {
 public:
  RaftNode(const RaftScope& scope, NodeId id);

  std::string newborn() const;
  // `argument`: the command's number, or the read's context. `message`: what is delivered.
  Stepped step(std::string_view core, Deed deed, std::uint8_t argument, std::string_view message) const;

 private:
  raft::Options options_;
  raft::Restored blank_;
  bool reads_;
};

}  // namespace wn::exhaustive
