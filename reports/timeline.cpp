#include "reports/timeline.h"

#include <algorithm>
#include <map>
#include <tuple>

#include "runtime/base/time.h"

namespace wn::reports {
namespace {

// raft_state's `role` as the trace vocabulary stores it.
constexpr std::uint64_t kRolePreCandidate = 1;
constexpr std::uint64_t kRoleCandidate = 2;
constexpr std::uint64_t kRoleLeader = 3;

class Builder {
 public:
  Builder(const faults::Plan& plan, std::int64_t end_ns) : end_ns_(end_ns) {
    for (const faults::NodePlan& node : plan.nodes) {
      Clock& clock = clocks_[node.id.value];
      clock.skew_ns = node.wall_offset.ns;
      clock.drift_ppm = node.drift_ppm;
      clock.points.push_back({node.id.value, 0, clock.skew_ns});
    }
  }

  void take(const TraceEvent& event) {
    const std::uint32_t node = event.node.value;
    const std::int64_t at = event.at.ns;
    switch (event.kind) {
      case TraceKind::node_crashed:
        end_role(node, at);
        end(node, SpanKind::paused, at);
        begin(node, SpanKind::down, at, event.field[1]);
        break;
      case TraceKind::node_started:
        end(node, SpanKind::down, at);
        break;
      case TraceKind::node_paused:
        begin(node, SpanKind::paused, at, 0);
        break;
      case TraceKind::node_resumed:
        end(node, SpanKind::paused, at);
        break;
      case TraceKind::raft_state:
        role(node, at, event.field[0], event.field[1]);
        break;
      case TraceKind::raft_restored:
        end_role(node, at);
        break;
      case TraceKind::clock_changed:
        clock(node, at, static_cast<std::int64_t>(event.field[0]), static_cast<std::int64_t>(event.field[1]),
              event.field[2] != 0);
        break;
      default:
        break;
    }
  }

  Timeline finish() {
    while (!open_.empty()) {
      const auto [node, kind] = open_.begin()->first;
      end(node, kind, std::max(end_ns_, open_.begin()->second.begin_ns));
    }
    std::ranges::sort(out_.spans, {}, [](const Span& s) { return std::tuple(s.begin_ns, s.node, s.kind); });
    for (auto& [node, c] : clocks_) {
      advance(c, node, end_ns_);
      const bool always_true =
          std::ranges::all_of(c.points, [](const ClockPoint& p) { return p.skew_ns == 0; });
      if (!always_true) out_.clocks.insert(out_.clocks.end(), c.points.begin(), c.points.end());
    }
    return std::move(out_);
  }

 private:
  struct Clock {
    std::int64_t at_ns = 0;
    std::int64_t skew_ns = 0;
    std::int64_t drift_ppm = 0;
    bool frozen = false;
    std::int64_t frozen_at_ns = 0;
    std::int64_t frozen_skew_ns = 0;
    std::vector<ClockPoint> points;
  };

  void begin(std::uint32_t node, SpanKind kind, std::int64_t at, std::uint64_t term) {
    open_.try_emplace({node, kind}, Span{node, kind, at, at, term});
  }

  void end(std::uint32_t node, SpanKind kind, std::int64_t at) {
    const auto it = open_.find({node, kind});
    if (it == open_.end()) return;
    Span span = it->second;
    open_.erase(it);
    span.end_ns = std::max(at, span.begin_ns);
    out_.spans.push_back(span);
  }

  void end_role(std::uint32_t node, std::int64_t at) {
    end(node, SpanKind::leader, at);
    end(node, SpanKind::candidate, at);
  }

  void role(std::uint32_t node, std::int64_t at, std::uint64_t role, std::uint64_t term) {
    const bool leads = role == kRoleLeader;
    const bool asks = role == kRoleCandidate || role == kRolePreCandidate;
    close_unless(node, SpanKind::leader, at, leads, term);
    close_unless(node, SpanKind::candidate, at, asks, term);
    if (leads) begin(node, SpanKind::leader, at, term);
    if (asks) begin(node, SpanKind::candidate, at, term);
  }

  // A leader of a new term is a new span even when the node never stopped leading.
  void close_unless(std::uint32_t node, SpanKind kind, std::int64_t at, bool holds, std::uint64_t term) {
    const auto it = open_.find({node, kind});
    if (it != open_.end() && !(holds && it->second.term == term)) end(node, kind, at);
  }

  // A frozen clock stands still, and thawed it shows what it would have shown.
  static std::int64_t shown(const Clock& c) {
    return c.frozen ? detail::saturating_sub(c.frozen_skew_ns, c.at_ns - c.frozen_at_ns) : c.skew_ns;
  }

  static void advance(Clock& c, std::uint32_t node, std::int64_t at) {
    if (at <= c.at_ns) return;
    const std::int64_t gained = (Duration{(at - c.at_ns) / 1'000} * c.drift_ppm).ns / 1'000;
    c.skew_ns = detail::saturating_add(c.skew_ns, gained);
    c.at_ns = at;
    c.points.push_back({node, at, shown(c)});
  }

  void clock(std::uint32_t node, std::int64_t at, std::int64_t step, std::int64_t drift, bool frozen) {
    Clock& c = clocks_[node];
    advance(c, node, at);
    if (frozen) begin(node, SpanKind::frozen, at, 0);
    if (!frozen) end(node, SpanKind::frozen, at);
    if (frozen && !c.frozen) {
      c.frozen_at_ns = c.at_ns;
      c.frozen_skew_ns = c.skew_ns;
    }
    c.skew_ns = detail::saturating_add(c.skew_ns, step);
    c.drift_ppm = drift;
    c.frozen = frozen;
    c.points.push_back({node, c.at_ns, shown(c)});
  }

  std::int64_t end_ns_;
  Timeline out_;
  std::map<std::pair<std::uint32_t, SpanKind>, Span> open_;
  std::map<std::uint32_t, Clock> clocks_;
};

}  // namespace

std::string_view to_string(SpanKind kind) {
  switch (kind) {
    case SpanKind::down:
      return "down";
    case SpanKind::paused:
      return "paused";
    case SpanKind::leader:
      return "leader";
    case SpanKind::candidate:
      return "candidate";
    case SpanKind::lease:
      return "lease";
    case SpanKind::frozen:
      return "frozen";
  }
  return "unknown";
}

Timeline timeline_of(const faults::Plan& plan, const std::vector<TraceEvent>& trace, std::int64_t end_ns) {
  Builder builder(plan, end_ns);
  for (const TraceEvent& event : trace) builder.take(event);
  return builder.finish();
}

}  // namespace wn::reports
