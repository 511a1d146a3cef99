#include <catch2/catch_test_macros.hpp>
#include <functional>

#include "faults/plan/describe.h"
#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"
#include "faults/plan/plan_samples.h"

namespace wn::faults {
namespace {

Operation operation(std::uint32_t id, OpFunction function, std::uint32_t key, std::int64_t value) {
  Operation o;
  o.id = id;
  o.process = NodeId{7};
  o.at = at_ms(id);
  o.function = function;
  o.key = key;
  o.value = value;
  o.property = property_of(function);
  return o;
}

Plan whole_realm() {
  Plan p = small_realm();
  p.operations = {operation(1, OpFunction::put, 3, 5), operation(2, OpFunction::create, 3, 57),
                  operation(3, OpFunction::move, 12, 0), operation(4, OpFunction::revoke, 0, 2)};
  p.operations[2].other = 3;
  Deviation d;
  d.id = 1;
  d.kind = DeviationKind::reorder_actors;
  d.from = NodeId{1};
  d.message = 9;
  d.choice = 2;
  p.deviations = {d};
  return p;
}

bool accepted(const std::function<void(Plan&)>& change) {
  Plan p = whole_realm();
  change(p);
  return plan_check(p).has_value();
}

TEST_CASE("realm plan: a sensible one passes, and its text is read back") {
  const Plan p = whole_realm();
  const Result<void> checked = plan_check(p);
  if (!checked) UNSCOPED_INFO(checked.error().message);
  REQUIRE(checked.has_value());
  const std::string text = to_text(p);
  CHECK(text.find("service: \"realm\" worknodes: 40 fan_out: 3") != std::string::npos);
  CHECK(
      text.find("tokens { id: 2 parent: 1 holder: \"n7\" rights: [\"read\", \"write\"] subtree: 4 uses_max: "
                "9 }\n") != std::string::npos);
  CHECK(text.find("function: \"move\" key: 12 other: 3 }\n") != std::string::npos);
  const Result<Plan> back = parse_plan(text, "x.txtpb");
  REQUIRE(back.has_value());
  CHECK(back->tokens == p.tokens);
  CHECK(back->system == p.system);
}

TEST_CASE("realm plan: the text of a key-value plan has no word of realms") {
  const std::string text = to_text(small_plan());
  for (const char* word : {"service", "worknodes", "tokens", "actor_order", "mailbox", "property"}) {
    INFO(word);
    CHECK(text.find(word) == std::string::npos);
  }
}

TEST_CASE("realm plan: limits are carried, and a plan without them has no word of them") {
  Plan p = whole_realm();
  CHECK(to_text(p).find("limit") == std::string::npos);
  p.system.limits = {{"max_results", 3}, {"max_worknodes", 1ULL << 40}};
  REQUIRE(plan_check(p).has_value());
  const std::string text = to_text(p);
  CHECK(text.find("limits { name: \"max_results\" value: 3 } limits { name: \"max_worknodes\" value: "
                  "1099511627776 } }\n") != std::string::npos);
  const Result<Plan> back = parse_plan(text, "x.txtpb");
  REQUIRE(back.has_value());
  CHECK(back->system == p.system);
}

Plan plan_of_modes() {
  Plan p = whole_realm();
  p.system.groups = 4;
  p.system.group_replicas = 3;
  p.system.sessions = true;
  p.operations[1].function = OpFunction::cas;
  p.operations[1].expected = 4;
  p.operations[1].mode = Mode::strong;
  p.operations[1].evidence = Mode::eventual;
  p.operations[1].endorsed = true;
  p.operations[2] = operation(3, OpFunction::add, 12, 7);
  p.operations[2].property = 2;
  p.operations[2].mode = Mode::local;
  p.operations[3] = operation(4, OpFunction::put, 5, 9);
  p.operations[3].server = NodeId{2};
  return p;
}

TEST_CASE("realm plan: modes are carried and told, and a plan without them has no word of them") {
  const Plan p = plan_of_modes();
  const Result<void> checked = plan_check(p);
  if (!checked) UNSCOPED_INFO(checked.error().message);
  REQUIRE(checked.has_value());
  const Result<Plan> back = parse_plan(to_text(p), "x.txtpb");
  REQUIRE(back.has_value());
  CHECK(back->operations == p.operations);
  CHECK(back->system == p.system);
  const std::string plain = to_text(whole_realm());
  for (const char* word : {"mode:", "evidence", "endorsed", "groups:", "sessions", "server:"})
    CHECK(plain.find(word) == std::string::npos);
  CHECK(describe(p.operations[1]) == "n7 cas s3 4 -> 57 strong on eventual evidence, endorsed");
  CHECK(describe(p.operations[2]).find(" local") != std::string::npos);
  CHECK(describe(p.operations[3]) == "n7 put w5.title=9 at n2");
}

TEST_CASE("realm plan: what a mode cannot do is refused") {
  const std::vector<std::function<void(Plan&)>> wrongs = {
      [](Plan& p) { p.system.groups = 0; },
      [](Plan& p) { p.system.groups = 0, p.system.group_replicas = 0; },
      [](Plan& p) { p.system.group_replicas = 2; },
      [](Plan& p) { p.system.group_replicas = 9; },
      [](Plan& p) { p.operations[1].mode = Mode::eventual; },
      [](Plan& p) { p.operations[1].mode = static_cast<Mode>(7); },
      [](Plan& p) { p.operations[1].evidence = static_cast<Mode>(0); },
      [](Plan& p) { p.operations[1].evidence = Mode::strong; },
      [](Plan& p) { p.operations[1].property = 1; },
      [](Plan& p) { p.operations[1].function = OpFunction::append; },
      [](Plan& p) { p.operations[2].property = 5; },
      [](Plan& p) { p.operations[2].function = OpFunction::include; },
      [](Plan& p) { p.operations[2].evidence = Mode::local; },
      [](Plan& p) { p.operations[3].server = NodeId{7}; },
      [](Plan& p) { p.operations[3].server = NodeId{99}; },
  };
  for (std::size_t i = 0; i < wrongs.size(); ++i) {
    INFO("rule " << i);
    Plan p = plan_of_modes();
    wrongs[i](p);
    CHECK(!plan_check(p).has_value());
  }
}

TEST_CASE("realm plan: each broken rule is refused") {
  const std::vector<std::function<void(Plan&)>> wrongs = {
      [](Plan& p) { p.system.service = Service::kv; },
      [](Plan& p) { p.system.service = static_cast<Service>(9); },
      [](Plan& p) { p.system.worknodes = 0; },
      [](Plan& p) { p.system.fan_out = 0; },
      [](Plan& p) { p.system.actor_order = static_cast<ActorOrder>(9); },
      [](Plan& p) { p.system.mailbox_full = static_cast<MailboxFull>(0); },
      [](Plan& p) { p.system.gossip_interval = nanoseconds(-1); },
      [](Plan& p) { p.system.eviction_after = kPlanDurationMax + nanoseconds(1); },
      [](Plan& p) { p.system.limits = {{"max_results", 3}, {"max_results", 4}}; },
      [](Plan& p) { p.system.limits = {{"max_results", 3}, {"max_children", 4}}; },
      [](Plan& p) { p.system.limits = {{"", 3}}; },
      [](Plan& p) { p.system.limits = {{"Max results", 3}}; },
      [](Plan& p) { p.system.limits = {{std::string(65, 'x'), 3}}; },
      [](Plan& p) { p.model.disk_faulty_max = 1; },
      [](Plan& p) { p.model.membership = true; },
      [](Plan& p) { p.model.wipe = true; },
      [](Plan& p) { p.model.sync_lies = true; },
      [](Plan& p) { p.nodes[2].role = NodeRole::spare; },
      [](Plan& p) { p.tokens[1].id = 1; },
      [](Plan& p) { p.tokens[0].id = 0; },
      [](Plan& p) { p.tokens[1].parent = 2; },
      [](Plan& p) { p.tokens[1].id = 3, p.tokens[1].parent = 2; },
      [](Plan& p) { p.tokens[1].holder = NodeId{1}; },
      [](Plan& p) { p.tokens[1].rights = 1U << kRightsEnd; },
      [](Plan& p) { p.tokens[1].expires = SimTime{-1}; },
      [](Plan& p) { p.operations[0].function = OpFunction::cas; },
      [](Plan& p) { p.operations[0].property = 2; },
      [](Plan& p) { p.operations[0].expected = 1; },
      [](Plan& p) { p.operations[0].other = 1; },
      [](Plan& p) { p.operations[0].token = 3; },
      [](Plan& p) { p.operations[0].key = kWorknodeNumbersMax; },
      [](Plan& p) { p.operations[0].schema_version = kSchemaVersionsMax + 1; },
      [](Plan& p) { p.operations[1].value = 39; },
      [](Plan& p) { p.operations[3].value = 3; },
      [](Plan& p) { p.deviations[0].message = 0; },
      [](Plan& p) { p.deviations[0].amount = milliseconds(1); },
      [](Plan& p) { p.deviations[0].from = NodeId{7}; },
      [](Plan& p) { p.deviations[0].kind = DeviationKind::delay_process; },
  };
  CHECK(accepted([](Plan&) {}));
  for (std::size_t i = 0; i < wrongs.size(); ++i) {
    INFO("rule " << i);
    CHECK(!accepted(wrongs[i]));
  }
}

TEST_CASE("realm plan: a key-value plan carries nothing of a realm") {
  const std::vector<std::function<void(Plan&)>> wrongs = {
      [](Plan& p) { p.system.worknodes = 1; },
      [](Plan& p) { p.system.gossip_interval = seconds(1); },
      [](Plan& p) { p.system.limits = {{"max_results", 3}}; },
      [](Plan& p) { p.system.mailbox_full = MailboxFull::park; },
      [](Plan& p) { p.tokens = small_realm().tokens; },
      [](Plan& p) { p.operations[0].function = OpFunction::include; },
      [](Plan& p) { p.operations[0].property = 1; },
      [](Plan& p) { p.operations[0].token = 1; },
      [](Plan& p) { p.deviations = whole_realm().deviations; },
  };
  for (std::size_t i = 0; i < wrongs.size(); ++i) {
    INFO("rule " << i);
    Plan p = small_plan();
    Operation put = operation(1, OpFunction::put, 3, 5);
    put.property = 0;
    p.operations = {put};
    CHECK(plan_check(p).has_value());
    wrongs[i](p);
    CHECK(!plan_check(p).has_value());
  }
}

TEST_CASE("realm plan: a fault that its model rules out is refused") {
  CHECK(!accepted([](Plan& p) {
    p.faults = {node_fault(1, FaultKind::transfer, at_ms(1000), {}, {1})};
    p.nodes.push_back({.id = NodeId{8}, .role = NodeRole::admin});
  }));
  Fault rot = node_fault(1, FaultKind::disk_bit_rot, at_ms(1000), {}, {1});
  rot.amount = 1;
  CHECK(!accepted([&](Plan& p) { p.faults = {rot}; }));
  CHECK(accepted(
      [&](Plan& p) { p.faults = {node_fault(1, FaultKind::disk_full, at_ms(1000), seconds(1), {1})}; }));
}

TEST_CASE("realm plan: operations and deviations are told in the words of a realm") {
  const Plan p = whole_realm();
  CHECK(describe(p.operations[0]) == "n7 put w3.title=5");
  CHECK(describe(p.operations[1]) == "n7 creates worknode 57 under 3");
  CHECK(describe(p.operations[2]) == "n7 moves worknode 12 under 3");
  CHECK(describe(p.operations[3]) == "n7 revokes token 2");
  CHECK(describe(p.deviations[0]) == "activation 9 of n1 takes runnable actor 2");
  Operation nest = operation(5, OpFunction::nest, 3, 8);
  nest.other = 2;
  nest.token = 2;
  CHECK(describe(nest) == "n7 nest w3.groups[2]+=8 with token 2");
  for (const OpFunction function : all_functions()) {
    if (!serves(Service::realm, function) || function == OpFunction::cas) continue;
    Operation o = operation(6, function, 1, 2);
    if (function == OpFunction::get || function == OpFunction::add) o.property = 2;
    INFO(to_string(function));
    CHECK(describe(o).find("unknown") == std::string::npos);
  }
}

TEST_CASE("realm plan: each service has its functions, and every word comes back") {
  for (const OpFunction function : all_functions()) {
    CHECK(op_function_from(to_string(function)) == function);
    CHECK((serves(Service::kv, function) || serves(Service::realm, function)));
  }
  CHECK(!serves(Service::realm, OpFunction::txn));
  CHECK(!serves(Service::kv, OpFunction::nest));
}

}  // namespace
}  // namespace wn::faults
