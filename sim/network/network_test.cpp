#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "sim/network/passage.h"
#include "sim/world/test_world.h"

using namespace wn;
using namespace wn::sim;
using namespace wn::sim::testing;
using faults::FaultKind;

namespace {

// Node 1 sends `frames` numbered frames to node 2, one each millisecond, and every arrival is noted.
struct Arrival {
  std::int64_t at = 0;
  std::string frame;
};
struct Stream {
  Script script;
  std::vector<Arrival> arrivals;
  int sent = 0;
  World* world = nullptr;

  explicit Stream(int frames, std::size_t bytes = 8) {
    script.start = [](Script::Self& self) {
      if (self.id == NodeId{1}) self.backend.clock.arm(0, Instant{} + milliseconds(1));
    };
    script.timer = [this, frames, bytes](Script::Self& self, std::uint32_t) {
      std::string frame = std::to_string(++sent);
      frame.resize(bytes, '.');
      (void)self.backend.network.send(NodeId{2}, text(frame), 1);
      if (sent < frames) self.backend.clock.arm(0, self.backend.clock.monotonic_now() + milliseconds(1));
    };
    script.message = [this](Script::Self&, NodeId, const Bytes& frame) {
      const auto words = frame.text();
      arrivals.push_back({world->now().ns, std::string(words.substr(0, words.find('.')))});
    };
  }
  // By frame: arrival times.
  std::multimap<std::string, std::int64_t> run(const faults::Plan& plan, TraceSink* sink = nullptr) {
    World w(plan, factory_of(script), sink);
    world = &w;
    w.run_until(at(plan.duration));
    std::multimap<std::string, std::int64_t> out;
    for (const Arrival& a : arrivals) out.emplace(a.frame, a.at);
    return out;
  }
};

faults::Plan lively_plan() {
  faults::Plan plan = quiet_plan(3, 42);
  plan.network.latency_mean = milliseconds(5);
  plan.network.tail_ppm = 10'000;
  return plan;
}

faults::Fault& on_link(faults::Fault& fault, std::uint32_t from, std::uint32_t to) {
  fault.links.push_back({NodeId{from}, NodeId{to}});
  return fault;
}

}  // namespace

TEST_CASE("network: latencies have the plan's least, mean and long tail, and frames overtake each other") {
  faults::Plan plan = lively_plan();
  Stream stream(20'000);
  std::vector<std::int64_t> latencies;
  for (const auto& [frame, when] : stream.run(plan)) {
    latencies.push_back(when - std::stoll(frame) * 1'000'000);
  }
  REQUIRE(latencies.size() == 20'000);
  std::sort(latencies.begin(), latencies.end());
  CHECK(latencies.front() >= milliseconds(1).ns);
  double sum = 0;
  for (const std::int64_t l : latencies) sum += static_cast<double>(l);
  const double mean = sum / 20'000 / 1e6;
  CHECK(mean > 5 * 1.19 * 0.95);  // 5 ms, one in a hundred of them 20 times as long
  CHECK(mean < 5 * 1.19 * 1.05);
  CHECK(latencies.back() > milliseconds(100).ns);
  CHECK_FALSE(
      std::is_sorted(stream.arrivals.begin(), stream.arrivals.end(),
                     [](const Arrival& a, const Arrival& b) { return stoi(a.frame) < stoi(b.frame); }));
}

TEST_CASE("network: loss and duplication happen as often as the plan says, and leave the latencies alone") {
  faults::Plan plan = lively_plan();
  Stream clean(20'000);
  const auto expected = clean.run(plan);
  plan.network.loss_ppm = 100'000;
  plan.network.duplicate_ppm = 50'000;
  Stream lossy(20'000);
  TraceRecorder trace(1'000'000);
  const auto got = lossy.run(plan, &trace);
  const std::size_t lost = count(trace, TraceKind::message_dropped);
  CHECK(lost > 1800);
  CHECK(lost < 2200);
  std::size_t duplicated = 0;
  for (const auto& [frame, when] : expected) {
    const auto n = got.count(frame);
    duplicated += n == 2 ? 1 : 0;
    if (n == 1) CHECK(got.find(frame)->second == when);
  }
  CHECK(duplicated > 800);
  CHECK(duplicated < 1000);
}

TEST_CASE("network: taking one fault away leaves other messages' fates and delays unchanged") {
  faults::Plan plan = lively_plan();
  on_link(add_fault(plan, FaultKind::packet_loss, seconds(1), seconds(8), {}, 300'000), 1, 2);
  on_link(add_fault(plan, FaultKind::packet_delay, seconds(5), seconds(1), {}, milliseconds(30).ns), 1, 2);
  add_fault(plan, FaultKind::packet_duplicate, seconds(4), seconds(2), {}, 200'000);
  Stream with(10'000);
  const auto before = with.run(plan);
  plan.faults.erase(plan.faults.begin() + 1);
  Stream without(10'000);
  const auto after = without.run(plan);
  // The same frames arrive as often; those sent while the delay was in force come 30 ms earlier, the rest
  // when they did.
  REQUIRE(before.size() == after.size());
  auto b = before.begin();
  for (const auto& [frame, when] : after) {
    CHECK(b->first == frame);
    const std::int64_t sent = std::stoll(frame);
    const bool delayed = sent >= 5000 && sent < 6000;
    CHECK(b->second - when == (delayed ? milliseconds(30).ns : 0));
    ++b;
  }
}

TEST_CASE("network: healing one of two partitions leaves the other") {
  faults::Plan plan = quiet_plan(3);
  on_link(add_fault(plan, FaultKind::partition, seconds(1), seconds(2)), 1, 2);
  on_link(add_fault(plan, FaultKind::partition, seconds(2), seconds(3)), 1, 2);
  Stream stream(8'000);
  TraceRecorder trace(100'000);
  const auto got = stream.run(plan, &trace);
  CHECK(got.size() == 4'000);
  for (int i = 1; i <= 8000; ++i) {
    const bool cut = i > 1000 && i <= 4999;
    if (i % 500 != 0) CHECK(got.contains(std::to_string(i)) == !cut);
  }
  CHECK(count(trace, TraceKind::message_dropped) == 4'000);
}

TEST_CASE("network: a clogged link holds its frames in order and lets them go when the last clog ends") {
  faults::Plan plan = quiet_plan(3);
  on_link(add_fault(plan, FaultKind::packet_clog, milliseconds(10), milliseconds(50)), 1, 2);
  add_fault(plan, FaultKind::packet_clog, milliseconds(20), milliseconds(70));  // all links, until 90 ms
  Stream stream(100);
  stream.run(plan);
  REQUIRE(stream.arrivals.size() == 100);
  int at_release = 0;
  for (std::size_t i = 0; i < 100; ++i) {
    CHECK(stream.arrivals[i].frame == std::to_string(i + 1));
    at_release += stream.arrivals[i].at == milliseconds(90).ns ? 1 : 0;
    CHECK((stream.arrivals[i].at <= milliseconds(11).ns || stream.arrivals[i].at >= milliseconds(90).ns));
  }
  CHECK(at_release >= 78);
}

TEST_CASE("network: a link that is never unclogged keeps what fits and drops the rest, saying why") {
  faults::Plan plan = quiet_plan(2);
  plan.network.link_messages_max = 10;
  on_link(add_fault(plan, FaultKind::packet_clog, {}, Duration::max()), 1, 2);
  Stream stream(100);
  TraceRecorder trace(10'000);
  CHECK(stream.run(plan, &trace).empty());
  REQUIRE(count(trace, TraceKind::message_dropped) == 90);
  for (std::uint64_t i = 0; i < trace.size(); ++i) {
    if (trace[i].kind == TraceKind::message_dropped)
      CHECK(trace[i].field[2] == static_cast<std::uint64_t>(DropReason::clogged_out));
  }
}

TEST_CASE("network: corruption flips bits in a copy of its own: the sender's frame and twins stay whole") {
  faults::Plan plan = quiet_plan(3);
  plan.network.duplicate_ppm = 0;
  add_fault(plan, FaultKind::packet_corrupt, {}, seconds(50), {}, 1'000'000);
  Script script;
  const Bytes original = text("a frame of thirty-two bytes here");
  int damaged = 0;
  script.start = [&](Script::Self& self) {
    if (self.id != NodeId{1}) return;
    for (int i = 0; i < 100; ++i) CHECK(self.backend.network.send(NodeId{2}, original, 1) == Errc::ok);
    CHECK(self.backend.network.send(NodeId{2}, {}, 1) == Errc::ok);
  };
  script.message = [&](Script::Self&, NodeId, const Bytes& frame) {
    if (frame.empty()) return;
    int bits = 0;
    for (std::size_t i = 0; i < frame.size(); ++i) {
      bits += __builtin_popcount(static_cast<unsigned>(frame.data()[i] ^ original.data()[i]));
    }
    CHECK(bits >= 1);
    CHECK(bits <= 8);
    ++damaged;
  };
  World world(plan, factory_of(script), nullptr);
  world.run_until(at(seconds(1)));
  CHECK(damaged == 100);
  CHECK(original.text() == "a frame of thirty-two bytes here");
}

TEST_CASE("network: bandwidth serializes the frames of a link; the slowest rate in force rules") {
  faults::Plan plan = quiet_plan(2);
  plan.network.bandwidth_bytes_per_second = 100'000;  // 1,000 bytes take 10 ms
  on_link(add_fault(plan, FaultKind::packet_rate, milliseconds(50), seconds(5), {}, 50'000), 1, 2);
  Stream stream(8, 1000);
  stream.run(plan);
  REQUIRE(stream.arrivals.size() == 8);
  for (std::size_t i = 0; i < 8; ++i) {
    CHECK(stream.arrivals[i].at / 1'000'000 == static_cast<std::int64_t>(1 + 10 * (i + 1) + 1));
  }
  Stream slow(80, 1000);
  slow.run(plan);
  CHECK(slow.arrivals.size() == 80);
  // 50 frames a second from the moment the fault began.
  CHECK(slow.arrivals.back().at > milliseconds(49 * 10 + 31 * 20).ns);
}

TEST_CASE("network: reordering delays only its share of the frames, up to its amount") {
  faults::Plan plan = quiet_plan(2);
  faults::Fault& fault = add_fault(plan, FaultKind::packet_reorder, {}, seconds(50), {}, 250'000);
  fault.amount2 = milliseconds(20).ns;
  Stream stream(4'000);
  int late = 0;
  for (const auto& [frame, when] : stream.run(plan)) {
    const std::int64_t extra = when - (std::stoll(frame) + 1) * 1'000'000;
    late += extra > 100'000 ? 1 : 0;
    CHECK(extra <= milliseconds(20).ns + 100'000);
  }
  CHECK(late > 900);
  CHECK(late < 1100);
}

TEST_CASE("network: a deviation delays exactly the message that it names") {
  faults::Plan plan = quiet_plan(2);
  Stream plain(100);
  auto expected = plain.run(plan);
  faults::Deviation d;
  d.kind = faults::DeviationKind::delay_message;
  d.from = NodeId{1};
  d.to = NodeId{2};
  d.message = 17;
  d.amount = seconds(1);
  plan.deviations.push_back(d);
  Stream deviant(100);
  auto got = deviant.run(plan);
  expected.find("17")->second += seconds(1).ns;
  CHECK(got == expected);
}

TEST_CASE("network: the trace checksum sees every byte and the length") {
  for (std::size_t size = 1; size <= 50; ++size) {  // every length of the last, incomplete block
    const std::string base(size, 'x');
    const std::uint32_t sum = trace_checksum(as_bytes(base));
    for (std::size_t i = 0; i < base.size(); ++i) {
      std::string other = base;
      other[i] = 'y';
      CHECK(trace_checksum(as_bytes(other)) != sum);
      CHECK(trace_checksum(as_bytes(std::string_view(base).substr(0, i))) != sum);
    }
  }
}
