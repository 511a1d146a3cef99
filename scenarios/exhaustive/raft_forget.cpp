// Which messages are on their way after an action, and which of them need not be remembered.
#include <algorithm>

#include "scenarios/exhaustive/raft_model.h"

namespace wn::exhaustive {

void RaftModel::messages_after(const RaftAction& action, const Outcome& outcome) {
  after_.clear();
  for (const std::uint32_t m : messages()) {
    const bool delivered = leaves(action) && m == action.argument;
    if (!delivered && !dies(action, m)) after_.push_back(m);
  }
  for (const std::uint32_t m : outcome.sent) {
    const MessageFacts& facts = tables_.message(m);
    if ((action.lost >> facts.to & 1U) != 0 || is_dead(facts)) continue;
    const auto same_link = [&](std::uint32_t other) {
      return tables_.message(other).from == facts.from && tables_.message(other).to == facts.to;
    };
    const auto at = std::ranges::find_if(after_, same_link);
    if (at == after_.end()) {
      after_.push_back(m);
    } else {
      *at = m;
    }
  }
}

// A message that will never again make a difference; to keep it would tell states apart that have one future.
bool RaftModel::is_dead(const MessageFacts& m) const {
  const CoreFacts& to = tables_.core(next_[m.to]);
  if (m.term > to.term || !forgets_) return false;
  const CoreFacts& from = tables_.core(next_[m.from]);
  // A candidate counts one answer of each node.
  const auto counts = [](const CoreFacts& candidate, std::uint32_t node) {
    return candidate.role == raft::Role::candidate && (candidate.counted >> (node + 1) & 1) == 0;
  };
  switch (m.type) {
    // The election or the leadership that was answered is over for who asked.
    case raft::MessageType::vote_reply:
      return m.term < to.term || !counts(to, m.from);
    case raft::MessageType::append_reply:
    case raft::MessageType::heartbeat_reply:
      return m.term < to.term || to.role != raft::Role::leader;
    case raft::MessageType::pre_vote_reply:
      return m.term < to.term;
    // In the last term: the vote is given, and the answer would not count. Of an earlier one: all that it can
    // still bring about is an answer that tells its sender of a later term; a sender that is in the last one,
    // and no longer counts votes, does not look at that.
    case raft::MessageType::vote:
      if (from.term != scope_.terms || counts(from, m.to)) return false;
      return m.term < to.term || to.voted_for != 0;
    // Likewise; a sender that leads no more heeds no answer. In the last term what it says is known, and
    // nobody forgets it who cannot crash.
    case raft::MessageType::append:
    case raft::MessageType::heartbeat:
      if (from.term != scope_.terms || from.role != raft::Role::follower) return false;
      if (m.term < to.term) return true;
      return raft_used(ghost(kUsed), kCrash) == scope_.crashes && to.role == raft::Role::follower &&
             to.leader == m.from + 1 && to.commit >= m.commit && to.matched >= m.last;
    default:
      return false;
  }
}

// A message of now_ lives there. Its two ends decide about it, and whether any crash is left.
bool RaftModel::dies(const RaftAction& action, std::uint32_t message) const {
  const MessageFacts& m = tables_.message(message);
  const bool concerned = m.to == action.node || m.from == action.node || action.deed == Deed::restart;
  return concerned && is_dead(m);
}

bool RaftModel::may_kill(const RaftAction& action, const Outcome& outcome) const {
  return outcome.core != now_[action.node];
}

bool RaftModel::is_new(const RaftAction& action, const Outcome& outcome, std::size_t sent) const {
  const std::uint32_t m = outcome.sent[sent];
  if (on_the_way_[m] != 0 && !(leaves(action) && m == action.argument)) return false;
  const auto earlier = outcome.sent.begin() + static_cast<std::ptrdiff_t>(sent);
  return std::find(outcome.sent.begin(), earlier, m) == earlier && !is_dead(tables_.message(m));
}

void RaftModel::hash_messages(const RaftAction& action, const Outcome& outcome) {
  if (leaves(action)) take_away(tables_.messages().hashes(action.argument));
  if (may_kill(action, outcome)) {
    for (const std::uint32_t m : messages()) {
      if (leaves(action) && m == action.argument) continue;
      if (dies(action, m)) take_away(tables_.messages().hashes(m));
    }
  }
  for (std::size_t i = 0; i < outcome.sent.size(); ++i) {
    if (is_new(action, outcome, i)) add(tables_.messages().hashes(outcome.sent[i]));
  }
}

}  // namespace wn::exhaustive
