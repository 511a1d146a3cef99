// Time travel on a run of three seconds: where one lands, what one sees there, and that looking changes
// nothing.
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "scenarios/runner/run.h"
#include "scenarios/runner/scenario.h"
#include "scenarios/travel/inspection.h"
#include "scenarios/travel/prompt.h"
#include "scenarios/travel/serve.h"
#include "scenarios/travel/traveller.h"

using namespace wn;
using namespace wn::travel;

namespace {

constexpr const char* kScenario = R"(
duration = "3s"
freeze = "2s"
[topology]
servers = 3
clients = 2
[[workload]]
kind = "kv"
rate = 20
keys = 2
[swarm]
kinds = ["partition", "kill", "pause"]
weight = 0.3
interval = "1s"
)";

const faults::Plan& plan() {
  static const faults::Plan made = scenarios::make_plan(*scenarios::parse_scenario(kScenario, "travel"), 4);
  return made;
}

std::string seen(Traveller& traveller, std::uint32_t node) {
  return *traveller.ask({.subject = Subject::node, .json = true, .node = NodeId{node}});
}

}  // namespace

TEST_CASE("a run that is inspected all the time ends with the digest of one that nobody looked at") {
  for (const char* system : {"", "[system]\nservice = \"realm\"\n"}) {
    const std::string text = std::string(kScenario) + system;
    auto scenario = scenarios::parse_scenario(text, "travel");
    if (!scenario) continue;
    const faults::Plan watched = scenarios::make_plan(*scenario, 7);
    auto walker = Walker::make(watched);
    REQUIRE(walker);
    std::size_t told = 0;
    for (std::uint64_t event = 100;; event += 100) {
      const auto arrival = (*walker)->walk({.goal = Goal::event, .number = event}, kNoEvent);
      REQUIRE(arrival);
      for (const faults::NodePlan& node : watched.nodes) {
        Inspection inspection;
        (*walker)->run().world().inspect(node.id, inspection);
        told += to_json(inspection.root()).size() + to_text(inspection.root()).size();
      }
      Inspection queue;
      (*walker)->run().world().inspect_queue(queue);
      told += to_text(queue.root()).size();
      if (arrival->position.end) break;
    }
    CHECK(told > 0);
    CHECK((*walker)->run().world().digest() == scenarios::run_plan(watched, {.check = false})->digest);
  }
}

TEST_CASE("a traveller sees the same at an event however it got there") {
  // Checkpoints so close, and so few, that they are thinned out on the way.
  auto made = Traveller::make(plan(), {.spacing = 64, .checkpoints_max = 6});
  REQUIRE(made);
  Traveller& traveller = **made;
  const Position end = *traveller.go_to_event(kNoEvent);
  CHECK(end.end);
  CHECK(end.event > 300);
  CHECK(traveller.checkpoints() <= 6);
  auto fresh = Walker::make(plan());
  REQUIRE(fresh);
  for (const std::uint64_t event : {std::uint64_t{3}, end.event / 3, end.event / 2, end.event - 1}) {
    REQUIRE((*fresh)->walk({.goal = Goal::event, .number = event}, kNoEvent));
    const std::string expected =
        *answer(**fresh, {.subject = Subject::node, .json = true, .node = NodeId{1}});
    CHECK(traveller.go_to_event(event)->event == event);
    CHECK(seen(traveller, 1) == expected);
    CHECK(traveller.step(1)->event == event + 1);
    CHECK(traveller.back(1)->event == event);
    CHECK(seen(traveller, 1) == expected);
  }
  const Position at = *traveller.go_to(SimTime{milliseconds(1500).ns});
  CHECK(at.at == SimTime{milliseconds(1500).ns});
  CHECK(traveller.step(1)->at >= at.at);
  CHECK(traveller.back(1)->event == at.event);
  CHECK(traveller.back(1)->at < at.at);
  CHECK(traveller.go_to_traced(500)->traced > 500);
  CHECK(traveller.back(kNoEvent)->event == 0);
}

TEST_CASE("predicates are met forwards and backwards where a walk over every event meets them") {
  auto made = Traveller::make(plan(), {.spacing = 128});
  REQUIRE(made);
  Traveller& traveller = **made;
  for (const std::string text :
       {"raft_state.role == leader", "node 1: raft.commit >= 5", "op_completed && node == 4",
        "message_delivered.type == append-reply", "n1: raft.role == 'leader' || n2: raft.role == 'leader'"}) {
    INFO(text);
    const auto predicate = Predicate::parse(text);
    REQUIRE(predicate);
    // The truth: a walk with a match at a time.
    std::vector<std::uint64_t> met;
    auto walker = Walker::make(plan());
    REQUIRE(walker);
    for (;;) {
      const auto arrival = (*walker)->walk({.goal = Goal::match, .predicate = text}, kNoEvent);
      REQUIRE(arrival);
      if (!arrival->reached) break;
      met.push_back(arrival->position.event);
    }
    REQUIRE(!met.empty());
    REQUIRE(traveller.go_to_event(0));
    CHECK(traveller.until(text)->event == met.front());
    REQUIRE(traveller.go_to_event(met.back() + 1));
    for (std::size_t back = met.size(); back > std::max<std::size_t>(met.size(), 3) - 3; --back)
      CHECK(traveller.rewind(text)->event == met[back - 1]);
    REQUIRE(traveller.go_to_event(met.back()));
    CHECK(traveller.until(text).error().code == Errc::not_found);
    CHECK(traveller.where().event == met.back());
  }
}

TEST_CASE("a predicate that cannot be read is told in a line that says where") {
  const auto trouble = [](const char* text) { return Predicate::parse(text).error().message; };
  CHECK(trouble("raft_state.roll == 3") ==
        "predicate: raft_state has no field roll; it has role, term, leader, voted_for, commit");
  CHECK(trouble("raft_state.role == king") == "predicate: king is no role");
  CHECK(trouble("nonsense") == "predicate: no kind of event is named nonsense");
  CHECK(trouble("node 2 raft.term").find("expected a colon") != std::string::npos);
  CHECK(trouble("raft_commit &&").find("column 15") != std::string::npos);
  CHECK(trouble("(raft_commit").find("a closing bracket") != std::string::npos);
  CHECK(Predicate::parse(std::string(1000, '!') + "raft_commit").error().code == Errc::too_large);
  CHECK(Predicate::parse(std::string(kPredicateBytesMax + 1, ' ')).error().code == Errc::too_large);
}

TEST_CASE("what is inspected has paths, counts what it leaves out, and is JSON that anybody reads") {
  Inspection inspection;
  {
    const InspectedGroup raft(inspection, "raft");
    inspection.number("term", 7);
    inspection.text("odd", "a\"b\n\xff");
    inspect_list(inspection, "log", std::vector<int>(70, 5), [&](int n) { inspection.integer({}, n); });
  }
  inspection.bytes("key", as_bytes(std::string_view("k1")));
  inspection.instant("until", Instant{1'500'000'000});
  CHECK(find(inspection.root(), "raft.term")->number == 7);
  CHECK(find(inspection.root(), "raft.log.63")->integer == 5);
  CHECK(find(inspection.root(), "raft.log.64") == nullptr);
  CHECK(find(inspection.root(), "raft.log")->left_out == 70 - kInspectedListMax);
  const std::string json = to_json(inspection.root());
  CHECK(json.starts_with("{\"raft\":{\"term\":7,\"odd\":\"a\\\"b\\u000a\\u00ff\",\"log\":[5,5"));
  CHECK(json.ends_with(",{\"left_out\":6}]},\"key\":\"6b31\",\"until\":1500000000}"));
  CHECK(to_text(inspection.root()).find("until              1.5s") != std::string::npos);
}

TEST_CASE("the prompt obeys, and refuses in one line") {
  auto made = Traveller::make(plan());
  REQUIRE(made);
  Prompt prompt(**made, {});
  CHECK(prompt.obey("until raft_state.role == leader").find("role=leader") != std::string::npos);
  CHECK(prompt.obey("nodes").find("leader  term 1") != std::string::npos);
  CHECK(prompt.obey("node n1 raft.term") == "1\n");
  CHECK(prompt.obey("node 1 raft").find("voted_for") != std::string::npos);
  CHECK(prompt.obey("clock 1").find("monotonic") != std::string::npos);
  CHECK(prompt.obey("node 9").starts_with("error: there is no node 9"));
  CHECK(prompt.obey("node 1 soul").starts_with("error: n1 has nothing named soul"));
  CHECK(prompt.obey("dance").starts_with("error: there is no command dance"));
  CHECK(prompt.obey("goto yesterday").starts_with("error: expected an event"));
  CHECK(prompt.obey("goto 300ms").find("event") != std::string::npos);
  CHECK(prompt.obey("break op_completed") == "  1  op_completed\n");
  const std::string stopped = prompt.obey("continue");
  INFO(stopped);
  CHECK(stopped.find("op_completed") != std::string::npos);
  CHECK(prompt.obey("break delete 1").empty());
  CHECK(prompt.obey("break list") == "  none\n");
  for (const char* look : {"where", "queue", "messages", "ops", "faults", "recent", "waiting 1", "log 1",
                           "help", "verdict", "step 3", "back", "# a remark", ""})
    CHECK(!prompt.obey(look).starts_with("error"));
  CHECK(prompt.obey("story") == "error: no story can be told here\n");
  CHECK(!prompt.over());
  prompt.obey("quit");
  CHECK(prompt.over());
}

TEST_CASE("requests of other languages are answered, each from where it says") {
  auto made = Traveller::make(plan());
  REQUIRE(made);
  Traveller& traveller = **made;
  const std::string there = serve_line(traveller, R"({"do":"moment","ns":1200000000})");
  CHECK(there.find("\"ns\":1200000000") != std::string::npos);
  CHECK(serve_line(traveller, R"({"do":"until","predicate":"op_completed","from":{"event":10,"ns":0}})")
            .starts_with("{\"end\":false,\"event\":"));
  const std::string told = serve_line(
      traveller, R"({"do":"ask","about":"node","node":1,"path":"raft.role","from":{"event":200,"ns":0}})");
  INFO(told);
  CHECK(told.find("told") != std::string::npos);
  CHECK(traveller.where().event == 200);
  CHECK(serve_line(traveller, "{").find("bad-input") != std::string::npos);
  CHECK(serve_line(traveller, R"({"do":"fly"})").find("unknown request") != std::string::npos);
  CHECK(serve_line(traveller, R"({"do":"rewind","predicate":"raft_refused"})").find("not-found") !=
        std::string::npos);
}
