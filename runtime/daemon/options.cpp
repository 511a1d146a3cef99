// From a configuration to the options of what it composes.
#include <algorithm>
#include <array>

#include "runtime/base/check.h"
#include "runtime/capability/crypto.h"
#include "runtime/daemon/config.h"
#include "runtime/host/group_map.h"

namespace wn::daemon {
namespace {

NodeId id_of(const Client& client) { return client.id ? client.id : quic::client_id(client.key); }

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
  out.flush_at_turn_end = true;
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

quic::Options quic_options(const Config& config, const capability::Seed& identity) {
  quic::Options out = config.quic;
  out.self = config.id;
  out.identity = identity;
  for (const Peer& peer : config.peers)
    out.peers.push_back({.id = peer.id, .key = peer.key, .address = peer.id});
  constexpr std::array<quic::Clients, 3> kRules{quic::Clients::refuse, quic::Clients::any,
                                                quic::Clients::listed};
  out.clients = kRules[static_cast<std::size_t>(config.clients)];
  for (const Client& client : config.listed) {
    if (client.id) {
      out.peers.push_back(
          {.id = client.id, .key = client.key, .address = kNobody, .dial = quic::Dial::never});
    } else {
      out.listed.push_back(client.key);
    }
  }
  quic::allow_loss_of_raft_chatter(out);
  return out;
}

}  // namespace wn::daemon
