// The checker against the definitions of CC and CCv (Bouajjani et al., POPL 2017, section 3), by trying every
// causal order and every arbitration. The naive one shares nothing with the checker.
#include <algorithm>
#include <bit>
#include <catch2/catch_test_macros.hpp>
#include <numeric>

#include "checkers/causal/causal.h"
#include "checkers/history/small_scope.h"

namespace wn::checkers {
namespace {

// A strict partial order: of each element, the set of those before it.
using Poset = std::vector<std::uint32_t>;

bool closed(const Poset& p) {
  for (std::size_t i = 0; i < p.size(); ++i) {
    for (std::size_t j = 0; j < p.size(); ++j) {
      if ((p[i] >> j & 1U) != 0 && (p[j] & ~p[i]) != 0) return false;
    }
  }
  return true;
}

// All on n elements: element n - 1 is put below, above or beside those on n - 1.
std::vector<Poset> posets(std::uint32_t n) {
  if (n == 0) return {{}};
  std::vector<Poset> out;
  const std::uint32_t all = (1U << (n - 1)) - 1;
  for (const Poset& smaller : posets(n - 1)) {
    for (std::uint32_t below = 0; below <= all; ++below) {
      for (std::uint32_t above = 0; above <= all; ++above) {
        if ((below & above) != 0) continue;
        Poset p = smaller;
        p.push_back(below);
        for (std::uint32_t i = 0; i + 1 < n; ++i) {
          if ((above >> i & 1U) != 0) p[i] |= 1U << (n - 1);
        }
        if (closed(p)) out.push_back(std::move(p));
      }
    }
  }
  return out;
}

class Naive {
 public:
  explicit Naive(std::uint32_t n) : all_(posets(n)) {}

  bool consistent(const SmallHistory& h, bool convergent) {
    h_ = &h;
    if (!convergent) {
      return std::ranges::any_of(all_, [&](const Poset& co) { return respects(co) && explains(co); });
    }
    std::vector<std::uint32_t> order(h.size());
    std::iota(order.begin(), order.end(), 0U);
    do {
      std::vector<std::uint32_t> place(h.size());
      for (std::uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
      for (const Poset& co : all_) {
        if (respects(co) && within(co, place) && explains(co, place)) return true;
      }
    } while (std::ranges::next_permutation(order).found);
    return false;
  }

 private:
  bool respects(const Poset& co) const {
    for (std::size_t i = 1; i < h_->size(); ++i) {
      if ((*h_)[i].session == (*h_)[i - 1].session && (co[i] >> (i - 1) & 1U) == 0) return false;
    }
    return true;
  }
  static bool within(const Poset& co, const std::vector<std::uint32_t>& place) {
    for (std::size_t i = 0; i < co.size(); ++i) {
      for (std::size_t j = 0; j < co.size(); ++j) {
        if ((co[i] >> j & 1U) != 0 && place[j] > place[i]) return false;
      }
    }
    return true;
  }
  bool is_put(std::uint32_t i, std::uint32_t key) const { return (*h_)[i].write && (*h_)[i].key == key; }

  // CC: the past of each read, in some order that extends co, ends with what it saw.
  bool explains(const Poset& co) const {
    for (std::size_t r = 0; r < h_->size(); ++r) {
      if (!(*h_)[r].write && !place(co, co[r], (*h_)[r].key, -1, (*h_)[r].source)) return false;
    }
    return true;
  }
  bool place(const Poset& co, std::uint32_t left, std::uint32_t key, int last, int wanted) const {
    if (left == 0) return last == wanted;
    for (std::uint32_t i = 0; i < co.size(); ++i) {
      if ((left >> i & 1U) == 0 || (co[i] & left) != 0) continue;
      if (place(co, left & ~(1U << i), key, is_put(i, key) ? static_cast<int>(i) : last, wanted)) return true;
    }
    return false;
  }
  // CCv: the past of each read, in the order of arbitration.
  bool explains(const Poset& co, const std::vector<std::uint32_t>& place) const {
    for (std::size_t r = 0; r < h_->size(); ++r) {
      if ((*h_)[r].write) continue;
      int last = -1;
      for (std::uint32_t i = 0; i < h_->size(); ++i) {
        const bool counts = (co[r] >> i & 1U) != 0 && is_put(i, (*h_)[r].key);
        if (counts && (last < 0 || place[i] > place[static_cast<std::size_t>(last)]))
          last = static_cast<int>(i);
      }
      if (last != (*h_)[r].source) return false;
    }
    return true;
  }

  std::vector<Poset> all_;
  const SmallHistory* h_ = nullptr;
};

void compare(std::uint32_t operations, bool convergent, std::uint64_t every, std::uint64_t at_least) {
  Naive naive(operations);
  std::uint64_t number = 0;
  std::uint64_t judged = 0;
  std::uint64_t rejected = 0;
  for_each_small_history(operations, [&](const SmallHistory& h) {
    if (number++ % every != 0) return;
    ++judged;
    CausalFacts facts;
    facts.convergent = convergent;
    const History history = to_history(h);
    const Verdict verdict = check_causal(history, facts);
    const bool passes = naive.consistent(h, convergent);
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

TEST_CASE("causal: the number of partial orders is known") {
  CHECK(posets(3).size() == 19);
  CHECK(posets(4).size() == 219);
  CHECK(posets(5).size() == 4231);
}

TEST_CASE("causal: every small history is judged as the definition of causal consistency judges it") {
  compare(3, false, 1, 300);
  compare(4, false, 1, 3'000);
  compare(5, false, 1, 29'000);
}

TEST_CASE("causal: every small history is judged as the definition of causal convergence judges it") {
  compare(3, true, 1, 300);
  compare(4, true, 1, 3'000);
  compare(5, true, 20, 1'000);
}

}  // namespace
}  // namespace wn::checkers
