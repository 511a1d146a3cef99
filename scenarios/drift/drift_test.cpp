#include "scenarios/drift/drift.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::drift {
namespace {

TraceEvent event(std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field) {
  return {.at = {}, .node = NodeId{node}, .kind = kind, .reserved = 0, .field = field};
}

faults::Plan with_deviation(std::uint32_t type, std::uint32_t operation, std::uint64_t message) {
  faults::Plan plan;
  plan.deviations.push_back({.id = 9,
                             .kind = faults::DeviationKind::delay_message,
                             .from = NodeId{6},
                             .to = NodeId{1},
                             .message = message,
                             .at = {},
                             .amount = milliseconds(5),
                             .message_type = type,
                             .operation = operation});
  return plan;
}

// Operation 3 is sent to n1 twice, with a frame of another type between.
std::vector<TraceEvent> small_run() {
  return {event(6, TraceKind::op_invoked, {3, 1, 0, 0, 0}),
          event(6, TraceKind::op_sent, {3, 1, 1, 0, 0}),
          event(6, TraceKind::message_sent, {1, 1, 20, 0, 40}),
          event(6, TraceKind::message_sent, {1, 2, 20, 0, 7}),
          event(6, TraceKind::op_sent, {3, 2, 1, 0, 0}),
          event(6, TraceKind::message_sent, {1, 3, 20, 0, 40}),
          event(2, TraceKind::raft_state, {3, 4, 2, 2, 0}),
          event(2, TraceKind::raft_state, {3, 4, 2, 2, 9}),
          event(6, TraceKind::op_completed, {3, 1, 2, 0, 0})};
}

TEST_CASE("a skeleton survives its text, and skips lines of another version") {
  const faults::Plan plan = with_deviation(40, 0, 2);
  const Skeleton skeleton = skeleton_of(plan, small_run(), "durability: lost\nmore");
  CHECK(skeleton.signature == "durability: lost");
  CHECK(skeleton.steps == std::vector<std::string>{"n2 raft_state leader 4"});
  CHECK(skeleton.targets == std::vector<std::uint32_t>{9});
  const auto back = parse_skeleton("from-the-future 1 2\n" + to_text(skeleton), "x");
  REQUIRE(back.has_value());
  CHECK(to_text(*back) == to_text(skeleton));
  CHECK(drift_between(plan, *back, skeleton).none());
  CHECK(!parse_skeleton("op x n1 ok\n", "x").has_value());
}

TEST_CASE("a deviation is told as lost when nothing is left of what it means") {
  const auto found = [](std::uint32_t type, std::uint32_t operation, std::uint64_t message) {
    return !skeleton_of(with_deviation(type, operation, message), small_run(), "").targets.empty();
  };
  CHECK(found(0, 0, 3));
  CHECK(!found(0, 0, 4));
  CHECK(found(7, 0, 1));
  CHECK(!found(7, 0, 2));
  CHECK(found(0, 3, 2));
  CHECK(!found(0, 3, 3));
  CHECK(!found(0, 4, 1));
  const faults::Plan plan = with_deviation(7, 0, 1);
  std::vector<TraceEvent> without = small_run();
  without.erase(without.begin() + 3);
  const Drift drift = drift_between(plan, skeleton_of(plan, small_run(), ""), skeleton_of(plan, without, ""));
  CHECK(drift.lost_deviations == std::vector<std::uint32_t>{9});
  CHECK(drift.events_ppm == 1'000'000 / 9);
  CHECK(to_text(drift).find("deviation 9 finds no message") != std::string::npos);
}

TEST_CASE("drift names the operation that ends otherwise and the first transition that differs") {
  const faults::Plan plan;
  std::vector<TraceEvent> other = small_run();
  other[6].field[1] = 5;
  other[7].field[1] = 5;
  other.back().field[1] = 3;
  const Drift drift =
      drift_between(plan, skeleton_of(plan, small_run(), "a: b"), skeleton_of(plan, other, ""));
  CHECK(drift.then == "n2 raft_state leader 4");
  CHECK(drift.now == "n2 raft_state leader 5");
  REQUIRE(drift.operations.size() == 1);
  CHECK(drift.operations[0].then == "ok");
  CHECK(drift.operations[0].now == "info");
  CHECK(drift.other_signature);
  CHECK(drift.parts_per_million > 500'000);
  CHECK(to_text(drift).find("then a: b; now passed") != std::string::npos);
}

}  // namespace
}  // namespace wn::drift
