#include "scenarios/runner/liars.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "scenarios/runner/run.h"
#include "scenarios/runner/scenario.h"
#include "scenarios/workloads/realm_names.h"

namespace wn::scenarios {
namespace {

faults::Plan plan_with(const std::string& kind, std::uint64_t seed, const std::string& system = "") {
  const std::string text =
      "duration = \"8s\"\nfreeze = \"4s\"\n[topology]\nservers = 4\nclients = 8\n"
      "[fault_model]\ncrashed_max = 0\npartitions = false\nbyzantine_max = 1\n"
      "[system]\nservice = \"realm\"\nworknodes = 12\nfan_out = 4\ngossip_interval = \"100ms\"\n" +
      system + "[[workload]]\nkind = \"worknode\"\nrate = 40\nkeys = 4\n[swarm]\nkinds = [\"" + kind +
      "\"]\nweight = 1.0\ninterval = \"1s\"\nvary = false\n";
  const auto scenario = parse_scenario(text, "liars");
  REQUIRE(scenario.has_value());
  return make_plan(*scenario, seed);
}

checkers::Verdict verdict_of(const RunResult& run, std::string_view claim) {
  for (const checkers::Verdict& v : run.claims) {
    if (v.claim == claim) return v;
  }
  return {};
}

TEST_CASE("liars: without signatures, twins drive honest replicas apart, and it is seen") {
  int apart = 0;
  for (std::uint64_t seed = 0; seed < 8; ++seed) {
    const Result<RunResult> run = run_plan(plan_with("byzantine-twins", seed));
    REQUIRE(run.has_value());
    apart += verdict_of(*run, "convergence").outcome == checkers::Outcome3::fail ? 1 : 0;
  }
  CHECK(apart >= 1);
}

TEST_CASE("liars: silence and lateness of one server harm no honest replica, signed or not") {
  for (const char* kind : {"byzantine-withhold", "byzantine-delay", "byzantine-replay"}) {
    for (std::uint64_t seed = 0; seed < 4; ++seed) {
      const Result<RunResult> run = run_plan(plan_with(kind, seed));
      REQUIRE(run.has_value());
      INFO(kind << " seed " << seed << ": " << run->signature);
      CHECK(run->outcome == checkers::Outcome3::pass);
    }
  }
}

TEST_CASE("liars: their word is hidden, their clients' operations and what they wrote are left out") {
  const faults::Plan plan = plan_with("byzantine-withhold", 1);
  Liars liars(plan);
  REQUIRE(liars.any());
  const NodeId liar = plan.faults.at(0).nodes.at(0);
  const NodeId honest{liar.value == 1 ? 2U : 1U};
  TraceEvent event{.at = {}, .node = liar, .kind = TraceKind::realm_digest, .field = {}};
  CHECK(liars.seen(event).kind == TraceKind{});
  event.kind = TraceKind::node_crashed;
  CHECK(liars.seen(event).kind == TraceKind::node_crashed);
  event = {.at = {}, .node = honest, .kind = TraceKind::realm_update, .field = {liar.value, 1, 2, 15 + 3}};
  CHECK(liars.seen(event) == event);

  checkers::History history;
  const auto add = [&](NodeId client, const char* key) {
    checkers::Operation o;
    o.process = client.value;
    o.key = history.atoms.text(key);
    history.operations.push_back(o);
  };
  NodeId liars_client;
  NodeId honest_client;
  for (const faults::NodePlan& n : plan.nodes) {
    if (n.role == faults::NodeRole::client)
      (home_of(plan, n.id) == liar ? liars_client : honest_client) = n.id;
  }
  add(honest_client, "w2.tags");
  add(honest_client, "w3.tags");  // the liar wrote to it
  add(liars_client, "w2.tags");
  add(honest_client, "s3");  // another mode's
  const Liars::Judged judged = liars.judged(history);
  CHECK(judged.original == std::vector<std::uint64_t>{0, 3});
  CHECK(!Liars(faults::Plan{}).any());
}

}  // namespace
}  // namespace wn::scenarios
