// From a configuration to the options of what it composes.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/capability/crypto.h"
#include "runtime/daemon/config.h"
#include "runtime/host/group_map.h"

namespace wn::daemon {
namespace {

// As the transport names a client that has no id of its own: 0x8000'0000 | 30 bits of BLAKE2b of its key.
NodeId id_of(const Client& client) {
  if (client.id) return client.id;
  const capability::Hash hash =
      capability::hash_of(ByteView(client.key.bytes.data(), client.key.bytes.size()));
  std::uint32_t bits = 0;
  for (std::size_t i = 0; i < 4; ++i) bits = bits << 8 | hash.bytes[i];
  return NodeId{0x8000'0000U | (bits & 0x3FFF'FFFFU)};
}

realm::Identity identity_of(const Config& config, const capability::Seed& identity) {
  realm::Identity out;
  out.secret = identity;
  out.realm = config.realm_name;
  out.history_max = config.history_max;
  for (const NodeId member : members_of(config)) {
    const auto peer = std::ranges::find(config.peers, member, &Peer::id);
    out.members.emplace_back(
        member, peer == config.peers.end() ? capability::KeyPair(identity).public_key() : peer->key);
  }
  return out;
}

}  // namespace

std::vector<NodeId> members_of(const Config& config) {
  if (!config.members.empty()) return config.members;
  std::vector<NodeId> out{config.id};
  for (const Peer& peer : config.peers) out.push_back(peer.id);
  std::ranges::sort(out);
  return out;
}

host::Options host_options(const Config& config, const capability::Seed& identity) {
  WN_CHECK(config.service == Service::realm);
  host::Options out = config.host;
  out.realm.node = config.id;
  out.realm.members = members_of(config);
  out.realm.principals.clear();
  if (out.realm.root_key) {
    for (const Client& client : config.listed)
      out.realm.principals.emplace_back(id_of(client), client.principal ? client.principal : client.key);
    std::ranges::sort(out.realm.principals);
  }
  if (config.signed_updates) out.realm.identity = identity_of(config, identity);
  if (config.groups > 0) {
    out.groups.groups = host::first_groups({.groups = config.groups,
                                            .replicas = config.group_replicas,
                                            .members = out.realm.members,
                                            .worknodes = out.realm.worknodes,
                                            .fan_out = out.realm.fan_out});
  }
  return out;
}

node::Options node_options(const Config& config) {
  WN_CHECK(config.service == Service::kv);
  node::Options out = config.kv;
  out.id = config.id;
  for (const NodeId member : members_of(config)) out.initial.voters.insert_sorted(member);
  return out;
}

}  // namespace wn::daemon
