// A Perfetto trace of a run, read back with a reader of the wire format that knows nothing of the writer.
#include "scenarios/export/perfetto.h"

#include <catch2/catch_test_macros.hpp>
#include <map>
#include <set>
#include <sstream>

#include "scenarios/runner/run.h"
#include "scenarios/runner/scenario.h"

using namespace wn;
using namespace wn::scenarios;

namespace {

// Any Protobuf message, one level deep: the values of each field, in order.
struct Message {
  std::map<std::uint64_t, std::vector<std::uint64_t>> numbers;
  std::map<std::uint64_t, std::vector<std::string>> texts;
  std::uint64_t number(std::uint64_t field) const {
    return numbers.contains(field) ? numbers.at(field)[0] : 0;
  }
  std::string text(std::uint64_t field) const { return texts.contains(field) ? texts.at(field)[0] : ""; }
  bool has(std::uint64_t field) const { return numbers.contains(field) || texts.contains(field); }
};

std::uint64_t varint(const std::string& in, std::size_t& at) {
  std::uint64_t value = 0;
  for (int shift = 0;; shift += 7) {
    REQUIRE(at < in.size());
    const auto byte = static_cast<unsigned char>(in[at++]);
    value |= std::uint64_t{byte & 0x7FU} << shift;
    if ((byte & 0x80U) == 0) return value;
    REQUIRE(shift < 63);
  }
}

Message parse(const std::string& in) {
  Message out;
  for (std::size_t at = 0; at < in.size();) {
    const std::uint64_t tag = varint(in, at);
    if ((tag & 7) == 0) {
      out.numbers[tag >> 3].push_back(varint(in, at));
    } else if ((tag & 7) == 1) {
      REQUIRE(at + 8 <= in.size());
      std::uint64_t value = 0;
      for (int i = 7; i >= 0; --i)
        value = value << 8 | static_cast<unsigned char>(in[at + static_cast<std::size_t>(i)]);
      out.numbers[tag >> 3].push_back(value);
      at += 8;
    } else {
      REQUIRE((tag & 7) == 2);
      const std::uint64_t size = varint(in, at);
      REQUIRE(at + size <= in.size());
      out.texts[tag >> 3].push_back(in.substr(at, size));
      at += size;
    }
  }
  return out;
}

constexpr const char* kScenario = R"(
duration = "3s"
freeze = "2s"
[topology]
servers = 3
clients = 2
[fault_model]
crashed_max = 1
[[workload]]
kind = "kv"
rate = 20
keys = 2
[swarm]
kinds = ["partition", "kill", "pause"]
weight = 1.0
interval = "500ms"
)";

}  // namespace

TEST_CASE(
    "a Perfetto trace has a track a node, slices that close, and an arrow for every message that arrives") {
  const faults::Plan plan = make_plan(*parse_scenario(kScenario, "export"), 3);
  std::ostringstream out;
  PerfettoWriter writer(plan, out);
  const auto run = run_plan(plan, {.record_history = false, .check = false, .sink = &writer});
  REQUIRE(run);
  REQUIRE(writer.finish(SimTime{run->simulated_ns}) == Errc::ok);

  std::set<std::uint64_t> tracks;
  std::set<std::string> processes;
  std::map<std::uint64_t, std::int64_t> depth;
  std::map<std::uint64_t, std::uint64_t> last;  // timestamp, by track
  std::set<std::uint64_t> sent;
  std::uint64_t arrived = 0;
  std::set<std::string> names;
  const Message trace = parse(out.str());
  for (const std::string& bytes : trace.texts.at(1)) {
    const Message packet = parse(bytes);
    if (packet.has(60)) {
      const Message track = parse(packet.text(60));
      CHECK(tracks.insert(track.number(1)).second);
      if (track.has(5)) CHECK(tracks.contains(track.number(5)));
      if (track.has(3)) processes.insert(parse(track.text(3)).text(6));
      continue;
    }
    REQUIRE(packet.has(11));
    const Message event = parse(packet.text(11));
    const std::uint64_t track = event.number(11);
    REQUIRE(tracks.contains(track));
    CHECK(packet.number(8) >= last[track]);
    last[track] = packet.number(8);
    if (event.number(9) == 1) ++depth[track];
    if (event.number(9) == 2) CHECK(--depth[track] >= 0);
    names.insert(event.text(23));
    if (!event.has(47)) continue;
    if (event.text(23).starts_with("to ")) sent.insert(event.number(47));
    if (event.text(23).starts_with("from ")) {
      ++arrived;
      CHECK(sent.contains(event.number(47)));
    }
  }
  CHECK(processes ==
        std::set<std::string>{"n1 server", "n2 server", "n3 server", "n4 client", "n5 client", "faults"});
  for (const auto& [track, open] : depth) CHECK(open == 0);
  CHECK(arrived == run->stats.messages_delivered);
  CHECK(sent.size() == run->stats.messages_sent);
  CHECK(names.contains("leader of term 1"));
}
