// Exhaustive at small scope, against definitions that are too slow to use.
#include "runtime/raft/quorum.h"

#include <algorithm>
#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <vector>

namespace wn::raft {
namespace {

constexpr std::uint32_t kNodes = 5;

MemberList members(std::uint32_t mask) {
  MemberList out;
  for (std::uint32_t i = 0; i < kNodes; ++i) {
    if ((mask >> i & 1) != 0) out.push_back(NodeId{i + 1});
  }
  return out;
}

bool holds_majority(std::uint32_t of, std::uint32_t set) {
  return 2 * std::popcount(of & set) > std::popcount(of);
}
// By definition: `set` is a quorum of a configuration.
bool is_quorum(std::uint32_t voters, std::uint32_t outgoing, std::uint32_t set) {
  return holds_majority(voters, set) && (outgoing == 0 || holds_majority(outgoing, set));
}

TEST_CASE("quorum: the value of every configuration is the best that some quorum has reached") {
  for (std::uint32_t voters = 1; voters < 32; ++voters) {
    for (std::uint32_t outgoing = 0; outgoing < 32; ++outgoing) {
      const Configuration configuration{
          .voters = members(voters), .outgoing = members(outgoing), .learners = {}};
      for (std::uint32_t code = 0; code < 243; ++code) {  // every assignment of 0, 1, 2
        std::uint32_t rest = code;
        std::int64_t value[kNodes];
        for (std::int64_t& v : value) {
          v = rest % 3;
          rest /= 3;
        }
        std::int64_t best = 0;
        for (std::int64_t v = 1; v <= 2; ++v) {
          std::uint32_t reached = 0;
          for (std::uint32_t i = 0; i < kNodes; ++i) reached |= value[i] >= v ? 1U << i : 0U;
          if (is_quorum(voters, outgoing, reached)) best = v;
        }
        if (quorum_value(configuration, [&](NodeId id) { return value[id.value - 1]; }) != best) {
          FAIL("voters " << voters << " outgoing " << outgoing << " values " << code);
        }
      }
    }
  }
}

TEST_CASE("quorum: an election is won by quorums alone and lost exactly when none is left") {
  for (std::uint32_t voters = 1; voters < 32; ++voters) {
    for (std::uint32_t outgoing = 0; outgoing < 32; ++outgoing) {
      const Configuration configuration{
          .voters = members(voters), .outgoing = members(outgoing), .learners = {}};
      for (std::uint32_t granted = 0; granted < 32; ++granted) {
        for (std::uint32_t rejected = 0; rejected < 32; ++rejected) {
          if ((granted & rejected) != 0) continue;
          VoteResult expected = VoteResult::pending;
          if (is_quorum(voters, outgoing, granted)) expected = VoteResult::won;
          if (!is_quorum(voters, outgoing, ~rejected)) expected = VoteResult::lost;
          if (joint_vote(configuration, members(granted), members(rejected)) != expected) {
            FAIL("voters " << voters << " outgoing " << outgoing << " granted " << granted << " rejected "
                           << rejected);
          }
        }
      }
    }
  }
}

TEST_CASE("quorum: any two quorums of a joint configuration and of either of its halves meet") {
  for (std::uint32_t voters = 1; voters < 32; ++voters) {
    for (std::uint32_t outgoing = 1; outgoing < 32; ++outgoing) {
      for (std::uint32_t joint = 0; joint < 32; ++joint) {
        if (!is_quorum(voters, outgoing, joint)) continue;
        for (std::uint32_t half = 0; half < 32; ++half) {
          if ((is_quorum(voters, 0, half) || is_quorum(outgoing, 0, half)) && (joint & half) == 0)
            FAIL("disjoint");
        }
      }
    }
  }
}

}  // namespace
}  // namespace wn::raft
