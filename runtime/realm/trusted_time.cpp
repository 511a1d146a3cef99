#include "runtime/realm/trusted_time.h"

#include <utility>

namespace wn::realm {
namespace {

bool within(Duration d, Duration bound) { return d <= bound && Duration{} - d <= bound; }

}  // namespace

TrustedTime::TrustedTime(NodeId self, std::vector<NodeId> members, Duration offset_max, Duration fresh)
    : self_(self), half_(offset_max / 2), fresh_(fresh) {
  for (const NodeId id : members) members_.push_back({.id = id, .wall = {}, .when = {}});
}

void TrustedTime::heard(NodeId member, WallTime wall, const Moment& moment) {
  for (Member& m : members_) {
    if (m.id != member) continue;
    m.wall = wall;
    m.when = moment.now;
    m.known = true;
  }
}

WallTime TrustedTime::dead_reckoning(const Moment& moment) const {
  return anchor_.wall + (moment.now - anchor_.now);
}

bool TrustedTime::agrees(const Moment& moment) const {
  std::size_t votes = 1;
  for (const Member& m : members_) {
    if (m.id == self_ || !m.known || moment.now - m.when > fresh_) continue;
    if (within(m.wall + (moment.now - m.when) - moment.wall, half_)) ++votes;
  }
  return votes * 2 > members_.size();
}

bool TrustedTime::take_from_others(const Moment& moment) {
  const auto fresh = [&](const Member& m) {
    return m.id != self_ && m.known && moment.now - m.when <= fresh_;
  };
  const auto wall_of = [&](const Member& m) { return m.wall + (moment.now - m.when); };
  for (const Member& m : members_) {
    if (!fresh(m)) continue;
    std::size_t votes = 0;
    for (const Member& other : members_) {
      if (fresh(other) && within(wall_of(other) - wall_of(m), half_)) ++votes;
    }
    if (votes * 2 <= members_.size()) continue;
    anchor_ = {.now = moment.now, .wall = wall_of(m)};
    return true;
  }
  return false;
}

WallTime TrustedTime::at(const Moment& moment) {
  if (agrees(moment)) {
    anchor_ = moment;
    anchored_ = true;
    return moment.wall;
  }
  if (!anchored_) anchored_ = take_from_others(moment);
  return anchored_ ? dead_reckoning(moment) : WallTime{};
}

}  // namespace wn::realm
