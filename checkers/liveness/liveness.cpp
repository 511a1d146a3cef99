#include "checkers/liveness/liveness.h"

#include <algorithm>

namespace wn::checkers {
namespace {

// Numbers of the runtime that the trace carries; checkers do not include the code that they judge.
constexpr std::uint64_t kCandidateRole = 2;  // raft::Role::candidate
constexpr std::uint64_t kLeaderRole = 3;     // raft::Role::leader
constexpr std::uint64_t kOutcomeInfo = 3;    // checkers::Outcome::info
constexpr std::size_t kExhaustiveMax = 14;   // servers; beyond, the core is searched for greedily

bool contains(const std::vector<NodeId>& list, NodeId id) {
  return std::ranges::find(list, id) != list.end();
}

std::string names(const std::vector<NodeId>& nodes) {
  std::string out;
  for (const NodeId n : nodes) out += (out.empty() ? "" : ", ") + std::to_string(n.value);
  return out;
}

std::string seconds_text(std::int64_t ns) {
  return std::to_string(ns / 1'000'000'000) + "." + std::to_string(ns / 100'000'000 % 10) + " s";
}

bool majority(const std::vector<NodeId>& group, const std::vector<NodeId>& voters) {
  const auto here = std::ranges::count_if(voters, [&](NodeId v) { return contains(group, v); });
  return static_cast<std::size_t>(here) * 2 > voters.size();
}

std::vector<NodeId> nodes_of(std::uint64_t mask) {
  std::vector<NodeId> out;
  for (std::uint32_t i = 0; i < 64; ++i) {
    if ((mask >> i & 1) != 0) out.push_back(NodeId{i});
  }
  return out;
}

}  // namespace

LivenessChecker::Server& LivenessChecker::server(NodeId id) {
  const auto it = std::ranges::lower_bound(servers_, id, {}, &std::pair<NodeId, Server>::first);
  if (it != servers_.end() && it->first == id) return it->second;
  return servers_.insert(it, {id, Server{}})->second;
}

void LivenessChecker::record(const TraceEvent& e, What what) {
  if (records_.size() < kRecordsMax)
    records_.push_back({.at_ns = e.at.ns, .node = e.node.value, .what = what});
}

void LivenessChecker::on_event(const TraceEvent& e) {
  const bool frozen = e.at >= facts_.freeze_at;
  switch (e.kind) {
    // Operations open at the freeze count too, so clients are followed from the start.
    case TraceKind::op_invoked:
      return record(e, What::invoked);
    case TraceKind::op_completed:
      return record(e, e.field[1] == kOutcomeInfo ? What::gave_up : What::answered);
    case TraceKind::node_started: {
      Server& s = server(e.node);
      s = Server{};
      return;
    }
    case TraceKind::node_crashed: {
      Server& s = server(e.node);
      if (s.leads) record(e, What::deposed);
      s.leads = false;
      s.running = false;
      return;
    }
    case TraceKind::store_refused:
      server(e.node).refused = true;
      return;
    case TraceKind::raft_restored:
      server(e.node).quarantine_until = e.field[4];
      return;
    case TraceKind::raft_config: {
      Server& s = server(e.node);
      s.configured = true;
      s.config_index = e.field[0];
      s.voters = e.field[1];
      s.outgoing = e.field[2];
      return;
    }
    case TraceKind::raft_commit: {
      Server& s = server(e.node);
      if (e.field[0] >= s.quarantine_until) s.quarantine_until = 0;
      if (frozen && s.leads) record(e, What::committed);
      return;
    }
    case TraceKind::raft_snapshot_installed: {
      Server& s = server(e.node);
      if (e.field[0] >= s.quarantine_until) s.quarantine_until = 0;
      return;
    }
    case TraceKind::raft_state: {
      Server& s = server(e.node);
      const bool leads = e.field[0] == kLeaderRole;
      if (leads && (!s.leads || s.term != e.field[1])) record(e, What::elected);
      if (!leads && s.leads) record(e, What::deposed);
      if (e.field[0] == kCandidateRole && s.term != e.field[1] && frozen) record(e, What::candidate);
      s.leads = leads;
      s.term = e.field[1];
      return;
    }
    default:
      return;
  }
}

std::vector<NodeId> LivenessChecker::usable() const {
  std::vector<NodeId> out;
  for (const NodeId id : facts_.up) {
    const auto it = std::ranges::lower_bound(servers_, id, {}, &std::pair<NodeId, Server>::first);
    const bool known = it != servers_.end() && it->first == id;
    if (known && (!it->second.running || it->second.refused || it->second.quarantine_until != 0)) continue;
    out.push_back(id);
  }
  std::ranges::sort(out);
  return out;
}

bool LivenessChecker::linked(NodeId a, NodeId b) const {
  return std::ranges::none_of(facts_.blocked, [&](const std::pair<NodeId, NodeId>& link) {
    return link == std::pair(a, b) || link == std::pair(b, a);
  });
}

bool LivenessChecker::holds_quorum(const std::vector<NodeId>& group,
                                   const std::vector<NodeId>& usable) const {
  bool by_trace = false;
  for (const auto& [id, s] : servers_) {
    if (!s.configured || !contains(usable, id) || s.voters == 0) continue;
    if (usable.back().value >= 64) break;
    by_trace = true;
    if (!majority(group, nodes_of(s.voters))) return false;
    if (s.outgoing != 0 && !majority(group, nodes_of(s.outgoing))) return false;
  }
  if (by_trace) return true;
  return majority(group, facts_.voters) && (facts_.outgoing.empty() || majority(group, facts_.outgoing));
}

// The largest group of usable servers that are all linked to each other and hold a quorum; of equal ones the
// first.
std::vector<NodeId> LivenessChecker::core(const std::vector<NodeId>& usable) const {
  std::vector<NodeId> best;
  const auto consider = [&](const std::vector<NodeId>& group) {
    if (group.size() > best.size() && holds_quorum(group, usable)) best = group;
  };
  const auto joins = [&](const std::vector<NodeId>& group, NodeId id) {
    return std::ranges::all_of(group, [&](NodeId member) { return linked(member, id); });
  };
  if (usable.size() <= kExhaustiveMax) {
    for (std::uint32_t mask = 1; mask < 1U << usable.size(); ++mask) {
      std::vector<NodeId> group;
      bool clique = true;
      for (std::size_t i = 0; i < usable.size() && clique; ++i) {
        if ((mask >> i & 1) == 0) continue;
        clique = joins(group, usable[i]);
        group.push_back(usable[i]);
      }
      if (clique) consider(group);
    }
    return best;
  }
  for (std::size_t first = 0; first < usable.size(); ++first) {
    std::vector<NodeId> group{usable[first]};
    for (const NodeId id : usable) {
      if (id != usable[first] && joins(group, id)) group.push_back(id);
    }
    std::ranges::sort(group);
    consider(group);
  }
  return best;
}

// The longest time that clients, while at least one of them waited, went without any answer.
LivenessChecker::Wait LivenessChecker::longest_wait(const std::vector<NodeId>& usable) const {
  std::vector<NodeId> counted;
  for (const NodeId c : facts_.clients) {
    if (std::ranges::all_of(usable, [&](NodeId s) { return linked(c, s); })) counted.push_back(c);
  }
  std::ranges::sort(counted);
  Wait out;
  std::uint64_t open = 0;
  std::int64_t waited = 0;
  std::int64_t from = facts_.freeze_at.ns;
  std::int64_t before = facts_.freeze_at.ns;
  const auto pass_time = [&](std::int64_t now) {
    now = std::clamp(now, facts_.freeze_at.ns, facts_.end.ns);
    if (open > 0 && now > before) {
      if (waited == 0) from = before;
      waited += now - before;
      out.any = true;
    }
    before = std::max(before, now);
    if (waited <= out.longest) return;
    out.longest = waited;
    out.from = from;
    out.to = now;
  };
  for (const Record& r : records_) {
    if (r.what != What::invoked && r.what != What::answered && r.what != What::gave_up) continue;
    if (!std::ranges::binary_search(counted, NodeId{r.node})) continue;
    pass_time(r.at_ns);
    if (r.what == What::invoked) {
      ++open;
      continue;
    }
    if (open > 0) --open;
    if (r.what == What::answered && r.at_ns >= facts_.freeze_at.ns) {
      ++out.answers;
      waited = 0;
    }
  }
  if (records_.size() < kRecordsMax) pass_time(facts_.end.ns);
  return out;
}

std::uint64_t LivenessChecker::leader_changes(std::int64_t from_ns) const {
  return static_cast<std::uint64_t>(std::ranges::count_if(
      records_, [&](const Record& r) { return r.what == What::elected && r.at_ns >= from_ns; }));
}

void LivenessChecker::say_why(const Wait& wait, const std::vector<NodeId>& core, Verdict& out) const {
  std::uint64_t candidates = 0;
  std::uint64_t inside = 0;
  std::uint64_t outside = 0;
  std::uint64_t commits = 0;
  std::vector<NodeId> leading;  // who led when the wait began, and since
  for (const Record& r : records_) {
    if (r.at_ns > wait.to) break;
    const NodeId id{r.node};
    const bool during = r.at_ns >= wait.from;
    if (r.what == What::candidate && during) ++candidates;
    if (r.what == What::committed && during) ++commits;
    if (r.what == What::deposed && !during) std::erase(leading, id);
    if (r.what == What::elected) {
      if (!contains(leading, id)) leading.push_back(id);
      if (during) ++(contains(core, id) ? inside : outside);
    }
  }
  const bool core_led = std::ranges::any_of(leading, [&](NodeId id) { return contains(core, id); });
  std::string why;
  if (!core_led && leading.empty()) {
    out.signature = "liveness: no leader";
    why = "no leader was elected although the core holds a quorum";
  } else if (!core_led) {
    out.signature = "liveness: leader outside the core";
    why = "only servers outside the core led (" + names(leading) + ")";
  } else if (commits == 0) {
    out.signature = "liveness: leader cannot commit";
    why = "a server of the core led (" + names(leading) + ") and committed nothing";
  } else {
    out.signature = "liveness: clients not served";
    why = "leaders committed " + std::to_string(commits) + " entries and no client got an answer";
  }
  out.explanation = "clients waited " + seconds_text(wait.longest) + " from " + seconds_text(wait.from) +
                    " on without any answer; faults froze at " + seconds_text(facts_.freeze_at.ns) +
                    "\ncore (all linked both ways, a quorum): " + names(core) + "\n" + why +
                    "\nduring the wait: " + std::to_string(candidates) + " candidacies, " +
                    std::to_string(inside) + " leaders of the core, " + std::to_string(outside) +
                    " from outside";
}

Verdict LivenessChecker::verdict() const {
  Verdict out;
  out.claim = "liveness";
  const std::vector<NodeId> alive = usable();
  const std::vector<NodeId> group = alive.empty() ? alive : core(alive);
  const Duration limit = facts_.election_timeout * facts_.election_timeouts_max;
  if (group.empty()) {
    out.explanation = "vacuous: no connected group of usable servers holds a quorum";
    for (const auto& [id, s] : servers_) {
      if (s.refused)
        out.explanation += "; node " + std::to_string(id.value) + " refused to serve from its disk";
    }
    return out;
  }
  if (facts_.end - facts_.freeze_at < limit) {
    out.explanation = "vacuous: the run ends too soon after the faults froze";
    return out;
  }
  const Wait wait = longest_wait(alive);
  if (wait.longest > limit.ns) {
    out.outcome = Outcome3::fail;
    out.at_ns = wait.from + limit.ns;
    say_why(wait, group, out);
    return out;
  }
  const std::int64_t settled = (facts_.freeze_at + limit).ns;
  const std::int64_t period = facts_.end.ns - settled;
  const std::uint64_t changes = leader_changes(settled);
  const std::uint64_t allowed =
      3 + static_cast<std::uint64_t>(period) * facts_.leader_changes_per_minute_max / 60'000'000'000ULL;
  if (changes > allowed) {
    out.outcome = Outcome3::fail;
    out.signature = "liveness: leader churn";
    out.explanation = std::to_string(changes) + " leaders were elected in " + seconds_text(period) +
                      " without faults; core: " + names(group);
    out.at_ns = facts_.end.ns;
    return out;
  }
  if (!wait.any) {
    out.explanation = "vacuous: no client that can reach the servers waited after the faults froze";
  } else {
    out.explanation = "longest wait " + seconds_text(wait.longest) + ", " + std::to_string(wait.answers) +
                      " answers, " + std::to_string(changes) + " leader changes once settled";
  }
  return out;
}

}  // namespace wn::checkers
