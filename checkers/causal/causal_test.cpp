#include "checkers/causal/causal.h"

#include <catch2/catch_test_macros.hpp>

#include "checkers/history/golden.h"
#include "checkers/history/history_io.h"

namespace wn::checkers {
namespace {

TEST_CASE("causal: golden histories are accepted, or rejected for the right reason") {
  const auto all = golden_histories(WN_ROOM_DIR);
  REQUIRE(all.size() > 20);
  for (const Golden& golden : all) {
    INFO(golden.name);
    const auto history = read_history_file(golden.file);
    REQUIRE(history.has_value());
    CausalFacts facts;
    facts.clients.process_stride = 10'000;
    if (golden.name.starts_with("realm-")) {
      // Recorded: three replicas, client n asks the one with the number n mod 3 from 0.
      for (std::uint32_t client = 4; client < 10; ++client) facts.clients.homes[client] = client % 3;
    }
    const Verdict verdict = check_causal(*history, facts);
    CHECK(verdict.claim == "causal");
    CHECK(verdict.signature == golden.signature);
    CHECK((verdict.outcome == Outcome3::fail) == !golden.signature.empty());
    CHECK((verdict.outcome == Outcome3::fail) == !verdict.operations.empty());
  }
}

}  // namespace
}  // namespace wn::checkers
