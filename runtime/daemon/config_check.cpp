#include "runtime/daemon/config_check.h"

#include <algorithm>

#include "runtime/memory/budget.h"

namespace wn::daemon {
namespace {

std::optional<Contradiction> wrong(std::string_view section, std::string_view key, std::string message) {
  return Contradiction{section, key, std::move(message)};
}

std::optional<Contradiction> check_members(const Config& config) {
  const std::vector<NodeId> members = members_of(config);
  if (!std::ranges::is_sorted(members) || std::ranges::adjacent_find(members) != members.end())
    return wrong("service", "members", "\"members\": expected ids in ascending order, each once");
  for (const NodeId member : members) {
    const bool known = member == config.id || std::ranges::binary_search(config.peers, member, {}, &Peer::id);
    if (!known) {
      return wrong("service", "members",
                   "\"members\": " + std::to_string(member.value) + " is neither this node nor a peer");
    }
  }
  const std::size_t most = config.service == Service::kv ? raft::kMembersMax : realm::kMembersMax;
  if (members.size() > most)
    return wrong("service", "members", "\"members\": at most " + std::to_string(most) + " are possible");
  const bool spare = !std::ranges::binary_search(members, config.id);
  if (spare && config.service == Service::realm)
    return wrong("service", "members", "\"members\": this node is not among them; a realm has no spares");
  const NodeId anchor = config.host.realm.anchor;
  if (anchor && !std::ranges::binary_search(members, anchor))
    return wrong("realm", "anchor", "\"anchor\": expected one of the members");
  return std::nullopt;
}

std::optional<Contradiction> check_clients(const Config& config) {
  if (config.clients == ClientRule::refuse && !config.listed.empty())
    return wrong("clients", "rule", "\"rule\" is \"refuse\", and a [[client]] is listed");
  if (config.clients == ClientRule::listed && config.listed.empty())
    return wrong("clients", "rule", "\"rule\" is \"listed\", and no [[client]] is");
  return std::nullopt;
}

std::optional<Contradiction> check_raft(const Config& config) {
  const raft::Options& raft = config.service == Service::kv ? config.kv.raft : config.host.groups.raft;
  if (raft.election_timeout_max < raft.election_timeout_min)
    return wrong("raft", "election_timeout_max", "election_timeout_max is below election_timeout_min");
  if (raft.heartbeat_interval >= raft.election_timeout_min)
    return wrong("raft", "heartbeat_interval", "heartbeat_interval is not below election_timeout_min");
  return std::nullopt;
}

std::optional<Contradiction> check_quic(const Config& config) {
  const quic::Options& quic = config.quic;
  if (quic.keep_alive >= quic.idle_timeout)
    return wrong("quic", "keep_alive", "keep_alive is not below idle_timeout");
  if (quic.redial_max < quic.redial_min) return wrong("quic", "redial_max", "redial_max is below redial_min");
  if (config.early_data)
    return wrong("quic", "early_data",
                 "early_data is not supported: whoever records a 0-RTT packet can have it served again");
  return std::nullopt;
}

std::optional<Contradiction> check_groups(const Config& config) {
  if (config.groups == 0) return std::nullopt;
  if (config.group_replicas % 2 == 0)
    return wrong("groups", "replicas", "\"replicas\": expected an odd number");
  if (config.group_replicas > members_of(config).size())
    return wrong("groups", "replicas", "\"replicas\": more than there are members");
  if (config.groups > config.host.groups.groups_max)
    return wrong("groups", "groups_max", "\"groups_max\" is below \"count\"");
  return std::nullopt;
}

std::optional<Contradiction> check_limits(const Config& config) {
  const realm::Options& realm = config.host.realm;
  const Limits& limits = realm.limits;
  if (std::uint64_t{realm.worknodes} + 1 > limits.max_worknodes)
    return wrong("limits", "max_worknodes", "max_worknodes is below the first tree's");
  std::uint64_t depth = 0;
  for (std::uint64_t at = realm.worknodes; at > 0; at = (at - 1) / realm.fan_out) ++depth;
  // Whatever is done in it has to be possible one level below its leaves.
  if (depth + 2 > limits.max_tree_depth)
    return wrong("limits", "max_tree_depth", "max_tree_depth is too little for the first tree");
  if (limits.fiber_stacks == 0)
    return wrong("limits", "fiber_stacks", "fiber_stacks: a realm's handlers need one to wait on");
  memory::Options memory;
  memory.bytes = limits.memory_bytes;
  memory.regions_max = 4;
  if (const auto budget = memory::Budget::plan(memory); !budget)
    return wrong("limits", "memory_bytes", "memory_bytes: " + budget.error().message);
  return std::nullopt;
}

}  // namespace

std::optional<Contradiction> first_contradiction(const Config& config) {
  std::optional<Contradiction> found = check_members(config);
  if (!found) found = check_clients(config);
  if (!found) found = check_raft(config);
  if (!found) found = check_quic(config);
  if (config.service == Service::kv) return found;
  if (!found) found = check_groups(config);
  if (!found) found = check_limits(config);
  return found;
}

}  // namespace wn::daemon
