// Fault points: one that the plan makes active fires by a keyed draw of (seed, node, point, how often it was
// reached there), so that a run without another one of them meets the same throws. All count how often they
// are reached. None fires in the calm at the end of a run, which judges liveness.
#include <algorithm>

#include "faults/plan/fault_points.h"
#include "runtime/base/check.h"
#include "sim/world/impl.h"

namespace wn::sim {

void World::Impl::offer_points() {
  for (const faults::FaultPointInfo& info : faults::all_fault_points()) {
    const auto active = std::ranges::find(plan.fault_points, info.name, &faults::FaultPointPlan::name);
    points.push_back({.id = info.id,
                      .name = info.name,
                      .rate_ppm = active == plan.fault_points.end() ? 0 : active->rate_ppm,
                      .count = {}});
  }
  std::ranges::sort(points, {}, &Point::id);
  for (Host& host : hosts) host.points_reached.assign(points.size(), 0);
}

bool World::Impl::fires(Host& host, FaultPoint point) {
  const auto at = std::ranges::lower_bound(points, point.id, {}, &Point::id);
  WN_CHECK(at != points.end() && at->id == point.id);  // every point is in faults/plan/fault_points.cpp
  std::uint32_t& reached = host.points_reached[static_cast<std::size_t>(at - points.begin())];
  ++reached;
  ++at->count.reached;
  if (at->rate_ppm == 0 || now >= plan.freeze_at) return false;
  const std::uint64_t which = std::uint64_t{point.id} << 32 | reached;
  if (!random.at("fault.point", host.id.value, which).chance_ppm(at->rate_ppm)) return false;
  ++at->count.fired;
  emit(host, TraceKind::fault_point, {point.id, reached});
  return true;
}

FlatMap<std::string, FaultPointCount> World::fault_points() const {
  FlatMap<std::string, FaultPointCount> out;
  for (const Impl::Point& point : impl_->points) out[std::string(point.name)] = point.count;
  return out;
}

}  // namespace wn::sim
