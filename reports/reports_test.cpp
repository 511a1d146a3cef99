#include <catch2/catch_test_macros.hpp>
#include <cstdlib>
#include <fstream>
#include <limits>

#include "reports/convergence.h"
#include "reports/encode.h"
#include "reports/explanation.h"
#include "reports/html.h"
#include "reports/page_data.h"
#include "reports/plan_tables.h"
#include "reports/spacetime.h"
#include "reports/synthetic.h"
#include "reports/timeline.h"

namespace wn::reports {
namespace {

TraceEvent event(std::int64_t at, std::uint32_t node, TraceKind kind,
                 std::array<std::uint64_t, 5> field = {}) {
  return {.at = SimTime{at}, .node = NodeId{node}, .kind = kind, .field = field};
}

faults::Plan two_nodes() {
  faults::Plan plan;
  plan.nodes = {{.id = NodeId{1}}, {.id = NodeId{2}}};
  return plan;
}

std::size_t count_of(const std::string& text, std::string_view part) {
  std::size_t n = 0;
  for (std::size_t at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++n;
  return n;
}

TEST_CASE("encode: base64 follows RFC 4648's test vectors") {
  const auto of = [](std::string_view s) { return base64({s.begin(), s.end()}); };
  CHECK(of("").empty());
  CHECK(of("f") == "Zg==");
  CHECK(of("fo") == "Zm8=");
  CHECK(of("foo") == "Zm9v");
  CHECK(of("foobar") == "Zm9vYmFy");
}

TEST_CASE("encode: a varint column reads back to the numbers put in, the extremes among them") {
  const std::vector<std::int64_t> numbers = {0,
                                             -1,
                                             1,
                                             63,
                                             -64,
                                             64,
                                             1'000'000'007,
                                             std::numeric_limits<std::int64_t>::min(),
                                             std::numeric_limits<std::int64_t>::max()};
  Column plain;
  Column delta;
  for (const std::int64_t n : numbers) {
    plain.put(n);
    delta.put_delta(n);
  }
  const auto read = [](const Column& column, bool differences) {
    std::vector<std::int64_t> out;
    std::uint64_t last = 0;
    for (std::size_t i = 0; i < column.bytes().size();) {
      std::uint64_t word = 0;
      int shift = 0;
      while (true) {
        const std::uint8_t byte = column.bytes()[i++];
        word |= std::uint64_t{byte & 127U} << shift;
        shift += 7;
        if ((byte & 128) == 0) break;
      }
      const std::uint64_t value = (word >> 1) ^ (~(word & 1) + 1);
      last = differences ? last + value : value;
      out.push_back(static_cast<std::int64_t>(last));
    }
    return out;
  };
  CHECK(read(plain, false) == numbers);
  CHECK(read(delta, true) == numbers);
}

TEST_CASE("encode: JSON text cannot leave its script element and is always UTF-8") {
  JsonText json;
  json.begin_object();
  json.field("a", "</script><!--\"\\\n");
  json.field("b", std::string("\xFFok\xE2\x82", 5));
  json.field("c", std::int64_t{-3});
  json.end_object();
  CHECK(
      json.text() ==
      "{\"a\":\"\\u003c/"
      "script\\u003e\\u003c!--\\\"\\\\\\u000a\",\"b\":\"\xEF\xBF\xBDok\xEF\xBF\xBD\xEF\xBF\xBD\",\"c\":-3}");
}

TEST_CASE("spacetime: a delivery is paired with its own sending, per directed link") {
  const std::vector<TraceEvent> trace = {
      event(1, 1, TraceKind::message_sent, {2, 7}), event(2, 2, TraceKind::message_sent, {1, 7}),
      event(5, 1, TraceKind::message_delivered, {2, 7}), event(9, 2, TraceKind::message_delivered, {1, 7})};
  const auto messages = messages_of(trace);
  REQUIRE(messages.size() == 2);
  CHECK((messages[0].from == 1 && messages[0].to == 2 && messages[0].sent == 0 && messages[0].end == 3));
  CHECK((messages[1].from == 2 && messages[1].to == 1 && messages[1].sent == 1 && messages[1].end == 2));
}

TEST_CASE("spacetime: duplicates, losses, frames in flight and deliveries from before the trace") {
  const std::vector<TraceEvent> trace = {
      event(1, 2, TraceKind::message_delivered, {1, 3}),  // sent before the trace began
      event(2, 1, TraceKind::message_sent, {2, 4}),      event(3, 2, TraceKind::message_delivered, {1, 4}),
      event(4, 2, TraceKind::message_delivered, {1, 4}),  // a duplicate
      event(5, 1, TraceKind::message_sent, {2, 5}),      event(6, 1, TraceKind::message_dropped, {2, 5, 1}),
      event(7, 1, TraceKind::message_sent, {2, 6})};
  const auto messages = messages_of(trace);
  REQUIRE(messages.size() == 4);
  CHECK((messages[0].end == 2 && messages[1].end == 3 && messages[0].sent == messages[1].sent));
  CHECK((messages[2].dropped && messages[2].end == 5));
  CHECK((messages[3].end == kNoEvent && messages[3].from == 1 && messages[3].to == 2));
}

TEST_CASE("timeline: leading ends with a new term, a crash, or the run") {
  const std::vector<TraceEvent> trace = {
      event(10, 1, TraceKind::raft_state, {3, 1}), event(20, 1, TraceKind::raft_state, {3, 2}),
      event(30, 1, TraceKind::node_crashed, {1, 2}), event(40, 1, TraceKind::node_started, {2}),
      event(50, 2, TraceKind::raft_state, {3, 3})};
  const auto spans = timeline_of(two_nodes(), trace, 100).spans;
  REQUIRE(spans.size() == 4);
  CHECK((spans[0].begin_ns == 10 && spans[0].end_ns == 20 && spans[0].term == 1));
  CHECK((spans[1].begin_ns == 20 && spans[1].end_ns == 30 && spans[1].term == 2));
  CHECK((spans[2].kind == SpanKind::down && spans[2].begin_ns == 30 && spans[2].end_ns == 40));
  CHECK((spans[3].node == 2 && spans[3].end_ns == 100));
}

TEST_CASE("timeline: the skew of a wall clock follows offset, drift, steps and freezes") {
  faults::Plan plan = two_nodes();
  plan.nodes[0].wall_offset = Duration{500};
  plan.nodes[0].drift_ppm = 1000;
  const std::vector<TraceEvent> trace = {
      event(1'000'000, 1, TraceKind::clock_changed, {static_cast<std::uint64_t>(-200), 0, 0}),
      event(2'000'000, 1, TraceKind::clock_changed, {0, 0, 1}),
      event(2'500'000, 1, TraceKind::clock_changed, {0, 0, 0})};
  const auto clocks = timeline_of(plan, trace, 3'000'000).clocks;
  REQUIRE(clocks.size() == 8);
  CHECK(clocks[1].skew_ns == 1500);
  CHECK(clocks[2].skew_ns == 1300);
  CHECK(clocks[3].skew_ns == 1300);
  CHECK(clocks[5].skew_ns == 1300 - 500'000);
  CHECK(clocks[6].skew_ns == 1300);  // thawed, it shows what it would have shown
  CHECK(clocks[7].skew_ns == 1300);
  for (const ClockPoint& p : clocks) CHECK(p.node == 1);  // node 2's clock is true: nothing to draw
}

TEST_CASE("report: the page is one self-contained file") {
  const std::string page = render_html(synthetic_run(2'000));
  CHECK(page.starts_with("<!doctype html>"));
  CHECK(count_of(page, "<script") == 2);
  CHECK(count_of(page, "</script>") == 2);
  for (const char* outside : {"http://", "https://", "src=", "@import", "url("})
    CHECK(count_of(page, outside) == 0);
  CHECK(page == render_html(synthetic_run(2'000)));
}

TEST_CASE("report: 100,000 events make a file of a few MB") {
  const std::string page = render_html(synthetic_run(100'000));
  CHECK(page.size() < 5'000'000);
  CHECK(page.size() > 200'000);
}

TEST_CASE("report: a longer trace keeps the events around the violation and says what was cut") {
  ReportInput input = synthetic_run(kReportEventsMax * 5 / 4);
  REQUIRE(input.trace.size() > kReportEventsMax);
  const std::string data = page_data(input);
  CHECK(data.find("\"events_cut\":true") != std::string::npos);
  CHECK(data.find("\"count\":400000") != std::string::npos);
}

TEST_CASE("report: operations come from a history, and an empty history has none") {
  const auto operations =
      report_operations(R"({"process":10007,"type":"invoke","f":"put","key":3,"value":17,"time":5})"
                        "\n"
                        R"({"process":10007,"type":"ok","f":"put","key":3,"value":17,"time":9})");
  REQUIRE(operations);
  REQUIRE(operations->size() == 1);
  CHECK(operations->front().text == "put k3 = 17");
  CHECK(operations->front().node == 7);
  CHECK((operations->front().invoked_ns == 5 && operations->front().completed_ns == 9));
  CHECK(report_operations("")->empty());
  CHECK_FALSE(report_operations("junk"));
}

TEST_CASE("report: what was glued is handed to the page, as text that cannot leave its script element") {
  ReportInput input = synthetic_run(100);
  input.gluings.assign(kReportGluingsMax + 5, R"({"sections":[1],"says":"</script>"})");
  const std::string page = render_html(input);
  std::size_t shown = 0;
  for (std::size_t at = page.find("\\\"sections\\\":[1]"); at != std::string::npos;
       at = page.find("\\\"sections\\\":[1]", at + 1))
    ++shown;
  CHECK(shown == kReportGluingsMax);
  CHECK(page.find("says\\\":\\\"</script>") == std::string::npos);
}

TEST_CASE("report: empty and odd input is drawn as far as it makes sense") {
  CHECK(render_html({}).size() > 1000);
  ReportInput odd = synthetic_run(100);
  odd.trace.push_back(event(5, 77, static_cast<TraceKind>(999), {1, 2, 3, 4, 5}));
  odd.trace.push_back(
      event(std::numeric_limits<std::int64_t>::max(), 0, TraceKind::clock_changed, {~0ULL, ~0ULL, 1}));
  odd.claims[0].operations = {1'000'000'000};
  odd.claims[0].events = {~0ULL};
  odd.operations[0].process = 4'000'000'000U;
  CHECK(render_html(odd).size() > 1000);
}

// Writes a page for a look in a browser: WN_SAMPLE=out.html WN_SAMPLE_EVENTS=100000 reports_test "[.sample]".
TEST_CASE("report: a sample page", "[.sample]") {
  const char* path = std::getenv("WN_SAMPLE");
  const char* events = std::getenv("WN_SAMPLE_EVENTS");
  REQUIRE(path != nullptr);
  std::ofstream(path) << render_html(synthetic_run(events ? std::strtoull(events, nullptr, 10) : 20'000));
}

TEST_CASE("convergence: a replica is behind by what another has and it has not") {
  faults::Plan plan = two_nodes();
  plan.system.service = faults::Service::realm;
  const std::int64_t step = static_cast<std::int64_t>(kConvergenceSamples);
  const std::vector<TraceEvent> trace = {
      event(1, 1, TraceKind::realm_update, {1, 1}),
      event(1, 1, TraceKind::realm_update, {1, 2}),
      event(2 * step, 2, TraceKind::realm_update, {1, 1}),
      event(3 * step, 2, TraceKind::realm_update, {1, 2}),
      event(3 * step, 2, TraceKind::in_sync, {1, 5, 2}),
      event(4 * step, 2, TraceKind::realm_update, {2, 1}),
      event(5 * step, 2, TraceKind::realm_restored, {3, 1, 2, 1}),
  };
  const Convergence seen = convergence_of(plan, trace, 10 * step);
  REQUIRE(seen.nodes == std::vector<std::uint32_t>{1, 2});
  REQUIRE(seen.behind[0].size() == kConvergenceSamples);
  const auto at = [&](std::size_t node, std::int64_t time) {
    return seen.behind[node][static_cast<std::size_t>(time / 10 - 1)];  // a sample is ten nanoseconds here
  };
  CHECK(at(1, step) == 2);
  CHECK(at(1, 2 * step + 10) == 1);
  CHECK(at(1, 3 * step + 10) == 0);
  CHECK(at(0, 4 * step + 10) == 1);  // what node 2 has done alone
  CHECK(at(0, 5 * step + 10) == 0);  // it went with node 2's old replica
  REQUIRE(seen.in_sync.size() == 1);
  CHECK(seen.in_sync[0].node == 2);
  CHECK(seen.in_sync[0].peer == 1);
  CHECK(convergence_of(two_nodes(), trace, 10 * step).nodes.empty());  // not a realm
}

TEST_CASE("timeline: a clock that stands still is a span of its node") {
  const std::vector<TraceEvent> trace = {event(10, 1, TraceKind::clock_changed, {0, 0, 1, 0, 0}),
                                         event(20, 1, TraceKind::clock_changed, {5, 0, 1, 0, 0}),
                                         event(30, 1, TraceKind::clock_changed, {0, 0, 0, 0, 0}),
                                         event(40, 2, TraceKind::clock_changed, {0, 0, 1, 0, 0})};
  const auto spans = timeline_of(two_nodes(), trace, 100).spans;
  REQUIRE(spans.size() == 2);
  CHECK((spans[0].kind == SpanKind::frozen && spans[0].begin_ns == 10 && spans[0].end_ns == 30));
  CHECK((spans[1].node == 2 && spans[1].end_ns == 100));
}

TEST_CASE("page: branches and what decided the failure are on it; events before its first are not") {
  JsonText json;
  json.begin_object();
  faults::Plan plan;
  plan.branches = {{.at = SimTime{7}, .seed = ~std::uint64_t{0}}};
  put_branches(json, plan);
  put_explanation(json, {}, 0);
  put_explanation(json,
                  {.curve = {{.at_ns = 5, .futures = 4, .failed = 9}},
                   .criticals = {{.event = 2, .says = "gone"}, {.event = 10, .says = "</script>"}},
                   .ranking = {{.what = "kill n1", .effect = 0.5}},
                   .says = "s"},
                  3);
  json.end_object();
  CHECK(
      json.text() ==
      R"({"branches":[{"at_ns":7,"seed":"18446744073709551615"}],"explanation":{"says":"s","curve":[[5,4,4]],)"
      R"("criticals":[{"event":7,"says":"\u003c/script\u003e"}],"ranking":[{"what":"kill n1","at_ns":-1,"effect":0.5}]}})");
}

}  // namespace
}  // namespace wn::reports
