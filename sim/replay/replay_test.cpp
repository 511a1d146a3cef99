#include <catch2/catch_test_macros.hpp>
#include <sstream>

#include "sim/replay/divergence.h"
#include "sim/world/test_world.h"

using namespace wn;
using namespace wn::sim;
using namespace wn::sim::testing;
using faults::FaultKind;

namespace {

ReplayComparer::Source from(const TraceRecorder& trace) {
  return [&trace, i = std::uint64_t{0}](TraceEvent& event) mutable {
    if (i == trace.size()) return false;
    event = trace[i++];
    return true;
  };
}

// Everyone talks to everyone, writes to disk and draws. `leak` stands for what a process must not know: it
// ends up in a frame of node 3's 40th round.
Script chatter(std::uint64_t leak) {
  Script script;
  script.start = [](Script::Self& self) { self.backend.clock.arm(0, Instant{} + milliseconds(10)); };
  script.timer = [leak, rounds = std::make_shared<std::map<NodeId, std::uint64_t>>()](Script::Self& self,
                                                                                      std::uint32_t) {
    const std::uint64_t round = ++(*rounds)[self.id];
    std::uint64_t word = self.backend.entropy.draw("chatter", round).u64();
    if (self.id == NodeId{3} && round == 40) word ^= leak;
    for (std::uint32_t to = 1; to <= 5; ++to) {
      (void)self.backend.network.send(NodeId{to},
                                      text(std::to_string(word % 1000) + " " + std::to_string(round)), 1);
    }
    (void)self.backend.disk.submit({.ticket = round,
                                    .operation = round % 4 == 0 ? DiskOperation::sync : DiskOperation::write,
                                    .file = "f",
                                    .offset = word % 5'000,
                                    .data = round % 4 == 0 ? Bytes{} : text("something to keep")});
    self.backend.clock.arm(0, self.backend.clock.monotonic_now() + milliseconds(10));
  };
  script.disk = [](Script::Self& self, const DiskCompletion& c) {
    self.backend.probe.emit(TraceKind::raft_state, {c.ticket});
  };
  return script;
}

faults::Plan chatter_plan(std::uint64_t seed) {
  faults::Plan plan = quiet_plan(5, seed);
  plan.duration = seconds(2);
  plan.freeze_at = at(seconds(2));
  plan.network.latency_mean = milliseconds(3);
  plan.network.loss_ppm = 20'000;
  return plan;
}

}  // namespace

TEST_CASE("replay: the same plan gives the same events; a stored run compares equal to a live one") {
  const faults::Plan plan = chatter_plan(1);
  TraceRecorder first(1'000'000);
  Digest digest;
  {
    const Script script = chatter(0);
    World world(plan, factory_of(script), &first);
    world.run_until(at(seconds(2)));
    digest = world.digest();
  }
  std::stringstream file;
  REQUIRE(write_trace(file, {}, first.to_vector(), {.digest = digest}) == Errc::ok);
  auto reader = TraceReader::open(file);
  REQUIRE(reader.has_value());
  ReplayComparer comparer([&](TraceEvent& event) {
    const auto more = reader->next(event);
    REQUIRE(more.has_value());
    return *more;
  });
  const Script script = chatter(0);
  World world(plan, factory_of(script), &comparer);
  world.run_until(at(seconds(2)));
  comparer.finish();
  INFO((comparer.divergence() ? comparer.divergence()->to_string() : "none"));
  REQUIRE_FALSE(comparer.divergence().has_value());
  CHECK(comparer.compared() == first.size());
  CHECK(world.digest() == reader->footer().digest);
}

TEST_CASE("replay: nondeterminism is caught, and its first event, node and field are named") {
  const faults::Plan plan = chatter_plan(2);
  TraceRecorder honest(1'000'000);
  std::vector<std::pair<NodeId, Digest>> honest_nodes;
  {
    const Script script = chatter(0);
    World world(plan, factory_of(script), &honest);
    world.run_until(at(milliseconds(405)));
    for (std::uint32_t n = 0; n <= 5; ++n) honest_nodes.emplace_back(NodeId{n}, world.digest_of(NodeId{n}));
  }
  // What differs from run to run: an address.
  const auto somewhere = std::make_unique<int>(1);
  const std::uint64_t address = reinterpret_cast<std::uintptr_t>(somewhere.get()) | 1;
  const Script script = chatter(address);
  ReplayComparer comparer(from(honest));
  World world(plan, factory_of(script), &comparer);
  world.run_until(at(milliseconds(405)));
  comparer.finish();
  REQUIRE(comparer.divergence().has_value());
  const Divergence& d = *comparer.divergence();
  CHECK(d.node == NodeId{3});
  CHECK(d.kind == "message_sent");
  CHECK((d.field == "checksum" || d.field == "bytes"));
  CHECK(d.expected != d.got);
  CHECK(d.at.ns / 1'000'000 == 400);
  CHECK(honest[d.position] == d.expected_event);
  CHECK(d.to_string().find("node 3, message_sent: ") != std::string::npos);
  std::vector<std::pair<NodeId, Digest>> nodes;
  for (std::uint32_t n = 0; n <= 5; ++n) nodes.emplace_back(NodeId{n}, world.digest_of(NodeId{n}));
  const std::vector<NodeId> differing = differing_nodes(honest_nodes, nodes);
  REQUIRE_FALSE(differing.empty());
  CHECK(std::find(differing.begin(), differing.end(), NodeId{3}) != differing.end());
  CHECK(std::find(differing.begin(), differing.end(), NodeId{0}) == differing.end());
}

TEST_CASE("replay: a run that ends too early or goes on too long diverges at its end") {
  std::vector<TraceEvent> events(3);
  for (std::size_t i = 0; i < 3; ++i) {
    events[i].at = {static_cast<std::int64_t>(i)};
    events[i].kind = TraceKind::node_started;
  }
  TraceRecorder stored(10);
  for (const TraceEvent& e : events) stored.on_event(e);
  ReplayComparer early(from(stored));
  early.on_event(events[0]);
  CHECK_FALSE(early.divergence());
  early.finish(true);
  CHECK_FALSE(early.divergence());
  early.finish();
  REQUIRE(early.divergence());
  CHECK(early.divergence()->field == "end");
  CHECK(early.divergence()->position == 1);
  CHECK_FALSE(early.divergence()->got_event);
  ReplayComparer late(from(stored));
  for (const TraceEvent& e : events) late.on_event(e);
  late.on_event(events[2]);
  REQUIRE(late.divergence());
  CHECK(late.divergence()->position == 3);
  CHECK_FALSE(late.divergence()->expected_event);
}

TEST_CASE("replay: each kind of difference is named by its field") {
  TraceEvent base;
  base.at = {5};
  base.node = NodeId{2};
  base.kind = TraceKind::raft_commit;
  const auto field_of = [&](auto change) {
    TraceEvent other = base;
    change(other);
    return compare_events(0, &base, &other)->field;
  };
  CHECK_FALSE(compare_events(0, &base, &base));
  CHECK(field_of([](TraceEvent& e) { e.at.ns = 6; }) == "at");
  CHECK(field_of([](TraceEvent& e) { e.node = NodeId{3}; }) == "node");
  CHECK(field_of([](TraceEvent& e) { e.kind = TraceKind::raft_apply; }) == "kind");
  CHECK(field_of([](TraceEvent& e) { e.field[2] = 1; }) == "entry_term");
}

TEST_CASE("replay: nodes that differ, or are on one side only, are listed") {
  Digest other;
  other.absorb(std::uint64_t{1});
  CHECK(differing_nodes({{NodeId{1}, {}}, {NodeId{2}, {}}, {NodeId{4}, {}}},
                        {{NodeId{1}, {}}, {NodeId{2}, other}, {NodeId{3}, {}}}) ==
        std::vector<NodeId>{NodeId{2}, NodeId{3}, NodeId{4}});
}
