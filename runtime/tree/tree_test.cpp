// What a tree promises, one claim at a time.
#include "runtime/tree/tree.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/tree/genesis.h"

namespace wn::tree {
namespace {

std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }
causality::Stamp at(std::uint64_t time, std::uint32_t replica = 1) {
  return {.time = causality::HlcTime{time}, .replica = ReplicaId{replica}};
}
WorknodeId id(std::uint64_t n) { return worknode_id({.replica = ReplicaId{1}, .counter = n}); }

// One tree and its effects.
struct Replica {
  explicit Replica(Options options = {}) : tree(options, heap()), effects(heap()) {}
  Outcome move(causality::Stamp stamp, WorknodeId node, WorknodeId parent, std::uint32_t type = 0) {
    const Operation operation{.stamp = stamp, .node = node, .parent = parent, .type = type};
    REQUIRE(tree.apply({&operation, 1}, effects).has_value());
    CHECK(tree.broken_invariant() == "");
    return effects.outcomes[0];
  }
  WorknodeId parent(WorknodeId node) const { return tree.find(node)->parent; }
  Tree tree;
  Effects effects;
};

}  // namespace

TEST_CASE("a new node is created by moving it under a parent") {
  Replica r;
  CHECK(r.move(at(1), id(1), kRootId, 7) == Outcome::applied);
  REQUIRE(r.effects.changes.size() == 1);
  CHECK(r.effects.changes[0] ==
        Change{.node = id(1), .old_parent = {}, .new_parent = kRootId, .new_type = 7});
  CHECK(r.tree.find(id(1))->type == 7);
  CHECK(r.tree.find(kRootId)->child_count == 1);
  CHECK(r.tree.size() == 1);
}

TEST_CASE("a move under the own subtree has no effect") {
  Replica r;
  r.move(at(1), id(1), kRootId);
  r.move(at(2), id(2), id(1));
  CHECK(r.move(at(3), id(1), id(2)) == Outcome::cycle);
  CHECK(r.move(at(4), id(1), id(1)) == Outcome::cycle);
  CHECK(r.effects.changes.empty());
  CHECK(r.parent(id(1)) == kRootId);
}

TEST_CASE("of two concurrent moves that would make a cycle together, the later has no effect, in any order") {
  for (const bool swapped : {false, true}) {
    Replica r;
    r.move(at(1), id(1), kRootId);
    r.move(at(2), id(2), kRootId);
    if (swapped) {
      CHECK(r.move(at(4), id(2), id(1)) == Outcome::applied);
      CHECK(r.move(at(3), id(1), id(2)) == Outcome::applied);
    } else {
      CHECK(r.move(at(3), id(1), id(2)) == Outcome::applied);
      CHECK(r.move(at(4), id(2), id(1)) == Outcome::cycle);
    }
    CHECK(r.parent(id(1)) == id(2));
    CHECK(r.parent(id(2)) == kRootId);
  }
}

TEST_CASE("a child that arrives before its parent waits outside of the tree") {
  Replica r;
  CHECK(r.move(at(2), id(2), id(1)) == Outcome::applied);
  CHECK_FALSE(r.tree.contains(id(1)));
  CHECK(r.tree.is_deleted(id(2)) == false);
  CHECK(r.move(at(1), id(1), kRootId) == Outcome::applied);
  CHECK(r.tree.depth(id(2)) == 2U);
}

TEST_CASE("a repeated, a conflicting, a stale and an invalid operation are told apart and change nothing") {
  Replica r;
  r.move(at(1), id(1), kRootId);
  r.move(at(5), id(2), id(1));
  const Digest before = r.tree.digest();
  CHECK(r.move(at(5), id(2), id(1)) == Outcome::duplicate);
  CHECK(r.move(at(5), id(2), kRootId) == Outcome::conflict);
  r.tree.truncate_before(at(3));
  CHECK(r.tree.log_size() == 1);
  CHECK(r.move(at(3), id(9), kRootId) == Outcome::stale);
  CHECK(r.move(at(2), id(9), kRootId) == Outcome::stale);
  CHECK(r.move(at(9), kRootId, id(1)) == Outcome::invalid);
  CHECK(r.move(at(9), kTrashId, id(1)) == Outcome::invalid);
  CHECK(r.move(at(9), id(1), WorknodeId{}) == Outcome::invalid);
  CHECK(r.move(at(9, 0), id(1), kRootId) == Outcome::invalid);
  CHECK(r.tree.digest() == before);
}

TEST_CASE("a deleted node comes back under the parent that it was deleted from") {
  Replica r;
  r.move(at(1), id(1), kRootId);
  r.move(at(2), id(2), id(1));
  r.move(at(3), id(3), id(2));
  const Digest before = r.tree.digest();
  const Operation gone = remove(at(4), id(2));
  REQUIRE(r.tree.apply({&gone, 1}, r.effects).has_value());
  CHECK(*r.tree.is_deleted(id(3)));
  const Result<Operation> back = r.tree.restore(at(5), id(2));
  REQUIRE(back.has_value());
  CHECK(back->parent == id(1));
  CHECK(r.tree.restore(at(5), id(3)).error().code == Errc::precondition);
  r.move(at(5), id(2), back->parent);
  CHECK(r.tree.digest() == before);
  CHECK_FALSE(*r.tree.is_deleted(id(3)));
}

TEST_CASE("a snapshot gives the same tree, log and bytes again, and still takes what is late") {
  Replica r;
  r.move(at(1), id(1), kRootId, 4);
  r.move(at(2), id(2), id(1), 5);
  r.tree.truncate_before(at(2));
  r.move(at(10), id(1), kTrashId);
  r.move(at(11), id(3), id(2), 6);
  std::vector<std::uint8_t> bytes;
  r.tree.encode_snapshot(bytes);
  Result<Tree> copy = Tree::decode_snapshot(bytes, {}, heap());
  REQUIRE(copy.has_value());
  CHECK(copy->broken_invariant() == "");
  CHECK(copy->digest() == r.tree.digest());
  std::vector<std::uint8_t> again;
  copy->encode_snapshot(again);
  CHECK(bytes == again);
  const Operation late{.stamp = at(5), .node = id(2), .parent = kRootId};
  REQUIRE(copy->apply({&late, 1}, r.effects).has_value());
  REQUIRE(r.tree.apply({&late, 1}, r.effects).has_value());
  CHECK(copy->digest() == r.tree.digest());
}

TEST_CASE("a genesis has the parents that its formula says") {
  const Genesis genesis{.count = 1000, .fan_out = 7, .type = 3};
  Result<Tree> tree = make_genesis(genesis, {}, heap());
  REQUIRE(tree.has_value());
  CHECK(tree->broken_invariant() == "");
  CHECK(tree->size() == 1000);
  for (std::uint32_t i = 0; i < genesis.count; ++i) {
    CHECK(tree->find(genesis_id(i))->parent == genesis_parent(genesis, i));
  }
}

}  // namespace wn::tree
