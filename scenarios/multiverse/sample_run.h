#pragma once
// A small cluster that forgets its votes, for the tests of this room.
#include <catch2/catch_test_macros.hpp>
#include <memory>
#include <string>
#include <utility>

#include "scenarios/runner/live_run.h"
#include "scenarios/runner/scenario.h"

#ifndef WN_SOURCE_DIR
#define WN_SOURCE_DIR "."  // the root, where nobody says otherwise
#endif

namespace wn::scenarios::testing {

// Of scenarios/catalog/negative.
inline faults::Plan catalog_plan(const char* name, std::uint64_t seed) {
  const auto scenario = load_scenario(std::string(WN_SOURCE_DIR) + "/scenarios/catalog/" + name + ".toml");
  REQUIRE(scenario.has_value());
  return make_plan(*scenario, seed);
}
inline faults::Plan vote_forgotten(std::uint64_t seed) {
  return catalog_plan("negative/raft-vote-not-persisted", seed);
}

inline std::unique_ptr<LiveRun> stopped(faults::Plan plan, std::uint64_t events) {
  auto run = LiveRun::make(std::move(plan), {.record_history = false});
  REQUIRE(run.has_value());
  REQUIRE((*run)->run_to_event(events));
  return std::move(*run);
}

}  // namespace wn::scenarios::testing
