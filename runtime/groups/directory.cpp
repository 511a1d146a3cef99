// Hints: who owns a worknode, who leads a group. Never trusted: a wrong one costs a refusal that corrects it.
#include "runtime/groups/rules.h"

namespace wn::groups {

void learn(State& s, WorknodeId worknode, const Location& location) {
  if (!location.group) return;
  if (location.node) {
    const auto known = s.neighbours.find(location.group);
    if (known != s.neighbours.end()) {
      known->second.leader = location.node;
    } else if (s.neighbours.size() < s.options.directory_max) {
      s.neighbours[location.group].leader = location.node;
    }
  }
  const auto at = s.directory.find(worknode);
  if (at != s.directory.end()) {
    if (location.epoch >= at->second.epoch) at->second = location;
    return;
  }
  if (location.group == s.genesis && location.epoch <= 1) return;  // what everybody assumes
  if (s.options.directory_max == 0) return;
  if (s.directory.size() >= s.options.directory_max) s.directory.erase(s.directory.begin());
  s.directory.emplace(worknode, location);
}

void learn_group(State& s, GroupId group, const raft::MemberList& members) {
  if (members.empty()) return;
  const auto at = s.neighbours.find(group);
  if (at != s.neighbours.end()) {
    at->second.members = members;
  } else if (s.neighbours.size() < s.options.directory_max) {
    s.neighbours[group].members = members;
  }
}

NodeId leader_of(const State& s, GroupId group) {
  if (const Replica* r = find(s, group); r != nullptr && r->core != nullptr) return r->core->state().leader;
  const auto at = s.neighbours.find(group);
  if (at == s.neighbours.end()) return kNobody;
  if (at->second.leader) return at->second.leader;
  for (NodeId id : at->second.members) {
    if (id != s.options.node) return id;
  }
  return kNobody;
}

Location locate(const State& s, WorknodeId worknode) {
  const auto at = s.directory.find(worknode);
  Location out{.group = s.genesis, .epoch = 1};
  if (at != s.directory.end()) out = at->second;
  if (const NodeId leader = leader_of(s, out.group); leader) out.node = leader;
  return out;
}

}  // namespace wn::groups
