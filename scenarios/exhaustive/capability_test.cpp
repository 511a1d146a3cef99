// The model of the capability rules: whole at small scopes, and with planted bugs.
#include <catch2/catch_test_macros.hpp>

#include "scenarios/exhaustive/capability_model.h"
#include "scenarios/exhaustive/models.h"

namespace wn::exhaustive {
namespace {

Explored run(const CapabilityScope& scope) {
  return explore("capability", {.raft = {}, .crdt = {}, .capability = scope}, {});
}

TEST_CASE("every chain of two links in every world is judged as its links say") {
  const Explored found = run({});
  CHECK(found.findings.ending == Ending::complete);
  CHECK(found.findings.states > 20'000);
}

TEST_CASE("links for one use are good for one use, over restarts too") {
  CHECK(run({.links = 1, .uses = true}).findings.ending == Ending::complete);
}

TEST_CASE("several revocations at once are as good as each") {
  CHECK(run({.links = 1, .revocations = 3}).findings.ending == Ending::complete);
}

TEST_CASE("a guard that lets links widen is found by a chain of two") {
  const Explored found = run({.defect = Defect::attenuation_widens});
  REQUIRE(found.findings.ending == Ending::violated);
  CHECK(std::string(found.findings.claim).starts_with("Attenuation"));
  CHECK(found.findings.path.size() == 2);
  CHECK(found.story.back().starts_with("holder 1 gives holder 2: write and delegate"));
}

TEST_CASE("a guard that forgets revocations is found by one link, one revocation and a restart") {
  const Explored found = run({.links = 1, .defect = Defect::revocation_forgotten_on_restart});
  REQUIRE(found.findings.ending == Ending::violated);
  CHECK(found.findings.path.size() == 3);
  CHECK(found.story.back() == "the guard restarts");
}

}  // namespace
}  // namespace wn::exhaustive
