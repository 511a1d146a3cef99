#include "faults/live/links.h"

#include <catch2/catch_test_macros.hpp>
#include <set>
#include <string>

#include "faults/live/testing/hurt_world.h"

namespace wn::live {
namespace {

using namespace testing;
using faults::FaultKind;

const std::vector<faults::Link> kOneToTwo = {{NodeId{1}, NodeId{2}}};
const std::vector<faults::Link> kTwoToOne = {{NodeId{2}, NodeId{1}}};

// Node 1 sends a numbered frame to node 2 every millisecond from the first one on; node 2 notes when each
// came.
struct Stream {
  explicit Stream(int frames, HurtOptions options = {})
      : count(frames), world(plan(), {{1, &sends}, {2, &notes}}, options) {
    sends.start = [](Script::Self& self) { self.backend.clock.arm(0, Instant{} + milliseconds(10)); };
    sends.timer = [this](Script::Self& self, std::uint32_t) {
      sent.push_back(world.now());
      refused += self.backend.network.send(NodeId{2}, text(std::to_string(next)), 1) == Errc::ok ? 0 : 1;
      if (++next < count) self.backend.clock.arm(0, Instant{} + milliseconds(10 + next));
    };
    notes.message = [this](Script::Self&, NodeId from, const Bytes& frame) {
      CHECK(from == NodeId{1});
      arrivals.emplace_back(world.now(), std::string(frame.text()));
    };
  }
  static faults::Plan plan() { return quiet_plan(2); }
  int count;
  int next = 0;
  int refused = 0;
  std::vector<SimTime> sent;
  std::vector<std::pair<SimTime, std::string>> arrivals;
  Script sends;
  Script notes;
  HurtWorld world;
};

TEST_CASE("links: a partition of one direction drops what is sent during it, and the other direction works") {
  Stream stream(10);
  stream.world.until(microseconds(12500));
  CHECK(stream.world.at_node(1).begin(fault(1, FaultKind::partition, 0, kOneToTwo)) == Errc::ok);
  CHECK(stream.world.at_node(1).begin(fault(2, FaultKind::partition, 0, kTwoToOne)) == Errc::ok);
  stream.world.until(microseconds(15500));
  stream.world.at_node(1).end(1);
  stream.world.until(seconds(1));
  CHECK(stream.arrivals.size() == 7);
  CHECK(stream.world.at_node(1).stats().blocked == 3);
}

TEST_CASE("links: loss of all loses all, of none none, and a share about its share") {
  for (const std::int64_t ppm : {0, 300'000, 1'000'000}) {
    Stream stream(2000);
    stream.world.until(milliseconds(5));
    CHECK(stream.world.at_node(1).begin(fault(1, FaultKind::packet_loss, ppm, kOneToTwo)) == Errc::ok);
    stream.world.until(seconds(5));
    const auto expected = static_cast<std::size_t>(2000 - 2000 * ppm / 1'000'000);
    CHECK(stream.arrivals.size() + 90 > expected);
    CHECK(stream.arrivals.size() < expected + 90);
  }
}

TEST_CASE("links: a delay is exact, and overlapping ones add up") {
  Stream stream(3);
  stream.world.until(milliseconds(5));
  Hurt& hurt = stream.world.at_node(1);
  CHECK(hurt.begin(fault(1, FaultKind::packet_delay, milliseconds(40).ns, kOneToTwo)) == Errc::ok);
  CHECK(hurt.begin(fault(2, FaultKind::packet_delay, milliseconds(2).ns)) == Errc::ok);
  stream.world.until(seconds(1));
  REQUIRE(stream.arrivals.size() == 3);
  CHECK(stream.arrivals[0].first == stream.sent[0] + milliseconds(42 + 1));  // 1 ms on the simulated wire
  CHECK(hurt.stats().delayed == 3);
}

TEST_CASE("links: a clog holds frames and lets them go in order when it ends") {
  Stream stream(5);
  stream.world.until(milliseconds(5));
  Hurt& hurt = stream.world.at_node(1);
  CHECK(hurt.begin(fault(1, FaultKind::packet_clog, 0, kOneToTwo)) == Errc::ok);
  stream.world.until(milliseconds(100));
  CHECK(stream.arrivals.empty());
  hurt.end(1);
  stream.world.until(milliseconds(200));
  REQUIRE(stream.arrivals.size() == 5);
  for (std::size_t i = 0; i < 5; ++i) {
    CHECK(stream.arrivals[i].second == std::to_string(i));
    CHECK(stream.arrivals[i].first == at(milliseconds(101)));
  }
  CHECK(hurt.stats().held == 5);
}

TEST_CASE("links: a rate spaces frames by their bytes") {
  Stream stream(3);
  stream.world.until(milliseconds(5));
  // One byte a frame at 100 bytes a second: 10 ms each.
  CHECK(stream.world.at_node(1).begin(fault(1, FaultKind::packet_rate, 100, kOneToTwo)) == Errc::ok);
  stream.world.until(seconds(1));
  REQUIRE(stream.arrivals.size() == 3);
  for (int i = 0; i < 3; ++i)
    CHECK(stream.arrivals[static_cast<std::size_t>(i)].first ==
          stream.sent[0] + milliseconds(10 * (i + 1) + 1));
}

TEST_CASE("links: duplicates come twice, corrupted frames differ, reordered ones overtake") {
  Stream stream(200);
  stream.world.until(milliseconds(5));
  Hurt& hurt = stream.world.at_node(1);
  CHECK(hurt.begin(fault(1, FaultKind::packet_duplicate, 1'000'000, kOneToTwo)) == Errc::ok);
  CHECK(hurt.begin(fault(2, FaultKind::packet_reorder, 500'000, kOneToTwo, milliseconds(20).ns)) == Errc::ok);
  stream.world.until(seconds(1));
  CHECK(stream.arrivals.size() == 400);
  std::size_t overtakes = 0;
  std::multiset<std::string> seen;
  for (std::size_t i = 0; i < stream.arrivals.size(); ++i) {
    seen.insert(stream.arrivals[i].second);
    overtakes +=
        i > 0 && std::stoi(stream.arrivals[i].second) < std::stoi(stream.arrivals[i - 1].second) ? 1 : 0;
  }
  for (int i = 0; i < 200; ++i) CHECK(seen.count(std::to_string(i)) == 2);
  CHECK(overtakes > 20);
  for (std::uint64_t key = 0; key < 200; ++key) {
    const Bytes frame = text("some frame");
    const Bytes damaged = with_flipped_bits(frame, Random(key).at("test.flip"));
    CHECK(damaged.size() == frame.size());
    CHECK(damaged != frame);
  }
}

TEST_CASE("links: a full link refuses, and strangers' handles are left alone") {
  Stream stream(10, {.link_frames_max = 4});
  stream.world.until(milliseconds(5));
  Hurt& hurt = stream.world.at_node(1);
  CHECK(hurt.begin(fault(1, FaultKind::packet_clog, 0, kOneToTwo)) == Errc::ok);
  CHECK(hurt.begin(fault(1, FaultKind::packet_clog, 0, kOneToTwo)) == Errc::already_exists);
  stream.world.until(milliseconds(100));
  CHECK(stream.refused == 6);
  HurtOptions options;
  options.self = NodeId{1};
  HurtStats stats;
  Links links(options, stats);
  links.begin(fault(1, FaultKind::packet_loss, 1'000'000));
  CHECK_FALSE(links.untouched(Way::out, NodeId{2}));
  CHECK(links.untouched(Way::out, NodeId{kStrangersFirst}));
  CHECK(links.untouched(Way::in, NodeId{2}));  // its sender hurts it
  options.incoming = true;
  CHECK_FALSE(links.untouched(Way::in, NodeId{2}));
}

TEST_CASE("links: the same seed decides the same, another one differently") {
  const auto run = [](std::uint64_t seed) {
    Stream stream(300, {.seed = seed});
    stream.world.until(milliseconds(5));
    CHECK(stream.world.at_node(1).begin(fault(1, FaultKind::packet_loss, 500'000, kOneToTwo)) == Errc::ok);
    stream.world.until(seconds(1));
    std::vector<std::string> seen;
    for (const auto& [when, frame] : stream.arrivals) seen.push_back(frame);
    return seen;
  };
  CHECK(run(7) == run(7));
  CHECK(run(7) != run(8));
}

}  // namespace
}  // namespace wn::live
