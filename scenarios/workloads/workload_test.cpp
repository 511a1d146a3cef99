#include "scenarios/workloads/workload.h"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"

namespace wn::scenarios {
namespace {

using faults::Operation;
using faults::OpFunction;

faults::Plan plan_with(std::uint64_t seed, const std::vector<WorkloadSpec>& workloads,
                       std::uint32_t clients = 3) {
  faults::Plan plan;
  plan.seed = seed;
  plan.duration = seconds(60);
  plan.freeze_at = SimTime{seconds(45).ns};
  for (std::uint32_t i = 1; i <= 1 + clients; ++i) {
    faults::NodePlan node;
    node.id = NodeId{i};
    node.role = i == 1 ? faults::NodeRole::server : faults::NodeRole::client;
    plan.nodes.push_back(node);
  }
  generate_operations(plan, workloads);
  return plan;
}

TEST_CASE("workload: every kind gives a plan that plan_check accepts, at about the rate asked for") {
  for (const WorkloadKind& kind : workload_kinds()) {
    if (kind.service != faults::Service::kv) continue;  // realm_workload_test.cpp
    for (std::uint64_t seed = 0; seed < 20; ++seed) {
      WorkloadSpec spec;
      spec.kind = std::string(kind.name);
      spec.rate_millihertz = 20'000;
      const faults::Plan plan = plan_with(seed, {spec});
      REQUIRE(faults::plan_check(plan).has_value());
      CHECK(plan.operations.size() > 900);
      CHECK(plan.operations.size() < 1400);
      std::set<NodeId> processes;
      for (const Operation& op : plan.operations) processes.insert(op.process);
      CHECK(processes.size() == 3);
    }
  }
}

TEST_CASE("workload: put, cas and append values are unique in the plan, over all workloads") {
  WorkloadSpec kv;
  WorkloadSpec txn;
  txn.kind = "txn";
  txn.first_key = 100;
  const faults::Plan plan = plan_with(5, {kv, txn});
  std::set<std::int64_t> values;
  std::size_t writes = 0;
  const auto wrote = [&](std::int64_t value) {
    ++writes;
    CHECK(value > 0);
    CHECK(values.insert(value).second);
  };
  for (const Operation& op : plan.operations) {
    if (op.function == OpFunction::put || op.function == OpFunction::cas || op.function == OpFunction::append)
      wrote(op.value);
    for (const faults::MicroOp& m : op.txn) {
      CHECK(m.key >= 100);
      if (m.append) wrote(m.value);
    }
  }
  CHECK(writes > 500);
}

TEST_CASE("workload: a cas expects a value that was asked for before on its key") {
  WorkloadSpec spec;
  spec.kind = "cas-register";
  const faults::Plan plan = plan_with(5, {spec});
  std::map<std::uint32_t, std::set<std::int64_t>> asked;
  std::size_t seen = 0;
  for (const Operation& op : plan.operations) {
    if (op.function == OpFunction::cas && op.expected != 0) {
      CHECK(asked[op.key].contains(op.expected));
      ++seen;
    }
    if (op.function == OpFunction::put || op.function == OpFunction::cas) asked[op.key].insert(op.value);
  }
  CHECK(seen > 100);
}

TEST_CASE("workload: the run ends with a read of every key") {
  WorkloadSpec spec;
  spec.keys = 7;
  const faults::Plan plan = plan_with(5, {spec});
  REQUIRE(plan.operations.size() > 7);
  for (std::uint32_t k = 0; k < 7; ++k) {
    const Operation& op = plan.operations[plan.operations.size() - 7 + k];
    CHECK(op.function == OpFunction::get);
    CHECK(op.key == k);
  }
  spec.final_reads = false;
  CHECK(plan_with(5, {spec}).operations.size() + 7 == plan.operations.size());
}

TEST_CASE("workload: a mix is kept to, start and stop hold, and the same seed gives the same operations") {
  WorkloadSpec spec;
  spec.mix = {{OpFunction::get, 3}, {OpFunction::put, 1}};
  spec.start = seconds(10);
  spec.stop = seconds(20);
  spec.final_reads = false;
  spec.rate_millihertz = 100'000;
  const faults::Plan plan = plan_with(1, {spec});
  std::size_t gets = 0;
  for (const Operation& op : plan.operations) {
    CHECK((op.at.ns >= seconds(10).ns && op.at.ns < seconds(20).ns));
    gets += op.function == OpFunction::get ? 1 : 0;
  }
  CHECK(gets > plan.operations.size() / 2);
  CHECK(gets < plan.operations.size());
  CHECK(faults::to_text(plan) == faults::to_text(plan_with(1, {spec})));
  CHECK(faults::to_text(plan) != faults::to_text(plan_with(2, {spec})));
}

TEST_CASE("workload: without clients or with a rate of nothing there is nothing to do") {
  WorkloadSpec spec;
  CHECK(plan_with(1, {spec}, 0).operations.empty());
  spec.rate_millihertz = 0;
  spec.final_reads = false;
  CHECK(plan_with(1, {spec}).operations.empty());
}

TEST_CASE("workload: each kind's own model can judge it, and a wrong one cannot") {
  for (const WorkloadKind& kind : workload_kinds()) {
    if (kind.name == "txn" || kind.service != faults::Service::kv) continue;
    for (const MixShare& share : kind.mix) CHECK(model_judges(kind.model, share.function));
  }
  CHECK(!model_judges("register", OpFunction::append));
  CHECK(!model_judges("kv", OpFunction::txn));
}

}  // namespace
}  // namespace wn::scenarios
