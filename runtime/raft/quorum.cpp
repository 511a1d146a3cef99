#include "runtime/raft/quorum.h"

#include "runtime/base/check.h"

namespace wn::raft {

std::int64_t majority_value(std::span<std::int64_t> values) {
  WN_CHECK(!values.empty());
  // Insertion sort, descending: at most kMembersMax values, most often three or five.
  for (std::size_t i = 1; i < values.size(); ++i) {
    const std::int64_t value = values[i];
    std::size_t j = i;
    for (; j > 0 && values[j - 1] < value; --j) values[j] = values[j - 1];
    values[j] = value;
  }
  return values[majority_of(values.size()) - 1];
}

VoteResult majority_vote(std::size_t members, std::size_t granted, std::size_t rejected) {
  WN_CHECK_LE(granted + rejected, members);
  if (granted >= majority_of(members)) return VoteResult::won;
  if (members - rejected < majority_of(members)) return VoteResult::lost;
  return VoteResult::pending;
}

VoteResult joint_vote(const Configuration& configuration, const MemberList& granted,
                      const MemberList& rejected) {
  const auto of = [&](const MemberList& members) {
    std::size_t yes = 0;
    std::size_t no = 0;
    for (NodeId id : members) {
      if (granted.contains(id)) {
        ++yes;
      } else if (rejected.contains(id)) {
        ++no;
      }
    }
    return majority_vote(members.size(), yes, no);
  };
  const VoteResult first = of(configuration.voters);
  if (!configuration.joint()) return first;
  const VoteResult second = of(configuration.outgoing);
  if (first == VoteResult::lost || second == VoteResult::lost) return VoteResult::lost;
  return first == VoteResult::won && second == VoteResult::won ? VoteResult::won : VoteResult::pending;
}

}  // namespace wn::raft
