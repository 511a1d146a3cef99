#include <catch2/catch_test_macros.hpp>
#include <sstream>

#include "runtime/base/random.h"
#include "sim/trace/recorder.h"
#include "sim/trace/trace_digest.h"
#include "sim/trace/trace_file.h"

using namespace wn;
using namespace wn::sim;

namespace {

// Like a real run: ids in small ranges, rising times and numbers, checksums of 32 bits.
std::vector<TraceEvent> sample(std::uint64_t events) {
  const Random random(5);
  std::vector<TraceEvent> out;
  SimTime now;
  for (std::uint64_t i = 0; i < events; ++i) {
    Draw draw = random.at("sample", 0, i);
    now = now + Duration{draw.between(0, 200'000)};
    const TraceKind kind = i % 2 == 0 ? TraceKind::message_sent : TraceKind::message_delivered;
    out.push_back(
        {.at = now,
         .node = NodeId{static_cast<std::uint32_t>(1 + draw.below(5))},
         .kind = kind,
         .reserved = 0,
         .field = {1 + draw.below(5), i / 20, 40 + draw.below(200), draw.u64() >> 32, draw.below(8)}});
  }
  if (events > 3) {
    out[1].field = {~0ULL, ~0ULL, 0, 1ULL << 63, ~0ULL};
    out[2].at = SimTime::max();
    out[3].at = {-1};
  }
  return out;
}

TraceFooter footer_of(const std::vector<TraceEvent>& events) {
  TraceFooter footer;
  for (const TraceEvent& e : events) absorb_event(footer.digest, e);
  footer.nodes = {{NodeId{0}, footer.digest}, {NodeId{7}, Digest{}}};
  footer.truncated = true;
  return footer;
}

std::string stored(const std::vector<TraceEvent>& events) {
  std::ostringstream out;
  CHECK(write_trace(out, {.build = "b1", .scenario = "raft-light", .seed = 77}, events, footer_of(events)) ==
        Errc::ok);
  return out.str();
}

Result<StoredTrace> load(const std::string& bytes, std::uint64_t events_max = 1'000'000) {
  std::istringstream in(bytes);
  return read_trace(in, events_max);
}

}  // namespace

TEST_CASE("trace: what is written is read back, event by event, header and footer") {
  for (const std::uint64_t n : {0ULL, 1ULL, 8191ULL, 8192ULL, 8193ULL, 30'000ULL}) {
    const std::vector<TraceEvent> events = sample(n);
    const auto back = load(stored(events));
    REQUIRE(back.has_value());
    CHECK(back->header.build == "b1");
    CHECK(back->header.scenario == "raft-light");
    CHECK(back->header.seed == 77);
    CHECK(back->footer.events == n);
    CHECK(back->footer.truncated);
    CHECK(back->footer.digest == footer_of(events).digest);
    CHECK(back->footer.nodes == footer_of(events).nodes);
    // Beyond saturation of time differences nothing is lost either: SimTime::max() then -1 is a wild trace.
    if (n > 3) {
      CHECK(back->events[1] == events[1]);
      CHECK(back->events[2] == events[2]);
    }
    std::size_t same = 0;
    for (std::size_t i = 0; i < events.size(); ++i) same += back->events[i] == events[i] ? 1 : 0;
    CHECK(same == n);
  }
}

TEST_CASE("trace: a hundred thousand events take less than 3 MB") {
  CHECK(stored(sample(100'000)).size() < 3'000'000);
}

TEST_CASE("trace: every damaged or shortened trace is refused with one error, never believed") {
  const std::vector<TraceEvent> events = sample(300);
  const std::string good = stored(events);
  REQUIRE(load(good).has_value());
  for (std::size_t length = 0; length < good.size(); length += 1 + length / 64) {
    const auto cut = load(good.substr(0, length));
    REQUIRE_FALSE(cut.has_value());
    CHECK((cut.error().code == Errc::corrupt || cut.error().code == Errc::bad_input));
  }
  const Random random(6);
  for (std::uint64_t i = 0; i < 3'000; ++i) {
    Draw draw = random.at("damage", 0, i);
    std::string bad = good;
    const std::uint64_t bit = draw.below(bad.size() * 8);
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    const auto result = load(bad);
    REQUIRE_FALSE(result.has_value());
    CHECK_FALSE(result.error().message.empty());
  }
  CHECK_FALSE(load(good + "x").has_value());
  CHECK(load("").error().code == Errc::bad_input);
  CHECK(load("hello, I am a text file").error().code == Errc::bad_input);
  CHECK(load(good, 299).error().code == Errc::too_large);
}

TEST_CASE("trace: random bytes behind the magic are refused without large allocations") {
  const Random random(7);
  for (std::uint64_t i = 0; i < 2'000; ++i) {
    Draw draw = random.at("junk", 0, i);
    std::string junk = "WNTRACE1";
    const std::uint64_t size = draw.below(300);
    for (std::uint64_t b = 0; b < size; ++b) junk += static_cast<char>(draw.below(256));
    CHECK_FALSE(load(junk).has_value());
  }
  // A record that claims to be 2 GiB.
  CHECK(load("WNTRACE1\xff\xff\xff\xff\x07").error().code == Errc::corrupt);
}

TEST_CASE("trace: a trace of another version says so") {
  std::ostringstream out;
  TraceHeader header;
  header.version = kTraceVersion + 1;
  CHECK(write_trace(out, header, {}, {}) == Errc::ok);
  CHECK(load(out.str()).error().code == Errc::unsupported);
}

TEST_CASE("trace: a stream that fails is reported at the end") {
  std::ostringstream out;
  TraceWriter writer(out, {});
  out.setstate(std::ios::badbit);
  for (const TraceEvent& e : sample(10)) writer.on_event(e);
  CHECK(writer.finish({}) == Errc::io_error);
}

TEST_CASE("trace: the recorder keeps what fits, in order, and says when it had to stop") {
  const std::vector<TraceEvent> events = sample(10'000);
  TraceRecorder all(20'000);
  TraceRecorder some(5'000);
  TraceFanOut both({&all, nullptr, &some});
  for (const TraceEvent& e : events) both.on_event(e);
  CHECK(all.to_vector() == events);
  CHECK_FALSE(all.truncated());
  CHECK(some.size() == 5'000);
  CHECK(some.truncated());
  CHECK(some[4'999] == events[4'999]);
}

TEST_CASE("trace: the digest sees every field, the node and the order") {
  const TraceEvent base = sample(1)[0];
  const auto digest = [](std::initializer_list<TraceEvent> events) {
    Digest overall;
    Digest nodes[8];
    for (const TraceEvent& e : events) absorb_event(overall, nodes[e.node.value], e);
    return overall;
  };
  std::vector<TraceEvent> others(8, base);
  others[0].at.ns += 1;
  others[1].node.value ^= 1;
  others[2].kind = TraceKind::op_sent;
  for (std::size_t i = 0; i < 5; ++i) others[3 + i].field[i] ^= 1;
  for (const TraceEvent& other : others) {
    CHECK(digest({other}) != digest({base}));
    CHECK(digest({base, other}) != digest({other, base}));
  }
}
