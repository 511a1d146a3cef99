// The checker against the definitions of the guarantees, by matrices, on every small history.
#include <catch2/catch_test_macros.hpp>
#include <string>

#include "checkers/history/small_scope.h"
#include "checkers/session/session.h"

namespace wn::checkers {
namespace {

class Naive {
 public:
  explicit Naive(const SmallHistory& h) : h_(h), before_(h.size(), std::vector<bool>(h.size(), false)) {
    const std::size_t n = h.size();
    for (std::size_t i = 0; i < n; ++i) {
      for (std::size_t j = i + 1; j < n; ++j) before_[i][j] = h[i].session == h[j].session;
      if (!h[i].write && h[i].source >= 0) before_[static_cast<std::size_t>(h[i].source)][i] = true;
    }
    for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t i = 0; i < n; ++i) {
        for (std::size_t j = 0; j < n; ++j) before_[i][j] = before_[i][j] || (before_[i][k] && before_[k][j]);
      }
    }
    for (std::size_t i = 0; i < n; ++i) cyclic_ = cyclic_ || before_[i][i];
  }
  bool cyclic() const { return cyclic_; }

  bool keeps(Guarantee g) const {
    for (std::size_t r = 0; r < h_.size(); ++r) {
      if (h_[r].write) continue;
      for (std::size_t must = 0; must < h_.size(); ++must) {
        if (h_[must].write && h_[must].key == h_[r].key && must_know(g, r, must) && older(h_[r].source, must))
          return false;
      }
    }
    return true;
  }

 private:
  bool earlier(std::size_t a, std::size_t b) const { return h_[a].session == h_[b].session && a < b; }
  bool sees(std::size_t r, std::size_t w) const {
    return !h_[r].write && h_[r].source == static_cast<int>(w);
  }
  bool older(int source, std::size_t than) const {
    return source < 0 || before_[static_cast<std::size_t>(source)][than];
  }
  // The session of r, at r, must know the write w.
  bool must_know(Guarantee g, std::size_t r, std::size_t w) const {
    if (g == Guarantee::read_your_writes) return earlier(w, r);
    for (std::size_t i = 0; i < h_.size(); ++i) {
      if (g == Guarantee::monotonic_reads && earlier(i, r) && sees(i, w)) return true;
      if (!(earlier(i, r) || i == r) || h_[i].write || h_[i].source < 0) continue;
      const auto link = static_cast<std::size_t>(h_[i].source);  // a write that the session has seen
      if (h_[link].session == h_[r].session) continue;
      if (g == Guarantee::monotonic_writes && earlier(w, link)) return true;
      if (g != Guarantee::writes_follow_reads) continue;
      for (std::size_t k = 0; k < h_.size(); ++k) {
        if (earlier(k, link) && sees(k, w)) return true;
      }
    }
    return false;
  }

  const SmallHistory& h_;
  std::vector<std::vector<bool>> before_;
  bool cyclic_ = false;
};

void compare(std::uint32_t operations, std::uint64_t every, std::uint64_t at_least) {
  std::uint64_t number = 0;
  std::uint64_t judged = 0;
  std::array<std::uint64_t, 4> broken{};
  for_each_small_history(operations, [&](const SmallHistory& h) {
    if (number++ % every != 0) return;
    ++judged;
    const Naive naive(h);
    const History history = to_history(h);
    std::string told;
    for (std::uint32_t g = 0; g < 4; ++g) {
      SessionFacts facts;
      facts.guarantees = static_cast<std::uint8_t>(1U << g);
      const Outcome3 outcome = check_session(history, facts).outcome;
      const bool keeps = naive.keeps(static_cast<Guarantee>(1U << g));
      const Outcome3 wanted = naive.cyclic() ? Outcome3::unknown : keeps ? Outcome3::pass : Outcome3::fail;
      broken[g] += wanted == Outcome3::fail ? 1 : 0;
      if (outcome == wanted) continue;
      for (std::uint64_t i = 0; i < history.operations.size(); ++i) told += describe(history, i) + "\n";
      INFO(told << "guarantee " << g);
      CHECK(to_string(outcome) == to_string(wanted));
    }
  });
  CHECK(judged > at_least);
  if (operations < 5) return;
  for (const std::uint64_t count : broken) CHECK(count > 0);
}

TEST_CASE("session: every small history is judged as the definitions judge it") {
  compare(3, 1, 300);
  compare(4, 1, 3'000);
  compare(5, 1, 29'000);
  compare(6, 11, 30'000);
}

}  // namespace
}  // namespace wn::checkers
