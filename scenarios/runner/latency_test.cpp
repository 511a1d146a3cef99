#include "scenarios/runner/latency.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::scenarios {
namespace {

TraceEvent update(std::int64_t at, std::uint32_t node, std::uint64_t counter) {
  TraceEvent event;
  event.at = SimTime{at};
  event.node = NodeId{node};
  event.kind = TraceKind::realm_update;
  event.field = {1, counter, 0, 0, 0};
  return event;
}

void operation(checkers::History& history, const char* key, std::int64_t from, std::int64_t to) {
  checkers::Operation o;
  o.key = history.atoms.text(key);
  o.outcome = checkers::Outcome::ok;
  o.invoked_ns = from;
  o.completed_ns = to;
  history.operations.push_back(o);
}

TEST_CASE("latency: by mode, of what was done, by the nearest rank") {
  checkers::History history;
  for (std::int64_t i = 1; i <= 100; ++i) operation(history, "n3.w1.title", 10, 10 + i);
  operation(history, "s4", 0, 7);
  operation(history, "w4.tags", 5, 8);
  operation(history, "s4", 0, 1'000'000);
  history.operations.back().outcome = checkers::Outcome::info;
  const std::vector<Latency> all = latencies(history, {});
  REQUIRE(all.size() == 3);
  CHECK(all[0].what == "local");
  CHECK((all[0].count == 100 && all[0].p50_ns == 50 && all[0].p99_ns == 99));
  CHECK((all[1].what == "eventual" && all[1].p99_ns == 3));
  CHECK((all[2].what == "strong" && all[2].count == 1 && all[2].p99_ns == 7));
}

TEST_CASE("latency: an update is visible at a peer when the first other replica has applied it") {
  VisibilityMeter meter;
  meter.on_event(update(100, 1, 1));
  meter.on_event(update(130, 2, 1));
  meter.on_event(update(131, 2, 1));  // again, after a restart
  meter.on_event(update(150, 3, 1));
  meter.on_event(update(160, 1, 2));  // nobody else yet
  CHECK(meter.first() == std::vector<std::int64_t>{30});
  CHECK(meter.each() == std::vector<std::int64_t>{30, 50});
}

}  // namespace
}  // namespace wn::scenarios
