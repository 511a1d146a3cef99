// A daemon's options, after its configuration was written and read, are those that the simulator gives the
// same server of the same plan.
#include "scenarios/daemons/daemon_config.h"

#include <catch2/catch_test_macros.hpp>
#include <filesystem>

#include "scenarios/runner/realm_system.h"
#include "scenarios/runner/scenario.h"
#include "scenarios/runner/system.h"
#include "scenarios/workloads/tokens.h"

namespace wn::scenarios {
namespace {

std::vector<Scenario> catalog() {
  std::vector<Scenario> out;
  for (const char* folder : {"fast", "slow", "negative"}) {
    const std::filesystem::path at = std::filesystem::path(WN_SOURCE_DIR) / "scenarios/catalog" / folder;
    for (const auto& entry : std::filesystem::directory_iterator(at)) {
      if (entry.path().extension() != ".toml") continue;
      const auto scenario = load_scenario(entry.path());
      REQUIRE(scenario.has_value());
      out.push_back(*scenario);
    }
  }
  return out;
}

// What the operator has to say about the machine.
daemon::Config complete(daemon::Config config) {
  config.listen = "127.0.0.1:0";
  for (daemon::Peer& peer : config.peers) peer.address = "127.0.0.1:" + std::to_string(7000 + peer.id.value);
  return config;
}

void same(const raft::Options& a, const raft::Options& b) {
  CHECK(a.election_timeout_min == b.election_timeout_min);
  CHECK(a.election_timeout_max == b.election_timeout_max);
  CHECK(a.heartbeat_interval == b.heartbeat_interval);
  CHECK(a.lease_reads == b.lease_reads);
  CHECK(a.clock_drift_margin_ppm == b.clock_drift_margin_ppm);
  CHECK(a.append_entries_max == b.append_entries_max);
  CHECK(a.inflight_messages_max == b.inflight_messages_max);
  CHECK(a.snapshot_chunk_bytes_max == b.snapshot_chunk_bytes_max);
  CHECK(a.log_entries_max == b.log_entries_max);
  CHECK(a.compaction_tail_entries == b.compaction_tail_entries);
}

void same_kv(const node::Options& a, const node::Options& b) {
  CHECK(a.id == b.id);
  same(a.raft, b.raft);
  CHECK(a.initial == b.initial);
  CHECK(a.snapshot_every_entries == b.snapshot_every_entries);
  CHECK(a.check_invariants == b.check_invariants);
}

void same_realm(const realm::Options& a, const realm::Options& b) {
  CHECK(a.node == b.node);
  CHECK(a.members == b.members);
  CHECK(a.worknodes == b.worknodes);
  CHECK(a.fan_out == b.fan_out);
  CHECK(a.root_key == b.root_key);
  CHECK(a.principals == b.principals);
  CHECK(a.gossip_interval == b.gossip_interval);
  CHECK(a.answer_timeout == b.answer_timeout);
  CHECK(a.anchor == b.anchor);
  CHECK(a.eager == b.eager);
  CHECK(a.limits == b.limits);
  CHECK(a.glue == b.glue);
  CHECK(a.unique_names == b.unique_names);
  REQUIRE(a.identity.has_value() == b.identity.has_value());
  if (!a.identity) return;
  CHECK(a.identity->secret.bytes == b.identity->secret.bytes);
  CHECK(a.identity->members == b.identity->members);
  CHECK(a.identity->realm == b.identity->realm);
  CHECK(a.identity->history_max == b.identity->history_max);
}

void same_host(const host::Options& a, const host::Options& b) {
  same_realm(a.realm, b.realm);
  CHECK(a.order == b.order);
  CHECK(a.order_seed == b.order_seed);
  CHECK(a.mailbox_full == b.mailbox_full);
  CHECK(a.handler_cost == b.handler_cost);
  CHECK(a.request_patience == b.request_patience);
  CHECK(a.requests_max == b.requests_max);
  CHECK(a.compact_every_updates == b.compact_every_updates);
  CHECK(a.remote_calls == b.remote_calls);
  CHECK(a.endpoint == b.endpoint);
  same(a.groups.raft, b.groups.raft);
  REQUIRE(a.groups.groups.size() == b.groups.groups.size());
  for (std::size_t i = 0; i < a.groups.groups.size(); ++i) {
    CHECK(a.groups.groups[i].group == b.groups.groups[i].group);
    CHECK(a.groups.groups[i].root == b.groups.groups[i].root);
    CHECK(a.groups.groups[i].members == b.groups.groups[i].members);
    CHECK(a.groups.groups[i].worknodes == b.groups.groups[i].worknodes);
  }
  CHECK(a.group_rule.interval == b.group_rule.interval);
  CHECK(a.group_rule.split_above == b.group_rule.split_above);
  CHECK(a.group_rule.merge_below == b.group_rule.merge_below);
  CHECK(a.group_rule.move_ppm == b.group_rule.move_ppm);
}

TEST_CASE("daemons: a daemon's options are those of the simulated server") {
  std::size_t realms = 0;
  std::size_t stores = 0;
  for (const Scenario& scenario : catalog()) {
    const auto plan = make_plan(scenario, 5);
    for (const faults::NodePlan& node : plan.nodes) {
      if (node.role != faults::NodeRole::server && node.role != faults::NodeRole::spare) continue;
      if (node.id.value > 3) continue;
      INFO(scenario.name << " n" << node.id.value);
      const daemon::Config config = complete(daemon_config(plan, node.id));
      const std::string text = daemon::write(config);
      const Result<daemon::Config> read = daemon::read(text, "n.toml");
      INFO((read ? "" : read.error().to_string()));
      REQUIRE(read.has_value());
      CHECK(*read == config);
      if (read->service == daemon::Service::realm) {
        same_host(daemon::host_options(*read, secret_of_server(plan, node.id)),
                  realm_server_options(plan, node.id));
        ++realms;
      } else {
        same_kv(daemon::node_options(*read), node_options(plan, node.id));
        ++stores;
      }
    }
  }
  CHECK(realms > 20);
  CHECK(stores > 20);
}

}  // namespace
}  // namespace wn::scenarios
