#include "scenarios/multiverse/explain.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <memory>
#include <utility>

#include "scenarios/multiverse/influences.h"
#include "scenarios/multiverse/prober.h"

namespace wn::scenarios {
namespace {

using checkers::Outcome3;

constexpr double kTurning = 0.5;
constexpr double kSealing = 0.95;
constexpr std::size_t kCliffsMax = 5;

// The run itself: when it failed, and how.
Result<void> look(const faults::Plan& plan, Explanation& out) {
  auto run = LiveRun::make(plan, {.record_history = false});
  if (!run) return fail(std::move(run).error());
  const RunResult result = (*run)->finish();
  out.events = result.stats.events;
  out.failed_at = SimTime{result.simulated_ns};
  if (result.outcome != Outcome3::fail) return {};
  out.signature = result.signature;
  for (const checkers::Verdict& claim : result.claims) {
    if (claim.outcome == Outcome3::fail && claim.at_ns >= 0)
      out.failed_at = std::min(out.failed_at, SimTime{claim.at_ns});
  }
  return {};
}

// Evenly spaced in events from the first one to the failure: one run, forked on its way.
Result<void> draw_curve(const faults::Plan& plan, Prober& prober, std::uint32_t points, Explanation& out) {
  auto scout = LiveRun::make(plan, {.record_history = false, .check = false});
  if (!scout) return fail(std::move(scout).error());
  (*scout)->run_until(out.failed_at);
  const std::uint64_t last = std::max<std::uint64_t>(1, (*scout)->events());
  auto run = LiveRun::make(plan, {.record_history = false});
  if (!run) return fail(std::move(run).error());
  for (std::uint32_t i = 0; i < points && !prober.out_of_budget(); ++i) {
    const std::uint64_t event = points == 1 ? last : 1 + (last - 1) * i / (points - 1);
    if (event <= (*run)->events() && i != 0) continue;
    if (!(*run)->run_to_event(event)) break;
    auto point = prober.probe(**run);
    if (!point) return fail(std::move(point).error());
    out.curve.push_back(*point);
  }
  return {};
}

std::vector<Cliff> cliffs_of(const std::vector<CurvePoint>& curve, double least) {
  std::vector<Cliff> cliffs;
  for (std::size_t i = 1; i < curve.size(); ++i) {
    if (curve[i].failing.p - curve[i - 1].failing.p >= least) cliffs.push_back({curve[i - 1], curve[i]});
  }
  std::ranges::stable_sort(cliffs, [](const Cliff& a, const Cliff& b) {
    return a.after.failing.p - a.before.failing.p > b.after.failing.p - b.before.failing.p;
  });
  if (cliffs.size() > kCliffsMax) cliffs.resize(kCliffsMax);
  return cliffs;
}

// What event number after.events did.
Result<void> add_trace(const faults::Plan& plan, CriticalEvent& critical) {
  struct Keep final : sim::TraceSink {
    void on_event(const TraceEvent& e) override {
      ++seen;
      if (keep) events.push_back(e);
    }
    bool keep = false;
    std::uint64_t seen = 0;
    std::vector<TraceEvent> events;
  } sink;
  auto run = LiveRun::make(plan, {.record_history = false, .check = false, .sink = &sink});
  if (!run) return fail(std::move(run).error());
  (*run)->run_to_event(critical.after.events - 1);
  critical.trace_position = sink.seen;
  sink.keep = true;
  (*run)->step();
  critical.trace = std::move(sink.events);
  return {};
}

// The event after which P(failure) is `level` or more, between the last two points where it gets there.
Result<std::optional<CriticalEvent>> critical(const faults::Plan& plan, Prober& prober,
                                              const std::vector<CurvePoint>& curve, double level,
                                              std::uint64_t kept_back) {
  std::size_t i = curve.size();
  while (i > 1 && !(curve[i - 2].failing.p < level && curve[i - 1].failing.p >= level)) --i;
  if (i <= 1) return std::optional<CriticalEvent>();
  CurvePoint low = curve[i - 2];
  CurvePoint high = curve[i - 1];
  while (high.events - low.events > 1 && !prober.out_of_budget(kept_back)) {
    auto point = prober.probe(plan, low.events + (high.events - low.events) / 2);
    if (!point) return fail(std::move(point).error());
    if (point->events >= high.events || point->events <= low.events) break;  // events of one moment
    (point->failing.p >= level ? high : low) = *point;
  }
  CriticalEvent found{.before = low, .after = high};
  if (auto added = add_trace(plan, found); !added) return fail(std::move(added).error());
  return std::optional(std::move(found));
}

}  // namespace

Result<Explanation> explain(const faults::Plan& plan, const ExplainOptions& options) {
  if (options.points < 2 || options.points > kPointsMax || options.futures == 0)
    return fail(Errc::invalid_argument, "a curve has 2 to 1000 points, each of at least one future");
  Explanation out;
  if (auto looked = look(plan, out); !looked) return fail(std::move(looked).error());
  Prober prober(options);
  if (auto drawn = draw_curve(plan, prober, options.points, out); !drawn)
    return fail(std::move(drawn).error());
  out.cliffs = cliffs_of(out.curve, options.cliff);
  // Faults are judged from what is left.
  const std::uint64_t kept_back =
      options.futures_max == 0
          ? 0
          : 2 * options.futures * std::min<std::uint64_t>(options.faults_max, plan.faults.size());
  for (const auto& [level, where] : {std::pair(kTurning, &out.turning), std::pair(kSealing, &out.sealing)}) {
    if (options.only_sealing && where == &out.turning) continue;
    auto found = critical(plan, prober, out.curve, level, kept_back);
    if (!found) return fail(std::move(found).error());
    *where = *std::move(found);
  }
  // What was asked on the way to them belongs to the curve too.
  out.curve = prober.along(std::move(out.curve));
  if (auto ranked = rank_influences(plan, prober, options, out); !ranked)
    return fail(std::move(ranked).error());
  out.futures = prober.futures();
  out.complete = !prober.out_of_budget();
  return out;
}

}  // namespace wn::scenarios
