#include "scenarios/cluster/executor.h"

#include <algorithm>

#include "faults/plan/describe.h"
#include "faults/plan/names.h"

namespace wn::cluster {

using faults::Fault;
using faults::FaultKind;
using faults::Link;

namespace {

CrashCause cause_of(FaultKind kind) {
  return kind == FaultKind::kill   ? CrashCause::kill
         : kind == FaultKind::wipe ? CrashCause::wipe
                                   : CrashCause::power_loss;
}

bool is_told(FaultKind kind) {
  return faults::is_packet(kind) || faults::is_clock(kind) || faults::is_disk(kind);
}

}  // namespace

bool concerns(const Fault& fault, NodeId node) {
  if (!faults::is_packet(fault.kind)) return std::ranges::find(fault.nodes, node) != fault.nodes.end();
  return fault.links.empty() ||
         std::ranges::any_of(fault.links, [&](const Link& l) { return l.from == node || l.to == node; });
}

Executor::Executor(const faults::Plan& plan, Hands& hands, Emit emit, std::function<SimTime()> now)
    : plan_(plan), hands_(hands), emit_(std::move(emit)), now_(std::move(now)) {
  for (const faults::NodePlan& node : plan.nodes) {
    const bool server = node.role == faults::NodeRole::server || node.role == faults::NodeRole::spare;
    machines_[node.id].server = server;
  }
  // The order of the world: by time, and at one time by place in the plan, a beginning before its end.
  for (std::uint32_t i = 0; i < plan.faults.size(); ++i) {
    const Fault& fault = plan.faults[i];
    if (fault.at > plan.freeze_at || fault.at.ns < 0) continue;
    steps_.push_back({.at = fault.at, .fault = i, .begins = true});
    if (fault.duration == Duration::max()) continue;
    const SimTime over = std::min(fault.at + std::max(fault.duration, Duration{}), plan.freeze_at);
    steps_.push_back({.at = over, .fault = i, .begins = false});
  }
  steps_.push_back({.at = plan.freeze_at, .fault = static_cast<std::uint32_t>(plan.faults.size())});
  std::ranges::stable_sort(steps_, {}, &Step::at);
}

void Executor::start_all() {
  for (auto& [node, machine] : machines_) {
    if (machine.server) start(node, machine);
  }
}

std::optional<SimTime> Executor::next() const {
  if (next_ == steps_.size()) return std::nullopt;
  return steps_[next_].at;
}

void Executor::perform_until(SimTime time) {
  while (next_ < steps_.size() && steps_[next_].at <= time) {
    const Step step = steps_[next_++];
    perform(step);
    ++stats_.steps;
    const Duration late = now_() - step.at;
    stats_.latest = std::max(stats_.latest, late);
    stats_.late += late > kLateMax ? 1 : 0;
  }
}

void Executor::perform(const Step& step) {
  if (step.fault == plan_.faults.size()) return emit_(kNobody, TraceKind::faults_frozen, {});
  const Fault& fault = plan_.faults[step.fault];
  const TraceKind kind = step.begins ? TraceKind::fault_began : TraceKind::fault_ended;
  emit_(kNobody, kind, {fault.id, static_cast<std::uint64_t>(fault.kind)});
  if (step.begins) {
    ++stats_.faults;
    begin(step.fault);
  } else {
    end(step.fault);
  }
}

void Executor::begin(std::uint32_t index) {
  const Fault& fault = plan_.faults[index];
  if (faults::is_byzantine(fault.kind)) return;  // a liar knows its times by itself
  if (fault.kind == FaultKind::partition) return change_links(fault, true);
  if (faults::is_service(fault.kind)) return check(hands_.ask_admin(fault), faults::describe(fault));
  if (is_told(fault.kind)) {
    in_force_.push_back(index);
    return tell(fault, true);
  }
  if (fault.kind != FaultKind::pause) return crash(fault);
  for (const NodeId node : fault.nodes) {
    Machine& machine = machines_[node];
    if (!machine.up) continue;
    if (machine.pausers.empty()) {
      check(hands_.pause(node), faults::describe(fault));
      emit_(node, TraceKind::node_paused, {});
    }
    machine.pausers.push_back(index);
  }
}

void Executor::end(std::uint32_t index) {
  const Fault& fault = plan_.faults[index];
  if (faults::is_byzantine(fault.kind)) return;
  if (fault.kind == FaultKind::partition) return change_links(fault, false);
  if (faults::is_service(fault.kind)) return;
  if (is_told(fault.kind)) {
    std::erase(in_force_, index);
    return tell(fault, false);
  }
  for (const NodeId node : fault.nodes) {
    Machine& machine = machines_[node];
    if (fault.kind == FaultKind::pause) {
      if (std::erase(machine.pausers, index) == 0 || !machine.pausers.empty()) continue;
      emit_(node, TraceKind::node_resumed, {});
      check(hands_.go_on(node), "end of " + faults::describe(fault));
    } else if (machine.down != 0 && --machine.down == 0) {
      start(node, machine);
    }
  }
}

// Only what changes is told: a link that two faults cut passes again when both are over.
void Executor::change_links(const Fault& fault, bool begins) {
  std::vector<Link> changed;
  for (const Link& link : fault.links) {
    if (link.from == link.to || !machines_.contains(link.from) || !machines_.contains(link.to)) continue;
    std::uint32_t& count = cuts_[link];
    if (begins ? count++ == 0 : count != 0 && --count == 0) changed.push_back(link);
  }
  if (changed.empty()) return;
  check(begins ? hands_.cut(changed) : hands_.mend(changed),
        (begins ? "" : "end of ") + faults::describe(fault));
}

void Executor::crash(const Fault& fault) {
  const CrashCause cause = cause_of(fault.kind);
  // Those that are down already have something to lose as well, but for a second kill.
  std::vector<NodeId> nodes;
  for (const NodeId node : fault.nodes) {
    Machine& machine = machines_[node];
    ++machine.down;
    if (machine.up || cause != CrashCause::kill) nodes.push_back(node);
  }
  if (!nodes.empty()) check(hands_.crash(nodes, cause), faults::describe(fault));
  for (const NodeId node : nodes) {
    Machine& machine = machines_[node];
    if (!machine.up) continue;
    machine.up = false;
    machine.pausers.clear();
    emit_(node, TraceKind::node_crashed, {machine.incarnation, static_cast<std::uint64_t>(cause)});
  }
}

void Executor::start(NodeId node, Machine& machine) {
  if (machine.up || machine.down != 0) return;
  machine.up = true;
  emit_(node, TraceKind::node_started, {++machine.incarnation});
  check(hands_.start(node, in_force_at(node)), "start of " + faults::node_name(node));
}

void Executor::died(NodeId node) {
  Machine& machine = machines_[node];
  if (!machine.up) return;
  machine.up = false;
  machine.pausers.clear();
  emit_(node, TraceKind::node_crashed,
        {machine.incarnation, static_cast<std::uint64_t>(CrashCause::check_failed)});
}

void Executor::let_go() {
  std::vector<Link> links;
  for (const auto& [link, count] : cuts_) {
    if (count != 0) links.push_back(link);
  }
  cuts_.clear();
  if (!links.empty()) check(hands_.mend(links), "the last links");
  for (auto& [node, machine] : machines_) {
    if (machine.up && !machine.pausers.empty()) check(hands_.go_on(node), faults::node_name(node));
    machine.pausers.clear();
  }
}

void Executor::tell(const Fault& fault, bool begins) {
  if (faults::is_packet(fault.kind)) {
    const auto done = hands_.network(fault, begins);
    if (!done) return check(fail(done.error()), (begins ? "" : "end of ") + faults::describe(fault));
    if (*done) return;
  }
  for (const auto& [node, machine] : machines_) {
    if (!machine.server || !machine.up || !concerns(fault, node)) continue;
    check(hands_.tell(node, fault, begins), (begins ? "" : "end of ") + faults::describe(fault));
  }
  if (!faults::is_packet(fault.kind)) return;
  const bool clients = fault.links.empty() || std::ranges::any_of(fault.links, [&](const Link& link) {
                         return !machines_[link.from].server || !machines_[link.to].server;
                       });
  if (clients) check(hands_.tell_clients(fault, begins), faults::describe(fault));
}

std::vector<Fault> Executor::in_force_at(NodeId node) const {
  std::vector<Fault> out;
  for (const std::uint32_t index : in_force_) {
    if (concerns(plan_.faults[index], node)) out.push_back(plan_.faults[index]);
  }
  return out;
}

void Executor::check(const Result<void>& result, const std::string& what) {
  if (result) return;
  ++stats_.failed;
  if (stats_.troubles.size() < kTroublesMax)
    stats_.troubles.push_back(what + ": " + result.error().to_string());
}

bool Executor::is_up(NodeId node) const {
  const auto at = machines_.find(node);
  return at != machines_.end() && at->second.up;
}
bool Executor::is_paused(NodeId node) const {
  const auto at = machines_.find(node);
  return at != machines_.end() && !at->second.pausers.empty();
}
std::uint64_t Executor::incarnation(NodeId node) const {
  const auto at = machines_.find(node);
  return at == machines_.end() ? 0 : at->second.incarnation;
}

}  // namespace wn::cluster
