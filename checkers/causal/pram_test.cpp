// PRAM against its definition, every history of a small scope: for each process, all orders of all writes and
// its reads.
#include "checkers/causal/pram.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "checkers/history/small_scope.h"

namespace wn::checkers {
namespace {

class NaivePram {
 public:
  explicit NaivePram(const SmallHistory& h) : h_(h) {}
  bool holds() {
    for (reader_ = 0; reader_ < 3; ++reader_) {
      if (!place(0, {-1, -1})) return false;
    }
    return true;
  }

 private:
  bool counts(std::size_t i) const { return h_[i].write || h_[i].session == reader_; }
  bool place(std::uint32_t done, std::array<int, 2> last) {
    bool all = true;
    for (std::size_t i = 0; i < h_.size(); ++i) {
      if (!counts(i) || (done >> i & 1U) != 0) continue;
      all = false;
      bool first = true;  // of what is left of its session
      for (std::size_t j = 0; j < i; ++j)
        first = first && !(counts(j) && h_[j].session == h_[i].session && (done >> j & 1U) == 0);
      if (!first || (!h_[i].write && last[h_[i].key] != h_[i].source)) continue;
      std::array<int, 2> next = last;
      if (h_[i].write) next[h_[i].key] = static_cast<int>(i);
      if (place(done | 1U << i, next)) return true;
    }
    return all;
  }

  const SmallHistory& h_;
  std::uint32_t reader_ = 0;
};

TEST_CASE("pram: verdicts are those of the definition, on every small history") {
  std::uint64_t judged = 0;
  std::uint64_t rejected = 0;
  const auto compare = [&](std::uint32_t operations, std::uint64_t every) {
    std::uint64_t number = 0;
    for_each_small_history(operations, [&](const SmallHistory& h) {
      if (number++ % every != 0) return;
      ++judged;
      const bool right = NaivePram(h).holds();
      rejected += right ? 0 : 1;
      const History history = to_history(h);
      const Verdict v = check_pram(history, CausalFacts{});
      if ((v.outcome == Outcome3::pass) == right) return;
      std::string told;
      for (std::uint64_t i = 0; i < history.operations.size(); ++i) told += describe(history, i) + "\n";
      INFO(told << v.signature);
      REQUIRE((v.outcome == Outcome3::pass) == right);
    });
  };
  compare(3, 1);
  compare(4, 1);
  compare(5, 5);
  compare(6, 401);
  INFO(judged << " histories, " << rejected << " rejected");
  CHECK(judged > 10'000);
  CHECK(rejected > judged / 20);
  CHECK(rejected < judged);
}

TEST_CASE("pram: a history may be PRAM without being causal") {
  std::uint64_t only = 0;
  for_each_small_history(5, [&](const SmallHistory& h) {
    const History history = to_history(h);
    CausalFacts facts;
    facts.convergent = false;
    const bool causal = check_causal(history, facts).outcome == Outcome3::pass;
    const bool pram = check_pram(history, facts).outcome == Outcome3::pass;
    only += pram && !causal ? 1 : 0;
  });
  CHECK(only > 0);
}

}  // namespace
}  // namespace wn::checkers
