#include "scenarios/explore/trial.h"

#include <algorithm>
#include <array>

#include "faults/nemesis/budget.h"
#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"
#include "runtime/base/random.h"
#include "scenarios/runner/scenario_spec.h"

namespace wn::explore {

using faults::Plan;
using scenarios::Scenario;
using scenarios::ScenarioSpec;

namespace {

constexpr std::array<std::string_view, 6> kOfTheEnd{"liveness",    "convergence", "eventual",
                                                    "supervision", "gluing",      "sometimes"};

Duration part_of(Duration whole, std::uint16_t share) {
  if (share == kWhole) return whole;
  const std::int64_t least = std::min(whole.ns, seconds(1).ns);
  const std::int64_t part = std::max(least, whole.ns / kWhole * share);
  return Duration{part - part % milliseconds(1).ns};
}

// Something to do for clients remains.
std::uint64_t rate_of(std::uint64_t rate, std::uint16_t share) {
  return share == kWhole ? rate
                         : std::max<std::uint64_t>(std::min<std::uint64_t>(rate, 500), rate * share / kWhole);
}

void quicken(faults::SwarmOptions& swarm, std::uint16_t share) {
  if (share == kWhole) return;
  for (faults::NemesisChoice& choice : swarm.choices) {
    Duration interval = choice.interval;
    if (interval == Duration{}) {
      const faults::Nemesis* nemesis = faults::find_nemesis(choice.kind);
      if (nemesis == nullptr) continue;  // of a family each has an interval of its own
      interval = nemesis->interval;
    }
    choice.interval = std::max(Duration{interval.ns / kWhole * share}, milliseconds(1));
  }
}

// Fault by fault through the generator's own budget, which is a little stricter than plan_check.
void take_given(Plan& plan, const Trial& trial) {
  plan.faults.clear();
  plan.deviations.clear();
  const faults::Scene scene = faults::scene_of(plan, Random(plan.seed).child("nemesis"));
  faults::Budget budget(plan);
  for (const faults::Fault& fault : trial.faults) {
    if (fault.at.ns < 0 || fault.at > plan.freeze_at) continue;
    if (budget.admit(scene, {.at = fault.at, .faults = {fault}, .deviations = {}}))
      plan.faults.push_back(fault);
  }
  for (const faults::Deviation& d : trial.deviations) {
    const bool holds = d.kind == faults::DeviationKind::delay_process;
    if (!holds || d.at + d.amount <= plan.freeze_at) plan.deviations.push_back(d);
  }
  std::uint32_t id = 0;
  for (faults::Fault& fault : plan.faults) fault.id = ++id;
  if (faults::plan_check(plan)) return;
  plan.deviations.clear();
  if (faults::plan_check(plan)) return;
  plan.faults.clear();
}

}  // namespace

bool needs_the_end(std::string_view claim) { return std::ranges::find(kOfTheEnd, claim) != kOfTheEnd.end(); }

Scenario bent(const Scenario& scenario, const Shape& shape) {
  if (shape == Shape{.tail = shape.tail}) return scenario;
  ScenarioSpec spec = *scenario.spec;
  const Duration before = spec.duration - spec.freeze;
  spec.duration = part_of(before, shape.horizon) + spec.freeze;
  for (scenarios::WorkloadSpec& workload : spec.workloads)
    workload.rate_millihertz = rate_of(workload.rate_millihertz, shape.rate);
  quicken(spec.swarm, shape.interval);
  Scenario out = scenario;
  out.spec = std::make_shared<const ScenarioSpec>(std::move(spec));
  return out;
}

Plan trial_plan(const Scenario& scenario, const Trial& trial) {
  Plan plan = scenarios::make_plan(bent(scenario, trial.shape), trial.seed);
  if (trial.given) take_given(plan, trial);
  return plan;
}

void put_in_order(Trial& trial) {
  std::uint32_t id = 0;
  for (faults::Fault& fault : trial.faults) fault.id = ++id;
  std::ranges::sort(trial.faults, [](const faults::Fault& a, const faults::Fault& b) {
    return a.at != b.at ? a.at < b.at : a.id < b.id;
  });
  id = 0;
  for (faults::Fault& fault : trial.faults) fault.id = ++id;
  id = 0;
  for (faults::Deviation& deviation : trial.deviations) deviation.id = ++id;
}

std::string encode(const Trial& trial) {
  std::string text;
  const auto number = [&](std::uint64_t n) { text += std::to_string(n) + ' '; };
  number(trial.seed);
  for (const std::uint16_t n :
       {trial.shape.horizon, trial.shape.tail, trial.shape.interval, trial.shape.rate})
    number(n);
  number(trial.given ? 1 : 0);
  number(trial.mark);
  text += trial.by + '\n';
  if (!trial.given) return text;
  Plan plan;
  plan.faults = trial.faults;
  plan.deviations = trial.deviations;
  return text + faults::to_text(plan);
}

Result<Trial> decode_trial(std::string_view text) {
  const auto bad = [] { return fail(Errc::bad_input, "a trial cannot be read"); };
  const std::size_t line = text.find('\n');
  if (line == text.npos) return bad();
  std::string_view head = text.substr(0, line);
  std::array<std::uint64_t, 7> numbers{};
  for (std::uint64_t& n : numbers) {
    std::size_t digits = 0;
    while (digits < head.size() && head[digits] >= '0' && head[digits] <= '9') {
      n = n * 10 + static_cast<std::uint64_t>(head[digits++] - '0');
    }
    if (digits == 0 || digits >= head.size() || head[digits] != ' ') return bad();
    head.remove_prefix(digits + 1);
  }
  const auto share = [&](std::size_t i) { return static_cast<std::uint16_t>(numbers[i]); };
  Trial trial{.seed = numbers[0],
              .shape = {.horizon = share(1), .tail = share(2), .interval = share(3), .rate = share(4)},
              .given = numbers[5] != 0,
              .faults = {},
              .deviations = {},
              .by = std::string(head),
              .mark = numbers[6]};
  if (!trial.given) return trial;
  auto plan = faults::parse_plan(text.substr(line + 1), "a trial");
  if (!plan) return fail(plan.error());
  trial.faults = std::move(plan->faults);
  trial.deviations = std::move(plan->deviations);
  return trial;
}

}  // namespace wn::explore
