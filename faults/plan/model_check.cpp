#include "faults/plan/model_check.h"

#include <algorithm>
#include <cstdlib>

#include "faults/plan/names.h"
#include "faults/plan/time_text.h"

namespace wn::faults {
namespace {

struct Edge {
  SimTime at;
  std::int64_t change;
  // Ends before beginnings at the same moment: spans are half-open.
  friend bool operator<(const Edge& a, const Edge& b) {
    return a.at != b.at ? a.at < b.at : a.change < b.change;
  }
};

std::int64_t peak(std::vector<Edge>& edges) {
  std::sort(edges.begin(), edges.end());
  std::int64_t now = 0;
  std::int64_t most = 0;
  for (const Edge& e : edges) {
    now = detail::saturating_add(now, e.change);
    most = std::max(most, now);
  }
  return most;
}

std::unexpected<Error> outside(const Fault& f, const std::string& why) {
  return fail(Errc::invalid_argument, "fault " + std::to_string(f.id) + " (" +
                                          std::string(to_string(f.kind)) +
                                          ") steps outside of the fault model: " + why);
}

std::int64_t magnitude(std::int64_t v) { return v == INT64_MIN ? INT64_MAX : std::abs(v); }

Result<void> check_kind(const FaultModel& m, const Fault& f) {
  if (f.kind == FaultKind::partition && !m.partitions) return outside(f, "partitions = false");
  // A clog that never ends is a partition by another name.
  if (f.duration == kNever && !m.unhealed && !is_byzantine(f.kind)) return outside(f, "unhealed = false");
  if (f.kind == FaultKind::membership && !m.membership) return outside(f, "membership = false");
  if (f.kind == FaultKind::wipe && !m.wipe) return outside(f, "wipe = false");
  if (f.kind == FaultKind::disk_sync_lie && !m.sync_lies) return outside(f, "sync_lies = false");
  if (f.kind == FaultKind::clock_drift && magnitude(f.amount) > m.clock_drift_ppm_max) {
    return outside(f, "drift above clock_drift_ppm_max = " + std::to_string(m.clock_drift_ppm_max));
  }
  return {};
}

// Faults ascend by time, so the last damage of each node is enough to look at.
Result<void> check_damage_spacing(const Plan& plan) {
  std::vector<const Fault*> last;
  for (const Fault& f : plan.faults) {
    if (!is_spaced_damage(f.kind)) continue;
    if (f.kind == FaultKind::disk_misdirect && f.amount != 1)
      return outside(f, "one write at a time is misdirected (amount = 1)");
    for (NodeId id : f.nodes) {
      const auto before = std::find_if(last.begin(), last.end(), [&](const Fault* other) {
        return std::find(other->nodes.begin(), other->nodes.end(), id) != other->nodes.end() &&
               damage_too_close(*other, f);
      });
      if (before != last.end()) {
        return outside(f, "its disk was damaged by fault " + std::to_string((*before)->id) + " less than " +
                              format_duration(kDamageSpacing) + " before");
      }
    }
    std::erase_if(last, [&](const Fault* other) { return f.at - other->at >= kDamageSpacing; });
    last.push_back(&f);
  }
  return {};
}

}  // namespace

bool is_spaced_damage(FaultKind kind) {
  return kind == FaultKind::disk_bit_rot || kind == FaultKind::disk_misdirect;
}

bool damage_too_close(const Fault& a, const Fault& b) {
  const Duration apart = a.at < b.at ? b.at - a.at : a.at - b.at;
  return apart < kDamageSpacing &&
         (a.kind == FaultKind::disk_misdirect || b.kind == FaultKind::disk_misdirect);
}

SimTime end_of(const Fault& fault) {
  return fault.duration == kNever ? SimTime::max() : fault.at + fault.duration;
}

std::uint32_t most_at_once(std::vector<FaultSpan>& spans) {
  std::sort(spans.begin(), spans.end(), [](const FaultSpan& a, const FaultSpan& b) {
    return a.node != b.node ? a.node < b.node : a.from < b.from;
  });
  std::vector<Edge> edges;
  edges.reserve(2 * spans.size());
  // Overlapping spans of one node count once, so they are joined first.
  for (std::size_t i = 0; i < spans.size();) {
    SimTime to = spans[i].to;
    std::size_t next = i + 1;
    while (next < spans.size() && spans[next].node == spans[i].node && spans[next].from <= to) {
      to = std::max(to, spans[next].to);
      ++next;
    }
    edges.push_back({spans[i].from, 1});
    if (to != SimTime::max()) edges.push_back({to, -1});
    i = next;
  }
  return static_cast<std::uint32_t>(peak(edges));
}

std::int64_t greatest_sum(std::vector<FaultSpan>& spans) {
  std::sort(spans.begin(), spans.end(),
            [](const FaultSpan& a, const FaultSpan& b) { return a.node < b.node; });
  std::int64_t greatest = 0;
  std::vector<Edge> edges;
  for (std::size_t i = 0; i < spans.size();) {
    edges.clear();
    const NodeId node = spans[i].node;
    for (; i < spans.size() && spans[i].node == node; ++i) {
      edges.push_back({spans[i].from, spans[i].amount});
      if (spans[i].to != SimTime::max()) edges.push_back({spans[i].to, -spans[i].amount});
    }
    greatest = std::max(greatest, peak(edges));
  }
  return greatest;
}

bool counts_as_crash(const FaultModel& model, const Fault& fault) {
  if (!is_process(fault.kind)) return false;
  return !(fault.kind == FaultKind::power_loss && model.power_loss_of_all && fault.duration != kNever);
}

Result<void> check_model(const Plan& plan) {
  const FaultModel& m = plan.model;
  std::vector<FaultSpan> down;
  std::vector<FaultSpan> skew;
  std::vector<NodeId> disk_faulty;
  for (const NodePlan& n : plan.nodes) {
    if (magnitude(n.drift_ppm) > m.clock_drift_ppm_max) {
      return fail(Errc::invalid_argument, node_name(n.id) +
                                              ": drift above the model's clock_drift_ppm_max = " +
                                              std::to_string(m.clock_drift_ppm_max));
    }
    if (n.wall_offset != Duration{})
      skew.push_back({n.id, SimTime{-1}, SimTime::max(), magnitude(n.wall_offset.ns)});
  }
  for (const Fault& f : plan.faults) {
    if (Result<void> r = check_kind(m, f); !r) return r;
    for (NodeId id : f.nodes) {
      if (counts_as_crash(m, f)) down.push_back({id, f.at, end_of(f)});
      if (f.kind == FaultKind::clock_step) skew.push_back({id, f.at, end_of(f), magnitude(f.amount)});
      // A frozen clock falls behind by as long as it is frozen.
      if (f.kind == FaultKind::clock_freeze) {
        const Duration length = f.duration == kNever ? SimTime{plan.duration.ns} - f.at : f.duration;
        skew.push_back({id, f.at, end_of(f), length.ns});
      }
      if (f.kind == FaultKind::disk_bit_rot || f.kind == FaultKind::disk_misdirect ||
          f.kind == FaultKind::disk_sync_lie || f.kind == FaultKind::wipe) {
        disk_faulty.push_back(id);
      }
    }
  }
  if (Result<void> r = check_damage_spacing(plan); !r) return r;
  std::sort(disk_faulty.begin(), disk_faulty.end());
  disk_faulty.erase(std::unique(disk_faulty.begin(), disk_faulty.end()), disk_faulty.end());
  if (disk_faulty.size() > m.disk_faulty_max) {
    return fail(Errc::invalid_argument, "the disks of " + std::to_string(disk_faulty.size()) +
                                            " servers are faulty; the fault model allows disk_faulty_max = " +
                                            std::to_string(m.disk_faulty_max));
  }
  if (const std::size_t liars = liars_of(plan).size(); liars > m.byzantine_max) {
    return fail(Errc::invalid_argument, std::to_string(liars) +
                                            " servers lie; the fault model allows byzantine_max = " +
                                            std::to_string(m.byzantine_max));
  }
  if (const std::uint32_t most = most_at_once(down); most > m.crashed_max) {
    return fail(Errc::invalid_argument,
                std::to_string(most) +
                    " servers are down at one moment; the fault model allows crashed_max = " +
                    std::to_string(m.crashed_max));
  }
  if (const std::int64_t most = greatest_sum(skew); most > m.wall_skew_max.ns) {
    return fail(Errc::invalid_argument,
                "a wall clock is off by " + format_duration({most}) +
                    "; the fault model allows wall_skew_max = " + format_duration(m.wall_skew_max));
  }
  return {};
}

}  // namespace wn::faults
