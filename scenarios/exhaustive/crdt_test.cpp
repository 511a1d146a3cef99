// The model of the replicated types: whole at small scopes, and with planted bugs.
#include <catch2/catch_test_macros.hpp>

#include "scenarios/exhaustive/crdt_model.h"
#include "scenarios/exhaustive/models.h"

namespace wn::exhaustive {
namespace {

Explored run(const CrdtScope& scope) {
  return explore("crdt", {.raft = {}, .crdt = scope, .capability = {}}, {});
}

TEST_CASE("two replicas, three operations: every type converges to what it promises") {
  const Explored found = run({});
  INFO((found.story.empty() ? "" : found.story.back()));
  CHECK(found.findings.ending == Ending::complete);
  CHECK(found.parts.size() == kCrdtTypes.size());
  CHECK(found.findings.states > 30'000);
}

TEST_CASE("three replicas: every type converges to what it promises, gaps or none") {
  const Explored found = run({.replicas = 3, .operations = 2, .joins = 1, .gaps = true});
  CHECK(found.findings.ending == Ending::complete);
}

TEST_CASE("renamed replicas are the same world: symmetry keeps the verdict and divides the states") {
  CrdtScope scope{.every_type = false, .type = crdt::Type::set, .replicas = 3, .operations = 2};
  const Findings few = run(scope).findings;
  scope.symmetry = false;
  const Findings many = run(scope).findings;
  REQUIRE(few.ending == Ending::complete);
  REQUIRE(many.ending == Ending::complete);
  CHECK(few.depth == many.depth);
  CHECK(many.states > 4 * few.states);
  CHECK(many.states <= 6 * few.states);
}

TEST_CASE("children that get unrelated identities are found in every type that has children, in two steps") {
  for (const auto& [name, type] : kCrdtTypes) {
    const Explored found =
        run({.every_type = false, .type = type, .defect = Defect::child_lost_on_concurrent_creation});
    INFO(name);
    if (type == crdt::Type::lww || type == crdt::Type::mv) {
      CHECK(found.findings.ending == Ending::complete);
      continue;
    }
    REQUIRE(found.findings.ending == Ending::violated);
    CHECK(found.findings.path.size() == 2);
    CHECK(found.story.size() == 2);
  }
}

TEST_CASE("a tie that the order of arrival decides is found in two writes") {
  const Explored found =
      run({.every_type = false, .type = crdt::Type::lww, .defect = Defect::tie_break_ignores_replica});
  REQUIRE(found.findings.ending == Ending::violated);
  CHECK(std::string(found.findings.claim).starts_with("Convergence"));
  CHECK(found.findings.path.size() == 2);
  CHECK(found.story.back().find("promised") != std::string::npos);
}

TEST_CASE("an older write may be read again while the one between is missing, and only then") {
  // r1 writes three times; r2 gets the third, overwrites it, and then gets the first.
  CrdtScope scope{.every_type = false, .type = crdt::Type::mv, .operations = 4, .joins = 0, .gaps = true};
  CHECK(run(scope).findings.path.size() == 6);
  scope.gaps = false;
  CHECK(run(scope).findings.ending == Ending::complete);
}

}  // namespace
}  // namespace wn::exhaustive
