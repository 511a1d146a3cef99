// Limits that a plan sets are obeyed by the realm that runs it, with typed refusals; those that make no sense
// are refused before anything runs.
#include "scenarios/runner/realm_limits.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "faults/plan/names.h"
#include "runtime/config/limit_table.h"
#include "runtime/realm/protocol.h"
#include "scenarios/runner/run.h"
#include "scenarios/runner/scenario_parse.h"

using namespace wn;
using namespace wn::faults;

namespace {

// One server, two clients, a first tree of twenty worknodes, no faults.
Plan quiet_realm(std::vector<LimitPlan> limits) {
  Plan plan;
  plan.scenario = "quiet-realm";
  plan.seed = 1;
  plan.duration = seconds(12);
  plan.freeze_at = SimTime{} + seconds(6);
  plan.claims = {"convergence", "tree", "eventual"};
  plan.system.service = Service::realm;
  plan.system.worknodes = 20;
  plan.system.fan_out = 4;
  plan.system.limits = std::move(limits);
  for (std::uint32_t i = 1; i <= 3; ++i) {
    plan.nodes.push_back({.id = NodeId{i}, .role = i == 1 ? NodeRole::server : NodeRole::client});
  }
  return plan;
}

void ask(Plan& plan, OpFunction function, std::uint32_t key, std::int64_t value, std::uint32_t client = 2) {
  Operation o;
  o.id = static_cast<std::uint32_t>(plan.operations.size() + 1);
  o.process = NodeId{client};
  o.at = SimTime{} + seconds(2) + milliseconds(static_cast<std::int64_t>(plan.operations.size()) / 8);
  o.function = function;
  o.key = key;
  o.value = value;
  o.property = property_of(function);
  plan.operations.push_back(o);
}

struct Ran {
  scenarios::RunResult result;
  // Operations that the client completed after a last reply of this code.
  std::size_t completed(realm::ReplyCode code) const {
    return static_cast<std::size_t>(std::ranges::count_if(result.trace, [&](const TraceEvent& e) {
      return e.kind == TraceKind::op_completed && e.field[3] == static_cast<std::uint64_t>(code);
    }));
  }
  std::size_t refused(Errc error) const {
    return static_cast<std::size_t>(std::ranges::count_if(result.trace, [&](const TraceEvent& e) {
      return e.kind == TraceKind::realm_refused && e.field[0] == static_cast<std::uint64_t>(error);
    }));
  }
  std::size_t events(TraceKind kind) const {
    return static_cast<std::size_t>(std::ranges::count(result.trace, kind, &TraceEvent::kind));
  }
};

Ran run(const Plan& plan) {
  auto result = scenarios::run_plan(plan, {.record_trace = true});
  if (!result) UNSCOPED_INFO(result.error().message);
  REQUIRE(result.has_value());
  for (const checkers::Verdict& claim : result->claims) {
    INFO(claim.claim << ": " << claim.explanation);
    CHECK(claim.outcome == checkers::Outcome3::pass);
  }
  return {*std::move(result)};
}

TEST_CASE("realm limits: max_results cuts an answer short") {
  for (const bool limited : {false, true}) {
    Plan plan = quiet_realm(limited ? std::vector<LimitPlan>{{"max_results", 3}} : std::vector<LimitPlan>{});
    ask(plan, OpFunction::query, 0, 10);
    const Ran ran = run(plan);
    REQUIRE(ran.completed(realm::ReplyCode::done) == 1);
    const std::string& history = ran.result.history_jsonl;
    const std::size_t ok = history.rfind("\"ok\"");
    REQUIRE(ok != std::string::npos);
    INFO(history);
    CHECK((history.find("[1,2,3,4,5,6,7,8,9,10]") == std::string::npos) == limited);
    CHECK((history.find("[1,2,3]") != std::string::npos) == limited);
  }
}

TEST_CASE("realm limits: a realm that is full takes no further worknode, and goes on") {
  Plan plan = quiet_realm({{"max_worknodes", 22}});
  for (std::uint32_t i = 0; i < 5; ++i) ask(plan, OpFunction::create, 1, 100 + i, 2);
  ask(plan, OpFunction::put, 1, 5, 3);
  const Ran ran = run(plan);
  CHECK(ran.completed(realm::ReplyCode::overloaded) >= 2);
  CHECK(ran.completed(realm::ReplyCode::done) >= 2);
}

TEST_CASE("realm limits: a parent that is full and a place that is too deep are refused") {
  Plan full = quiet_realm({{"max_children", 4}});
  ask(full, OpFunction::create, 0, 100, 2);  // the root has four
  ask(full, OpFunction::create, 15, 101, 3);
  const Ran ran = run(full);
  CHECK(ran.completed(realm::ReplyCode::overloaded) == 1);
  CHECK(ran.completed(realm::ReplyCode::done) == 1);

  Plan deep = quiet_realm({{"max_tree_depth", 5}});
  std::uint32_t under = 19;
  for (std::uint32_t i = 100; i < 106; ++i) {
    ask(deep, OpFunction::create, under, i);
    under = i;
  }
  const Ran dug = run(deep);
  CHECK(dug.refused(Errc::too_large) == 1);
  CHECK(dug.completed(realm::ReplyCode::done) + dug.completed(realm::ReplyCode::refused) == 6);
}

TEST_CASE("realm limits: a mailbox of one message refuses the second, and both are done in the end") {
  Plan plan = quiet_realm({{"mailbox_messages", 1}});
  for (std::uint32_t i = 4; i <= 9; ++i) plan.nodes.push_back({.id = NodeId{i}, .role = NodeRole::client});
  plan.system.handler_cost = milliseconds(20);
  for (std::uint32_t i = 0; i < 40; ++i) ask(plan, OpFunction::add, 1, 1, 2 + i % 8);
  for (Operation& o : plan.operations) o.property = 2;
  const Ran ran = run(plan);
  CHECK(ran.events(TraceKind::mailbox_full) > 0);
  CHECK(ran.result.operations_ok > 10);
  CHECK(ran.result.operations_fail == 0);
}

TEST_CASE("realm limits: a schema of more fields than max_properties is refused") {
  Plan plan = quiet_realm({{"max_properties", 6}});
  ask(plan, OpFunction::publish, 0, 2);  // six fields
  ask(plan, OpFunction::publish, 0, 3);  // seven
  const Ran ran = run(plan);
  CHECK(ran.refused(Errc::too_large) == 1);
}

TEST_CASE("realm limits: what cannot be is refused before anything runs") {
  const auto code_of = [](std::vector<LimitPlan> limits) {
    const auto result = scenarios::run_plan(quiet_realm(std::move(limits)));
    if (!result) UNSCOPED_INFO(result.error().message);
    return result ? Errc::ok : result.error().code;
  };
  CHECK(code_of({{"max_results", 3}}) == Errc::ok);
  CHECK(code_of({{"no_such_limit", 3}}) == Errc::invalid_argument);
  CHECK(code_of({{"max_results", 0}}) == Errc::invalid_argument);
  CHECK(code_of({{"max_results", 1ULL << 60}}) == Errc::invalid_argument);
  CHECK(code_of({{"max_worknodes", 19}}) == Errc::invalid_argument);
  CHECK(code_of({{"max_tree_depth", 3}}) == Errc::invalid_argument);
  CHECK(code_of({{"fiber_stacks", 1'000'000}}) == Errc::invalid_argument);
  CHECK(code_of({{"audit_log_records", 16'000'000}}) == Errc::invalid_argument);
  CHECK(code_of({{"capability_cache_entries", 16'000'000}}) == Errc::invalid_argument);
}

TEST_CASE("realm limits: each limit by itself, at its ends and its default, runs or is refused by type") {
  for (const config::LimitRow& row : config::limit_table()) {
    for (const std::uint64_t value : {row.least, Limits{}.*row.field, row.most}) {
      Plan plan = quiet_realm({{std::string(row.name), value}});
      plan.duration = seconds(4);
      plan.freeze_at = SimTime{} + seconds(3);
      plan.claims = {"tree"};
      ask(plan, OpFunction::put, 1, 7);
      ask(plan, OpFunction::create, 1, 100, 3);
      ask(plan, OpFunction::call, 1, 0);
      INFO(row.name << " = " << value);
      const auto result = scenarios::run_plan(plan);
      CHECK((result.has_value() || result.error().code == Errc::invalid_argument));
    }
  }
}

TEST_CASE("realm limits: a scenario writes them as an operator does") {
  const auto parse = [](const std::string& text) { return scenarios::parse_scenario_text(text, "x.toml"); };
  const std::string realm = "[system]\nservice = \"realm\"\n";
  const auto good =
      parse(realm + "[limits]\nmemory_bytes = \"4 MiB\"\nmax_results = 3\nhandler_stall_ns = \"30ms\"\n");
  if (!good) UNSCOPED_INFO(good.error().message);
  REQUIRE(good.has_value());
  CHECK(good->system.limits == std::vector<LimitPlan>{{"handler_stall_ns", 30'000'000},
                                                      {"max_results", 3},
                                                      {"memory_bytes", 4U << 20}});
  for (const std::string& wrong :
       {realm + "[limits]\nmax_result = 3\n", realm + "[limits]\nmax_results = 0\n",
        realm + "[limits]\nmax_results = \"3 MiB\"\n", realm + "[limits]\nmemory_bytes = \"4 parsecs\"\n",
        realm + "[limits]\nmax_worknodes = 50\n", std::string("[limits]\nmax_results = 3\n")}) {
    INFO(wrong);
    const auto parsed = parse(wrong);
    REQUIRE_FALSE(parsed.has_value());
    CHECK(parsed.error().code == Errc::bad_input);
    CHECK(parsed.error().at.line > 0);
  }
}

}  // namespace
