#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "faults/plan/plan_check.h"
#include "faults/plan/plan_io.h"
#include "scenarios/explore/behaviours.h"
#include "scenarios/explore/trial_run.h"
#include "scenarios/runner/scenario_spec.h"

namespace wn::explore {
namespace {

scenarios::Scenario scenario_named(const std::string& path) {
  auto scenario = scenarios::load_scenario(std::string(WN_SOURCE_DIR) + "/scenarios/catalog/" + path);
  REQUIRE(scenario.has_value());
  return *scenario;
}

// What a run might have shown: enough for strategies to learn from.
Feedback invented(std::uint64_t index) {
  Feedback feedback;
  feedback.work = 1000 + index % 7 * 100;
  Draw draw = Random(index).at("test.feedback");
  for (std::uint32_t i = 0; i < 20; ++i) {
    feedback.print.behaviours.push_back({.id = static_cast<std::uint32_t>(draw.below(400) + 1),
                                         .at_ms = static_cast<std::uint32_t>(draw.below(9000)),
                                         .node = NodeId{1 + i % 3}});
  }
  std::ranges::sort(feedback.print.behaviours, {}, &Behaviour::id);
  for (auto& n : feedback.print.steps) n = static_cast<std::uint32_t>(draw.below(100));
  feedback.print.links.push_back({{NodeId{1}, NodeId{2}}, 500});
  return feedback;
}

// Trials as text; results come back `behind` proposals late and, of those at hand, the last first.
std::vector<std::string> explored(const std::string& name, const scenarios::Scenario& scenario,
                                  std::size_t count, std::size_t behind) {
  Explorer explorer(make_strategy(name, scenario, {}));
  std::vector<std::uint64_t> open;
  std::vector<std::string> trials;
  while (trials.size() < count) {
    const std::uint64_t index = explorer.next_index();
    const auto trial = explorer.next(100 + index);
    if (trial) {
      trials.push_back(encode(*trial));
      open.push_back(index);
    }
    while (!open.empty() && (!trial || open.size() > behind)) {
      explorer.done(open.back(), invented(open.back()));
      open.pop_back();
    }
  }
  return trials;
}

TraceEvent event(std::int64_t ms, std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field) {
  return {.at = SimTime{milliseconds(ms).ns}, .node = NodeId{node}, .kind = kind, .field = field};
}

}  // namespace

TEST_CASE("explore: what is tried does not hang on how many results are awaited at once") {
  const auto scenario = scenario_named("negative/raft-vote-not-persisted.toml");
  for (const StrategyWord& word : strategy_words()) {
    INFO(word.name);
    const auto one = explored(std::string(word.name), scenario, 60, 0);
    CHECK(one == explored(std::string(word.name), scenario, 60, 1));
    CHECK(one == explored(std::string(word.name), scenario, 60, 13));
  }
}

TEST_CASE(
    "explore: every trial is a plan inside its scenario's fault model, and survives its way to a worker") {
  for (const char* path :
       {"negative/raft-lease-on-wall-clock.toml", "negative/raft-truncate-on-bad-checksum.toml",
        "negative/raft-single-server-membership-change.toml",
        "negative/worknode-equivocation-accepted.toml"}) {
    const auto scenario = scenario_named(path);
    for (const StrategyWord& word : strategy_words()) {
      INFO(path << " " << word.name);
      for (const std::string& text : explored(std::string(word.name), scenario, 30, 3)) {
        const auto trial = decode_trial(text);
        REQUIRE(trial.has_value());
        REQUIRE(encode(*trial) == text);
        const faults::Plan plan = trial_plan(scenario, *trial);
        REQUIRE(faults::plan_check(plan).has_value());
        REQUIRE(plan.model == scenario.spec->model);
      }
    }
  }
  CHECK_FALSE(decode_trial("1 2 3").has_value());
  CHECK(make_strategy("guess", scenario_named("negative/raft-liar.toml"), {}) == nullptr);
}

TEST_CASE("explore: random is the stock swarm") {
  const auto scenario = scenario_named("negative/raft-vote-not-persisted.toml");
  Explorer explorer(make_strategy("random", scenario, {}));
  const auto trial = explorer.next(17);
  REQUIRE(trial.has_value());
  CHECK(faults::to_text(trial_plan(scenario, *trial)) == faults::to_text(scenarios::make_plan(scenario, 17)));
}

// Of claims that need the end too, where no end can mend what was seen.
TEST_CASE("explore: a violation seen on the way is the failure of a shorter plan") {
  for (const char* path : {"negative/raft-ack-before-sync.toml", "negative/worknode-stale-handle-reuse.toml",
                           "negative/worknode-unsigned-twins.toml"}) {
    INFO(path);
    const auto scenario = scenario_named(path);
    int seen = 0;
    for (std::uint64_t seed = 0; seed < 40 && seen < 2; ++seed) {
      Trial trial;
      trial.seed = seed;
      const auto early = run_trial(scenario, trial, {.early = true, .fingerprint = false});
      REQUIRE(early.has_value());
      if (!early->cut_at) continue;
      ++seen;
      const faults::Plan shorter = cut(trial_plan(scenario, trial), *early->cut_at, early->run.signature);
      CHECK(shorter.duration == Duration{early->cut_at->ns});
      const auto again = scenarios::run_plan(shorter);
      REQUIRE(again.has_value());
      CHECK(again->outcome == checkers::Outcome3::fail);
      CHECK(again->signature == early->run.signature);
    }
    CHECK(seen == 2);
  }
}

TEST_CASE("explore: a run whose end is not waited for is the whole one until there, and accuses nobody") {
  auto scenario = scenario_named("negative/worknode-stale-handle-reuse.toml");
  scenarios::ScenarioSpec sound = *scenario.spec;
  sound.system.defect = Defect::none;
  scenario.spec = std::make_shared<const scenarios::ScenarioSpec>(std::move(sound));
  for (std::uint64_t seed = 0; seed < 3; ++seed) {
    Trial trial;
    trial.seed = seed;
    trial.shape.tail = 8;
    const auto whole = run_trial(scenario, trial, {.fingerprint = false});
    const auto part = run_trial(scenario, trial, {.early = true, .fingerprint = false});
    REQUIRE((whole.has_value() && part.has_value()));
    CHECK(part->run.outcome == checkers::Outcome3::pass);
    CHECK_FALSE(part->cut_at.has_value());
    CHECK(part->run.stats.events < whole->run.stats.events);
    CHECK(faults::to_text(part->run.plan) == faults::to_text(whole->run.plan));
  }
}

TEST_CASE("explore: the same run has the same fingerprint, and it survives its way back") {
  const auto scenario = scenario_named("negative/raft-vote-not-persisted.toml");
  Trial trial;
  trial.seed = 3;
  const auto one = run_trial(scenario, trial, {});
  const auto two = run_trial(scenario, trial, {});
  REQUIRE((one.has_value() && two.has_value()));
  const Fingerprint& print = one->feedback.print;
  CHECK(print.behaviours == two->feedback.print.behaviours);
  CHECK(print.order_class == two->feedback.print.order_class);
  CHECK(print.behaviours.size() > 100);
  const auto read = decode_print(encode(print));
  REQUIRE(read.has_value());
  CHECK(encode(*read) == encode(print));
  CHECK_FALSE(decode_print(encode(print) + "1 ").has_value());
}

TEST_CASE("explore: the order of concurrent events is no other class, that of causes is") {
  faults::Plan plan;
  plan.duration = seconds(1);
  for (const std::uint32_t id : {1U, 2U, 3U}) {
    faults::NodePlan node;
    node.id = NodeId{id};
    plan.nodes.push_back(node);
  }
  const auto class_of = [&](std::vector<TraceEvent> events) {
    Fingerprinter print(plan);
    for (const TraceEvent& e : events) print.on_event(e);
    return print.result().order_class;
  };
  const auto sent = event(1, 1, TraceKind::message_sent, {2, 1, 10, 0, 5});
  const auto got = event(3, 2, TraceKind::message_delivered, {1, 1, 10, 0, 5});
  const auto elsewhere = event(2, 3, TraceKind::raft_state, {1, 1, 0, 0, 0});
  const auto votes = event(4, 2, TraceKind::raft_vote, {1, 1, 1, 0, 0});
  CHECK(class_of({sent, got, elsewhere, votes}) == class_of({elsewhere, sent, got, votes}));
  CHECK(class_of({sent, got, votes}) != class_of({sent, votes, got}));
}

TEST_CASE("explore: what a sweep saw is a sum, whatever the order and the shards") {
  Behaviours all, even, odd;
  for (std::uint64_t seed = 0; seed < 200; ++seed) {
    Fingerprint print;
    Draw draw = Random(seed).at("test.print");
    for (int i = 0; i < 100; ++i)
      print.behaviours.push_back(
          {.id = static_cast<std::uint32_t>(draw.u64() >> 32) | 1, .at_ms = 0, .node = {}});
    print.behaviours.push_back({.id = 42, .at_ms = 0, .node = {}});
    print.order_class = seed / 2;
    all.add(seed, print);
    (seed % 2 == 0 ? even : odd).add(seed, print);
  }
  odd.merge(even);
  CHECK(odd == all);
  CHECK_FALSE(all.behaviours().exact());
  CHECK(all.behaviours().distinct() > 19'000);
  CHECK(all.behaviours().distinct() < 21'000);
  CHECK(all.classes().distinct() == 100);
  CHECK(all.new_class_chance() == 0);
  const auto curve = all.curve();
  REQUIRE(curve.size() == kCurvePoints);
  CHECK(std::ranges::is_sorted(curve, {}, &CurvePoint::behaviours));
  CHECK(curve.back().classes == 100);
}

TEST_CASE("explore: with none failed the bound is the rule of three, and it grows with failures") {
  CHECK(failure_rate_bound(0, 1000) > 0.00298);
  CHECK(failure_rate_bound(0, 1000) < 0.00300);
  CHECK(failure_rate_bound(1, 1000) > 0.0047);  // 0.00473
  CHECK(failure_rate_bound(1, 1000) < 0.0048);
  CHECK(failure_rate_bound(5, 5) == 1);
  CHECK(failure_rate_bound(0, 0) == 1);
}

}  // namespace wn::explore
