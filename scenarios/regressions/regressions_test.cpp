// Every plan in this folder fails as it did when it was kept, and passes without the bug that it plants.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <filesystem>
#include <fstream>
#include <sstream>
#include <vector>

#include "faults/plan/plan_io.h"
#include "scenarios/drift/drift.h"
#include "scenarios/runner/run.h"

namespace wn::scenarios {
namespace {

namespace fs = std::filesystem;

std::vector<fs::path> kept() {
  std::vector<fs::path> plans;
  for (const fs::directory_entry& entry : fs::directory_iterator(WN_ROOM_DIR)) {
    if (entry.path().extension() == ".txtpb") plans.push_back(entry.path());
  }
  std::ranges::sort(plans);
  return plans;
}

drift::Skeleton skeleton_beside(const fs::path& plan) {
  fs::path path = plan;
  path.replace_extension(".skeleton");
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  auto skeleton = drift::parse_skeleton(text.str(), path.string());
  REQUIRE(skeleton.has_value());
  return *std::move(skeleton);
}

bool crashes(const drift::Skeleton& skeleton) { return skeleton.signature.starts_with("crash: "); }

TEST_CASE("each regression still fails for its reason, and how far it has drifted is told") {
  REQUIRE(!kept().empty());
  for (const fs::path& path : kept()) {
    INFO(path.filename().string());
    const auto plan = faults::load_plan(path);
    REQUIRE(plan.has_value());
    const drift::Skeleton then = skeleton_beside(path);
    REQUIRE(!then.signature.empty());
    if (crashes(then)) continue;  // a plan is run where it may crash: worknode replay
    const auto run = run_plan(*plan, {.record_trace = true, .record_history = false});
    REQUIRE(run.has_value());
    const drift::Skeleton now = drift::skeleton_of(*plan, run->trace, run->signature);
    UNSCOPED_INFO(drift::to_text(drift::drift_between(*plan, then, now)));
    CHECK(now.signature == then.signature);
  }
}

TEST_CASE("each regression passes once its bug is mended") {
  for (const fs::path& path : kept()) {
    INFO(path.filename().string());
    auto plan = faults::load_plan(path);
    REQUIRE(plan.has_value());
    if (plan->system.defect == Defect::none) continue;  // its liars are the bug
    plan->system.defect = Defect::none;
    const auto run = run_plan(*plan, {.record_history = false});
    REQUIRE(run.has_value());
    CHECK(run->signature == "");
    CHECK(run->outcome != checkers::Outcome3::fail);
  }
}

}  // namespace
}  // namespace wn::scenarios
