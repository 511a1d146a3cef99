#include "scenarios/exhaustive/raft_model.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::exhaustive {

namespace {

constexpr std::uint32_t kLeaderBits = 3;  // of kLeaders, for each term: the node, from 1
constexpr std::uint32_t kFloorBits = 8;   // of kFloors, for each read: what was committed when it was asked

// Of each committed entry: its two bytes of encode_log, then the term in which it was first committed.
constexpr std::size_t kCommittedBytes = 3;
constexpr const char* kIncomplete = "Leader Completeness: a leader lacks what an earlier term committed";

// Only what was committed in an earlier term than its own must be there: a candidate of an old term may learn
// late that it has won.
bool lacks_committed(const CoreFacts& leader, const std::string& committed) {
  for (std::size_t at = 0, i = 0; at < committed.size(); at += kCommittedBytes, i += 2) {
    if (static_cast<std::uint8_t>(committed[at + 2]) >= leader.term) continue;
    if (leader.log.size() < i + 2 || leader.log.compare(i, 2, committed, at, 2) != 0) return true;
  }
  return false;
}

bool one_continues_the_other(const std::string& a, const std::string& b) {
  return a.size() < b.size() ? b.starts_with(a) : a.starts_with(b);
}

}  // namespace

RaftModel::RaftModel(const RaftScope& scope)
    : scope_(scope),
      forgets_(scope.forget && scope.defect != Defect::vote_not_persisted),
      tables_(scope),
      committed_(1) {
  WN_CHECK_LE(tables_.renamings(), kRenamingsMax);
  WN_CHECK(scope.commands <= kRaftCommandsMax && scope.reads <= kRaftReadsMax);
}

void RaftModel::add_ghost(std::size_t which, std::uint32_t value, bool plus) {
  if (value == 0) return;
  Sum hash = which == kCommitted ? *committed_.hashes(value) : hash_of(which + 1, value);
  for (std::size_t r = 0; r < tables_.renamings(); ++r) {
    if (which == kLeaders && r != 0) {
      std::uint32_t renamed = 0;
      for (std::uint32_t shift = 0; value >> shift != 0; shift += kLeaderBits) {
        renamed |= std::uint32_t{tables_.names(r)[value >> shift & 7U]} << shift;
      }
      hash = hash_of(which + 1, renamed);
    }
    next_sums_[r] = plus ? next_sums_[r] + hash : next_sums_[r] - hash;
  }
}

void RaftModel::add(const Sum* hashes) {
  for (std::size_t r = 0; r < tables_.renamings(); ++r) next_sums_[r] += hashes[r];
}
void RaftModel::take_away(const Sum* hashes) {
  for (std::size_t r = 0; r < tables_.renamings(); ++r) next_sums_[r] -= hashes[r];
}

void RaftModel::change_word(std::size_t which, std::uint32_t value) {
  std::uint32_t& word = next_[scope_.nodes + which];
  add_ghost(which, word, false);
  add_ghost(which, value, true);
  word = value;
}

Hash128 RaftModel::hash() const {
  const Sum& least = next_sums_[least_renaming()];
  return Hash128{least[0], least[1]};
}

std::size_t RaftModel::least_renaming() const {
  std::size_t least = 0;
  for (std::size_t r = 1; r < tables_.renamings(); ++r) {
    const Sum& a = next_sums_[r];
    const Sum& b = next_sums_[least];
    if (a[0] < b[0] || (a[0] == b[0] && a[1] < b[1])) least = r;
  }
  return least;
}

void RaftModel::hash_cores_and_ghosts() {
  std::fill_n(next_sums_.begin(), tables_.renamings(), Sum{});
  for (std::uint32_t n = 0; n < scope_.nodes; ++n) add(tables_.cores().hashes(now_[n]));
  for (std::size_t g = 0; g < kGhosts; ++g) add_ghost(g, now_[scope_.nodes + g], true);
}

void RaftModel::kind(Words state, Kind& to) {
  now_ = state;
  hash_cores_and_ghosts();
  to.key = hash();
  to.marks.clear();
  const std::size_t r = least_renaming();
  for (const std::uint32_t m : messages()) to.marks.push_back(tables_.renamed(m, r));
  std::ranges::sort(to.marks);
}

Hash128 RaftModel::start(std::vector<std::uint32_t>& to) {
  const std::uint32_t nothing = committed_.number("", [](const std::string&, Sum* sum) { *sum = Sum{}; });
  WN_CHECK_EQ(nothing, 0U);
  next_.assign(scope_.nodes + kGhosts, 0);
  next_sums_.fill(Sum{});
  for (std::uint32_t n = 0; n < scope_.nodes; ++n) {
    next_[n] = tables_.newborn(n);
    add(tables_.cores().hashes(next_[n]));
  }
  to = next_;
  return hash();
}

void RaftModel::expand(Words state, Sink& sink) {
  now_ = state;
  // The sums are made anew: to keep them in the frontier would cost more than these additions.
  hash_cores_and_ghosts();
  on_the_way_.resize(tables_.messages().size());
  for (const std::uint32_t m : messages()) {
    add(tables_.messages().hashes(m));
    on_the_way_[m] = 1;
  }
  std::copy_n(next_sums_.begin(), tables_.renamings(), sums_.begin());
  for (const std::uint32_t m : messages()) try_deed({Deed::deliver, tables_.message(m).to, m}, sink);
  for (std::uint32_t n = 0; n < scope_.nodes; ++n) try_node(n, sink);
  for (const std::uint32_t m : messages()) on_the_way_[m] = 0;
}

void RaftModel::apply(Words state, std::uint32_t packed, std::vector<std::uint32_t>& to) {
  now_ = state;
  for (const std::uint32_t m : messages()) on_the_way_[m] = 1;
  const RaftAction action = unpack(packed);
  const Outcome& outcome = outcome_of(action);
  begin(action, outcome);
  WN_CHECK(take_outcome(action, outcome) == nullptr);
  to = next_;
  if (scope_.one_a_link) {
    messages_after(action, outcome);
    to.insert(to.end(), after_.begin(), after_.end());
    for (const std::uint32_t m : messages()) on_the_way_[m] = 0;
    return;
  }
  const bool kills = may_kill(action, outcome);
  for (const std::uint32_t m : messages()) {
    const bool gone = (leaves(action) && m == action.argument) || (kills && dies(action, m));
    if (!gone) to.push_back(m);
  }
  for (std::size_t i = 0; i < outcome.sent.size(); ++i) {
    if (is_new(action, outcome, i)) to.push_back(outcome.sent[i]);
  }
  for (const std::uint32_t m : messages()) on_the_way_[m] = 0;
}

void RaftModel::try_node(std::uint32_t node, Sink& sink) {
  const CoreFacts& core = tables_.core(now_[node]);
  const std::uint32_t word = now_[scope_.nodes + kUsed];
  const bool leads = core.role == raft::Role::leader;
  const std::uint32_t term = core.term;
  const std::uint32_t round = core.round;
  if (raft_used(word, kCrash) < scope_.crashes) try_deed({Deed::restart, node, 0}, sink);
  if (!leads) {
    if (term < scope_.terms) try_deed({Deed::campaign, node, 0}, sink);
    return;
  }
  if (round <= scope_.heartbeats + raft_used(word, kRead)) {
    try_deed({Deed::heartbeat, node, 0}, sink);
    // Whether a leader that is late with its no-op offers it now is up to its clock.
    const bool late = scope_.defect == Defect::commit_of_older_term ||
                      scope_.defect == Defect::single_server_membership_change;
    if (late) try_deed({Deed::early_heartbeat, node, 0}, sink);
  }
  if (scope_.check_quorum) try_deed({Deed::step_down, node, 0}, sink);
  const std::uint32_t commands = raft_used(word, kCommand);
  if (commands < scope_.commands) try_deed({Deed::propose, node, commands + 1}, sink);
  const std::uint32_t reads = raft_used(word, kRead);
  if (reads < scope_.reads) try_deed({Deed::read, node, reads + 1}, sink);
}

// next_ is what cores and ghosts become, but for what take_outcome() does.
void RaftModel::begin(const RaftAction& action, const Outcome& outcome) {
  next_.assign(now_.begin(), now_.begin() + scope_.nodes + kGhosts);
  std::copy_n(sums_.begin(), tables_.renamings(), next_sums_.begin());
  next_[action.node] = outcome.core;
  if (outcome.core != now_[action.node]) {
    add(tables_.cores().hashes(outcome.core));
    take_away(tables_.cores().hashes(now_[action.node]));
  }
  std::uint32_t uses = 0;
  if (action.deed == Deed::propose) uses = kCommand;
  if (action.deed == Deed::restart) uses = kCrash;
  if (action.deed == Deed::read) {
    uses = kRead;
    const auto floor = static_cast<std::uint32_t>(committed_[ghost(kCommitted)].size() / kCommittedBytes);
    change_word(kFloors, ghost(kFloors) | floor << kFloorBits * (action.argument - 1));
  }
  if (uses != 0) change_word(kUsed, ghost(kUsed) + uses);
}

void RaftModel::try_deed(RaftAction action, Sink& sink) {
  const std::uint32_t before = now_[action.node];
  const Outcome& outcome = outcome_of(action);
  if (tables_.messages().size() > on_the_way_.size()) on_the_way_.resize(tables_.messages().size() + 64);
  const bool counts = action.deed == Deed::propose || action.deed == Deed::read;
  if (!counts && outcome.core == before && outcome.broken == nullptr && outcome.reads.empty() &&
      std::ranges::all_of(outcome.sent, [&](std::uint32_t m) { return on_the_way_[m] != 0; })) {
    return;  // nothing but a loss, from where less can happen than from here
  }
  if (scope_.one_a_link) return try_losses(action, outcome, sink);
  begin(action, outcome);
  if (const char* claim = take_outcome(action, outcome)) return sink.broken(pack(action), claim);
  hash_messages(action, outcome);
  sink.reached(pack(action), hash());
}

// Onto a link that holds another message, what is sent may take its place or be lost.
void RaftModel::try_losses(RaftAction action, const Outcome& outcome, Sink& sink) {
  std::uint32_t contested = 0;
  for (const std::uint32_t sent : outcome.sent) {
    const MessageFacts& a = tables_.message(sent);
    for (const std::uint32_t m : messages()) {
      const MessageFacts& b = tables_.message(m);
      if (m != sent && a.to == b.to && a.from == b.from) contested |= 1U << a.to;
    }
  }
  // All subsets of the contested links.
  for (std::uint32_t lost = contested;; lost = (lost - 1) & contested) {
    action.lost = lost;
    begin(action, outcome);
    if (const char* claim = take_outcome(action, outcome)) return sink.broken(pack(action), claim);
    messages_after(action, outcome);
    for (const std::uint32_t m : messages()) take_away(tables_.messages().hashes(m));
    for (const std::uint32_t m : after_) add(tables_.messages().hashes(m));
    sink.reached(pack(action), hash());
    if (lost == 0) return;
  }
}

const char* RaftModel::take_outcome(const RaftAction& action, const Outcome& outcome) {
  if (outcome.broken != nullptr) return outcome.broken;
  const CoreFacts& core = tables_.core(outcome.core);
  if (outcome.leads_now) {
    if (const char* claim = take_leader(action.node, core)) return claim;
  }
  if (outcome.log_moved) {
    if (const char* claim = match_logs(action.node, core)) return claim;
  }
  if (!outcome.committed.empty()) {
    if (const char* claim = take_committed(action.node, outcome)) return claim;
  }
  return outcome.reads.empty() ? nullptr : take_reads(outcome);
}

const char* RaftModel::take_leader(std::uint32_t node, const CoreFacts& core) {
  const std::uint32_t shift = kLeaderBits * (core.term - 1U);
  const std::uint32_t known = ghost(kLeaders) >> shift & 7U;
  if (known != 0 && known != node + 1) return "Election Safety: two leaders in one term";
  change_word(kLeaders, ghost(kLeaders) | (node + 1) << shift);
  return lacks_committed(core, committed_[ghost(kCommitted)]) ? kIncomplete : nullptr;
}

const char* RaftModel::match_logs(std::uint32_t node, const CoreFacts& core) const {
  for (std::uint32_t n = 0; n < scope_.nodes; ++n) {
    if (n == node) continue;
    const std::string& x = core.log;
    const std::string& y = tables_.core(next_[n]).log;
    if (one_continues_the_other(x, y)) continue;
    // The last index at which the terms agree: all up to there must agree.
    for (std::size_t at = std::min(x.size(), y.size()); at >= 2; at -= 2) {
      if (x[at - 2] != y[at - 2]) continue;
      if (x.compare(0, at, y, 0, at) != 0) return "Log Matching: one index and term, two histories";
      break;
    }
  }
  return nullptr;
}

const char* RaftModel::take_committed(std::uint32_t node, const Outcome& outcome) {
  std::string all = committed_[ghost(kCommitted)];
  const std::size_t known = all.size();
  const std::uint8_t term = tables_.core(outcome.core).term;
  std::size_t at = kCommittedBytes * (outcome.committed_from - 1);
  if (at > known) return "State Machine Safety: commit skipped an index";
  for (std::size_t i = 0; i < outcome.committed.size(); i += 2, at += kCommittedBytes) {
    if (at == all.size()) {
      all.append(outcome.committed, i, 2).push_back(static_cast<char>(term));
    } else if (all.compare(at, 2, outcome.committed, i, 2) != 0) {
      return "State Machine Safety: another entry committed at an index";
    }
  }
  if (all.size() == known) return nullptr;
  for (std::uint32_t n = 0; n < scope_.nodes; ++n) {
    const CoreFacts& other = tables_.core(next_[n]);
    if (n != node && other.role == raft::Role::leader && lacks_committed(other, all)) return kIncomplete;
  }
  change_word(kCommitted, committed_.number(all, [&](const std::string& bytes, Sum* to) {
    *to = hash_of(bytes) + hash_of(kCommitted + 1, 0);
  }));
  return nullptr;
}

const char* RaftModel::take_reads(const Outcome& outcome) {
  for (const raft::ReadReady& read : outcome.reads) {
    const std::uint32_t floor = ghost(kFloors) >> kFloorBits * (read.context - 1) & 0xFFU;
    if (read.index.value < floor)
      return "Linearizable reads: a read misses what was committed before it was asked";
  }
  return nullptr;
}

}  // namespace wn::exhaustive
