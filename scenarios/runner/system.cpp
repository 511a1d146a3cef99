#include "scenarios/runner/system.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "faults/byzantine/byzantine.h"
#include "faults/plan/names.h"
#include "runtime/base/check.h"
#include "runtime/base/flat_map.h"
#include "scenarios/runner/quic_system.h"
#include "scenarios/runner/realm_system.h"
#include "scenarios/workloads/admin_process.h"
#include "scenarios/workloads/client_process.h"
#include "scenarios/workloads/realm_client.h"
#include "scenarios/workloads/tokens.h"

namespace wn::scenarios {
namespace {

using faults::NodeRole;

const faults::NodePlan* find_node(const faults::Plan& plan, NodeId id) {
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.id == id) return &node;
  }
  return nullptr;
}

std::vector<NodeId> servers_of(const faults::Plan& plan) {
  std::vector<NodeId> out;
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.role == NodeRole::server || node.role == NodeRole::spare) out.push_back(node.id);
  }
  return out;
}

std::vector<faults::Operation> pick(const faults::Plan& plan, const std::vector<std::uint32_t>* places) {
  std::vector<faults::Operation> out;
  if (places == nullptr) return out;
  out.reserve(places->size());
  for (const std::uint32_t place : *places) out.push_back(plan.operations[place]);
  return out;
}

template <class T>
void override_when_set(T& knob, T value) {
  if (value != T{}) knob = value;
}

}  // namespace

node::Options node_options(const faults::Plan& plan, NodeId id) {
  node::Options options;
  options.id = id;
  options.defect = plan.system.defect;
  options.check_invariants = true;
  raft::Options& raft = options.raft;
  override_when_set(raft.election_timeout_min, plan.system.election_timeout_min);
  override_when_set(raft.election_timeout_max, plan.system.election_timeout_max);
  override_when_set(raft.heartbeat_interval, plan.system.heartbeat_interval);
  override_when_set(raft.clock_drift_margin_ppm, plan.system.clock_drift_margin_ppm);
  override_when_set(raft.append_entries_max, plan.system.append_entries_max);
  override_when_set(raft.inflight_messages_max, plan.system.inflight_messages_max);
  override_when_set(raft.snapshot_chunk_bytes_max, std::uint64_t{plan.system.snapshot_chunk_bytes});
  override_when_set(options.snapshot_every_entries, plan.system.snapshot_every_entries);
  raft.lease_reads = plan.system.lease_reads;
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.role == NodeRole::server) options.initial.voters.insert_sorted(node.id);
  }
  return options;
}

Duration election_timeout_of(const faults::Plan& plan) {
  const raft::Options raft = node_options(plan, kNobody).raft;
  return raft.election_timeout_max;
}

std::uint64_t branch_in_force(const faults::Plan& plan, SimTime now) {
  std::uint64_t seed = 0;
  for (const faults::BranchPlan& branch : plan.branches) {
    if (branch.at < now) seed = branch.seed;
  }
  return seed;
}

namespace {

// A server of the plan, honest or not.
std::unique_ptr<Process> make_server(const faults::Plan& plan, const std::vector<NodeId>& servers,
                                     const std::function<SimTime()>& now, NodeId id, Backend& backend,
                                     OperationListener* listener) {
  const auto branch = [&plan, now] { return now ? branch_in_force(plan, now()) : 0; };
  const byzantine::Honest honest = [&plan, id, listener, branch](Backend& door) {
    return plan.system.service == faults::Service::realm ? make_realm_server(plan, id, door, listener, branch)
                                                         : node::make_node(node_options(plan, id), door);
  };
  byzantine::Options options;
  for (const faults::Fault& fault : plan.faults) {
    if (faults::is_byzantine(fault.kind) && std::ranges::find(fault.nodes, id) != fault.nodes.end())
      options.faults.push_back(fault);
  }
  if (options.faults.empty()) return honest(backend);
  WN_CHECK(now != nullptr);
  options.self = id;
  options.servers = servers;
  options.seed = plan.seed;
  options.now = now;
  options.branch = branch;
  if (plan.system.signed_updates) {
    options.signing = byzantine::Signing{.secret = secret_of_server(plan, id), .realm = realm_name_of(plan)};
  }
  return byzantine::make_liar(std::move(options), honest, backend);
}

}  // namespace

ProcessFactory make_system(const faults::Plan& plan, OperationListener* listener,
                           std::function<SimTime()> now) {
  ProcessFactory plain = make_plain_system(plan, listener, std::move(now));
  return plan.system.transport == faults::Transport::quic ? over_quic(plan, std::move(plain)) : plain;
}

ProcessFactory make_plain_system(const faults::Plan& plan, OperationListener* listener,
                                 std::function<SimTime()> now) {
  // Where the operations of each client are, found in one pass: looking through all of them for each client
  // would cost their product.
  FlatMap<NodeId, std::vector<std::uint32_t>> places;
  for (std::uint32_t i = 0; i < plan.operations.size(); ++i) places[plan.operations[i].process].push_back(i);
  return [&plan, listener, now = std::move(now), servers = servers_of(plan), places = std::move(places)](
             NodeId id, Backend& backend) -> std::unique_ptr<Process> {
    const faults::NodePlan* node = find_node(plan, id);
    WN_CHECK(node != nullptr);
    const bool realm = plan.system.service == faults::Service::realm;
    switch (node->role) {
      case NodeRole::server:
      case NodeRole::spare:
        return make_server(plan, servers, now, id, backend, listener);
      case NodeRole::client: {
        std::vector<faults::Operation> mine = pick(plan, places.find(id));
        if (realm)
          return make_realm_client(realm_client_options(plan, id, std::move(mine)), backend, listener);
        ClientHostOptions options;
        options.id = id;
        options.servers = servers;
        options.operations = std::move(mine);
        options.timeout = plan.system.client_timeout;
        options.retry = plan.system.client_retry;
        return make_client_process(std::move(options), backend, listener);
      }
      case NodeRole::admin: {
        AdminHostOptions options;
        options.id = id;
        options.servers = servers;
        // An operator gives up when a client would; the next request then meets an unfinished change.
        override_when_set(options.deadline, plan.system.client_timeout);
        options.active = plan.freeze_at - SimTime{};
        return make_admin_process(std::move(options), backend);
      }
    }
    return nullptr;
  };
}

}  // namespace wn::scenarios
