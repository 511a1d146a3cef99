#pragma once
// Quorum arithmetic, for plain and joint configurations. Pure functions.
// Source: [raft] section 5.3 (majorities), section 6 ("agreement requires separate majorities from both the
// old and new configurations").
#include <array>
#include <cstdint>
#include <limits>
#include <span>

#include "runtime/raft/types.h"

namespace wn::raft {

enum class VoteResult : std::uint8_t { pending, won, lost };

constexpr std::size_t majority_of(std::size_t members) { return members / 2 + 1; }

// The largest v such that a majority of `values` is >= v. Reorders `values`. REQUIRES at least one value.
std::int64_t majority_value(std::span<std::int64_t> values);

// What `granted` and `rejected` out of `members` decide. REQUIRES granted + rejected <= members.
VoteResult majority_vote(std::size_t members, std::size_t granted, std::size_t rejected);

// Both majorities must agree: lost when either is lost, won when both are won.
VoteResult joint_vote(const Configuration& configuration, const MemberList& granted,
                      const MemberList& rejected);

// The largest v that a quorum of `configuration` has reached, where value_of(NodeId) says what each has.
template <class ValueOf>
std::int64_t quorum_value(const Configuration& configuration, ValueOf&& value_of) {
  std::array<std::int64_t, kMembersMax> values;
  const auto of = [&](const MemberList& members) {
    std::size_t n = 0;
    for (NodeId id : members) values[n++] = value_of(id);
    return n == 0 ? std::numeric_limits<std::int64_t>::max() : majority_value({values.data(), n});
  };
  const std::int64_t first = of(configuration.voters);
  if (!configuration.joint()) return first;
  const std::int64_t second = of(configuration.outgoing);
  return first < second ? first : second;
}

}  // namespace wn::raft
