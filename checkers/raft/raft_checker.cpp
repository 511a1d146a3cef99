#include "checkers/raft/raft_checker.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "checkers/raft/views.h"

namespace wn::checkers {
namespace {

// Numbers of the runtime that the trace carries; checkers do not include the code that they judge.
constexpr std::uint64_t kLeaderRole = 3;        // raft::Role::leader
constexpr std::uint64_t kVoteReplyMessage = 4;  // raft::MessageType::vote_reply

}  // namespace

struct RaftSafetyChecker::State {
  explicit State(const Limits& l) : limits(l) {}

  Limits limits;
  std::vector<NodeView> nodes;                                   // by id
  std::vector<IndexView> indices;                                // index 1 at [0]
  std::map<std::pair<std::uint64_t, std::uint64_t>, Twin> also;  // (index, term) beyond the first of an index
  FlatMap<std::uint64_t, std::uint32_t> leaders;                 // term -> node
  // (term in which it was committed, highest index committed by then), both ascending.
  std::vector<std::pair<std::uint64_t, std::uint64_t>> commits;
  std::uint64_t entries = 0;
  std::uint64_t position = 0;  // of the event at hand
  bool over_limit = false;
  Verdict found;

  NodeView* node(std::uint64_t id) {
    if (id == 0 || id > limits.nodes_max) {
      over_limit |= id != 0;
      return nullptr;
    }
    if (nodes.size() <= id) nodes.resize(id + 1);
    return &nodes[id];
  }
  IndexView* index(std::uint64_t i) {
    if (i == 0 || i > limits.indices_max) {
      over_limit |= i != 0;
      return nullptr;
    }
    if (indices.size() < i) indices.resize(i);
    return &indices[i - 1];
  }
  void violation(const TraceEvent& e, std::string_view what, std::string explanation) {
    if (found.outcome == Outcome3::fail) return;
    found.outcome = Outcome3::fail;
    found.signature = "raft-safety: " + std::string(what);
    found.explanation = std::move(explanation);
    found.at_ns = e.at.ns;
    found.events.push_back(position);
  }

  void on_started(const TraceEvent& e, NodeView& n);
  void on_restored(const TraceEvent& e, NodeView& n);
  void on_state(const TraceEvent& e, NodeView& n);
  void on_elected(const TraceEvent& e, NodeView& n);
  void on_vote(const TraceEvent& e, NodeView& n);
  void on_sent(const TraceEvent& e, NodeView& n);
  void bind(const TraceEvent& e, NodeView& n, std::uint64_t term, std::uint64_t candidate);
  void on_append(const TraceEvent& e, NodeView& n);
  void on_truncate(const TraceEvent& e, NodeView& n);
  void on_commit(const TraceEvent& e, NodeView& n);
  void on_apply(const TraceEvent& e);
  void on_snapshot(const TraceEvent& e, NodeView& n, bool installed);
  void count(const LogView& log, std::size_t before) { entries = entries + log.entries.size() - before; }
};

namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }
std::string who(const TraceEvent& e) { return "node " + number(e.node.value); }

}  // namespace

void RaftSafetyChecker::State::on_started(const TraceEvent&, NodeView& n) {
  n.role = n.term = n.commit = 0;
  n.pending.clear();
  n.replies.clear();
  n.log.length_known = false;
  if (n.wiped) n.bound = {};
  n.wiped = false;
}

void RaftSafetyChecker::State::on_restored(const TraceEvent& e, NodeView& n) {
  const std::size_t before = n.log.entries.size();
  n.term = e.field[0];
  n.commit = e.field[3];
  n.log.restart(e.field[2]);
  // A node restarts with its commit index at its snapshot. An image may have become durable in the moment
  // before the crash, so that nobody told of it: what it covers says nothing about the entries that stood
  // there before.
  n.log.forget_to(std::min(n.commit, e.field[2]));
  count(n.log, before);
}

void RaftSafetyChecker::State::on_state(const TraceEvent& e, NodeView& n) {
  const auto [role, term, leader, voted_for, commit] = e.field;
  if (term < n.term) {
    violation(e, "term went back", who(e) + " went from term " + number(n.term) + " to " + number(term));
  }
  if (commit < n.commit) {
    violation(e, "commit went back",
              who(e) + " had committed up to index " + number(n.commit) + " and now says " + number(commit));
  }
  const bool elected = role == kLeaderRole && (n.role != kLeaderRole || term != n.term);
  n.role = role;
  n.term = term;
  if (elected) on_elected(e, n);
}

void RaftSafetyChecker::State::on_elected(const TraceEvent& e, NodeView& n) {
  const auto self = e.node.value;
  if (const std::uint32_t* other = leaders.find(n.term); other != nullptr && *other != self) {
    return violation(e, "two leaders in one term",
                     "term " + number(n.term) + " was led by node " + number(*other) + " and now " + who(e) +
                         " leads it too");
  }
  leaders[n.term] = self;
  bind(e, n, n.term, self);
  // Everything committed in an earlier term must be here. Log matching is checked by itself, so the last such
  // index speaks for all.
  auto it = std::ranges::lower_bound(commits, n.term, {}, &std::pair<std::uint64_t, std::uint64_t>::first);
  if (it == commits.begin()) return;
  const auto [term, last] = *--it;
  if (n.log.covers(last)) return;
  const IndexView& committed = indices[last - 1];
  const LogView::Entry* entry = n.log.at(last);
  if (entry == nullptr ? !n.log.length_known : entry->term == 0) return;
  if (entry != nullptr && entry->term == committed.committed_term &&
      entry->checksum == committed.committed_checksum) {
    return;
  }
  violation(e, "leader lacks a committed entry",
            who(e) + " became leader of term " + number(n.term) + " without entry " + number(last) +
                ", which was committed in term " + number(term) +
                (entry == nullptr ? " (its log ends at " + number(n.log.last()) + ")"
                                  : " (it has one of term " + number(entry->term) + " there)"));
}

// A vote that nobody can take back. Votes of older terms than the last bound one are judged too late to
// matter.
void RaftSafetyChecker::State::bind(const TraceEvent& e, NodeView& n, std::uint64_t term,
                                    std::uint64_t candidate) {
  if (n.bound.term == term && n.bound.candidate != candidate) {
    return violation(e, "two votes in one term",
                     who(e) + " voted for node " + number(n.bound.candidate) + " and for node " +
                         number(candidate) + " in term " + number(term));
  }
  if (term > n.bound.term) n.bound = {term, candidate};
}

void RaftSafetyChecker::State::on_vote(const TraceEvent& e, NodeView& n) {
  const auto [term, candidate, granted, prevote, unused] = e.field;
  if (prevote != 0 || candidate == e.node.value) return;
  const std::uint64_t ordinal = ++n.replies[candidate][0];
  if (granted != 0) n.pending.push_back({term, candidate, ordinal});
}

void RaftSafetyChecker::State::on_sent(const TraceEvent& e, NodeView& n) {
  std::array<std::uint64_t, 2>* replies = n.replies.find(e.field[0]);
  if (replies == nullptr) return;
  ++(*replies)[1];
  std::erase_if(n.pending, [&](const Ballot& b) {
    if (b.candidate != e.field[0] || b.ordinal > (*replies)[1]) return false;
    bind(e, n, b.term, b.candidate);
    return true;
  });
}

void RaftSafetyChecker::State::on_append(const TraceEvent& e, NodeView& n) {
  const auto [i, term, checksum, kind, unused] = e.field;
  IndexView* view = index(i);
  if (view == nullptr) return;
  const std::size_t before = n.log.entries.size();
  if (n.role == kLeaderRole && n.term == term && i <= n.log.last() && n.log.length_known) {
    violation(e, "leader truncated its log",
              who(e) + " leads term " + number(term) + " and wrote over entry " + number(i));
  }
  n.log.append(i, {.term = term, .checksum = static_cast<std::uint32_t>(checksum)});
  count(n.log, before);
  const LogView::Entry* previous = n.log.at(i - 1);
  const bool previous_known = i == 1 || (previous != nullptr && previous->term != 0);
  Twin mine{.previous_term = previous != nullptr ? previous->term : 0,
            .checksum = static_cast<std::uint32_t>(checksum),
            .previous_known = previous_known};
  const auto compare = [&](std::uint32_t& known_checksum, std::uint64_t& known_previous, bool& known) {
    if (known_checksum != mine.checksum) {
      violation(e, "log mismatch",
                who(e) + " has an entry of index " + number(i) + " and term " + number(term) +
                    " that differs from another node's");
    } else if (known && mine.previous_known && known_previous != mine.previous_term) {
      violation(e, "log mismatch",
                who(e) + " has entry " + number(i) + " of term " + number(term) + " after one of term " +
                    number(mine.previous_term) + "; elsewhere it follows one of term " +
                    number(known_previous));
    }
    if (!known && mine.previous_known) {
      known_previous = mine.previous_term;
      known = true;
    }
  };
  if (!view->seen) {
    view->seen = true;
    view->term = term;
    view->checksum = mine.checksum;
    view->previous_term = mine.previous_term;
    view->previous_known = mine.previous_known;
  } else if (view->term == term) {
    compare(view->checksum, view->previous_term, view->previous_known);
  } else {
    const auto [it, fresh] = also.try_emplace({i, term}, mine);
    if (!fresh) compare(it->second.checksum, it->second.previous_term, it->second.previous_known);
  }
}

void RaftSafetyChecker::State::on_truncate(const TraceEvent& e, NodeView& n) {
  if (n.role == kLeaderRole && e.field[2] == n.term) {
    violation(
        e, "leader truncated its log",
        who(e) + " leads term " + number(n.term) + " and removed its entries from " + number(e.field[0]));
  }
  const std::size_t before = n.log.entries.size();
  n.log.truncate(e.field[0]);
  count(n.log, before);
}

void RaftSafetyChecker::State::on_commit(const TraceEvent& e, NodeView& n) {
  const auto [i, term, entry_term, checksum, unused] = e.field;
  if (i <= n.commit && n.commit != 0) {
    violation(
        e, "commit went back",
        who(e) + " had committed up to index " + number(n.commit) + " and commits " + number(i) + " again");
  }
  n.commit = std::max(n.commit, i);
  IndexView* view = index(i);
  if (view == nullptr) return;
  if (view->committed) {
    if (view->committed_term == entry_term && view->committed_checksum == checksum) return;
    return violation(e, "commit changed",
                     who(e) + " committed an entry of term " + number(entry_term) + " at index " + number(i) +
                         "; another of term " + number(view->committed_term) + " was committed there before");
  }
  view->committed = true;
  view->committed_term = entry_term;
  view->committed_checksum = static_cast<std::uint32_t>(checksum);
  if (commits.empty() || commits.back().first < term) {
    if (commits.empty() || commits.back().second < i) commits.emplace_back(term, i);
  } else if (commits.back().first == term && commits.back().second < i) {
    commits.back().second = i;
  }
}

void RaftSafetyChecker::State::on_apply(const TraceEvent& e) {
  const auto [i, entry_term, checksum, digest, unused] = e.field;
  IndexView* view = index(i);
  if (view == nullptr) return;
  if (view->committed && (view->committed_term != entry_term || view->committed_checksum != checksum)) {
    violation(e, "states differ",
              who(e) + " applied an entry of term " + number(entry_term) + " at index " + number(i) +
                  "; the committed one has term " + number(view->committed_term));
  }
  if (digest == 0) return;  // not measured
  if (view->applied && view->state_digest != digest) {
    violation(e, "states differ",
              who(e) + " has another state after index " + number(i) + " than a node before it");
  }
  view->applied = true;
  view->state_digest = digest;
}

void RaftSafetyChecker::State::on_snapshot(const TraceEvent& e, NodeView& n, bool installed) {
  const auto [i, entry_term, bytes, unused_1, unused_2] = e.field;
  if (i != 0 && i <= indices.size() && indices[i - 1].committed &&
      indices[i - 1].committed_term != entry_term) {
    violation(e, "commit changed",
              who(e) + " has a snapshot up to index " + number(i) + " of term " + number(entry_term) +
                  "; the committed entry has term " + number(indices[i - 1].committed_term));
  }
  const std::size_t before = n.log.entries.size();
  if (installed) {
    const LogView::Entry* entry = n.log.at(i);
    // Without the same entry the whole log goes; when we do not know the entry, we do not know the length.
    if (n.log.covers(i) || (entry != nullptr && entry->term == 0)) n.log.length_known = false;
    if (entry != nullptr && entry->term != 0 && entry->term != entry_term) n.log.truncate(i);
    n.commit = std::max(n.commit, i);
  }
  n.log.forget_to(i);
  count(n.log, before);
}

RaftSafetyChecker::RaftSafetyChecker(const Limits& limits) : state_(std::make_unique<State>(limits)) {
  state_->found.claim = "raft-safety";
}
RaftSafetyChecker::~RaftSafetyChecker() = default;
RaftSafetyChecker::RaftSafetyChecker(RaftSafetyChecker&&) noexcept = default;
RaftSafetyChecker& RaftSafetyChecker::operator=(RaftSafetyChecker&&) noexcept = default;

void RaftSafetyChecker::on_event(const TraceEvent& e) {
  State& s = *state_;
  const std::uint64_t position = s.position++;
  const auto kind = static_cast<std::uint16_t>(e.kind);
  const bool ours = (kind >= 400 && kind < 420) || e.kind == TraceKind::node_started ||
                    e.kind == TraceKind::node_crashed ||
                    (e.kind == TraceKind::message_sent && e.field[4] == kVoteReplyMessage);
  if (!ours || s.found.outcome == Outcome3::fail || s.over_limit) return;
  NodeView* n = s.node(e.node.value);
  if (n == nullptr) return;
  s.position = position;
  switch (e.kind) {
    case TraceKind::node_started:
      s.on_started(e, *n);
      break;
    case TraceKind::node_crashed:
      n->wiped |= e.field[1] == static_cast<std::uint64_t>(CrashCause::wipe);
      break;
    case TraceKind::message_sent:
      s.on_sent(e, *n);
      break;
    case TraceKind::raft_state:
      s.on_state(e, *n);
      break;
    case TraceKind::raft_append:
      s.on_append(e, *n);
      break;
    case TraceKind::raft_truncate:
      s.on_truncate(e, *n);
      break;
    case TraceKind::raft_commit:
      s.on_commit(e, *n);
      break;
    case TraceKind::raft_apply:
      s.on_apply(e);
      break;
    case TraceKind::raft_snapshot_taken:
    case TraceKind::raft_snapshot_installed:
      s.on_snapshot(e, *n, e.kind == TraceKind::raft_snapshot_installed);
      break;
    case TraceKind::raft_vote:
      s.on_vote(e, *n);
      break;
    case TraceKind::raft_restored:
      s.on_restored(e, *n);
      break;
    default:
      break;
  }
  s.position = position + 1;
  if (s.entries > s.limits.entries_max) s.over_limit = true;
}

bool RaftSafetyChecker::failed() const { return state_->found.outcome == Outcome3::fail; }

Verdict RaftSafetyChecker::verdict() const {
  Verdict v = state_->found;
  if (v.outcome == Outcome3::pass && state_->over_limit) {
    v.outcome = Outcome3::unknown;
    v.explanation = "the trace is larger than the checker's limits; what was read held no violation";
  }
  return v;
}

}  // namespace wn::checkers
