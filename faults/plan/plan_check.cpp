#include "faults/plan/plan_check.h"

#include <algorithm>

#include "faults/plan/model_check.h"
#include "faults/plan/names.h"
#include "faults/plan/realm_check.h"
#include "faults/plan/time_text.h"

namespace wn::faults {
namespace {

constexpr std::uint32_t kMillion = 1'000'000;
constexpr Duration kHour = seconds(3600);
constexpr Duration kAheadMax = kHour * (24 * 365 * 10);
constexpr std::int64_t kPerMessageMax = 1000;

std::unexpected<Error> refuse(std::string message) {
  return fail(Errc::invalid_argument, std::move(message));
}

bool within(Duration d, Duration low, Duration high) { return d >= low && d <= high; }

Result<void> check_head(const Plan& p) {
  if (p.version != kPlanVersion) {
    return fail(Errc::unsupported, "plan of version " + std::to_string(p.version) + "; this build reads " +
                                       std::to_string(kPlanVersion));
  }
  if (p.duration <= Duration{} || p.duration > kPlanDurationMax) {
    return refuse("duration " + format_duration(p.duration) + " is not between 1ns and " +
                  format_duration(kPlanDurationMax));
  }
  if (p.freeze_at.ns < 0 || p.freeze_at.ns > p.duration.ns) {
    return refuse("freeze_at " + format_moment(p.freeze_at) + " is outside of the run");
  }
  const NetworkPlan& n = p.network;
  if (n.latency_min < Duration{} || n.latency_mean < n.latency_min || n.latency_mean > kHour) {
    return refuse("network latency must have 0 <= latency_min <= latency_mean <= 1h");
  }
  if (!within(n.wan_latency, {}, kHour)) return refuse("network wan_latency must be between 0s and 1h");
  if (n.tail_ppm > kMillion || n.loss_ppm > kMillion || n.duplicate_ppm > kMillion) {
    return refuse("network: parts per million above 1,000,000");
  }
  if (n.tail_factor < 1 || n.tail_factor > 10'000)
    return refuse("network tail_factor is not between 1 and 10,000");
  if (n.link_messages_max < 1 || n.link_messages_max > kMillion) {
    return refuse("network link_messages_max is not between 1 and 1,000,000");
  }
  for (Duration d : {p.disk.read_mean, p.disk.write_mean, p.disk.sync_mean}) {
    if (!within(d, {}, kHour)) return refuse("disk times must be between 0s and 1h");
  }
  const SystemPlan& s = p.system;
  if (to_string(s.transport) == "unknown") return refuse("system transport: no such transport");
  if (s.transport == Transport::quic && !n.sealed)
    return refuse("network sealed must be true where system transport is quic");
  for (Duration d : {s.election_timeout_min, s.election_timeout_max, s.heartbeat_interval, s.client_timeout,
                     s.client_retry}) {
    if (!within(d, {}, kHour)) return refuse("system times must be between 0s and 1h");
  }
  if (s.election_timeout_max != Duration{} && s.election_timeout_max < s.election_timeout_min) {
    return refuse("system election_timeout_max is below election_timeout_min");
  }
  if (s.election_timeout_min != Duration{} && s.heartbeat_interval >= s.election_timeout_min) {
    return refuse("system heartbeat_interval is not below election_timeout_min");
  }
  if (s.clock_drift_margin_ppm >= kMillion)
    return refuse("system clock_drift_margin_ppm is not below 1,000,000");
  return {};
}

Result<void> check_nodes(const Plan& p) {
  if (p.nodes.empty() || p.nodes.size() > kNodesMax) {
    return refuse("a plan has 1 to " + std::to_string(kNodesMax) + " nodes, not " +
                  std::to_string(p.nodes.size()));
  }
  bool any_server = false;
  for (std::size_t i = 0; i < p.nodes.size(); ++i) {
    const NodePlan& n = p.nodes[i];
    if (!n.id) return refuse("node 0 is nobody");
    if (i > 0 && !(p.nodes[i - 1].id < n.id)) return refuse("nodes must ascend by id: " + node_name(n.id));
    if (n.drift_ppm <= -500'000 || n.drift_ppm >= 500'000)
      return refuse(node_name(n.id) + ": drift_ppm is not within 500,000");
    if (!within(n.wall_offset, Duration{} - kHour * 24, kHour * 24))
      return refuse(node_name(n.id) + ": wall_offset is beyond a day");
    if (n.disk_bytes_max == 0) return refuse(node_name(n.id) + ": a disk of 0 bytes");
    any_server = any_server || n.role == NodeRole::server;
  }
  if (!any_server) return refuse("a plan needs at least one server");
  return {};
}

class NodeIndex {
 public:
  explicit NodeIndex(const Plan& p) : nodes_(p.nodes) {
    for (const NodePlan& n : nodes_) has_admin_ = has_admin_ || n.role == NodeRole::admin;
  }
  const NodePlan* find(NodeId id) const {
    const auto it = std::lower_bound(nodes_.begin(), nodes_.end(), id,
                                     [](const NodePlan& n, NodeId k) { return n.id < k; });
    return it != nodes_.end() && it->id == id ? &*it : nullptr;
  }
  bool is_replica(NodeId id) const {
    const NodePlan* n = find(id);
    return n != nullptr && (n->role == NodeRole::server || n->role == NodeRole::spare);
  }
  bool has_admin() const { return has_admin_; }

 private:
  const std::vector<NodePlan>& nodes_;
  bool has_admin_ = false;
};

// Ids must be unique; they need not ascend, because shrinking and people reorder.
template <class Items>
bool ids_unique(const Items& items, std::uint32_t& twice) {
  std::vector<std::uint32_t> ids;
  ids.reserve(items.size());
  for (const auto& item : items) ids.push_back(item.id);
  if (!std::is_sorted(ids.begin(), ids.end())) std::sort(ids.begin(), ids.end());
  const auto it = std::adjacent_find(ids.begin(), ids.end());
  if (it == ids.end()) return true;
  twice = *it;
  return false;
}

Result<void> check_operations(const Plan& p, const NodeIndex& nodes) {
  if (p.operations.size() > kOperationsMax)
    return refuse("more than " + std::to_string(kOperationsMax) + " operations");
  std::uint32_t twice = 0;
  if (!ids_unique(p.operations, twice))
    return refuse("operation id " + std::to_string(twice) + " occurs twice");
  const Operation* before = nullptr;
  for (const Operation& o : p.operations) {
    const auto bad = [&](const char* why) {
      return refuse("operation " + std::to_string(o.id) + ": " + why);
    };
    const NodePlan* process = nodes.find(o.process);
    if (process == nullptr || process->role != NodeRole::client)
      return bad("its process is not a client of this plan");
    if (o.at.ns < 0 || o.at.ns > p.duration.ns) return bad("its time is outside of the run");
    if (before != nullptr && (o.at < before->at || (o.at == before->at && o.id < before->id))) {
      return bad("operations must ascend by time, then id");
    }
    before = &o;
    if (!serves(p.system.service, o.function)) {
      return refuse("operation " + std::to_string(o.id) + ": a " + std::string(to_string(p.system.service)) +
                    " service has no " + std::string(to_string(o.function)));
    }
    if (p.system.service == Service::realm) {
      if (const char* why = detail::realm_problem(p, o)) return bad(why);
      continue;
    }
    if (const char* why = detail::kv_problem(o)) return bad(why);
    if (o.key >= kKeysMax) return bad("its key is not below 1,000,000");
    if (o.function == OpFunction::txn) {
      if (o.txn.empty() || o.txn.size() > kTxnOpsMax) return bad("a transaction has 1 to 64 parts");
      for (const MicroOp& m : o.txn) {
        if (m.key >= kKeysMax) return bad("a key of its transaction is not below 1,000,000");
      }
    } else if (!o.txn.empty()) {
      return bad("only a txn has parts");
    }
  }
  return {};
}

const char* lie_problem(const Fault& f) {
  if (f.amount < 0) return "amount is a mask of peers, not negative";
  switch (f.kind) {
    case FaultKind::byzantine_delay:
      return f.amount2 < 0 || f.amount2 > kHour.ns ? "amount2 is a delay of 0s to 1h" : nullptr;
    case FaultKind::byzantine_future_clock:
      return f.amount2 < 0 || f.amount2 > kAheadMax.ns ? "amount2 is a step of 0s to 10 years" : nullptr;
    case FaultKind::byzantine_amplify:
    case FaultKind::byzantine_sybil:
      return f.amount2 < 0 || f.amount2 > kPerMessageMax ? "amount2 is a count of 0 to 1000" : nullptr;
    default:
      return f.amount2 < 0 || f.amount2 > kMillion ? "amount2 is parts per million, 0 to 1,000,000" : nullptr;
  }
}

// What `amount` and `amount2` may be, by kind.
const char* amount_problem(const Fault& f) {
  const bool ppm = f.kind == FaultKind::packet_loss || f.kind == FaultKind::packet_duplicate ||
                   f.kind == FaultKind::packet_reorder || f.kind == FaultKind::packet_corrupt ||
                   f.kind == FaultKind::disk_error;
  if (ppm && (f.amount < 0 || f.amount > kMillion)) return "amount is parts per million, 0 to 1,000,000";
  if (f.kind == FaultKind::packet_reorder && (f.amount2 < 0 || f.amount2 > kHour.ns))
    return "amount2 is a delay of 0s to 1h";
  if ((f.kind == FaultKind::packet_delay || f.kind == FaultKind::disk_stall) &&
      (f.amount < 0 || f.amount > kHour.ns)) {
    return "amount is a delay of 0s to 1h";
  }
  if (f.kind == FaultKind::packet_rate && f.amount < 1)
    return "amount is a rate of at least 1 byte per second";
  if (f.kind == FaultKind::clock_step && (f.amount < -24 * kHour.ns || f.amount > 24 * kHour.ns))
    return "amount is a step of at most a day";
  if (f.kind == FaultKind::clock_drift && (f.amount <= -500'000 || f.amount >= 500'000))
    return "amount is a drift within 500,000 ppm";
  if ((f.kind == FaultKind::disk_bit_rot || f.kind == FaultKind::disk_misdirect) &&
      (f.amount < 1 || f.amount > 10'000)) {
    return "amount is a count of 1 to 10,000";
  }
  return is_byzantine(f.kind) ? lie_problem(f) : nullptr;
}

Result<void> check_fault(const Plan& p, const NodeIndex& nodes, const Fault& f) {
  const auto bad = [&](const std::string& why) {
    return refuse("fault " + std::to_string(f.id) + " (" + std::string(to_string(f.kind)) + "): " + why);
  };
  if (to_string(f.kind) == "unknown") return bad("no such kind");
  if (f.at.ns < 0 || f.at > p.freeze_at)
    return bad("begins at " + format_moment(f.at) + ", outside of 0s … freeze_at");
  const bool never = f.duration == kNever;
  if (is_instant(f.kind) && f.duration != Duration{}) return bad("happens at one moment and has no duration");
  if (f.duration < Duration{}) return bad("a negative duration");
  if (!never && f.at + f.duration > p.freeze_at) return bad("lasts beyond freeze_at");
  if (const char* why = amount_problem(f)) return bad(why);
  const bool on_links = f.kind == FaultKind::partition || is_packet(f.kind);
  if (on_links ? !f.nodes.empty() : !f.links.empty())
    return bad(on_links ? "acts on links, not nodes" : "acts on nodes, not links");
  if (f.kind == FaultKind::partition && f.links.empty())
    return bad("a partition names the links that it cuts");
  if (f.links.size() > kLinksPerFaultMax) return bad("more than 65,536 links");
  for (const Link& l : f.links) {
    if (nodes.find(l.from) == nullptr || nodes.find(l.to) == nullptr)
      return bad("a link between nodes that are not in the plan");
    if (l.from == l.to) return bad("a link from a node to itself");
  }
  if (!on_links && f.nodes.empty()) return bad("names no node");
  std::vector<NodeId> sorted = f.nodes;
  std::sort(sorted.begin(), sorted.end());
  if (std::adjacent_find(sorted.begin(), sorted.end()) != sorted.end()) return bad("names a node twice");
  for (NodeId id : f.nodes) {
    if (nodes.find(id) == nullptr) return bad(node_name(id) + " is not in the plan");
    if (!is_clock(f.kind) && !nodes.is_replica(id)) return bad(node_name(id) + " is not a server or spare");
  }
  if (is_service(f.kind) && !nodes.has_admin()) return bad("needs an admin node");
  if (f.kind == FaultKind::membership && f.nodes.size() > kVotersMax) return bad("more than 16 voters");
  if ((f.kind == FaultKind::transfer || is_byzantine(f.kind)) && f.nodes.size() != 1)
    return bad("names one node");
  return {};
}

Result<void> check_faults(const Plan& p, const NodeIndex& nodes) {
  if (p.faults.size() > kFaultsMax) return refuse("more than " + std::to_string(kFaultsMax) + " faults");
  std::uint32_t twice = 0;
  if (!ids_unique(p.faults, twice)) return refuse("fault id " + std::to_string(twice) + " occurs twice");
  const Fault* before = nullptr;
  for (const Fault& f : p.faults) {
    if (before != nullptr && (f.at < before->at || (f.at == before->at && f.id < before->id))) {
      return refuse("faults must ascend by time, then id: fault " + std::to_string(f.id));
    }
    before = &f;
    if (Result<void> r = check_fault(p, nodes, f); !r) return r;
  }
  return {};
}

Result<void> check_deviations(const Plan& p, const NodeIndex& nodes) {
  if (p.deviations.size() > kDeviationsMax)
    return refuse("more than " + std::to_string(kDeviationsMax) + " deviations");
  std::uint32_t before = 0;
  bool first = true;
  for (const Deviation& d : p.deviations) {
    const auto bad = [&](const char* why) {
      return refuse("deviation " + std::to_string(d.id) + ": " + why);
    };
    if (!first && d.id <= before) return bad("deviations must ascend by id");
    first = false;
    before = d.id;
    if (to_string(d.kind) == "unknown") return bad("no such kind");
    if (nodes.find(d.from) == nullptr) return bad("its node is not in the plan");
    if (d.kind == DeviationKind::reorder_actors) {
      if (p.system.service != Service::realm) return bad("only the servers of a realm have actors");
      if (!nodes.is_replica(d.from)) return bad("its node is not a server");
      if (d.message == 0) return bad("activations count from 1");
      if (d.amount != Duration{} || d.at != SimTime{} || d.to) return bad("has neither amount nor time");
      continue;
    }
    if (d.choice != 0) return bad("only reorder-actors has a choice");
    if (d.message_type > 255) return bad("types of frames are numbers up to 255");
    if (d.kind == DeviationKind::delay_process && (d.message_type != 0 || d.operation != 0))
      return bad("only a message has a type and carries an operation");
    if (!within(d.amount, nanoseconds(1), kHour)) return bad("amount is a delay of 1ns to 1h");
    if (d.kind == DeviationKind::delay_message) {
      if (nodes.find(d.to) == nullptr || d.to == d.from)
        return bad("delays a message between two nodes of the plan");
      if (d.message == 0) return bad("messages count from 1");
    } else if (d.at.ns < 0 || d.at.ns > p.duration.ns) {
      return bad("its time is outside of the run");
    }
  }
  return {};
}

Result<void> check_fault_points(const Plan& p) {
  if (p.fault_points.size() > kFaultPointsMax) return refuse("fault_points are more than 256");
  const FaultPointPlan* before = nullptr;
  for (const FaultPointPlan& point : p.fault_points) {
    if (point.name.empty() || point.name.size() > 100)
      return refuse("fault_points have names of 1 to 100 bytes");
    if (before != nullptr && !(before->name < point.name))
      return refuse("fault_points must ascend by name: " + point.name);
    if (point.rate_ppm > 1'000'000) return refuse("fault_points fire at a rate of at most 1,000,000 ppm");
    before = &point;
  }
  return {};
}

Result<void> check_branches(const Plan& p) {
  if (p.branches.size() > kBranchesMax)
    return refuse("more than " + std::to_string(kBranchesMax) + " branches");
  SimTime before{-1};
  for (const BranchPlan& branch : p.branches) {
    if (branch.at <= before) return refuse("branches must ascend by time");
    if (branch.at.ns > p.duration.ns) return refuse("branches: one is outside of the run");
    before = branch.at;
  }
  return {};
}

Result<void> check_claims(const Plan& p) {
  if (p.claims.size() > kClaimsMax) return refuse("more than 256 claims");
  for (const std::string& claim : p.claims) {
    if (claim.empty() || claim.size() > 200) return refuse("a claim is a name of 1 to 200 bytes");
  }
  return {};
}

}  // namespace

Result<void> plan_check(const Plan& plan) {
  if (Result<void> r = check_head(plan); !r) return r;
  if (Result<void> r = check_nodes(plan); !r) return r;
  if (Result<void> r = check_claims(plan); !r) return r;
  if (Result<void> r = check_realm(plan); !r) return r;
  const NodeIndex nodes(plan);
  if (Result<void> r = check_operations(plan, nodes); !r) return r;
  if (Result<void> r = check_faults(plan, nodes); !r) return r;
  if (Result<void> r = check_deviations(plan, nodes); !r) return r;
  if (Result<void> r = check_fault_points(plan); !r) return r;
  if (Result<void> r = check_branches(plan); !r) return r;
  return check_model(plan);
}

}  // namespace wn::faults
