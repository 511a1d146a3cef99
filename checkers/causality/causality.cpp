#include "checkers/causality/causality.h"

#include <algorithm>

namespace wn::checkers {
namespace {

std::string update(std::uint64_t origin, std::uint64_t counter) {
  return "update " + std::to_string(counter) + " of replica " + std::to_string(origin);
}

}  // namespace

void CausalityChecker::on_update(const TraceEvent& event, Replica& replica) {
  const std::uint64_t origin = event.field[0];
  const std::uint64_t counter = event.field[1];
  if (updates_ >= kUpdatesMax) return;
  ++updates_;
  const auto at = replica.known.find(origin);
  const bool sure = at != replica.known.end() || replica.from_nothing;
  const std::uint64_t before = at == replica.known.end() ? 0 : at->second;
  if (sure && counter <= before) {
    fail("causality: an update was applied twice",
         name(event.node) + " applies " + update(origin, counter) + " and knew it already", event.at,
         {position_});
  } else if (sure && counter != before + 1) {
    fail("causality: an update is missing",
         name(event.node) + " applies " + update(origin, counter) + " and knew only up to " +
             std::to_string(before),
         event.at, {position_});
  }
  replica.known[origin] = counter;
  replica.applied.push_back(origin);
  if (origin != replica.own) {
    std::uint64_t& most = spread_[origin];
    most = std::max(most, counter);
  }
}

void CausalityChecker::on_write(const TraceEvent& event, Replica& replica) {
  const std::uint64_t written = event.field[2];
  const std::uint64_t stamp = event.field[3];
  Greatest& greatest = replica.greatest[written];
  if (event.field[4] != 0 && stamp <= greatest.stamp && greatest.stamp != 0) {
    fail("causality: a later write loses to an earlier one",
         name(event.node) +
             " writes a register with a stamp that is no greater than that of a write that it "
             "had applied before",
         event.at, {greatest.position, position_});
  }
  if (stamp >= greatest.stamp) greatest = {stamp, position_};
  replica.writes.push_back({replica.applied.size(), written, stamp, position_});
}

void CausalityChecker::on_restored(const TraceEvent& event, Replica& replica) {
  const std::uint64_t self = event.field[0];
  const std::uint64_t updates = event.field[2];
  const bool rebased = event.field[3] != 0;
  const bool same_life = !rebased && (replica.own == self || replica.own == 0);
  if (same_life && updates >= replica.base && updates - replica.base <= replica.applied.size()) {
    // The last ones applied had not reached the disk.
    while (replica.base + replica.applied.size() > updates) {
      --replica.known[replica.applied.back()];
      replica.applied.pop_back();
    }
    while (!replica.writes.empty() && replica.writes.back().after > replica.applied.size())
      replica.writes.pop_back();
    replica.greatest.clear();
    for (const Write& w : replica.writes) {
      Greatest& greatest = replica.greatest[w.name];
      if (w.stamp >= greatest.stamp) greatest = {w.stamp, w.position};
    }
  } else {
    replica = {};
    replica.base = updates;
    replica.from_nothing = false;
  }
  replica.own = self;
  const auto others = spread_.find(self);
  const auto known = replica.known.find(self);
  const bool sure = known != replica.known.end() || replica.from_nothing;
  const std::uint64_t mine = known == replica.known.end() ? 0 : known->second;
  if (sure && others != spread_.end() && mine < others->second) {
    fail("causality: an update that others know was forgotten",
         name(event.node) + " starts with its own updates up to " + std::to_string(mine) +
             "; others have applied them up to " + std::to_string(others->second),
         event.at, {position_});
  }
}

void CausalityChecker::on_event(const TraceEvent& event) {
  switch (event.kind) {
    case TraceKind::realm_update:
      on_update(event, replicas_[event.node]);
      break;
    case TraceKind::realm_write:
      on_write(event, replicas_[event.node]);
      break;
    case TraceKind::realm_restored:
      on_restored(event, replicas_[event.node]);
      break;
    default:
      break;
  }
  ++position_;
}

Verdict CausalityChecker::verdict() const { return found(); }

}  // namespace wn::checkers
