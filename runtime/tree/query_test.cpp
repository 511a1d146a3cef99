// Queries: their order, their limits, their cursors while the tree changes, and the budget.
#include "runtime/tree/query.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/tree/genesis.h"

namespace wn::tree {
namespace {

std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }

struct World {
  explicit World(std::uint32_t count, std::uint32_t fan_out, QueryLimits limits = {})
      : tree(*make_genesis({.count = count, .fan_out = fan_out}, {}, heap())),
        query(tree, limits, heap()),
        answer(heap()),
        effects(heap()) {}
  void move(WorknodeId node, WorknodeId parent) {
    const Operation operation{.stamp = {.time = causality::HlcTime{++time}, .replica = ReplicaId{1}},
                              .node = node,
                              .parent = parent};
    REQUIRE(tree.apply({&operation, 1}, effects).has_value());
  }
  Tree tree;
  Query query;
  Answer answer;
  Effects effects;
  CallBudget budget{1'000'000};
  std::uint64_t time = 0;
};

}  // namespace

TEST_CASE("children of many parents come in one call, by parent asked, then by id") {
  World w(30, 5);
  const WorknodeId parents[] = {genesis_id(1), kRootId, genesis_id(29)};
  REQUIRE(w.query.children(w.budget, parents, {}, {}, w.answer).has_value());
  REQUIRE(w.answer.rows.size() == 10);
  for (std::uint32_t i = 0; i < 5; ++i) {
    CHECK(w.answer.rows[i] == Row{.node = genesis_id(10 + i), .type = 1, .group = 0});
    CHECK(w.answer.rows[5 + i] == Row{.node = genesis_id(i), .type = 1, .group = 1});
  }
  CHECK_FALSE(w.answer.next);
  CHECK(w.budget.left() == 999'999);
}

TEST_CASE("pages joined by cursors give each row of the whole answer once, in its order") {
  for (const std::uint32_t page : {1U, 3U, 7U, 500U}) {
    World w(500, 4, {.max_results = page});
    Query whole(w.tree, {}, heap());
    Answer all(heap());
    REQUIRE(whole.descendants(w.budget, kRootId, {}, {}, all).has_value());
    REQUIRE(all.rows.size() == 500);
    std::vector<Row> rows;
    Cursor at;
    do {
      REQUIRE(w.query.descendants(w.budget, kRootId, {}, at, w.answer).has_value());
      CHECK(w.answer.rows.size() <= page);
      rows.insert(rows.end(), w.answer.rows.begin(), w.answer.rows.end());
      at = w.answer.next;
    } while (at);
    CHECK(std::equal(rows.begin(), rows.end(), all.rows.begin(), all.rows.end()));
  }
}

TEST_CASE("a handler that asks in a loop is stopped by its budget") {
  World w(100, 10);
  CallBudget few{8};
  std::uint32_t asked = 0;
  for (std::uint32_t i = 0; i < 10; ++i) {
    const WorknodeId parent = genesis_id(i);
    const Result<void> answer = w.query.children(few, {&parent, 1}, {}, {}, w.answer);
    if (!answer) {
      CHECK(answer.error().code == Errc::overloaded);
      break;
    }
    ++asked;
  }
  CHECK(asked == 8);
}

TEST_CASE("a cursor survives changes, and is stale once its parent was deleted") {
  World w(20, 20, {.max_results = 5});
  REQUIRE(w.query.children(w.budget, std::span(&kRootId, 1), {}, {}, w.answer).has_value());
  Cursor next = w.answer.next;
  REQUIRE(next);
  w.move(genesis_id(4), genesis_id(0));  // the row at which the cursor stands
  w.move(genesis_id(5), genesis_id(0));
  REQUIRE(w.query.children(w.budget, std::span(&kRootId, 1), {}, next, w.answer).has_value());
  CHECK(w.answer.rows.front().node == genesis_id(6));

  World v(60, 20, {.max_results = 5});
  const WorknodeId parent = genesis_id(0);
  REQUIRE(v.query.children(v.budget, std::span(&parent, 1), {}, {}, v.answer).has_value());
  next = v.answer.next;
  v.move(parent, kTrashId);
  CHECK(v.query.children(v.budget, std::span(&parent, 1), {}, next, v.answer).error().code ==
        Errc::precondition);
  // What lies in the trash can be paged through as well.
  REQUIRE(v.query.children(v.budget, std::span(&parent, 1), {}, {}, v.answer).has_value());
  CHECK(v.query.children(v.budget, std::span(&parent, 1), {}, v.answer.next, v.answer).has_value());
}

TEST_CASE("an index finds the living worknodes with a value, and texts by what they say") {
  World w(50, 5);
  PropertyIndex index(100, heap());
  for (std::uint32_t i = 0; i < 50; ++i) {
    const std::string_view word = i % 3 == 0 ? "red" : "blue";
    REQUIRE(index.add(PropertyKey{1}, PropertyValue::of(word), genesis_id(i)).has_value());
  }
  w.move(genesis_id(48), kTrashId);
  index.remove(PropertyKey{1}, PropertyValue::of("red"), genesis_id(45));
  REQUIRE(
      w.query.matching(w.budget, index, PropertyKey{1}, PropertyValue::of("red"), {}, w.answer).has_value());
  REQUIRE(w.answer.rows.size() == 15);
  CHECK(w.answer.rows[14].node == genesis_id(42));
  REQUIRE(
      w.query.matching(w.budget, index, PropertyKey{2}, PropertyValue::of("red"), {}, w.answer).has_value());
  CHECK(w.answer.rows.empty());
}

TEST_CASE("limits of a query are refused by type") {
  World w(2000, 1000, {.max_results = 10, .parents_max = 2, .visits_max = 1500});
  const WorknodeId three[] = {genesis_id(0), genesis_id(1), genesis_id(2)};
  CHECK(w.query.children(w.budget, three, {}, {}, w.answer).error().code == Errc::too_large);
  CHECK(w.query.descendants(w.budget, kRootId, {}, {}, w.answer).has_value());
  const Cursor other = w.answer.next;
  CHECK(w.query.children(w.budget, {three, 1}, {}, other, w.answer).error().code == Errc::invalid_argument);
  CHECK(w.query.descendants(w.budget, kRootId, {.type = 9}, {}, w.answer).error().code == Errc::too_large);
  CHECK(w.query.descendants(w.budget, genesis_id(5000), {}, {}, w.answer).error().code == Errc::not_found);
  Query none(w.tree, {.max_results = 0}, heap());
  CHECK(none.descendants(w.budget, kRootId, {}, {}, w.answer).error().code == Errc::invalid_argument);
}

}  // namespace wn::tree
