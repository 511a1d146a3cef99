// The shortcuts and the search against an exhaustive checker, on random small histories, about half of them
// with a violation. WORKNODE_FUZZ=N: so many histories of each kind instead of a few thousand.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "checkers/collections/collections.h"
#include "checkers/collections/naive.h"
#include "checkers/history/history_io.h"

namespace wn::checkers {
namespace {

using naive::Call;
using naive::Shape;

std::uint64_t rounds(std::uint64_t usual) {
  const char* asked = std::getenv("WORKNODE_FUZZ");
  return asked == nullptr ? usual : std::strtoull(asked, nullptr, 10);
}

struct Tally {
  std::uint64_t legal = 0, illegal = 0, wrong = 0, unknown = 0, direct = 0;
};

Tally compare(const Shape& shape, std::uint64_t n, std::uint64_t seed) {
  Tally tally;
  Random random(seed);
  for (std::uint64_t i = 0; i < n; ++i) {
    Draw draw = random.at("collections.fuzz", static_cast<std::uint32_t>(shape.model), i);
    Shape s = shape;
    s.clients = 2 + static_cast<std::uint32_t>(draw.below(4));
    s.calls = 3 + static_cast<std::uint32_t>(draw.below(8));
    const std::vector<Call> calls = naive::random_calls(s, draw);
    const bool expected = naive::linearizable(calls, s);
    ++(expected ? tally.legal : tally.illegal);
    const History h = naive::to_history(calls, s.model);
    CollectionStats stats;
    const Verdict v = check_collection(h, s.model, {}, s.options, &stats);
    tally.direct += stats.searched == 0 ? 1 : 0;
    if (v.outcome == Outcome3::unknown) ++tally.unknown;
    if (v.outcome == (expected ? Outcome3::fail : Outcome3::pass)) {
      if (tally.wrong++ < 3) {
        UNSCOPED_INFO("seed " << seed << " round " << i << ": expected " << (expected ? "pass" : "fail")
                              << ", found " << to_string(v.outcome) << " " << v.signature << "\n"
                              << write_jsonl(h));
      }
    }
  }
  return tally;
}

void agree(Shape shape, std::uint64_t usual) {
  const Tally fast = compare(shape, rounds(usual), 1);
  CAPTURE(fast.legal, fast.illegal, fast.direct);
  CHECK(fast.wrong == 0);
  CHECK(fast.unknown == 0);
  CHECK(fast.illegal * 5 > fast.legal);
  CHECK(fast.legal * 5 > fast.illegal);
  if (std::getenv("WORKNODE_FUZZ") != nullptr) {
    WARN(fast.legal << " legal, " << fast.illegal << " illegal, " << fast.direct << " without search");
  }
  shape.options.shortcuts = false;
  const Tally searched = compare(shape, rounds(usual) / 4, 2);
  CHECK(searched.wrong == 0);
  CHECK(searched.unknown == 0);
}

constexpr auto kAll = {CollectionModel::set,    CollectionModel::queue,
                       CollectionModel::stack,  CollectionModel::priority_queue,
                       CollectionModel::lock,   CollectionModel::semaphore,
                       CollectionModel::counter};

TEST_CASE("unique values: shortcuts and search agree with trying every order") {
  for (const CollectionModel model : kAll) {
    Shape shape;
    shape.model = model;
    CAPTURE(static_cast<int>(model));
    agree(shape, 3000);
  }
}

TEST_CASE("repeated values, named holders, amounts: the same") {
  for (const CollectionModel model : kAll) {
    Shape shape;
    shape.model = model;
    shape.unique = false;
    shape.options.permits = 2;
    CAPTURE(static_cast<int>(model));
    agree(shape, 1500);
  }
}

TEST_CASE("a reentrant lock, and a priority queue from the smallest on: the same") {
  Shape shape;
  shape.model = CollectionModel::lock;
  shape.options.reentrant = true;
  agree(shape, 1500);
  shape.model = CollectionModel::priority_queue;
  shape.options = {};
  shape.options.largest_first = false;
  agree(shape, 1500);
}

TEST_CASE("each planted mistake is found by the comparison") {
  struct Planted {
    CollectionDefect defect;
    CollectionModel model;
  };
  using enum CollectionDefect;
  const auto planted = {Planted{queue_ignores_order, CollectionModel::queue},
                        Planted{queue_forgets_stayers, CollectionModel::queue},
                        Planted{queue_empty_anywhere, CollectionModel::queue},
                        Planted{queue_takes_for_free, CollectionModel::queue},
                        Planted{stack_never_splits, CollectionModel::stack},
                        Planted{stack_outer_by_push, CollectionModel::stack},
                        Planted{priority_forgets_stayers, CollectionModel::priority_queue},
                        Planted{priority_reversed_windows, CollectionModel::priority_queue},
                        Planted{set_one_moment, CollectionModel::set},
                        Planted{set_ignores_late_remove, CollectionModel::set},
                        Planted{permits_early_release, CollectionModel::semaphore},
                        Planted{permits_early_release, CollectionModel::lock},
                        Planted{counter_any_step, CollectionModel::counter}};
  for (const Planted& p : planted) {
    Shape shape;
    shape.model = p.model;
    shape.options.defect = p.defect;
    CAPTURE(static_cast<int>(p.defect));
    std::uint64_t wrong = 0;
    for (std::uint64_t seed = 3; seed < 23 && wrong == 0; ++seed) wrong = compare(shape, 2000, seed).wrong;
    CHECK(wrong > 0);
  }
}

}  // namespace
}  // namespace wn::checkers
