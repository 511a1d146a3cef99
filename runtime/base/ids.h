#pragma once
// Identities shared by every room.
#include <cstdint>

#include "runtime/base/strong.h"

namespace wn {

// A node (peer): one process that hosts worknodes, or a client process. Unique in a realm and never reused
// for another machine. 0 is "nobody".
struct NodeId : Strong<NodeId, std::uint32_t> {
  using Strong::Strong;
  constexpr explicit operator bool() const { return value != 0; }
};
inline constexpr NodeId kNobody{};

// Raft's term (Ongaro & Ousterhout 2014, section 5.1). Starts at 0; the first election makes it 1.
struct Term : Strong<Term, std::uint64_t> {
  using Strong::Strong;
  constexpr Term next() const { return Term{value + 1}; }
};

// Position in a Raft log; the first entry has index 1, 0 is "before the log".
struct LogIndex : Strong<LogIndex, std::uint64_t> {
  using Strong::Strong;
  constexpr LogIndex next() const { return LogIndex{value + 1}; }
  constexpr LogIndex prev() const { return LogIndex{value == 0 ? 0 : value - 1}; }
  friend constexpr LogIndex operator+(LogIndex i, std::uint64_t n) { return LogIndex{i.value + n}; }
  // Distance; REQUIRES a >= b.
  friend constexpr std::uint64_t operator-(LogIndex a, LogIndex b) { return a.value - b.value; }
};

// Identity of a worknode: 128 bits, chosen once, never reused. Big-endian order: high, then low. Zero is
// "none".
struct WorknodeId {
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  constexpr explicit operator bool() const { return (high | low) != 0; }
  friend constexpr auto operator<=>(const WorknodeId&, const WorknodeId&) = default;
};

// One writer of replicated state: a replica's life between two evictions. A node that returns after it was
// evicted comes back under a new one. 0 is "nobody".
struct ReplicaId : Strong<ReplicaId, std::uint32_t> {
  using Strong::Strong;
  constexpr explicit operator bool() const { return value != 0; }
};

}  // namespace wn
