#include "scenarios/daemons/daemon_config.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/capability/crypto.h"
#include "scenarios/runner/realm_system.h"
#include "scenarios/runner/system.h"
#include "scenarios/workloads/tokens.h"

namespace wn::scenarios {
namespace {

bool serves(const faults::NodePlan& node) {
  return node.role == faults::NodeRole::server || node.role == faults::NodeRole::spare;
}

void list_nodes(const faults::Plan& plan, NodeId id, daemon::Config& out) {
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.role == faults::NodeRole::server) out.members.push_back(node.id);
    if (node.id == id) continue;
    if (serves(node)) {
      const capability::KeyPair key(secret_of_server(plan, node.id));
      out.peers.push_back({.id = node.id, .address = "", .key = key.public_key()});
    } else {
      const capability::KeyPair key(secret_of_client(plan, node.id));
      out.listed.push_back({.id = node.id, .key = key.public_key(), .principal = {}});
    }
  }
  std::ranges::sort(out.members);
  std::ranges::sort(out.peers, {}, &daemon::Peer::id);
  out.clients = out.listed.empty() ? daemon::ClientRule::refuse : daemon::ClientRule::listed;
}

}  // namespace

daemon::Config daemon_config(const faults::Plan& plan, NodeId id) {
  daemon::Config out;
  out.id = id;
  list_nodes(plan, id, out);
  if (plan.system.service == faults::Service::kv) {
    out.service = daemon::Service::kv;
    out.kv = node_options(plan, id);
    out.kv.initial = {};
    out.kv.defect = Defect::none;
    return out;
  }
  out.host = realm_server_options(plan, id);
  out.signed_updates = plan.system.signed_updates;
  out.realm_name = plan.system.signed_updates ? realm_name_of(plan) : 0;
  out.groups = plan.system.groups;
  if (plan.system.groups > 0) out.group_replicas = plan.system.group_replicas;
  // What is worked out again from the rest, or is not a daemon's.
  out.host.realm.identity.reset();
  out.host.realm.principals.clear();
  out.host.realm.members.clear();
  out.host.realm.node = kNobody;
  out.host.realm.defect = Defect::none;
  out.host.groups.groups.clear();
  out.host.deviations.clear();
  out.host.defect = Defect::none;
  return out;
}

}  // namespace wn::scenarios
