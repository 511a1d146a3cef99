#include "reports/convergence.h"

#include <algorithm>
#include <map>

namespace wn::reports {
namespace {

using Vector = std::map<std::uint64_t, std::uint64_t>;  // origin -> counter

class Follower {
 public:
  explicit Follower(const faults::Plan& plan) {
    for (const faults::NodePlan& node : plan.nodes) {
      if (node.role == faults::NodeRole::server || node.role == faults::NodeRole::spare)
        known_[node.id.value];
    }
  }

  std::vector<std::uint32_t> nodes() const {
    std::vector<std::uint32_t> out;
    for (const auto& [node, state] : known_) out.push_back(node);
    return out;
  }

  void on(const TraceEvent& event) {
    const auto node = known_.find(event.node.value);
    if (node == known_.end()) return;
    State& state = node->second;
    if (event.kind == TraceKind::realm_update) {
      state.count += raise(state.vector, event.field[0], event.field[1]);
      total_ += raise(furthest_, event.field[0], event.field[1]);
    } else if (event.kind == TraceKind::realm_restored && event.field[3] != 0) {
      take_image(node->first, state);
    } else if (event.kind == TraceKind::in_sync) {
      in_sync_[{event.node.value, static_cast<std::uint32_t>(event.field[0])}] = event.at.ns;
    }
  }

  std::uint64_t behind(std::uint32_t node) const { return total_ - known_.at(node).count; }

  std::vector<InSync> in_sync() const {
    std::vector<InSync> out;
    for (const auto& [pair, at] : in_sync_) out.push_back({pair.first, pair.second, at});
    return out;
  }

 private:
  struct State {
    Vector vector;
    std::uint64_t count = 0;
  };
  static std::uint64_t raise(Vector& vector, std::uint64_t origin, std::uint64_t counter) {
    std::uint64_t& known = vector[origin];
    const std::uint64_t more = counter > known ? counter - known : 0;
    known += more;
    return more;
  }
  // What it had done alone it does again, as other updates: nobody lacks the old ones.
  void take_image(std::uint32_t taker, State& state) {
    furthest_.clear();
    total_ = 0;
    for (const auto& [node, other] : known_) {
      if (node == taker) continue;
      for (const auto& [origin, counter] : other.vector) total_ += raise(furthest_, origin, counter);
    }
    state.vector = furthest_;
    state.count = total_;
  }

  std::map<std::uint32_t, State> known_;
  Vector furthest_;
  std::uint64_t total_ = 0;
  std::map<std::pair<std::uint32_t, std::uint32_t>, std::int64_t> in_sync_;
};

}  // namespace

Convergence convergence_of(const faults::Plan& plan, const std::vector<TraceEvent>& trace,
                           std::int64_t end_ns) {
  Convergence out;
  const bool realm = plan.system.service == faults::Service::realm;
  if (!realm || trace.empty()) return out;
  Follower follower(plan);
  out.nodes = follower.nodes();
  out.behind.resize(out.nodes.size());
  std::size_t next = 0;
  for (std::size_t sample = 0; sample < kConvergenceSamples; ++sample) {
    const std::int64_t until =
        end_ns / static_cast<std::int64_t>(kConvergenceSamples) * (static_cast<std::int64_t>(sample) + 1);
    for (; next < trace.size() && trace[next].at.ns <= until; ++next) follower.on(trace[next]);
    for (std::size_t i = 0; i < out.nodes.size(); ++i) out.behind[i].push_back(follower.behind(out.nodes[i]));
  }
  for (; next < trace.size(); ++next) follower.on(trace[next]);
  out.in_sync = follower.in_sync();
  return out;
}

}  // namespace wn::reports
