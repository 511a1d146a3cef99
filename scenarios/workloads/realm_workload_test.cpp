#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>

#include "faults/plan/names.h"
#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"
#include "runtime/realm/protocol.h"
#include "scenarios/workloads/realm_names.h"
#include "scenarios/workloads/workload.h"

namespace wn::scenarios {
namespace {

using faults::Operation;
using faults::OpFunction;

faults::Plan realm_plan(std::uint64_t seed, const std::string& kind) {
  faults::Plan plan;
  plan.seed = seed;
  plan.duration = seconds(60);
  plan.freeze_at = SimTime{seconds(45).ns};
  plan.system.service = faults::Service::realm;
  plan.system.worknodes = 100;
  plan.system.fan_out = 4;
  if (kind == "modes") plan.system.groups = plan.system.group_replicas = 3;
  for (std::uint32_t i = 1; i <= 7; ++i) {
    faults::NodePlan node;
    node.id = NodeId{i};
    node.role = i <= 3 ? faults::NodeRole::server : faults::NodeRole::client;
    plan.nodes.push_back(node);
  }
  WorkloadSpec spec;
  spec.kind = kind;
  spec.keys = 6;
  spec.first_key = 4;
  spec.rate_millihertz = 20'000;
  generate_operations(plan, {{spec}});
  return plan;
}

std::vector<std::string> realm_kinds() {
  std::vector<std::string> out;
  for (const WorkloadKind& kind : workload_kinds()) {
    if (kind.service == faults::Service::realm) out.emplace_back(kind.name);
  }
  return out;
}

TEST_CASE("realm workload: every kind gives a plan that plan_check accepts, the same for the same seed") {
  for (const std::string& kind : realm_kinds()) {
    INFO(kind);
    for (std::uint64_t seed = 0; seed < 10; ++seed) {
      const faults::Plan plan = realm_plan(seed, kind);
      const Result<void> checked = faults::plan_check(plan);
      INFO((checked ? "" : checked.error().message));
      REQUIRE(checked.has_value());
      CHECK(plan.operations.size() > 700);
    }
    CHECK(faults::to_text(realm_plan(3, kind)) == faults::to_text(realm_plan(3, kind)));
    CHECK(faults::to_text(realm_plan(3, kind)) != faults::to_text(realm_plan(4, kind)));
  }
}

TEST_CASE("realm workload: elements and created worknodes are unique, and created ones are new") {
  for (const std::string& kind : realm_kinds()) {
    std::set<std::pair<bool, std::int64_t>> values;
    const faults::Plan plan = realm_plan(5, kind);
    for (const Operation& op : plan.operations) {
      const bool element = op.function == OpFunction::put || op.function == OpFunction::append ||
                           op.function == OpFunction::include || op.function == OpFunction::nest ||
                           op.function == OpFunction::create;
      if (element) CHECK(values.emplace(op.function == OpFunction::create, op.value).second);
      if (op.function == OpFunction::create) CHECK(op.value >= 100);
      if (op.function == OpFunction::move || op.function == OpFunction::trash) CHECK(op.key != 0);
    }
  }
}

TEST_CASE("realm workload: at the end each replica is asked once for each property in use") {
  const faults::Plan plan = realm_plan(5, "worknode");
  const SimTime last = plan.operations.back().at;
  CHECK(last > plan.freeze_at);
  std::map<NodeId, std::set<std::pair<std::uint32_t, std::uint32_t>>> asked;
  std::map<NodeId, NodeId> reader;
  SimTime before{};
  for (const Operation& op : plan.operations) {
    if (op.at != last) {
      before = op.at;
      continue;
    }
    CHECK(op.function == OpFunction::get);
    const NodeId home = home_of(plan, op.process);
    CHECK(reader.emplace(home, op.process).first->second == op.process);
    CHECK(asked[home].emplace(op.key, op.property).second);
  }
  REQUIRE(asked.size() == 3);
  for (const auto& [home, properties] : asked) CHECK(properties.size() == 6 * 5);
  CHECK(last - before >= seconds(4));  // what was in flight has arrived
}

TEST_CASE("realm workload: each client has a home, and it stays when another client goes") {
  faults::Plan plan = realm_plan(1, "worknode");
  std::set<NodeId> homes;
  for (std::uint32_t client = 4; client <= 7; ++client) homes.insert(home_of(plan, NodeId{client}));
  CHECK(homes == std::set{NodeId{1}, NodeId{2}, NodeId{3}});
  const NodeId home = home_of(plan, NodeId{7});
  plan.nodes.erase(plan.nodes.begin() + 3);
  CHECK(home_of(plan, NodeId{7}) == home);
}

TEST_CASE("realm workload: every client holds a token with all rights, whatever the workload") {
  const faults::Plan plan = realm_plan(1, "bounded");
  REQUIRE(plan.tokens.size() == 4);
  for (const faults::TokenPlan& token : plan.tokens) {
    CHECK(token.rights == realm::kAllRights);
    CHECK(token.parent == 0);
  }
}

TEST_CASE("realm workload: the words of properties and rights are those of the protocol") {
  CHECK(faults::kPropertiesEnd == realm::kPropertyEnd);
  CHECK(1U << faults::kRightsEnd == realm::kAllRights + 1);
  CHECK(faults::property_from("title") == static_cast<std::uint32_t>(realm::Property::title));
  CHECK(faults::property_from("groups") == static_cast<std::uint32_t>(realm::Property::groups));
  CHECK(faults::property_from("text") == static_cast<std::uint32_t>(realm::Property::text));
  CHECK(1U << *faults::right_from("delegate") == static_cast<std::uint32_t>(realm::Right::delegate));
  CHECK(1U << *faults::right_from("publish") == static_cast<std::uint32_t>(realm::Right::publish));
}

TEST_CASE("realm workload: clients of a schema workload speak three versions once two were published") {
  std::set<std::uint32_t> early;
  std::set<std::uint32_t> late;
  const faults::Plan plan = realm_plan(2, "schema");
  SimTime last_published{};
  for (const Operation& op : plan.operations) {
    if (op.function == OpFunction::publish) last_published = op.at;
  }
  for (const Operation& op : plan.operations) {
    if (op.schema_version != 0) (op.at > last_published ? late : early).insert(op.schema_version);
  }
  CHECK(early == std::set<std::uint32_t>{1, 2});
  CHECK(late == std::set<std::uint32_t>{1, 2, 3});
}

TEST_CASE(
    "realm workload: modes come in the shares that were asked for, with values that nobody else writes") {
  const faults::Plan plan = realm_plan(1, "modes");
  std::map<Mode, std::size_t> modes;
  std::set<std::int64_t> values;
  for (const Operation& op : plan.operations) {
    ++modes[op.mode];
    CHECK(faults::has_mode(op.function, op.mode));
    if (op.function == OpFunction::put || op.function == OpFunction::cas)
      CHECK(values.insert(op.value).second);
  }
  CHECK(modes[Mode::local] > modes[Mode::eventual] * 3);
  CHECK(modes[Mode::eventual] > modes[Mode::strong]);
  CHECK(modes[Mode::strong] > 6);
}

}  // namespace
}  // namespace wn::scenarios
