// What happens at the limits: refused by type, before any effect; memory; the trash emptied for ever.
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "runtime/base/random.h"
#include "runtime/tree/genesis.h"
#include "runtime/tree/tree.h"

namespace wn::tree {
namespace {

std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }
causality::Stamp at(std::uint64_t time) {
  return {.time = causality::HlcTime{time}, .replica = ReplicaId{1}};
}

// Counts, and refuses beyond a budget.
class Counted : public std::pmr::memory_resource {
 public:
  std::size_t left = SIZE_MAX;
  std::uint64_t allocations = 0;

 private:
  void* do_allocate(std::size_t bytes, std::size_t alignment) override {
    if (bytes > left) throw std::bad_alloc();
    left -= bytes;
    ++allocations;
    return heap()->allocate(bytes, alignment);
  }
  void do_deallocate(void* p, std::size_t bytes, std::size_t alignment) override {
    left += bytes;
    heap()->deallocate(p, bytes, alignment);
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
};

std::vector<Operation> moves(std::uint32_t count, std::uint32_t ids, std::uint64_t seed) {
  const Random random(seed);
  std::vector<Operation> out;
  for (std::uint32_t i = 0; i < count; ++i) {
    Draw draw = random.at("move", 0, i);
    const WorknodeId node = genesis_id(draw.below(ids));
    out.push_back({.stamp = at(i + 1), .node = node, .parent = genesis_id(draw.below(ids))});
  }
  return out;
}

}  // namespace

TEST_CASE("a batch over a limit is refused whole and has no effect") {
  Tree tree({.nodes_max = 6, .log_operations_max = 5, .batch_operations_max = 4}, heap());
  Effects effects(heap());
  const auto create = [](std::uint64_t time, std::uint64_t n) {
    return Operation{.stamp = at(time), .node = genesis_id(n), .parent = kRootId};
  };
  const Operation five[] = {create(1, 1), create(2, 2), create(3, 3), create(4, 4), create(5, 4)};
  CHECK(tree.apply(five, effects).error().code == Errc::too_large);
  CHECK(tree.size() == 0);
  REQUIRE(tree.apply({five, 3}, effects).has_value());
  const Digest before = tree.digest();
  const Operation two_more[] = {create(6, 5), create(7, 6)};
  CHECK(tree.apply(two_more, effects).error().code == Errc::overloaded);  // nodes_max
  CHECK(tree.digest() == before);
  REQUIRE(tree.apply({five + 3, 2}, effects).has_value());
  CHECK(tree.apply({two_more, 1}, effects).error().code == Errc::overloaded);  // log_operations_max
  tree.truncate_before(at(3));
  const Operation move{.stamp = at(9), .node = genesis_id(1), .parent = genesis_id(2)};
  CHECK(tree.apply({&move, 1}, effects).has_value());
  CHECK(tree.broken_invariant() == "");
}

TEST_CASE("when memory is used up anywhere in a batch, the batch has no effect") {
  const std::vector<Operation> all = moves(400, 300, 3);
  std::uint32_t refused = 0;
  for (std::size_t budget = 60'000; budget < 160'000; budget += 379) {
    Counted memory;
    memory.left = budget;
    std::optional<Tree> tree;
    try {
      tree.emplace(Options{.nodes_max = 4096}, &memory);
    } catch (const std::bad_alloc&) {
      continue;
    }
    Effects effects(&memory);
    for (std::size_t i = 0; i < all.size(); i += 40) {
      // The second half of each batch first, so that there is something to redo.
      const Digest before = tree->digest();
      const std::size_t parts[] = {i + 20, i};
      for (const std::size_t part : parts) {
        const Digest now = tree->digest();
        const Result<void> taken = tree->apply({all.data() + part, 20}, effects);
        if (taken) continue;
        ++refused;
        CHECK(taken.error().code == Errc::overloaded);
        CHECK(tree->digest() == now);
      }
      if (tree->digest() == before) break;
    }
    if (std::string broken = tree->broken_invariant(); !broken.empty()) FAIL(broken);
  }
  CHECK(refused > 50);
}

TEST_CASE("in the steady state a tree allocates nothing") {
  constexpr std::uint32_t kIds = 500;
  Counted memory;
  Tree tree = *make_genesis({.count = kIds}, {}, &memory);
  Effects effects(&memory);
  std::vector<Operation> all = moves(40'000, kIds, 4);
  const Random random(5);
  for (std::size_t i = 0; i + 64 <= all.size(); i += 64) {  // shuffled within 64
    for (std::size_t j = 63; j > 0; --j) {
      const std::uint64_t k = random.at("shuffle", 0, i + j).below(j + 1);
      std::swap(all[i + j], all[i + k]);
    }
  }
  std::uint64_t warm = 0;
  for (std::size_t i = 0; i + 64 <= all.size(); i += 16) {
    if (i == 10'000) warm = memory.allocations;
    REQUIRE(tree.apply({all.data() + i, 16}, effects).has_value());
    if (i % 1024 == 1008) tree.truncate_before(at(i - 64));
  }
  CHECK(warm > 0);
  CHECK(memory.allocations == warm);
  CHECK(tree.stats().undone > 0);
  CHECK(tree.broken_invariant() == "");
}

TEST_CASE("what was purged is gone, its memory is used again, and its children cannot be restored to it") {
  Tree tree = *make_genesis({.count = 100, .fan_out = 3}, {}, heap());
  Effects effects(heap());
  // A child of the first worknode is deleted by itself, then the first worknode with the rest.
  const Operation gone[] = {remove(at(1), genesis_id(3)), remove(at(2), genesis_id(0))};
  REQUIRE(tree.apply(gone, effects).has_value());
  CHECK(tree.purge(genesis_id(0)).error().code == Errc::precondition);  // still in the log
  CHECK(tree.purge(genesis_id(1)).error().code == Errc::precondition);  // not in the trash
  tree.truncate_before(at(2));
  const Result<std::uint32_t> purged = tree.purge(genesis_id(0));
  REQUIRE(purged.has_value());
  CHECK(tree.size() == 100 - *purged);
  CHECK_FALSE(tree.contains(genesis_id(0)));
  CHECK(tree.broken_invariant() == "");
  CHECK(tree.restore(at(3), genesis_id(3)).error().code == Errc::precondition);
  const std::size_t bytes = tree.memory_bytes();
  for (std::uint32_t i = 0; i < *purged; ++i) {
    const Operation fresh{.stamp = at(10 + i), .node = genesis_id(1000 + i), .parent = kRootId};
    REQUIRE(tree.apply({&fresh, 1}, effects).has_value());
  }
  CHECK(tree.nodes().end() == 102);
  CHECK(tree.memory_bytes() - bytes < 4096);  // the log
  CHECK(tree.broken_invariant() == "");
}

TEST_CASE("the table finds what it holds and nothing else through insertions and erasures") {
  NodeTable table(7, heap());
  std::set<WorknodeId> held;
  const Random random(6);
  for (std::uint32_t i = 0; i < 20'000; ++i) {
    Draw draw = random.at("table", 0, i);
    const WorknodeId id = genesis_id(draw.below(600));
    const NodeIndex found = table.find(id);
    REQUIRE((found != kNoNode) == held.contains(id));
    if (found != kNoNode) {
      REQUIRE(table[found].id == id);
      table.erase(found);
      held.erase(id);
    } else {
      table.reserve(1);
      table.insert(id);
      held.insert(id);
    }
    REQUIRE(table.size() == held.size());
  }
  for (const WorknodeId& id : held) CHECK(table.find(id) != kNoNode);
  CHECK(table.end() <= 600);
}

}  // namespace wn::tree
