#include "checkers/convergence/lag.h"

#include <algorithm>
#include <utility>

namespace wn::checkers {

LagMeter::LagMeter(LagFacts facts) : facts_(std::move(facts)) {
  facts_.samples = std::max(1U, facts_.samples);
  every_ = Duration{std::max<std::int64_t>(1, facts_.end.ns / facts_.samples)};
  next_ = SimTime{every_.ns};
  out_.replicas = facts_.replicas;
  for (const NodeId node : facts_.replicas) replicas_[node].own = node.value;
  for (const Cut& cut : facts_.cuts) {
    CutDivergence divergence;
    divergence.cut = cut;
    out_.cuts.push_back(std::move(divergence));
  }
  at_heal_.resize(out_.cuts.size());
}

std::uint64_t LagMeter::raise(Vector& vector, std::uint64_t origin, std::uint64_t counter) {
  std::uint64_t& known = vector[origin];
  const std::uint64_t more = counter > known ? counter - known : 0;
  known += more;
  return more;
}

void LagMeter::gather() {
  furthest_.clear();
  total_ = 0;
  for (const auto& [node, replica] : replicas_) {
    for (const auto& [origin, counter] : replica.known) total_ += raise(furthest_, origin, counter);
  }
}

void LagMeter::on_restored(const TraceEvent& event, Replica& replica) {
  const std::uint64_t updates = event.field[2];
  if (event.field[3] != 0) {
    // What it had done alone it does again, as other updates: nobody lacks the old ones.
    replica.known.clear();
    replica.applied.clear();
    gather();
    replica.known = furthest_;
    replica.count = total_;
  } else {
    while (replica.updates > updates && !replica.applied.empty()) {
      --replica.known[replica.applied.back()];
      --replica.count;
      --replica.updates;
      replica.applied.pop_back();
    }
    gather();
  }
  replica.own = event.field[0];
  replica.updates = updates;
}

void LagMeter::on_event(const TraceEvent& event) {
  while (next_ <= facts_.end && event.at > next_) {
    sample(next_);
    next_ = next_ + every_;
  }
  const auto at = replicas_.find(event.node);
  if (at == replicas_.end()) return;
  Replica& replica = at->second;
  if (event.kind == TraceKind::realm_restored) return on_restored(event, replica);
  if (event.kind != TraceKind::realm_update) return;
  replica.count += raise(replica.known, event.field[0], event.field[1]);
  total_ += raise(furthest_, event.field[0], event.field[1]);
  ++replica.updates;
  if (applied_ >= kAppliedMax) return;
  ++applied_;
  replica.applied.push_back(event.field[0]);
}

bool LagMeter::all_know(const Vector& target) const {
  return std::ranges::all_of(replicas_, [&](const auto& entry) {
    return std::ranges::all_of(target, [&](const auto& known) {
      const auto mine = entry.second.known.find(known.first);
      return mine != entry.second.known.end() && mine->second >= known.second;
    });
  });
}

void LagMeter::sample(SimTime at) {
  LagPoint point;
  point.at_ns = at.ns;
  for (const NodeId node : facts_.replicas) {
    const std::uint64_t missing = total_ - replicas_.at(node).count;
    point.missing.push_back(missing);
    point.updates_missing += missing;
    point.replicas_behind += missing > 0 ? 1 : 0;
  }
  out_.missing_most = std::max(out_.missing_most, point.updates_missing);
  out_.points.push_back(std::move(point));
  if (at >= facts_.freeze_at && !at_freeze_.set) at_freeze_ = {furthest_, true};
  if (at_freeze_.set && out_.converged_after_freeze_ns == kNotYet && all_know(at_freeze_.known))
    out_.converged_after_freeze_ns = (at - facts_.freeze_at).ns;
  for (std::size_t i = 0; i < out_.cuts.size(); ++i) sample_cut(out_.cuts[i], at_heal_[i], at);
}

void LagMeter::sample_cut(CutDivergence& divergence, Target& target, SimTime at) {
  const Cut& cut = divergence.cut;
  if (at < cut.begin || divergence.healed_after_ns != kNotYet) return;
  std::vector<Vector> known(cut.groups.size());
  for (std::size_t g = 0; g < cut.groups.size(); ++g) {
    for (const NodeId node : cut.groups[g]) {
      const auto replica = replicas_.find(node);
      if (replica == replicas_.end()) continue;
      for (const auto& [origin, counter] : replica->second.known) raise(known[g], origin, counter);
    }
  }
  DivergencePoint point;
  point.at_ns = at.ns;
  for (const Vector& group : known) {
    std::uint64_t missing = 0;
    for (const auto& [origin, counter] : furthest_) {
      const auto mine = group.find(origin);
      missing += counter - (mine == group.end() ? 0 : std::min(counter, mine->second));
    }
    divergence.missing_most = std::max(divergence.missing_most, missing);
    point.missing.push_back(missing);
  }
  divergence.points.push_back(std::move(point));
  if (at < cut.end) return;
  if (!target.set) target = {furthest_, true};
  if (all_know(target.known)) divergence.healed_after_ns = (at - cut.end).ns;
}

ConvergenceLag LagMeter::result() const {
  LagMeter last = *this;
  for (; last.next_ <= last.facts_.end; last.next_ = last.next_ + last.every_) last.sample(last.next_);
  return last.out_;
}

}  // namespace wn::checkers
