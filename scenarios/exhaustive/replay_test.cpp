// What the Raft model finds happens without the model too: its scripts, run on the cores by runtime/raft's
// own script runner, with its own invariants.
#include <catch2/catch_test_macros.hpp>

#include "runtime/raft/script.h"
#include "scenarios/exhaustive/raft_story.h"

namespace wn::exhaustive {
namespace {

std::string replayed(const RaftScope& scope) {
  RaftModel model(scope);
  const Findings found = search(model, {});
  REQUIRE(found.ending == Ending::violated);
  return raft::testing::run_script(tell(model, found.path).script);
}

TEST_CASE("a counterexample's script breaks the same claim on the cores themselves") {
  CHECK(replayed({.defect = Defect::vote_not_persisted}).find("VIOLATION n2: two leaders in term 1") !=
        std::string::npos);
  const RaftScope reads{.commands = 0, .crashes = 0, .reads = 1, .defect = Defect::read_without_quorum};
  CHECK(replayed(reads).find("VIOLATION n1: stale read") != std::string::npos);
}

}  // namespace
}  // namespace wn::exhaustive
