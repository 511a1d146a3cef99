#include "checkers/convergence/convergence.h"

#include <algorithm>

namespace wn::checkers {

void ConvergenceChecker::on_digest(const TraceEvent& event) {
  const auto& f = event.field;
  Replica& replica = replicas_[event.node];
  replica.clock = f[0];
  replica.low = f[1];
  replica.high = f[2];
  replica.position = position_;
  replica.told = replica.fresh = true;
  if (by_clock_.size() >= kClocksMax) return;
  const auto [at, fresh] = by_clock_.try_emplace(f[0], Told{f[1], f[2], position_, event.node});
  if (fresh || (at->second.low == f[1] && at->second.high == f[2])) return;
  fail("convergence: equal knowledge, different states",
       name(event.node) + " knows the same updates as " + name(at->second.node) +
           " did, and has another state",
       event.at, {at->second.position, position_});
}

// The first event after the bound: nothing has been written for so long, so all must be told.
void ConvergenceChecker::judge_bound(const TraceEvent& event) {
  if (bound_judged_ == last_write_) return;
  if (event.at - std::max(facts_.freeze_at, last_write_) <= facts_.grace) return;
  bound_judged_ = last_write_;
  const Replica* first = nullptr;
  NodeId first_node;
  for (const NodeId node : facts_.replicas) {
    const auto at = replicas_.find(node);
    if (at == replicas_.end() || !at->second.running || at->second.refused || !at->second.fresh) continue;
    if (first == nullptr) {
      first = &at->second;
      first_node = node;
    } else if (first->low != at->second.low || first->high != at->second.high) {
      fail("convergence: replicas still differ after the bound",
           name(node) + " and " + name(first_node) + " differ " +
               std::to_string(facts_.grace.ns / 1'000'000) + " ms after the last write",
           event.at, {first->position, at->second.position});
    }
  }
}

void ConvergenceChecker::on_event(const TraceEvent& event) {
  judge_bound(event);
  switch (event.kind) {
    case TraceKind::realm_digest:
      on_digest(event);
      break;
    case TraceKind::realm_update:
      replicas_[event.node].fresh = false;
      if (std::uint64_t& most = written_[event.field[0]]; event.field[1] > most) {
        most = event.field[1];
        last_write_ = event.at;
      }
      break;
    case TraceKind::node_started:
      replicas_[event.node].running = true;
      replicas_[event.node].fresh = false;
      replicas_[event.node].refused = false;
      break;
    case TraceKind::node_crashed:
      replicas_[event.node].running = false;
      break;
    case TraceKind::store_refused:
      replicas_[event.node].refused = true;
      break;
    default:
      break;
  }
  ++position_;
}

Verdict ConvergenceChecker::verdict() const {
  Verdict out = found();
  if (out.outcome == Outcome3::fail) return out;
  std::vector<std::pair<NodeId, const Replica*>> live;
  for (const NodeId node : facts_.replicas) {
    const auto at = replicas_.find(node);
    if (at != replicas_.end() && at->second.running && !at->second.refused && at->second.told)
      live.emplace_back(node, &at->second);
  }
  if (live.size() < 2) {
    out.explanation = "vacuous: fewer than two replicas to compare at the end";
    return out;
  }
  if (facts_.end - std::max(facts_.freeze_at, last_write_) < facts_.grace) {
    out.explanation = "vacuous: something was written too close to the end";
    return out;
  }
  for (const auto& [node, replica] : live) {
    const Replica& first = *live.front().second;
    if (replica->low == first.low && replica->high == first.high) continue;
    out.outcome = Outcome3::fail;
    out.signature = "convergence: replicas differ when all is over";
    out.explanation = name(node) + " and " + name(live.front().first) + " differ at the end" +
                      (replica->clock == first.clock ? "" : "; they do not know the same updates");
    out.events = {first.position, replica->position};
    out.at_ns = facts_.end.ns;
    return out;
  }
  return out;
}

}  // namespace wn::checkers
