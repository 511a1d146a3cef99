#include <algorithm>
#include <limits>

#include "sim/world/impl.h"

namespace wn::sim {

using faults::Fault;
using faults::FaultKind;

namespace {

bool is_link_fault(FaultKind kind) { return kind >= FaultKind::partition && kind < FaultKind::kill; }

// Faults that a moment does, not a stretch of time.
bool is_service_fault(FaultKind kind) { return kind == FaultKind::membership || kind == FaultKind::transfer; }

}  // namespace

void World::Impl::schedule_faults(std::uint32_t first) {
  for (std::uint32_t i = first; i < plan.faults.size(); ++i) {
    const Fault& fault = plan.faults[i];
    if (fault.at > plan.freeze_at || fault.at.ns < 0) continue;
    const Event begin{.type = EventType::fault_begin, .a = i, .b = faults_generation};
    push_ranked(fault.at, 2ULL * i, begin);
    if (fault.duration == Duration::max()) continue;
    const SimTime end = std::min(fault.at + std::max(fault.duration, Duration{}), plan.freeze_at);
    push_ranked(end, 2ULL * i + 1, {.type = EventType::fault_end, .a = i, .b = faults_generation});
  }
}

void World::Impl::begin_fault(std::uint32_t index) {
  const Fault& fault = plan.faults[index];
  ++stats.faults_begun;
  emit(kNobody, own_digest, TraceKind::fault_began, {fault.id, static_cast<std::uint64_t>(fault.kind)});
  if (is_link_fault(fault.kind)) return begin_on_links(fault);
  if (is_service_fault(fault.kind)) return command_admin(fault);
  for (const NodeId node : fault.nodes) {
    if (Host* host = find(node)) begin_on_host(*host, index);
  }
}

void World::Impl::end_fault(std::uint32_t index) {
  const Fault& fault = plan.faults[index];
  emit(kNobody, own_digest, TraceKind::fault_ended, {fault.id, static_cast<std::uint64_t>(fault.kind)});
  if (is_link_fault(fault.kind)) return end_on_links(fault);
  if (is_service_fault(fault.kind)) return;
  for (const NodeId node : fault.nodes) {
    if (Host* host = find(node)) end_on_host(*host, index);
  }
}

void World::Impl::begin_on_links(const Fault& fault) {
  const PacketFault packet{fault.id, fault.kind, fault.amount, fault.amount2};
  if (fault.links.empty()) {  // all links; a partition of no links is no partition
    if (fault.kind == FaultKind::packet_clog) {
      ++clogged_everywhere;
    } else if (fault.kind != FaultKind::partition) {
      everywhere.push_back(packet);
    }
    return;
  }
  for (const faults::Link& named : fault.links) {
    const Host* from = find(named.from);
    const Host* to = find(named.to);
    if (from == nullptr || to == nullptr || from == to) continue;
    LinkExtra& extra = links.make_extra(links.find_or_create(from->index, to->index), from->index, to->index);
    if (fault.kind == FaultKind::partition) {
      ++extra.blocked;
    } else if (fault.kind == FaultKind::packet_clog) {
      ++extra.clogged;
    } else {
      extra.packets.push_back(packet);
    }
  }
}

void World::Impl::end_on_links(const Fault& fault) {
  const auto erase = [&](std::vector<PacketFault>& list) {
    std::erase_if(list, [&](const PacketFault& f) { return f.id == fault.id; });
  };
  if (fault.links.empty()) {
    if (fault.kind == FaultKind::packet_clog) {
      if (--clogged_everywhere != 0) return;
      for (LinkExtra& extra : links.extras()) unclog(extra);
    } else if (fault.kind != FaultKind::partition) {
      erase(everywhere);
    }
    return;
  }
  for (const faults::Link& named : fault.links) {
    const Host* from = find(named.from);
    const Host* to = find(named.to);
    if (from == nullptr || to == nullptr || from == to) continue;
    LinkExtra& extra = links.make_extra(links.find_or_create(from->index, to->index), from->index, to->index);
    if (fault.kind == FaultKind::partition) {
      --extra.blocked;
    } else if (fault.kind == FaultKind::packet_clog) {
      --extra.clogged;
      unclog(extra);
    } else {
      erase(extra.packets);
    }
  }
}

void World::Impl::unclog(LinkExtra& extra) {
  if (extra.clogged != 0 || clogged_everywhere != 0) return;
  std::uint32_t slot = std::exchange(extra.held_first, kNoSlot);
  extra.held_last = kNoSlot;
  while (slot != kNoSlot) {
    push(now, {.type = EventType::message,
               .peer = static_cast<std::uint16_t>(extra.from),
               .node = extra.to,
               .a = slot,
               .b = links.find_or_create(extra.from, extra.to)});
    slot = std::exchange(messages[slot].next_held, kNoSlot);
  }
}

void World::Impl::begin_on_host(Host& host, std::uint32_t index) {
  const Fault& fault = plan.faults[index];
  switch (fault.kind) {
    case FaultKind::kill:
    case FaultKind::power_loss:
    case FaultKind::wipe:
      ++host.down;
      crash(host, fault.kind == FaultKind::kill         ? CrashCause::kill
                  : fault.kind == FaultKind::power_loss ? CrashCause::power_loss
                                                        : CrashCause::wipe);
      return;
    case FaultKind::pause:
      if (!host.up) return;
      if (host.pausers.empty()) emit(host, TraceKind::node_paused, {});
      host.pausers.push_back(index);
      return;
    case FaultKind::clock_step:
      return change_clock(host, Duration{fault.amount});
    case FaultKind::clock_drift: {
      const auto ppm = std::clamp<std::int64_t>(fault.amount, -kDriftPpmMax, kDriftPpmMax);
      host.drifts.emplace_back(index, static_cast<std::int32_t>(ppm));
      return change_clock(host, {});
    }
    case FaultKind::clock_freeze:
      ++host.freezes;
      return change_clock(host, {});
    case FaultKind::disk_error:
    case FaultKind::disk_full:
    case FaultKind::disk_stall:
    case FaultKind::disk_bit_rot:
    case FaultKind::disk_misdirect:
    case FaultKind::disk_sync_lie:
      disk_of(host).begin_fault(fault, now);
      return report_damage(host);
    default:
      return;  // handled elsewhere, or a kind of a later version: harmless
  }
}

void World::Impl::end_on_host(Host& host, std::uint32_t index) {
  const Fault& fault = plan.faults[index];
  switch (fault.kind) {
    case FaultKind::kill:
    case FaultKind::power_loss:
    case FaultKind::wipe:
      if (--host.down == 0) start(host);
      return;
    case FaultKind::pause:
      return go_on(host, index);
    case FaultKind::clock_step:
      return change_clock(host, Duration{} - Duration{fault.amount});
    case FaultKind::clock_drift:
      std::erase_if(host.drifts, [&](const auto& drift) { return drift.first == index; });
      return change_clock(host, {});
    case FaultKind::clock_freeze:
      if (host.freezes != 0) --host.freezes;
      return change_clock(host, {});
    default:
      if (host.disk) host.disk->end_fault(fault.id);
      return;
  }
}

// Brings the clock to what the faults in force say, moves the timers along, and says so in the trace.
void World::Impl::change_clock(Host& host, Duration step) {
  host.clock.step_wall(step);
  const std::int32_t drift = host.drifts.empty() ? host.drift_ppm : host.drifts.back().second;
  if (drift != host.clock.drift_ppm()) {
    host.clock.set_drift(now, drift);
    for (std::uint32_t slot = 0; slot < kTimerSlotsMax; ++slot) {
      if (host.timers[slot].armed) queue_timer(host, slot);
    }
  }
  host.clock.set_frozen(now, host.freezes != 0);
  emit(host, TraceKind::clock_changed,
       {static_cast<std::uint64_t>(step.ns), static_cast<std::uint64_t>(std::int64_t{host.clock.drift_ppm()}),
        host.clock.frozen() ? 1ULL : 0ULL});
}

void World::Impl::command_admin(const Fault& fault) {
  if (!fault_command) return;
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.role != faults::NodeRole::admin) continue;
    const Host* admin = find(node.id);
    push(now, {.type = EventType::control, .node = admin->index, .a = controls.take(fault_command(fault))});
    return;
  }
}

void World::Impl::freeze() {
  emit(kNobody, own_digest, TraceKind::faults_frozen, {});
  for (Host& host : hosts) {
    if (host.disk) host.disk->freeze();
  }
}

}  // namespace wn::sim
