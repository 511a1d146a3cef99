#include "scenarios/runner/quic_system.h"

#include <utility>

#include "runtime/base/flat_map.h"
#include "scenarios/workloads/tokens.h"

namespace wn::scenarios {
namespace {

using faults::NodeRole;

bool is_server(const faults::NodePlan& node) {
  return node.role == NodeRole::server || node.role == NodeRole::spare;
}

// Everybody's key: deriving them anew for each process would cost the square of their number.
using Keys = FlatMap<NodeId, quic::PublicKey>;

Keys keys_of(const faults::Plan& plan) {
  Keys out;
  for (const faults::NodePlan& node : plan.nodes)
    out[node.id] = quic::key_of(secret_of_server(plan, node.id));
  return out;
}

quic::Options options_from(const faults::Plan& plan, NodeId id, const Keys& keys) {
  quic::Options out;
  out.self = id;
  out.identity = secret_of_server(plan, id);
  bool serves = false;
  for (const faults::NodePlan& node : plan.nodes) serves = serves || (node.id == id && is_server(node));
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.id == id || (!serves && !is_server(node))) continue;
    const quic::Dial dial = !serves           ? quic::Dial::always
                            : is_server(node) ? quic::Dial::by_id
                                              : quic::Dial::never;
    out.peers.push_back({.id = node.id, .key = *keys.find(node.id), .address = node.id, .dial = dial});
  }
  quic::allow_loss_of_raft_chatter(out);
  return out;
}

}  // namespace

quic::Options quic_options(const faults::Plan& plan, NodeId id) {
  return options_from(plan, id, keys_of(plan));
}

ProcessFactory over_quic(const faults::Plan& plan, ProcessFactory plain) {
  return [&plan, keys = keys_of(plan), plain = std::move(plain)](NodeId id, Backend& backend) {
    return std::unique_ptr<Process>(quic::make_quic(options_from(plan, id, keys), plain, backend));
  };
}

}  // namespace wn::scenarios
