#pragma once
// What the Raft checker knows: of one node, and of one log index over all nodes. Plain structs.
#include <array>
#include <cstdint>
#include <vector>

#include "checkers/raft/log_view.h"
#include "runtime/base/flat_map.h"

namespace wn::checkers {

struct Vote {
  std::uint64_t term = 0;
  std::uint64_t candidate = 0;
};

// Votes granted and perhaps not yet sent: vote replies leave in the order in which they were decided.
struct Ballot {
  std::uint64_t term = 0;
  std::uint64_t candidate = 0;
  std::uint64_t ordinal = 0;  // of this reply among all vote replies to the candidate in this incarnation
};

struct NodeView {
  LogView log;
  std::uint64_t role = 0;
  std::uint64_t term = 0;
  std::uint64_t commit = 0;
  Vote bound;                                                    // the last vote that cannot be taken back
  std::vector<Ballot> pending;                                   // decided, not sent
  FlatMap<std::uint64_t, std::array<std::uint64_t, 2>> replies;  // candidate -> (decided, sent)
  bool wiped = false;
};

// What is known of one log index, over all nodes.
struct IndexView {
  std::uint64_t term = 0;  // of the entry seen first; others are in `also`
  std::uint64_t previous_term = 0;
  std::uint64_t committed_term = 0;
  std::uint64_t state_digest = 0;
  std::uint32_t checksum = 0;
  std::uint32_t committed_checksum = 0;
  bool seen = false, previous_known = false, committed = false, applied = false;
};

struct Twin {
  std::uint64_t previous_term = 0;
  std::uint32_t checksum = 0;
  bool previous_known = false;
};

}  // namespace wn::checkers
