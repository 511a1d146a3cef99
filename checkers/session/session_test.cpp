#include "checkers/session/session.h"

#include <catch2/catch_test_macros.hpp>

#include "checkers/history/golden.h"
#include "checkers/history/history_io.h"

namespace wn::checkers {
namespace {

TEST_CASE("session: golden histories are accepted, or rejected for the right reason") {
  const auto all = golden_histories(WN_ROOM_DIR);
  REQUIRE(all.size() > 20);
  for (const Golden& golden : all) {
    INFO(golden.name);
    const auto history = read_history_file(golden.file);
    REQUIRE(history.has_value());
    const Verdict verdict = check_session(
        *history, {.clients = {.process_stride = 10'000, .muted = {}, .homes = {}, .wanted = {}}});
    CHECK(verdict.claim == "session");
    CHECK(verdict.signature == golden.signature);
    CHECK((verdict.outcome == Outcome3::fail) == !golden.signature.empty());
    CHECK((verdict.outcome == Outcome3::fail) == !verdict.operations.empty());
  }
}

}  // namespace
}  // namespace wn::checkers
