#include <algorithm>

#include "runtime/base/check.h"
#include "sim/world/impl.h"

namespace wn::sim {

Host::Host(const faults::NodePlan& plan, std::uint32_t at)
    : id(plan.id),
      index(at),
      clock(plan.wall_offset, plan.drift_ppm),
      drift_ppm(plan.drift_ppm),
      disk_bytes_max(plan.disk_bytes_max),
      site(plan.site) {}
Host::Host(Host&&) noexcept = default;
Host::~Host() = default;

void World::Impl::start(Host& host) {
  if (host.up || host.down != 0) return;
  ++host.incarnation;
  reseed_entropy(host);
  if (host.incarnation > 1) ++stats.restarts;
  host.clock.boot(now);
  host.up = true;
  emit(host, TraceKind::node_started, {host.incarnation});
  host.process = factory(host.id, host.port->backend());
  WN_CHECK(host.process != nullptr);
  host.process->on_start();
}

void World::Impl::crash(Host& host, CrashCause cause) {
  if (host.up) {
    emit(host, TraceKind::node_crashed, {host.incarnation, static_cast<std::uint64_t>(cause)});
    host.up = false;
    host.process.reset();
    for (TimerSlot& timer : host.timers) {
      timer.armed = timer.queued = false;
      ++timer.generation;
    }
    host.pausers.clear();
    for (const Event& event : std::exchange(host.held, {})) {
      if (event.type == EventType::message) drop_message(event, DropReason::receiver_down);
      if (event.type == EventType::disk_notify) host.disk->take_completion(event.a);
      if (event.type == EventType::control) controls.give_back(event.a);
    }
    if (host.disk) host.disk->crash(now);
  }
  // A process may be down already when its machine loses power: what it left in the page cache goes then.
  if (host.disk) {
    if (cause == CrashCause::power_loss) host.disk->lose_power(now);
    if (cause == CrashCause::wipe) host.disk->wipe();
    report_damage(host);
  }
}

void World::Impl::report_damage(Host& host) {
  for (const Damage& damage : host.disk->take_damage()) {
    emit(host, TraceKind::disk_damaged,
         {static_cast<std::uint64_t>(damage.kind), damage.sector, damage.file});
  }
}

void World::Impl::go_on(Host& host, std::uint32_t pauser) {
  if (std::erase(host.pausers, pauser) == 0 || !host.pausers.empty()) return;
  emit(host, TraceKind::node_resumed, {host.held.size()});
  for (const Event& event : host.held) push(now, event);
  host.held.clear();
}

}  // namespace wn::sim
