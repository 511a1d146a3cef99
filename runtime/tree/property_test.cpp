// Long random histories on three replicas: arrival out of order, in batches, twice; stable parts cut off; a
// replica replaced by its own snapshot on the way. In the end each is the tree of the definition.
#include <catch2/catch_test_macros.hpp>
#include <map>
#include <optional>

#include "runtime/base/random.h"
#include "runtime/tree/genesis.h"
#include "runtime/tree/naive_model.h"
#include "runtime/tree/test_scale.h"
#include "runtime/tree/tree.h"

namespace wn::tree {
namespace {

std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }

struct History {
  std::uint32_t genesis = 20;
  std::uint32_t operations = 600;
  std::uint32_t fresh_ids = 10;  // worknodes that only operations create
  std::uint32_t window = 50;     // how far an operation may be overtaken
  std::uint32_t batch_max = 20;
  std::uint32_t depth_max = 4096;
  std::uint32_t times_per_stamp = 1;  // operations that share one time
};

std::vector<Operation> draw(const History& history, const Random& random) {
  std::vector<Operation> out;
  const std::uint32_t ids = history.genesis + history.fresh_ids;
  for (std::uint32_t i = 0; i < history.operations; ++i) {
    Draw draw = random.at("operation", 0, i);
    const WorknodeId node = genesis_id(draw.below(ids));
    const std::uint64_t where = draw.below(10);
    WorknodeId parent = genesis_id(draw.below(ids));
    if (where == 0) parent = kTrashId;
    if (where == 1) parent = kRootId;
    const auto type = static_cast<std::uint32_t>(draw.below(3));
    out.push_back({.stamp = {.time = causality::HlcTime{1 + i / history.times_per_stamp},
                             .replica = ReplicaId{1 + i % history.times_per_stamp}},
                   .node = node,
                   .parent = parent,
                   .type = type});
  }
  return out;
}

// An order in which nothing is overtaken by more than a window: sorted by place + a draw below the window.
std::vector<std::uint32_t> arrival(const History& history, const Random& random) {
  std::vector<std::pair<std::uint64_t, std::uint32_t>> keys;
  for (std::uint32_t i = 0; i < history.operations; ++i) {
    keys.emplace_back(i + random.at("arrival", 0, i).below(history.window), i);
  }
  std::sort(keys.begin(), keys.end());
  std::vector<std::uint32_t> out;
  for (const auto& key : keys) out.push_back(key.second);
  return out;
}

// The changes of all batches, laid over each other, must be the tree.
class Shadow {
 public:
  bool take(std::span<const Change> changes) {
    for (const Change& change : changes) {
      auto& held = held_[change.node];
      if (held != std::pair(change.old_parent, change.old_type)) return false;
      held = {change.new_parent, change.new_type};
    }
    return true;
  }
  void start_with(WorknodeId id, WorknodeId parent, std::uint32_t type) { held_[id] = {parent, type}; }
  bool equals(const Tree& tree) const {
    std::size_t placed = 0;
    for (const auto& [id, held] : held_) {
      if (!held.first) continue;
      ++placed;
      const Result<NodeView> seen = tree.find(id);
      if (!seen || seen->parent != held.first || seen->type != held.second) return false;
    }
    return placed == tree.size();
  }

 private:
  std::map<WorknodeId, std::pair<WorknodeId, std::uint32_t>> held_;
};

struct Outcomes {
  bool right = true;
  Digest digest;
  Stats stats;
};

// One replica's life; `right` is whether all of it was as it must be.
Outcomes live(const History& history, const std::vector<Operation>& operations, const Random& random,
              Defect defect) {
  const Options options{.nodes_max = 256, .depth_max = history.depth_max, .defect = defect};
  std::optional<Tree> tree(*make_genesis({.count = history.genesis, .fan_out = 3}, options, heap()));
  NaiveTree naive(history.depth_max);
  Shadow shadow;
  for (std::uint32_t i = 0; i < history.genesis; ++i) {
    const WorknodeId parent = genesis_parent({.count = history.genesis, .fan_out = 3}, i);
    naive.start_with(genesis_id(i), {.parent = parent, .type = 1, .last_home = {}});
    shadow.start_with(genesis_id(i), parent, 1);
  }
  Outcomes out;
  Effects effects(heap());
  const std::vector<std::uint32_t> order = arrival(history, random);
  std::vector<bool> arrived(operations.size(), false);
  std::uint32_t stable = 0;  // all before it have arrived
  std::vector<Operation> batch;
  for (std::uint32_t next = 0; next < order.size();) {
    Draw draw = random.at("batch", 0, next);
    batch.clear();
    for (std::uint64_t left = 1 + draw.below(history.batch_max); left > 0 && next < order.size(); --left) {
      batch.push_back(operations[order[next]]);
      arrived[order[next++]] = true;
      if (draw.below(8) == 0) batch.push_back(operations[order[draw.below(next)]]);  // once more
    }
    out.right = out.right && tree->apply(batch, effects).has_value() && shadow.take(effects.changes);
    while (stable < arrived.size() && arrived[stable]) ++stable;
    if (stable > 0 && draw.below(4) == 0) tree->truncate_before(operations[stable - 1].stamp);
    if (draw.below(16) == 0) {
      std::vector<std::uint8_t> bytes;
      std::vector<std::uint8_t> again;
      tree->encode_snapshot(bytes);
      Result<Tree> copy = Tree::decode_snapshot(bytes, options, heap());
      out.right = out.right && copy.has_value();
      if (!copy) return out;
      copy->encode_snapshot(again);
      out.right = out.right && bytes == again && copy->digest() == tree->digest();
      if (draw.below(2) == 0) tree.emplace(std::move(*copy));
    }
    out.right = out.right && (next % 7 != 0 || tree->broken_invariant().empty());
  }
  naive.run_sorted(operations);
  out.right = out.right && tree->broken_invariant().empty() && naive.equals(*tree) && shadow.equals(*tree);
  out.digest = tree->digest();
  out.stats = tree->stats();
  return out;
}

struct Totals {
  std::uint32_t wrong = 0;
  Stats stats;
};

Totals run(const History& history, std::uint32_t seeds, Defect defect = Defect::none) {
  Totals totals;
  for (std::uint32_t seed = 1; seed <= scaled(seeds); ++seed) {
    const Random random(seed);
    const std::vector<Operation> operations = draw(history, random);
    std::optional<Digest> digest;
    for (std::uint32_t replica = 1; replica <= 3; ++replica) {
      const Outcomes lived = live(history, operations, random.child("replica", replica), defect);
      if (!lived.right || (digest && *digest != lived.digest)) ++totals.wrong;
      digest = lived.digest;
      totals.stats.placed += lived.stats.placed;
      totals.stats.undone += lived.stats.undone;
      totals.stats.flipped += lived.stats.flipped;
    }
  }
  return totals;
}

}  // namespace

TEST_CASE("three replicas with random histories end as the definition says, whatever the window") {
  for (const std::uint32_t window : {3U, 10U, 100U, 600U}) {
    for (const std::uint32_t batch_max : {1U, 30U}) {
      const Totals totals = run({.window = window, .batch_max = batch_max}, 30);
      CHECK(totals.wrong == 0);
      // An idle test can't pass.
      if (kSlowBuild) continue;
      CHECK(totals.stats.placed > 10);
      CHECK(totals.stats.undone > 0);
      CHECK(totals.stats.flipped > 0);
    }
  }
}

TEST_CASE("the same when many worknodes are created late, times collide, and the tree is large or shallow") {
  CHECK(run({.genesis = 0, .operations = 300, .fresh_ids = 60, .window = 40}, 40).wrong == 0);
  CHECK(run({.genesis = 5, .window = 60, .times_per_stamp = 4}, 40).wrong == 0);
  CHECK(run({.genesis = 200, .operations = 1500, .fresh_ids = 20, .window = 200, .batch_max = 8}, 10).wrong ==
        0);
  for (const std::uint32_t depth_max : {1U, 2U, 4U}) {
    CHECK(run({.operations = 300, .window = 40, .batch_max = 4, .depth_max = depth_max}, 40).wrong == 0);
  }
}

TEST_CASE("without the cycle check random histories fail") {
  CHECK(run({.operations = 200}, 3, Defect::move_without_cycle_check).wrong > 0);
}

}  // namespace wn::tree
