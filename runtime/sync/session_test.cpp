#include <catch2/catch_test_macros.hpp>

#include "runtime/sync/test_pair.h"

namespace wn::sync {
namespace {

TEST_CASE("two sessions find the difference by each method, and by choice") {
  struct Shape {
    std::uint64_t common, asker, giver;
  };
  for (const Shape& shape :
       {Shape{0, 0, 0}, Shape{0, 1, 0}, Shape{0, 0, 1}, Shape{5, 0, 0}, Shape{100, 1, 1}, Shape{1000, 30, 5},
        Shape{3000, 0, 2000}, Shape{3000, 2000, 0}, Shape{0, 700, 700}, Shape{20000, 40, 40}}) {
    for (const auto method : {std::optional<Method>{}, std::optional(Method::symbols),
                              std::optional(Method::ranges), std::optional(Method::whole)}) {
      Options options;
      options.method = method;
      options.message_bytes_max = kMessageBytesMin;
      Pair pair(make_sets(shape.common, shape.asker, shape.giver), options);
      pair.run();
      INFO(shape.common << " " << shape.asker << " " << shape.giver << " method "
                        << (method ? static_cast<int>(*method) : -1) << " refusal "
                        << static_cast<int>(pair.asker.refusal()));
      CHECK(pair.right());
      CHECK(pair.giver.done());
      CHECK(pair.giver.missing().size() == shape.asker);
    }
  }
}

// Sets whose differences lie together: items begin alike, as those of one subtree do.
Sets clustered(std::uint64_t common, std::uint64_t asker, std::uint64_t giver) {
  Sets sets = make_sets(common, asker, giver);
  const auto move = [](std::vector<ItemId>& items, std::uint64_t from) {
    for (std::uint64_t i = from; i < items.size(); ++i) items[i].word[0] = 0x4000000000000000ULL + (i >> 8);
  };
  move(sets.asker, common);
  move(sets.giver, common);
  return sets;
}

// The estimate does not see that differences lie side by side, which suits ranges best.
TEST_CASE(
    "the way that is chosen costs at most twice what the best one would, six times where differences "
    "cluster") {
  struct Shape {
    std::uint64_t common, asker, giver;
    bool together;
  };
  for (const Shape& shape :
       {Shape{20'000, 0, 1, false}, Shape{20'000, 10, 10, false}, Shape{20'000, 50, 60, false},
        Shape{20'000, 500, 500, false}, Shape{20'000, 3000, 3000, false}, Shape{4000, 4000, 4000, false},
        Shape{0, 3000, 3000, false}, Shape{0, 1, 5000, false}, Shape{10, 5000, 1, false},
        Shape{20'000, 0, 300, true}, Shape{20'000, 300, 0, true}, Shape{20'000, 1500, 0, true},
        Shape{20'000, 0, 3000, true}, Shape{3000, 0, 9000, false}, Shape{3000, 9000, 0, false}}) {
    const Sets sets = shape.together ? clustered(shape.common, shape.asker, shape.giver)
                                     : make_sets(shape.common, shape.asker, shape.giver);
    std::uint64_t best = ~std::uint64_t{0}, chosen = 0;
    Method method = Method::none;
    for (const auto way : {std::optional<Method>{}, std::optional(Method::symbols),
                           std::optional(Method::ranges), std::optional(Method::whole)}) {
      Options options;
      options.method = way;
      Pair pair(sets, options);
      pair.run();
      REQUIRE(pair.right());
      if (way) {
        best = std::min(best, pair.bytes());
      } else {
        chosen = pair.bytes();
        method = pair.asker.stats().method;
      }
    }
    INFO(shape.common << " in common, " << shape.asker << " and " << shape.giver
                      << (shape.together ? " together" : "") << ": " << chosen << " bytes by "
                      << static_cast<int>(method) << ", at best " << best);
    CHECK(chosen <= (shape.together ? 6 : 2) * best);
  }
}

TEST_CASE("one difference in many takes three round trips and two kilobytes") {
  Pair pair(make_sets(50'000, 0, 1), {});
  pair.run();
  CHECK(pair.right());
  CHECK(pair.asker.stats().round_trips <= 3);
  CHECK(pair.bytes() <= 2048);
}

}  // namespace
}  // namespace wn::sync
