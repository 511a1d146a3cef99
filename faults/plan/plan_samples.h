#pragma once
// Plans for the tests of this room: a small sensible one, and keyed random ones that fill every field.
#include "faults/plan/names.h"
#include "faults/plan/plan.h"
#include "faults/plan/time_text.h"
#include "runtime/base/random.h"

namespace wn::faults {

inline Plan small_plan() {
  Plan p;
  p.scenario = "raft-light";
  p.seed = 17;
  p.duration = seconds(60);
  p.freeze_at = SimTime{seconds(45).ns};
  p.model = {.crashed_max = 2,
             .disk_faulty_max = 1,
             .partitions = true,
             .power_loss_of_all = true,
             .clock_drift_ppm_max = 200,
             .wall_skew_max = seconds(1),
             .membership = true,
             .unhealed = true};
  for (std::uint32_t i = 1; i <= 8; ++i) {
    NodePlan n;
    n.id = NodeId{i};
    n.role = i <= 5 ? NodeRole::server : i <= 7 ? NodeRole::client : NodeRole::admin;
    p.nodes.push_back(n);
  }
  p.claims = {"linearizability", "raft-safety"};
  return p;
}

inline SimTime at_ms(std::int64_t ms) { return SimTime{milliseconds(ms).ns}; }

inline Fault node_fault(std::uint32_t id, FaultKind kind, SimTime at, Duration length,
                        std::vector<std::uint32_t> nodes) {
  Fault f;
  f.id = id;
  f.kind = kind;
  f.at = at;
  f.duration = length;
  for (std::uint32_t n : nodes) f.nodes.push_back(NodeId{n});
  return f;
}

// A realm of three servers and two clients.
inline Plan small_realm() {
  Plan p = small_plan();
  p.model.disk_faulty_max = 0;
  p.model.membership = false;
  p.model.crashed_max = 1;
  p.system.service = Service::realm;
  p.system.worknodes = 40;
  p.system.fan_out = 3;
  p.nodes.erase(p.nodes.begin() + 3, p.nodes.begin() + 5);
  p.nodes.pop_back();
  p.tokens = {{.id = 1, .parent = 0, .holder = NodeId{6}, .rights = 0x3FF, .subtree = 0},
              {.id = 2, .parent = 1, .holder = NodeId{7}, .rights = 3, .subtree = 4, .uses_max = 9}};
  p.claims = {"convergence", "tree"};
  return p;
}

// Any values at all, sensible or not: for round trips.
inline Plan random_plan(std::uint64_t seed) {
  const Random random(seed);
  Draw d = random.at("test.plan");
  const auto any = [&] { return static_cast<std::int64_t>(d.u64()) >> d.below(64); };
  Plan p = small_plan();
  p.seed = d.u64();
  p.scenario = d.below(2) == 0 ? "quotes \" and \\ and caf\xc3\xa9\tand \n" : "";
  p.duration = {any()};
  p.freeze_at = {any()};
  p.model.wall_skew_max = {any()};
  p.model.clock_drift_ppm_max = static_cast<std::int32_t>(any());
  p.model.sync_lies = d.below(2) == 0;
  p.model.byzantine_max = static_cast<std::uint32_t>(d.below(3));
  p.system.defect = static_cast<Defect>(d.below(kDefectsEnd));
  p.system.lease_reads = d.below(2) == 0;
  p.system.snapshot_every_entries = d.u64();
  p.system.client_timeout = {any()};
  p.system.transport = static_cast<Transport>(1 + d.below(2));
  p.network.sealed = d.below(2) == 0;
  p.network.keyed_by_type = d.below(2) == 0;
  if (d.below(2) == 0) {
    p.system.service = Service::realm;
    p.system.worknodes = static_cast<std::uint32_t>(d.u64());
    p.system.actor_order = static_cast<ActorOrder>(1 + d.below(4));
    p.system.mailbox_full = static_cast<MailboxFull>(1 + d.below(3));
    p.system.staleness_max = {any()};
    p.system.signed_updates = d.below(2) == 0;
    p.system.groups = static_cast<std::uint32_t>(d.below(3));
    p.system.group_replicas = static_cast<std::uint32_t>(d.below(8));
    p.system.sessions = d.below(2) == 0;
    p.system.anchored = d.below(2) == 0;
    p.system.eager = d.below(2) == 0;
    p.system.remote_calls = d.below(2) == 0;
    if (d.below(2) == 0) {
      p.system.regroup.interval = {any()};
      p.system.regroup.split_above = static_cast<std::uint32_t>(d.u64());
      p.system.regroup.merge_below = static_cast<std::uint32_t>(d.below(8));
      p.system.regroup.move_ppm = static_cast<std::uint32_t>(d.u64());
    }
    if (d.below(2) == 0) p.system.limits = {{"max_results", d.u64()}, {"no \"limit\"", 0}};
    for (std::uint32_t i = 0; i < 5; ++i) {
      TokenPlan t;
      t.id = static_cast<std::uint32_t>(d.u64());
      t.parent = static_cast<std::uint32_t>(d.below(3));
      t.holder = NodeId{static_cast<std::uint32_t>(d.below(9))};
      t.rights = static_cast<std::uint32_t>(d.below(1U << kRightsEnd));
      t.subtree = static_cast<std::uint32_t>(d.u64());
      if (d.below(2) == 0) t.expires = {any()};
      t.uses_max = static_cast<std::uint32_t>(d.below(3));
      p.tokens.push_back(t);
    }
  }
  p.network.latency_mean = {any()};
  p.network.tail_ppm = static_cast<std::uint32_t>(d.u64());
  p.network.wan_latency = {any()};
  p.network.loss_ppm = static_cast<std::uint32_t>(d.below(2));
  p.disk.sync_mean = {any()};
  p.nodes[0].wall_offset = {any()};
  p.nodes[1].drift_ppm = static_cast<std::int32_t>(any());
  p.nodes[2].disk_bytes_max = d.u64();
  p.nodes[3].site = static_cast<std::uint32_t>(d.below(3));
  for (std::uint32_t i = 0; i < 40; ++i) {
    const auto kinds = all_fault_kinds();
    Fault f;
    f.id = static_cast<std::uint32_t>(d.u64());
    f.kind = kinds[d.below(kinds.size())];
    f.at = {any()};
    f.duration = d.below(4) == 0 ? kNever : Duration{any()};
    for (std::uint64_t n = d.below(4); n > 0; --n)
      f.nodes.push_back(NodeId{static_cast<std::uint32_t>(1 + d.below(9))});
    for (std::uint64_t n = d.below(4); n > 0; --n) {
      f.links.push_back({NodeId{static_cast<std::uint32_t>(1 + d.below(9))},
                         NodeId{static_cast<std::uint32_t>(1 + d.below(9))}});
    }
    f.amount = any();
    f.amount2 = any();
    if (d.below(2) == 0) f.label = "ring";
    p.faults.push_back(f);
    Operation o;
    o.id = static_cast<std::uint32_t>(d.u64());
    o.process = NodeId{static_cast<std::uint32_t>(1 + d.below(9))};
    o.at = {any()};
    o.function = all_functions()[d.below(all_functions().size())];
    o.key = static_cast<std::uint32_t>(d.below(3));
    o.value = any();
    o.expected = any();
    for (std::uint64_t n = d.below(3); n > 0; --n) {
      o.txn.push_back({d.below(2) == 0, static_cast<std::uint32_t>(d.below(5)), any()});
    }
    o.property = static_cast<std::uint32_t>(d.below(kPropertiesEnd));
    o.other = static_cast<std::uint32_t>(d.below(2));
    o.token = static_cast<std::uint32_t>(d.below(2));
    o.schema_version = static_cast<std::uint32_t>(d.below(2));
    o.mode = static_cast<Mode>(1 + d.below(3));
    o.evidence = static_cast<Mode>(1 + d.below(3));
    o.endorsed = d.below(2) == 0;
    o.server = NodeId{static_cast<std::uint32_t>(d.below(3))};
    p.operations.push_back(o);
    Deviation v;
    v.id = static_cast<std::uint32_t>(d.u64());
    v.kind = static_cast<DeviationKind>(1 + d.below(3));
    v.from = NodeId{static_cast<std::uint32_t>(d.below(9))};
    v.to = NodeId{static_cast<std::uint32_t>(d.below(9))};
    v.message = d.u64();
    v.at = {any()};
    v.amount = {any()};
    v.choice = static_cast<std::uint32_t>(d.below(3));
    v.message_type = static_cast<std::uint32_t>(d.below(3));
    v.operation = static_cast<std::uint32_t>(d.below(3));
    p.deviations.push_back(v);
    p.branches.push_back({.at = {any()}, .seed = d.u64()});
  }
  if (d.below(2) == 0) p.fault_points = {{"a.b", static_cast<std::uint32_t>(d.u64())}, {"c \"d\"", 0}};
  return p;
}

}  // namespace wn::faults
