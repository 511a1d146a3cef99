#include "checkers/capability/capability_checker.h"

#include <algorithm>
#include <map>
#include <optional>
#include <set>
#include <string>

#include "checkers/capability/tree_view.h"

namespace wn::checkers {
namespace {

// Numbers of the runtime that the trace carries; checkers do not include the code that they judge.
constexpr std::size_t kChainMax = 8;  // links that a chain may have

struct Grant {
  std::uint64_t parent = 0;
  std::uint64_t rights = 0;
  std::uint64_t subtree = 0;
  std::int64_t expires_ns = 0;
};

struct Replica {
  explicit Replica(std::span<const TreeView::Edge> first) : tree(first) {}
  TreeView tree;
  std::map<std::uint64_t, SimTime> revoked;  // token -> since when it is known here
  std::uint64_t id = 0;                      // as evictions name it; 0: not told
};

std::string number(std::uint64_t n) { return std::to_string(n); }

}  // namespace

struct CapabilityChecker::State {
  State(CapabilityFacts f, const Limits& l) : facts(std::move(f)), limits(l) {}

  CapabilityFacts facts;
  Limits limits;
  std::map<std::uint64_t, Grant> grants;
  std::map<std::uint32_t, Replica> replicas;
  std::set<std::uint64_t> evicted;
  std::size_t worknodes = 0;
  std::uint64_t position = 0;
  std::uint64_t judged = 0;
  bool over_limit = false;
  Verdict found;

  Replica* replica(NodeId id);
  void on_granted(const TraceEvent& e);
  void on_revoked(const TraceEvent& e);
  void on_used(const TraceEvent& e);
  void on_parent(const TraceEvent& e);
  void on_crashed(const TraceEvent& e);
  // The chain from the token up to the root's link; empty when something is wrong with it, which is told.
  std::vector<std::uint64_t> chain_of(const TraceEvent& e);
  bool judge_link(const TraceEvent& e, std::uint64_t token, const Replica& at);
  std::optional<SimTime> bound_since(std::uint64_t token) const;
  bool judge_revocation(const TraceEvent& e, std::uint64_t token, const Replica& at);
  void violation(const TraceEvent& e, std::string_view what, std::string explanation);
};

Replica* CapabilityChecker::State::replica(NodeId id) {
  const auto known = replicas.find(id.value);
  if (known != replicas.end()) return &known->second;
  if (replicas.size() >= limits.nodes_max || worknodes + facts.first_tree.size() > limits.worknodes_max) {
    over_limit = true;
    return nullptr;
  }
  worknodes += facts.first_tree.size();
  return &replicas.try_emplace(id.value, facts.first_tree).first->second;
}

void CapabilityChecker::State::violation(const TraceEvent& e, std::string_view what,
                                         std::string explanation) {
  if (found.outcome == Outcome3::fail) return;
  found.outcome = Outcome3::fail;
  found.signature = "capability: " + std::string(what);
  found.explanation = "node " + number(e.node.value) + " let an operation on worknode " + number(e.field[2]) +
                      " take effect by token " + number(e.field[0]) + ", but " + std::move(explanation);
  found.at_ns = e.at.ns;
  found.events.push_back(position - 1);  // of the event at hand
}

void CapabilityChecker::State::on_granted(const TraceEvent& e) {
  const auto [token, parent, rights, subtree, expires] = e.field;
  const Grant told{parent, rights, subtree, static_cast<std::int64_t>(expires)};
  const auto at = grants.find(token);
  if (at == grants.end()) {
    if (grants.size() >= limits.tokens_max) {
      over_limit = true;
      return;
    }
    grants.emplace(token, told);
    return;
  }
  // Told again, as after a restart of its holder. It cannot become more by that.
  at->second.rights &= told.rights;
  at->second.expires_ns = std::min(at->second.expires_ns, told.expires_ns);
}

void CapabilityChecker::State::on_revoked(const TraceEvent& e) {
  if (Replica* at = replica(e.node)) at->revoked.try_emplace(e.field[0], e.at);
}

void CapabilityChecker::State::on_parent(const TraceEvent& e) {
  Replica* at = replica(e.node);
  if (at == nullptr) return;
  const std::size_t before = at->tree.size();
  if (worknodes >= limits.worknodes_max) {
    over_limit = true;
    at->tree.forget();
    return;
  }
  at->tree.moved(e.field[0], e.field[1]);
  worknodes += at->tree.size() - before;
}

void CapabilityChecker::State::on_crashed(const TraceEvent& e) {
  const auto found_at = replicas.find(e.node.value);
  if (found_at == replicas.end()) return;
  Replica& at = found_at->second;
  const bool wiped = e.field[1] == static_cast<std::uint64_t>(CrashCause::wipe);
  if (wiped) at.tree.forget();
  std::erase_if(at.revoked,
                [&](const auto& known) { return wiped || e.at - known.second < facts.durable_after; });
}

// Since when so many replicas know that the token is revoked as make it binding for all; nullopt: not yet.
std::optional<SimTime> CapabilityChecker::State::bound_since(std::uint64_t token) const {
  std::vector<SimTime> since;
  for (const auto& [node, at] : replicas) {
    const auto known = at.revoked.find(token);
    if (known != at.revoked.end() && !evicted.contains(at.id)) since.push_back(known->second);
  }
  if (since.size() < facts.replicas_to_know || since.empty()) return std::nullopt;
  const std::size_t last = std::max<std::size_t>(facts.replicas_to_know, 1) - 1;
  std::ranges::nth_element(since, since.begin() + static_cast<std::ptrdiff_t>(last));
  return since[last];
}

std::vector<std::uint64_t> CapabilityChecker::State::chain_of(const TraceEvent& e) {
  std::vector<std::uint64_t> chain;
  for (std::uint64_t token = e.field[0];; token = grants.at(token).parent) {
    if (!grants.contains(token)) {
      const bool itself = chain.empty();
      violation(e, itself ? "token was never granted" : "chain does not lead to the root",
                itself ? "nobody was granted it" : "token " + number(token) + " above it was never granted");
      return {};
    }
    chain.push_back(token);
    if (grants.at(token).parent == 0) return chain;
    if (chain.size() == kChainMax) {
      violation(e, "chain does not lead to the root", "after 8 links its chain has not ended");
      return {};
    }
  }
}

bool CapabilityChecker::State::judge_revocation(const TraceEvent& e, std::uint64_t token, const Replica& at) {
  if (const auto known = at.revoked.find(token); known != at.revoked.end()) {
    violation(e, "revoked, and the replica knew",
              "token " + number(token) + " of its chain was revoked, as this node has known since " +
                  std::to_string(known->second.ns) + " ns");
    return false;
  }
  if (facts.staleness_max == Duration::max()) return true;
  const std::optional<SimTime> since = bound_since(token);
  if (!since || e.at - *since <= facts.staleness_max) return true;
  violation(e, "revoked longer ago than the staleness bound",
            "token " + number(token) + " of its chain was revoked at " + std::to_string(since->ns) + " ns");
  return false;
}

bool CapabilityChecker::State::judge_link(const TraceEvent& e, std::uint64_t token, const Replica& at) {
  const Grant& grant = grants.at(token);
  const std::uint64_t right = e.field[1];
  const std::uint64_t target = e.field[2];
  if ((right & ~grant.rights) != 0) {
    violation(e, "right missing",
              "token " + number(token) + " of its chain has the rights " + number(grant.rights) +
                  " and not " + number(right));
    return false;
  }
  if (at.tree.contains(grant.subtree, target) == TreeView::Answer::no) {
    violation(e, "target outside the subtree",
              "token " + number(token) + " of its chain reaches no further than the subtree of worknode " +
                  number(grant.subtree));
    return false;
  }
  const auto wall_ns = static_cast<std::int64_t>(e.field[4]);
  if (wall_ns >= grant.expires_ns) {
    violation(e, "token had expired",
              "token " + number(token) + " of its chain expired at " + std::to_string(grant.expires_ns) +
                  " ns, and the node's wall clock said " + std::to_string(wall_ns) + " ns");
    return false;
  }
  return judge_revocation(e, token, at);
}

void CapabilityChecker::State::on_used(const TraceEvent& e) {
  if (e.field[3] != 0) return;  // refused
  ++judged;
  Replica* at = replica(e.node);
  if (at == nullptr) return;
  if (over_limit && !grants.contains(e.field[0])) return;  // it may be one that was not kept
  for (const std::uint64_t token : chain_of(e)) {
    if (!judge_link(e, token, *at)) return;
  }
}

CapabilityChecker::CapabilityChecker(CapabilityFacts facts, const Limits& limits)
    : state_(std::make_unique<State>(std::move(facts), limits)) {
  state_->found.claim = "capability";
}
CapabilityChecker::~CapabilityChecker() = default;
CapabilityChecker::CapabilityChecker(CapabilityChecker&&) noexcept = default;
CapabilityChecker& CapabilityChecker::operator=(CapabilityChecker&&) noexcept = default;

void CapabilityChecker::on_event(const TraceEvent& e) {
  State& s = *state_;
  ++s.position;
  if (s.found.outcome == Outcome3::fail) return;
  switch (e.kind) {
    case TraceKind::cap_granted:
      s.on_granted(e);
      break;
    case TraceKind::cap_revoked:
      s.on_revoked(e);
      break;
    case TraceKind::cap_used:
      s.on_used(e);
      break;
    case TraceKind::realm_parent:
      s.on_parent(e);
      break;
    case TraceKind::realm_restored:
      if (Replica* at = s.replica(e.node)) {
        at->id = e.field[0];
        e.field[3] != 0 ? at->tree.forget() : at->tree.restarted();
      }
      break;
    case TraceKind::realm_evicted:
      s.evicted.insert(e.field[0]);
      break;
    case TraceKind::node_crashed:
      s.on_crashed(e);
      break;
    default:
      break;
  }
}

bool CapabilityChecker::failed() const { return state_->found.outcome == Outcome3::fail; }
std::uint64_t CapabilityChecker::judged() const { return state_->judged; }

Verdict CapabilityChecker::verdict() const {
  Verdict out = state_->found;
  if (out.outcome == Outcome3::fail) return out;
  if (state_->over_limit) {
    out.outcome = Outcome3::unknown;
    out.explanation = "more tokens, worknodes or nodes than the checker keeps";
  } else if (state_->judged == 0) {
    out.explanation = "vacuous: no operation took effect by a capability";
  }
  return out;
}

}  // namespace wn::checkers
