#pragma once
// RaftScope: how small the world of an exhaustive search of the Raft core is. The core is the real one
// (runtime/raft), stepped by its driver's contract; what is abstracted is told in docs/exhaustive.md.
#include <cstdint>

#include "runtime/base/defect.h"

namespace wn::exhaustive {

inline constexpr std::uint32_t kRaftNodesMax = 5;
inline constexpr std::uint32_t kRaftTermsMax = 8;
inline constexpr std::uint32_t kRaftCommandsMax = 8;
inline constexpr std::uint32_t kRaftCrashesMax = 8;
inline constexpr std::uint32_t kRaftHeartbeatsMax = 8;
inline constexpr std::uint32_t kRaftReadsMax = 4;
inline constexpr std::uint32_t kRaftInFlightMax = 8;

struct RaftScope {
  std::uint32_t nodes = 3;
  std::uint32_t terms = 2;       // nobody campaigns for a later one
  std::uint32_t commands = 2;    // proposals, all leaders together
  std::uint32_t crashes = 1;     // crash and restart as one action, all nodes together
  std::uint32_t heartbeats = 0;  // of each leadership
  std::uint32_t reads = 0;       // all leaders together
  std::uint32_t in_flight =
      1;                   // appends of a leader to one follower without an answer (an option of the core)
  bool duplicates = true;  // a message may be delivered any number of times, instead of at most once
  // A link holds one message (a later one takes its place or is lost, as the search pleases), or any number.
  bool one_a_link = true;
  bool pre_vote = false;
  bool check_quorum = false;  // then a leader may also step down at any time
  bool symmetry = true;       // states that differ by a renaming of nodes are one
  bool cover = false;         // what can do less than another state is not explored (covering.h)
  bool forget = true;         // a message that can make no difference any more is none
  Defect defect = Defect::none;
};

}  // namespace wn::exhaustive
