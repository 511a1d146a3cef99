// The checker against a naive one that tries every interleaving, on every small history.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "checkers/history/small_scope.h"
#include "checkers/sequential/sequential.h"

namespace wn::checkers {
namespace {

bool some_order(const SmallHistory& h, std::array<std::uint32_t, 3> place, std::array<int, 2> now) {
  bool done = true;
  std::uint32_t begin = 0;
  for (std::uint32_t s = 0; s < 3; ++s) {
    std::uint32_t size = 0;
    for (const SmallOperation& op : h) size += op.session == s ? 1 : 0;
    if (place[s] < size) {
      done = false;
      const std::uint32_t i = begin + place[s];
      if (h[i].write || now[h[i].key] == h[i].source) {
        auto next = now;
        if (h[i].write) next[h[i].key] = static_cast<int>(i);
        auto further = place;
        ++further[s];
        if (some_order(h, further, next)) return true;
      }
    }
    begin += size;
  }
  return done;
}

void compare(std::uint32_t operations, std::uint64_t every, std::uint64_t at_least) {
  std::uint64_t number = 0;
  std::uint64_t judged = 0;
  std::uint64_t rejected = 0;
  for_each_small_history(operations, [&](const SmallHistory& h) {
    if (number++ % every != 0) return;
    ++judged;
    const History history = to_history(h, "n1.");
    const Verdict verdict = check_sequential(history, {});
    const bool passes = some_order(h, {0, 0, 0}, {-1, -1});
    rejected += passes ? 0 : 1;
    if ((verdict.outcome == Outcome3::pass) == passes) return;
    std::string told;
    for (std::uint64_t i = 0; i < history.operations.size(); ++i) told += describe(history, i) + "\n";
    INFO(told << verdict.signature);
    CHECK((verdict.outcome == Outcome3::pass) == passes);
  });
  INFO(judged << " histories, " << rejected << " rejected");
  CHECK(judged > at_least);
  CHECK(rejected > judged / 5);
  CHECK(rejected < judged);
}

TEST_CASE("sequential: every small history is judged as by trying every interleaving") {
  compare(3, 1, 300);
  compare(4, 1, 3'000);
  compare(5, 1, 29'000);
  compare(6, 5, 60'000);
}

}  // namespace
}  // namespace wn::checkers
