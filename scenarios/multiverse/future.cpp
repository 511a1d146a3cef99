#include "scenarios/multiverse/future.h"

#include <algorithm>
#include <utility>

#include "faults/nemesis/nemesis.h"
#include "faults/plan/model_check.h"
#include "faults/plan/names.h"
#include "runtime/base/random.h"

namespace wn::scenarios {
namespace {

// What LiveRun::exchange_faults leaves alone, for a run whose events up to `at` have happened.
bool stays(const faults::Fault& fault, SimTime at) {
  return fault.at <= at || fault.duration == Duration::max() || faults::is_byzantine(fault.kind);
}

void put_in_order(std::vector<faults::Fault>& faults) {
  std::ranges::sort(faults, {}, [](const faults::Fault& f) { return std::pair(f.at, f.id); });
}

// `more`, or as many of them, one by one, as the model has room for.
std::vector<faults::Fault> admitted(const faults::Plan& kept, std::vector<faults::Fault> more) {
  const auto fits = [&](const faults::Plan& plan) { return faults::check_model(plan).has_value(); };
  faults::Plan whole = kept;
  whole.faults.insert(whole.faults.end(), more.begin(), more.end());
  put_in_order(whole.faults);
  if (fits(whole)) return more;
  faults::Plan grown = kept;
  std::vector<faults::Fault> out;
  for (faults::Fault& fault : more) {
    faults::Plan larger = grown;
    larger.faults.push_back(fault);
    put_in_order(larger.faults);
    if (!fits(larger)) continue;
    grown = std::move(larger);
    out.push_back(std::move(fault));
  }
  return out;
}

}  // namespace

std::uint64_t future_seed(std::uint64_t family, std::uint64_t number) {
  return Random(family).at("future", 0, number).u64();
}

faults::SwarmOptions stock_swarm() {
  faults::SwarmOptions swarm;
  for (const faults::Nemesis& nemesis : faults::nemeses()) {
    if (nemesis.stock) swarm.choices.push_back({.kind = std::string(nemesis.name)});
  }
  return swarm;
}

std::vector<faults::Fault> redrawn_faults(const faults::Plan& plan, SimTime at, std::uint64_t seed,
                                          const faults::SwarmOptions& swarm) {
  faults::Plan kept = plan;
  std::erase_if(kept.faults, [at](const faults::Fault& f) { return !stays(f, at); });
  faults::Plan drawn = plan;
  drawn.seed = seed;
  drawn.faults.clear();
  drawn.deviations.clear();
  faults::SwarmOptions later = swarm;
  later.start = std::max(swarm.start, at + nanoseconds(1));
  faults::generate_faults(drawn, later);
  const bool has_admin = std::ranges::any_of(
      plan.nodes, [](const faults::NodePlan& n) { return n.role == faults::NodeRole::admin; });
  std::erase_if(drawn.faults, [&](const faults::Fault& f) {
    const bool by_admin = f.kind == faults::FaultKind::membership || f.kind == faults::FaultKind::transfer;
    return stays(f, at) || (by_admin && !has_admin);
  });
  std::uint32_t id = 0;
  for (const faults::Fault& fault : kept.faults) id = std::max(id, fault.id);
  for (faults::Fault& fault : drawn.faults) fault.id = ++id;
  return admitted(kept, std::move(drawn.faults));
}

Result<void> become(LiveRun& run, const FutureRule& rule, std::uint64_t number) {
  const std::uint64_t seed = future_seed(rule.seed, number);
  if (auto reseeded = run.reseed(seed); !reseeded) return reseeded;
  if (rule.faults == FutureFaults::keep) return {};
  return run.exchange_faults(redrawn_faults(run.plan(), run.now() - nanoseconds(1), seed, rule.swarm));
}

faults::Plan future_plan(const faults::Plan& plan, SimTime at, const FutureRule& rule, std::uint64_t number) {
  const std::uint64_t seed = future_seed(rule.seed, number);
  faults::Plan out = plan;
  std::erase_if(out.branches, [at](const faults::BranchPlan& b) { return b.at >= at; });
  out.branches.push_back({.at = at, .seed = seed});
  if (rule.faults == FutureFaults::keep) return out;
  std::vector<faults::Fault> later = redrawn_faults(out, at, seed, rule.swarm);
  std::erase_if(out.faults, [at](const faults::Fault& f) { return !stays(f, at); });
  out.faults.insert(out.faults.end(), later.begin(), later.end());
  put_in_order(out.faults);
  return out;
}

}  // namespace wn::scenarios
