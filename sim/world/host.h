#pragma once
// Host: one machine of a world and the process on it, as plain state. The world's parts (lifecycle, ports,
// dispatch, faults) act on it.
#include <cstdint>
#include <memory>
#include <utility>
#include <vector>

#include "runtime/backend/process.h"
#include "runtime/base/digest.h"
#include "runtime/base/random.h"
#include "sim/clock/node_clock.h"
#include "sim/clock/timer_table.h"
#include "sim/disk/sim_disk.h"
#include "sim/scheduler/deviations.h"
#include "sim/scheduler/event.h"

namespace wn::sim {

class Port;

// Events held for one paused process; messages beyond are dropped (queue_full).
inline constexpr std::size_t kHeldEventsMax = 65'536;

struct alignas(64) Host {  // what each frame touches comes first: two cache lines
  Host(const faults::NodePlan& plan, std::uint32_t at);  // in lifecycle.cpp, as Port is incomplete here
  Host(Host&&) noexcept;
  ~Host();

  NodeId id;
  std::uint32_t index = 0;
  bool up = false;
  std::uint32_t incarnation = 0;  // 1 at first boot
  Digest digest;
  std::unique_ptr<Process> process;
  // The next window in which its events wait (a deviation), the first of `windows` not over.
  SimTime hold_from = SimTime::max();
  std::vector<std::uint32_t> pausers;  // faults (by index) that keep this incarnation stopped
  SimTime hold_until = SimTime::max();
  Random entropy{0};        // of this incarnation's own draws
  std::vector<Event> held;  // in order; run when it goes on

  NodeClock clock;
  std::int32_t drift_ppm = 0;                                  // of the plan
  std::vector<std::pair<std::uint32_t, std::int32_t>> drifts;  // faults in force; the last one rules
  std::uint32_t freezes = 0;
  TimerTable timers;

  std::uint32_t down = 0;  // faults that keep it down
  std::uint64_t disk_bytes_max = 0;
  std::uint32_t site = 0;
  // What its next frame to that node carries an attempt at (op_sent), where deviations ask.
  NodeId carrier_to;
  std::uint64_t carried = 0;
  std::vector<std::uint32_t> points_reached;  // by place in World::Impl::points; empty: none are offered
  std::unique_ptr<SimDisk> disk;              // made when first used
  std::vector<HoldWindow> windows;
  std::size_t next_window = 0;
  std::unique_ptr<Port> port;
};

}  // namespace wn::sim
