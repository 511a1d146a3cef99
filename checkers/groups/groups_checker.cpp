#include "checkers/groups/groups_checker.h"

namespace wn::checkers {

namespace {

std::string number(std::uint64_t n) { return std::to_string(n); }

}  // namespace

void GroupsChecker::on_applied(const TraceEvent& event) {
  const auto [group, index, checksum, digest, unused] = event.field;
  auto& entries = entries_[group];
  const auto [at, fresh] = entries.try_emplace(index, Entry{checksum, digest, event.node, position_});
  if (fresh) {
    if (entries.size() > kEntriesMax) entries.erase(entries.begin());
    return;
  }
  const Entry& first = at->second;
  const std::string where =
      name(first.node) + " and " + name(event.node) + ", group " + number(group) + ", index " + number(index);
  if (first.checksum != checksum) {
    fail("groups: replicas applied different entries",
         "Two replicas applied different entries: " + where + ".", event.at, {first.position, position_});
  } else if (first.digest != digest) {
    fail("groups: replicas of a group differ", "After the same entry two replicas differ: " + where + ".",
         event.at, {first.position, position_});
  }
}

void GroupsChecker::owns(const TraceEvent& event, std::uint64_t group, std::uint64_t worknode,
                         std::uint64_t epoch) {
  const auto [at, fresh] = owners_.try_emplace({worknode, epoch}, Owner{group, position_});
  if (at->second.group == group) return;
  fail("groups: two groups own a worknode in one epoch",
       "Worknode " + number(worknode) + " in epoch " + number(epoch) + " belongs to group " +
           number(at->second.group) + ", and to group " + number(group) + " by " + name(event.node) + ".",
       event.at, {at->second.position, position_});
}

void GroupsChecker::on_served(const TraceEvent& event) {
  const auto [group, epoch, worknode, index, ticket] = event.field;
  ++served_count_;
  owns(event, group, worknode, epoch);
  const auto fail_here = [&](const std::string& why, std::uint64_t witness) {
    fail("groups: a former owner served a worknode",
         "Group " + number(group) + " at " + name(event.node) + " served worknode " + number(worknode) +
             " in epoch " + number(epoch) + ", index " + number(index) + ": " + why,
         event.at, {witness, position_});
  };
  const auto given = given_.find({group, worknode});
  if (given != given_.end() && epoch <= given->second.epoch && index > given->second.index) {
    fail_here("given away at index " + number(given->second.index) + ".", given->second.position);
  }
  auto& asked = asked_[event.node];
  if (const auto at = asked.find(ticket); at != asked.end()) {
    const Served& before = at->second;
    if (epoch < before.epoch) {
      fail_here("epoch " + number(before.epoch) + " had been served before it was asked.", before.position);
    }
    asked.erase(at);
  }
  Served& newest = newest_[worknode];
  if (epoch > newest.epoch) newest = {.epoch = epoch, .position = position_};
}

void GroupsChecker::on_event(const TraceEvent& event) {
  const auto& f = event.field;
  switch (event.kind) {
    case TraceKind::node_started:
      asked_.erase(event.node);
      break;
    case TraceKind::group_applied:
      on_applied(event);
      break;
    case TraceKind::group_owns:
      owns(event, f[0], f[2], f[1]);
      if (f[3] == 0) {
        Given& given = given_[{f[0], f[2]}];
        if (f[1] >= given.epoch) given = {.epoch = f[1], .index = f[4], .position = position_};
      }
      break;
    case TraceKind::group_asked:
      asked_[event.node][f[1]] = newest_[f[2]];
      break;
    case TraceKind::group_served:
      on_served(event);
      break;
    default:
      break;
  }
  ++position_;
}

}  // namespace wn::checkers
