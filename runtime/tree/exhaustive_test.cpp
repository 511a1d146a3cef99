// All trees of up to 4 worknodes, all sequences of up to 4 concurrent moves, all orders of arrival.
//
// A replica's tree is a function of what arrived there in what order and batches, and of nothing else. So
// three replicas agree whatever they receive, if each order of arrival by itself gives what the definition
// gives (naive_model.h); the 24^3 triples of orders need not be tried apart. small_scope.h says how cases
// that differ by names alone are folded. What is enumerated is counted, so that a shrunken scope is seen;
// slow builds (see test_scale.h) run a fixed slice of it.
#include <array>
#include <catch2/catch_test_macros.hpp>
#include <numeric>

#include "runtime/base/check.h"
#include "runtime/tree/naive_model.h"
#include "runtime/tree/small_scope.h"
#include "runtime/tree/test_scale.h"
#include "runtime/tree/tree.h"

namespace wn::tree {
namespace {

using small::kBin;
using small::kNowhere;
using small::kTop;

std::pmr::memory_resource* heap() { return std::pmr::new_delete_resource(); }

WorknodeId id_of(std::uint8_t n) {
  if (n == kTop) return kRootId;
  if (n == kBin) return kTrashId;
  if (n == kNowhere) return {};
  return worknode_id({.replica = ReplicaId{1}, .counter = n + 1U});
}

// How the moves of a case are stamped: all at different times, or three replicas at one time.
enum class Clock { distinct, ties };
causality::Stamp stamp(std::uint64_t base, std::size_t i, Clock clock) {
  if (clock == Clock::distinct) {
    return {.time = causality::HlcTime{base + i},
            .replica = ReplicaId{static_cast<std::uint32_t>(1 + i % 3)}};
  }
  return {.time = causality::HlcTime{base + i / 3},
          .replica = ReplicaId{static_cast<std::uint32_t>(1 + i % 3)}};
}

// Every order in which `length` operations can arrive, each as positions in the order of stamps.
std::vector<std::vector<std::uint8_t>> orders(std::size_t length) {
  std::vector<std::uint8_t> order(length);
  std::iota(order.begin(), order.end(), std::uint8_t{0});
  std::vector<std::vector<std::uint8_t>> all;
  do {
    all.push_back(order);
  } while (std::next_permutation(order.begin(), order.end()));
  return all;
}

// What the definition gives, as parents and types by worknode; the types say which moves took effect.
struct Expected {
  small::Shape parent;
  std::array<std::uint32_t, small::kNodesMax> type{};
};

Expected define(const small::Shape& shape, const small::Moves& moves, std::uint32_t depth_max) {
  Expected out{.parent = shape};
  for (std::size_t i = 0; i < moves.size(); ++i) {
    std::uint32_t steps = 0;
    bool refused = false;
    for (std::uint8_t at = moves[i].parent; at < small::kNodesMax && !refused; at = out.parent[at]) {
      const bool has_parent = out.parent[at] != kNowhere;
      refused = at == moves[i].node || (has_parent && ++steps >= depth_max);
    }
    if (refused) continue;
    out.parent[moves[i].node] = moves[i].parent;
    out.type[moves[i].node] = static_cast<std::uint32_t>(i + 2);
  }
  return out;
}

// One tree through all cases: between two, everything is made stable and moved back to the shape.
class Bench {
 public:
  explicit Bench(Options options) : tree_(options, heap()), effects_(heap()) {}

  void start(const small::Shape& shape, std::size_t n) {
    shape_ = shape;
    n_ = n;
    moved_ = (1U << n) - 1;
  }
  // Gives the moves to the tree, in batches of `sizes`; true when the tree is what it must be.
  bool run(const small::Moves& moves, const Expected& expected, const std::vector<std::uint8_t>& order,
           const std::vector<std::uint8_t>& sizes, Clock clock) {
    reset();
    const std::uint64_t base = time_ + 1;
    time_ += moves.size();
    std::size_t next = 0;
    for (const std::uint8_t size : sizes) {
      batch_.clear();
      for (std::uint8_t i = 0; i < size; ++i) {
        const std::uint8_t at = order[next++];
        moved_ |= 1U << moves[at].node;
        batch_.push_back({.stamp = stamp(base, at, clock),
                          .node = id_of(moves[at].node),
                          .parent = id_of(moves[at].parent),
                          .type = at + 2U});
      }
      if (!tree_.apply(batch_, effects_)) return false;
    }
    ++runs;
    return matches(expected);
  }
  const Tree& tree() const { return tree_; }
  std::uint64_t runs = 0;

 private:
  // What the last case moved goes to the root and from there back into the shape, parents first, so that no
  // step between is a cycle or too deep.
  void reset() {
    batch_.clear();
    const auto move = [&](std::uint8_t node, std::uint8_t parent) {
      batch_.push_back({.stamp = {.time = causality::HlcTime{++time_}, .replica = ReplicaId{1}},
                        .node = id_of(node),
                        .parent = id_of(parent),
                        .type = 1});
    };
    for (std::uint8_t i = 0; i < n_; ++i) {
      if ((moved_ >> i & 1U) != 0) move(i, kTop);
    }
    std::uint32_t waiting = moved_;
    while (waiting != 0) {
      for (std::uint8_t i = 0; i < n_; ++i) {
        if ((waiting >> i & 1U) == 0) continue;
        if (shape_[i] < small::kNodesMax && (waiting >> shape_[i] & 1U) != 0) continue;
        if (shape_[i] != kTop) move(i, shape_[i]);
        waiting &= ~(1U << i);
      }
    }
    WN_CHECK(tree_.apply(batch_, effects_).has_value());
    ++time_;
    tree_.truncate_before({.time = causality::HlcTime{time_}, .replica = ReplicaId{9}});
    moved_ = 0;
  }
  bool matches(const Expected& expected) const {
    for (std::uint8_t i = 0; i < n_; ++i) {
      const NodeIndex node = tree_.nodes().find(id_of(i));
      const NodeIndex parent = tree_.nodes().parent(node);
      if (parent == kNoNode || tree_.nodes()[parent].id != id_of(expected.parent[i])) return false;
      const std::uint32_t type = expected.type[i] == 0 ? 1 : expected.type[i];
      if (tree_.nodes()[node].type != type) return false;
    }
    return runs % 512 != 0 || tree_.broken_invariant().empty();
  }

  Tree tree_;
  Effects effects_;
  small::Shape shape_{};
  std::size_t n_ = 0;
  std::uint32_t moved_ = 0;  // worknodes named by the last case, a bit each
  std::uint64_t time_ = 0;
  std::vector<Operation> batch_;
};

struct Scope {
  std::size_t nodes = 0;
  std::size_t moves = 0;
  std::vector<std::uint8_t> tops;  // that moves may name
  bool selves = false;
  bool all_batches = false;  // else one operation at a time
  Clock clock = Clock::distinct;
  std::uint32_t depth_max = 4096;
};
struct Count {
  std::uint64_t cases = 0;
  std::uint64_t runs = 0;
  std::uint64_t wrong = 0;
};

// Every way to cut `length` arrivals into batches.
std::vector<std::vector<std::uint8_t>> cuts(std::size_t length) {
  std::vector<std::vector<std::uint8_t>> all;
  for (std::uint32_t mask = 0; mask < 1U << (length - 1); ++mask) {
    std::vector<std::uint8_t> sizes{1};
    for (std::size_t i = 0; i + 1 < length; ++i) {
      if ((mask >> i & 1U) != 0) {
        ++sizes.back();
      } else {
        sizes.push_back(1);
      }
    }
    all.push_back(sizes);
  }
  return all;
}

Count enumerate(const Scope& scope, std::uint32_t slice = kSlice, Defect defect = Defect::none) {
  Count count;
  Bench bench({.nodes_max = 64, .depth_max = scope.depth_max, .defect = defect});
  auto batches = cuts(scope.moves);
  if (!scope.all_batches) batches.resize(1);
  std::size_t labelled = 0;
  for (const small::Shape& shape : small::shapes(scope.nodes, {kTop}, labelled)) {
    bench.start(shape, scope.nodes);
    small::for_each_sequence(shape, scope.nodes, scope.moves, scope.tops, scope.selves,
                             [&](const small::Moves& moves) {
                               if (count.cases++ % slice != 0) return;
                               const Expected expected = define(shape, moves, scope.depth_max);
                               for (const auto& order : orders(scope.moves)) {
                                 for (const auto& sizes : batches) {
                                   if (!bench.run(moves, expected, order, sizes, scope.clock)) ++count.wrong;
                                 }
                               }
                             });
  }
  count.runs = bench.runs;
  return count;
}

}  // namespace

TEST_CASE("there are as many trees as there must be") {
  std::size_t labelled = 0;
  // Cayley: (n + 1)^(n - 1) labelled; 1, 2, 4, 9 up to renaming (OEIS A000081).
  CHECK(small::shapes(1, {kTop}, labelled).size() == 1);
  CHECK(labelled == 1);
  CHECK(small::shapes(2, {kTop}, labelled).size() == 2);
  CHECK(labelled == 3);
  CHECK(small::shapes(3, {kTop}, labelled).size() == 4);
  CHECK(labelled == 16);
  CHECK(small::shapes(4, {kTop}, labelled).size() == 9);
  CHECK(labelled == 125);
}

TEST_CASE(
    "up to 4 worknodes and up to 3 moves, trash and selves and all batches: every arrival order agrees") {
  Count sum;
  for (std::size_t nodes = 1; nodes <= 4; ++nodes) {
    for (std::size_t moves = 1; moves <= 3; ++moves) {
      for (const Clock clock : {Clock::distinct, Clock::ties}) {
        const Count count = enumerate({.nodes = nodes,
                                       .moves = moves,
                                       .tops = {kTop, kBin},
                                       .selves = true,
                                       .all_batches = true,
                                       .clock = clock});
        CHECK(count.wrong == 0);
        sum.cases += count.cases;
        sum.runs += count.runs;
      }
    }
  }
  CHECK(sum.cases == 174'118);
  if (!kSlowBuild) CHECK(sum.runs == 4'014'934);
}

TEST_CASE("up to 3 worknodes and 4 moves, trash among them: every arrival order agrees") {
  Count sum;
  for (std::size_t nodes = 1; nodes <= 3; ++nodes) {
    const Count count = enumerate({.nodes = nodes, .moves = 4, .tops = {kTop, kBin}});
    CHECK(count.wrong == 0);
    sum.cases += count.cases;
    sum.runs += count.runs;
  }
  CHECK(sum.cases == 57'272);
  if (!kSlowBuild) CHECK(sum.runs == 1'374'528);
}

// For cycles the trash is one more top, so at this size the root stands for both.
TEST_CASE("4 worknodes and 4 moves: every arrival order agrees") {
  const Count count = enumerate({.nodes = 4, .moves = 4, .tops = {kTop}});
  CHECK(count.wrong == 0);
  CHECK(count.cases == 341'910);
  if (!kSlowBuild) CHECK(count.runs == 8'205'840);
}

TEST_CASE("with a depth limit of 2 or 3: every arrival order agrees on what is too deep") {
  for (const std::uint32_t depth_max : {2U, 3U}) {
    for (std::size_t nodes = 1; nodes <= std::min<std::size_t>(depth_max, 4); ++nodes) {
      const Count count = enumerate(
          {.nodes = nodes, .moves = 4, .tops = {kTop}, .clock = Clock::distinct, .depth_max = depth_max});
      CHECK(count.wrong == 0);
    }
  }
}

TEST_CASE("without the cycle check the enumeration fails") {
  const Count count =
      enumerate({.nodes = 2, .moves = 2, .tops = {kTop}}, 1, Defect::move_without_cycle_check);
  CHECK(count.wrong > 0);
}

}  // namespace wn::tree
