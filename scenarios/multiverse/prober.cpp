#include "scenarios/multiverse/prober.h"

#include <algorithm>
#include <memory>
#include <utility>

namespace wn::scenarios {

Prober::Prober(const ExplainOptions& options)
    : options_(options),
      end_(std::chrono::steady_clock::now() + std::chrono::nanoseconds(options.time_limit.ns)) {}

Result<Share> Prober::ask(LiveRun& run) {
  auto endings =
      run_futures(run, {.rule = {.seed = options_.seed}, .count = options_.futures, .jobs = options_.jobs});
  if (!endings) return fail(std::move(endings).error());
  futures_ += endings->size();
  if (options_.progress) options_.progress(std::to_string(futures_) + " futures");
  return failing_share(*endings);
}

Result<CurvePoint> Prober::probe(LiveRun& run) {
  run.settle();
  if (const auto it = known_.find(run.events()); it != known_.end()) return it->second;
  const SimTime at = run.now() - nanoseconds(1);
  auto share = ask(run);
  if (!share) return fail(std::move(share).error());
  return known_[run.events()] = {.events = run.events(), .at = at, .failing = *share};
}

Result<CurvePoint> Prober::probe(const faults::Plan& plan, std::uint64_t events) {
  auto run = LiveRun::make(plan, {.record_history = false});
  if (!run) return fail(std::move(run).error());
  (*run)->run_to_event(events);
  return probe(**run);
}

std::vector<CurvePoint> Prober::along(std::vector<CurvePoint> curve) const {
  curve.clear();
  for (const auto& [events, point] : known_) curve.push_back(point);
  return curve;
}

}  // namespace wn::scenarios
