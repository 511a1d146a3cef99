#include "faults/nemesis/budget.h"

#include <algorithm>
#include <cstdlib>
#include <iterator>

#include "faults/plan/names.h"

namespace wn::faults {
namespace {

bool stops_server(const FaultModel& model, const Fault& f) {
  return counts_as_crash(model, f) || f.kind == FaultKind::disk_error || f.kind == FaultKind::disk_full;
}

bool damages_disk(FaultKind kind) {
  return kind == FaultKind::disk_bit_rot || kind == FaultKind::disk_misdirect ||
         kind == FaultKind::disk_sync_lie || kind == FaultKind::wipe;
}

bool kind_allowed(const Scene& scene, const Fault& f) {
  const FaultModel& m = scene.model;
  if (f.kind == FaultKind::partition && !m.partitions) return false;
  if (is_byzantine(f.kind) &&
      !std::ranges::all_of(f.nodes, [&](NodeId id) { return std::ranges::binary_search(scene.liars, id); })) {
    return false;
  }
  if (f.duration == Duration::max() ? !m.unhealed : end_of(f) > scene.end) return false;
  if (f.at > scene.end || f.at.ns < 0) return false;
  if (f.kind == FaultKind::membership && !m.membership) return false;
  if (f.kind == FaultKind::wipe && !m.wipe) return false;
  if (f.kind == FaultKind::disk_sync_lie && !m.sync_lies) return false;
  if (f.kind == FaultKind::clock_drift && std::abs(f.amount) > m.clock_drift_ppm_max) return false;
  if (damages_disk(f.kind)) {
    for (NodeId id : f.nodes) {
      if (!std::binary_search(scene.disk_faulty.begin(), scene.disk_faulty.end(), id)) return false;
    }
  }
  return true;
}

// The spans of `all` that overlap any time between the first beginning and the last end of `more`, and
// `more`.
std::vector<FaultSpan> around(const std::vector<FaultSpan>& all, const std::vector<FaultSpan>& more) {
  SimTime from = SimTime::max();
  SimTime to{-1};
  for (const FaultSpan& s : more) {
    from = std::min(from, s.from);
    to = std::max(to, s.to);
  }
  std::vector<FaultSpan> near = more;
  for (const FaultSpan& s : all) {
    if (s.from < to && s.to > from) near.push_back(s);
  }
  return near;
}

}  // namespace

Budget::Budget(const Plan& plan) : model_(plan.model), run_(plan.duration) {
  for (const NodePlan& n : plan.nodes) {
    if (n.wall_offset != Duration{}) {
      skew_.push_back({n.id, SimTime{-1}, SimTime::max(), std::abs(n.wall_offset.ns)});
    }
  }
}

bool Budget::crashes_fit(const std::vector<FaultSpan>& more) const {
  if (more.empty()) return true;
  std::vector<FaultSpan> near = around(down_, more);
  return most_at_once(near) <= model_.crashed_max;
}

bool Budget::skew_fits(const std::vector<FaultSpan>& more) const {
  if (more.empty()) return true;
  std::vector<FaultSpan> near = around(skew_, more);
  return greatest_sum(near) <= model_.wall_skew_max.ns;
}

bool Budget::damage_fits(const Incident& incident) const {
  for (const Fault& f : incident.faults) {
    if (!is_spaced_damage(f.kind)) continue;
    for (const Fault& other : damage_) {
      if (damage_too_close(f, other) && f.nodes == other.nodes) return false;
    }
  }
  return true;
}

bool Budget::admit(const Scene& scene, const Incident& incident) {
  std::vector<FaultSpan> down;
  std::vector<FaultSpan> skew;
  bool cuts_for_good = false;
  for (const Fault& f : incident.faults) {
    if (!kind_allowed(scene, f)) return false;
    cuts_for_good = cuts_for_good || (f.kind == FaultKind::partition && f.duration == Duration::max());
    for (NodeId id : f.nodes) {
      if (stops_server(model_, f)) down.push_back({id, f.at, end_of(f)});
      if (f.kind == FaultKind::clock_step) skew.push_back({id, f.at, end_of(f), std::abs(f.amount)});
      if (f.kind == FaultKind::clock_freeze) {
        const Duration length = f.duration == Duration::max() ? SimTime{run_.ns} - f.at : f.duration;
        skew.push_back({id, f.at, end_of(f), length.ns});
      }
    }
  }
  if (cuts_for_good && cut_for_good_) return false;
  if (faults_ + incident.faults.size() > kFaultsMax) return false;
  if (deviations_ + incident.deviations.size() > kDeviationsMax) return false;
  if (!crashes_fit(down) || !skew_fits(skew) || !damage_fits(incident)) return false;
  std::copy_if(incident.faults.begin(), incident.faults.end(), std::back_inserter(damage_),
               [](const Fault& f) { return is_spaced_damage(f.kind); });
  down_.insert(down_.end(), down.begin(), down.end());
  skew_.insert(skew_.end(), skew.begin(), skew.end());
  faults_ += incident.faults.size();
  deviations_ += incident.deviations.size();
  cut_for_good_ = cut_for_good_ || cuts_for_good;
  return true;
}

}  // namespace wn::faults
