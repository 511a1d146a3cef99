#include "scenarios/reality/durable_rules.h"

#include <algorithm>
#include <string>

#include "faults/plan/names.h"
#include "runtime/backend/disk.h"

namespace wn::reality {
namespace {

constexpr auto kSync = static_cast<std::uint64_t>(DiskOperation::sync);
constexpr std::uint64_t kOk = 1;  // checkers::Outcome::ok, as op_completed has it
constexpr std::size_t kReplicasOfGroups = 3;

bool is_write(const faults::Plan& plan, std::uint64_t function, std::uint64_t mode) {
  const auto of = static_cast<faults::OpFunction>(function);
  if (plan.system.service == faults::Service::realm && mode != static_cast<std::uint64_t>(Mode::strong))
    return false;
  return of == faults::OpFunction::put || of == faults::OpFunction::append || of == faults::OpFunction::cas;
}

std::size_t disks_needed(const faults::Plan& plan) {
  if (!faults::liars_of(plan).empty()) return 0;
  const bool admin = std::ranges::any_of(
      plan.nodes, [](const faults::NodePlan& n) { return n.role == faults::NodeRole::admin; });
  if (admin) return 1;  // of whatever configuration is in force then
  std::size_t replicas = static_cast<std::size_t>(std::ranges::count_if(
      plan.nodes, [](const faults::NodePlan& n) { return n.role == faults::NodeRole::server; }));
  if (plan.system.service == faults::Service::realm) {
    const std::size_t each = plan.system.group_replicas;
    replicas = std::min(replicas, each != 0 ? each : kReplicasOfGroups);
  }
  return replicas / 2 + 1;
}

}  // namespace

DurableRules::DurableRules(const faults::Plan& plan, Findings& findings)
    : plan_(plan), findings_(findings), needed_(disks_needed(plan)) {}

void DurableRules::on_event(const TraceEvent& event) {
  ++position_;
  if (needed_ == 0) return;
  switch (event.kind) {
    case TraceKind::node_started:
      disks_[event.node].syncs.clear();
      return;
    case TraceKind::disk_submitted:
      seen_ = true;
      if (event.field[1] == kSync) disks_[event.node].syncs[event.field[0]] = position_;
      return;
    case TraceKind::disk_completed: {
      if (event.field[1] != kSync) return;
      Disk& disk = disks_[event.node];
      const auto sync = disk.syncs.find(event.field[0]);
      if (sync == disk.syncs.end()) return;
      if (event.field[2] == 0) disk.asked = std::max(disk.asked, sync->second);
      disk.syncs.erase(sync);
      return;
    }
    case TraceKind::op_invoked:
      if (is_write(plan_, event.field[1], event.field[3])) writes_[{event.node, event.field[0]}] = position_;
      return;
    case TraceKind::op_completed:
      return completed(event);
    default:
      return;
  }
}

void DurableRules::completed(const TraceEvent& event) {
  const auto write = writes_.find({event.node, event.field[0]});
  if (write == writes_.end()) return;
  const std::uint64_t begun = write->second;
  writes_.erase(write);
  if (event.field[1] != kOk || !seen_) return;
  findings_.judged(Rule::unsynced);
  const auto synced = static_cast<std::size_t>(
      std::ranges::count_if(disks_, [&](const auto& disk) { return disk.second.asked > begun; }));
  if (synced >= needed_) return;
  findings_.impossible(Rule::unsynced, event, "operation",
                       "since it began " + std::to_string(synced) + " disks have synced, of " +
                           std::to_string(needed_) + " that an acknowledgement needs");
}

}  // namespace wn::reality
