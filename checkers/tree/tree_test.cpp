#include "checkers/tree/tree.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::checkers {
namespace {

constexpr std::uint64_t at(std::uint64_t number) { return TreeChecker::kFirst + number; }

// Two replicas of a first tree of 12 worknodes, three under each: 0, 1, 2 under the root, 3, 4, 5 under 0, …
class Tale {
 public:
  Tale& moved(std::uint32_t node, std::uint64_t worknode, std::uint64_t parent, std::uint64_t before) {
    return tell(node, TraceKind::realm_parent, {worknode, parent, before, 0, 0});
  }
  Tale& batch(std::uint32_t node) { return tell(node, TraceKind::realm_update, {1, 1, 1, 1, 1}); }
  Tale& digest(std::uint32_t node, std::uint64_t clock, std::uint64_t worknodes = 12) {
    return tell(node, TraceKind::realm_digest, {clock, 0, 0, worknodes, 0});
  }
  Tale& restored(std::uint32_t node) { return tell(node, TraceKind::realm_restored, {node, 0, 0, 0, 0}); }
  std::string signature() const { return checker_.verdict().signature; }

 private:
  Tale& tell(std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field) {
    checker_.on_event({.at = {}, .node = NodeId{node}, .kind = kind, .field = field});
    return *this;
  }
  TreeChecker checker_{{.count = 12, .fan_out = 3}};
};

TEST_CASE("tree checker: moves, creations and the trash pass") {
  CHECK(Tale()
            .batch(1)
            .moved(1, at(3), at(1), at(0))
            .batch(1)
            .moved(1, at(99), at(3), 0)
            .batch(1)
            .moved(1, at(1), TreeChecker::kTrash, TreeChecker::kRoot)
            .digest(1, 5, 13)
            .signature()
            .empty());
}

TEST_CASE("tree checker: a cycle is found, also one that another move of the batch began") {
  const char* cycle = "tree: a cycle";
  CHECK(Tale().moved(1, at(0), at(3), TreeChecker::kRoot).signature() == cycle);
  CHECK(Tale().moved(1, at(0), at(0), TreeChecker::kRoot).signature() == cycle);
  CHECK(
      Tale().moved(1, at(0), at(4), TreeChecker::kRoot).batch(1).moved(1, at(4), at(1), at(0)).signature() ==
      cycle);
  // Inside a batch the order in which it is told means nothing.
  CHECK(Tale().moved(1, at(0), at(4), TreeChecker::kRoot).moved(1, at(4), at(1), at(0)).signature().empty());
}

TEST_CASE("tree checker: a second parent is found") {
  CHECK(Tale().moved(1, at(3), at(1), at(2)).signature() == "tree: a worknode with two parents");
  CHECK(Tale().moved(1, at(50), at(1), at(2)).signature() == "tree: a worknode with two parents");
}

TEST_CASE("tree checker: a worknode under one that does not exist is found") {
  CHECK(Tale().moved(1, at(3), at(70), at(0)).batch(1).signature() ==
        "tree: a worknode that hangs on nothing");
}

TEST_CASE("tree checker: replicas that know the same have the same tree, however they came to it") {
  const char* differ = "tree: equal knowledge, different trees";
  CHECK(Tale().moved(1, at(3), at(1), at(0)).digest(1, 5).digest(2, 5).signature() == differ);
  CHECK(Tale()
            .moved(1, at(3), at(1), at(0))
            .moved(1, at(3), at(2), at(1))
            .digest(1, 5)
            .moved(2, at(3), at(2), at(0))
            .digest(2, 5)
            .signature()
            .empty());
  CHECK(Tale()
            .moved(1, at(3), at(1), at(0))
            .moved(1, at(3), at(0), at(1))
            .digest(1, 5)
            .digest(2, 5)
            .signature()
            .empty());
}

TEST_CASE("tree checker: a restart begins with the first tree and what differs") {
  CHECK(Tale()
            .moved(1, at(3), at(1), at(0))
            .restored(1)
            .moved(1, at(3), at(1), at(0))
            .digest(1, 5)
            .signature()
            .empty());
  CHECK(!Tale().moved(1, at(3), at(1), at(0)).restored(1).moved(1, at(3), at(2), at(1)).signature().empty());
}

TEST_CASE("tree checker: a worknode too many or too few is found") {
  CHECK(Tale().digest(1, 5, 11).signature() == "tree: worknodes are miscounted");
  CHECK(Tale().moved(1, at(40), at(3), 0).digest(1, 5, 12).signature() == "tree: worknodes are miscounted");
}

}  // namespace
}  // namespace wn::checkers
