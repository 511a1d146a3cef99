// random, pct and delay-bounded: the stock swarm, and what a scheduler adds to it.
#include <algorithm>

#include "faults/plan/plan_check.h"
#include "scenarios/explore/strategies.h"
#include "scenarios/runner/scenario_spec.h"

namespace wn::explore {
namespace {

using faults::Deviation;
using faults::DeviationKind;
using faults::Fault;
using faults::FaultKind;
using faults::Plan;

class RandomSwarm final : public Strategy {
 public:
  Trial propose(std::uint64_t, std::uint64_t seed) override {
    Trial trial;
    trial.seed = seed;
    trial.by = "random";
    return trial;
  }
  void learn(std::uint64_t, const Trial&, const Feedback&) override {}
};

std::vector<NodeId> servers_of(const Plan& plan) {
  std::vector<NodeId> servers;
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.role == faults::NodeRole::server || node.role == faults::NodeRole::spare)
      servers.push_back(node.id);
  }
  return servers;
}

// The longest that a scheduler starves somebody: some election timeouts, or two seconds.
Duration starving_max(const Plan& plan) {
  const Duration timeout = plan.system.election_timeout_max;
  return timeout == Duration{} ? seconds(2) : timeout * 4;
}

Duration log_uniform(Duration low, Duration high, Draw& draw) {
  Duration top = low;
  std::uint64_t doublings = 0;
  while (top * 2 <= high) top = top * 2, ++doublings;
  Duration from = low;
  for (std::uint64_t n = draw.below(doublings + 1); n > 0; --n) from = from * 2;
  return Duration{draw.between(from.ns, std::min(from * 2, std::max(high, low)).ns)};
}

// Chains are the directed links between servers, and the servers themselves. Each has a priority from its
// seed. At a change point, a step drawn among all steps of the run, the chain that it falls on gets a
// priority lower than all: it is starved while every other chain goes on. Time is virtual and timers never
// end, so "until nobody else can step" would be for ever; it is for a while, log-uniform up to some election
// timeouts. A starved link holds its frames and gives them up in order (packet_clog, FIFO: a chain stays a
// chain); a starved server's events wait (delay_process).
//
// The first priorities: the lowest chain of all is starved for a moment again and again over the run (every
// eighth of it), as the scheduler of the paper would let it step only when it must.
class Pct {
 public:
  static void schedule(Plan& plan, const StepMap& steps, std::uint32_t depth, const Random& random) {
    const std::vector<NodeId> servers = servers_of(plan);
    if (servers.size() < 2) return;
    Draw first = random.at("pct.lowest");
    const std::uint64_t lowest = first.below(chains(servers));
    for (std::uint32_t i = 0; i < kLowSpells; ++i) {
      Draw draw = random.at("pct.spell", i);
      const std::uint64_t eighth = (std::uint64_t{1} << 32) / kLowSpells;
      const auto share = static_cast<std::uint32_t>(i * eighth + draw.below(eighth));
      starve(plan, servers, lowest, steps.time_of(share, plan.freeze_at), milliseconds(100), draw);
    }
    for (std::uint32_t i = 0; i < depth; ++i) {
      Draw draw = random.at("pct.change", i);
      const auto share = static_cast<std::uint32_t>(draw.u64() >> 32);
      const std::uint64_t chain = draw.below(chains(servers));
      starve(plan, servers, chain, steps.time_of(share, plan.freeze_at), starving_max(plan), draw);
    }
  }

 private:
  static constexpr std::uint32_t kLowSpells = 8;

  static std::uint64_t chains(const std::vector<NodeId>& servers) { return servers.size() * servers.size(); }

  // Chain number s * n + t is the link from server s to server t, and where both are one, the server.
  static void starve(Plan& plan, const std::vector<NodeId>& servers, std::uint64_t chain, SimTime at,
                     Duration most, Draw& draw) {
    const NodeId from = servers[chain / servers.size()];
    const NodeId to = servers[chain % servers.size()];
    at.ns -= at.ns % microseconds(1).ns;
    Duration length = log_uniform(milliseconds(1), most, draw);
    length = std::min(length, plan.freeze_at - at);
    if (length.ns <= 0) return;
    if (from == to) {
      Deviation hold;
      hold.kind = DeviationKind::delay_process;
      hold.from = from;
      hold.at = at;
      hold.amount = length;
      plan.deviations.push_back(hold);
      return;
    }
    Fault clog;
    clog.kind = FaultKind::packet_clog;
    clog.at = at;
    clog.duration = length;
    clog.links = {{from, to}};
    clog.label = "starved";
    plan.faults.push_back(std::move(clog));
  }
};

// At most `depth` delays: the rest of the schedule is the deterministic one that the plan has anyway.
void delay_some(Plan& plan, const StepMap& steps, std::uint32_t depth, const Random& random) {
  const std::vector<NodeId> servers = servers_of(plan);
  if (servers.size() < 2) return;
  for (std::uint32_t i = 0; i < depth; ++i) {
    Draw draw = random.at("delay.bounded", i);
    const auto share = static_cast<std::uint32_t>(draw.u64() >> 32);
    Deviation delay;
    const auto place = steps.place_of(share);
    if (place && draw.below(4) != 0) {
      delay.kind = DeviationKind::delay_message;
      delay.from = place->link.from;
      delay.to = place->link.to;
      delay.message = place->message;
    } else {
      delay.kind = DeviationKind::delay_process;
      delay.from = servers[draw.below(servers.size())];
      delay.at = steps.time_of(share, plan.freeze_at);
    }
    delay.amount = log_uniform(milliseconds(1), starving_max(plan), draw);
    if (delay.kind == DeviationKind::delay_process)
      delay.amount = std::min(delay.amount, plan.freeze_at - delay.at);
    if (delay.amount.ns > 0) plan.deviations.push_back(delay);
  }
}

class Scheduler final : public Strategy {
 public:
  Scheduler(const scenarios::Scenario& scenario, const StrategyOptions& options, bool pct)
      : scenario_(scenario), depth_(options.depth), pct_(pct) {}

  Trial propose(std::uint64_t, std::uint64_t seed) override {
    Trial trial = scheduled(scenario_, pct_, depth_, steps_, seed);
    trial.by = pct_ ? "pct" : "delay-bounded";
    return trial;
  }
  void learn(std::uint64_t, const Trial&, const Feedback& feedback) override { steps_.learn(feedback.print); }

 private:
  const scenarios::Scenario& scenario_;
  std::uint32_t depth_;
  bool pct_;
  StepMap steps_;
};

}  // namespace

Trial scheduled(const scenarios::Scenario& scenario, bool pct, std::uint32_t depth, const StepMap& steps,
                std::uint64_t seed) {
  Trial trial;
  trial.seed = seed;
  Plan plan = scenarios::make_plan(scenario, seed);
  const Random random = Random(seed).child("explore.schedule");
  if (pct) {
    Pct::schedule(plan, steps, depth, random);
  } else {
    delay_some(plan, steps, depth, random);
  }
  trial.given = true;
  trial.faults = std::move(plan.faults);
  trial.deviations = std::move(plan.deviations);
  put_in_order(trial);
  return trial;
}

std::unique_ptr<Strategy> make_random(const scenarios::Scenario&, const StrategyOptions&) {
  return std::make_unique<RandomSwarm>();
}
std::unique_ptr<Strategy> make_pct(const scenarios::Scenario& scenario, const StrategyOptions& options) {
  return std::make_unique<Scheduler>(scenario, options, true);
}
std::unique_ptr<Strategy> make_delay_bounded(const scenarios::Scenario& scenario,
                                             const StrategyOptions& options) {
  return std::make_unique<Scheduler>(scenario, options, false);
}

}  // namespace wn::explore
