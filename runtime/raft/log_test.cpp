#include "runtime/raft/log.h"

#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "runtime/base/random.h"

namespace wn::raft {
namespace {

Entry entry(std::uint64_t index, std::uint64_t term) {
  return {.term = Term{term}, .index = LogIndex{index}};
}

TEST_CASE("log: what is appended is found again, by index and in spans") {
  Log log;
  log.reset(LogIndex{10}, Term{3});
  for (std::uint64_t i = 11; i <= 20; ++i) log.append(entry(i, i < 15 ? 3 : 4));
  CHECK(log.first_index() == LogIndex{11});
  CHECK(log.last_index() == LogIndex{20});
  CHECK(log.term_at(LogIndex{10}) == Term{3});
  CHECK(log.term_at(LogIndex{15}) == Term{4});
  const auto span = log.span(LogIndex{12}, LogIndex{14});
  REQUIRE(span.size() == 3);
  CHECK(span[0].index == LogIndex{12});
  CHECK(log.span(LogIndex{21}, LogIndex{20}).empty());
}

TEST_CASE("log: the last index whose term is low enough") {
  Log log;
  log.reset(LogIndex{0}, Term{0});
  const std::uint64_t terms[] = {1, 1, 2, 4, 4, 6};
  for (std::uint64_t i = 0; i < 6; ++i) log.append(entry(i + 1, terms[i]));
  CHECK(log.last_with_term_at_most(LogIndex{6}, Term{5}) == LogIndex{5});
  CHECK(log.last_with_term_at_most(LogIndex{4}, Term{9}) == LogIndex{4});
  CHECK(log.last_with_term_at_most(LogIndex{6}, Term{3}) == LogIndex{3});
  CHECK(log.last_with_term_at_most(LogIndex{6}, Term{0}) == LogIndex{0});
  CHECK(log.last_with_term_at_most(LogIndex{99}, Term{9}) == LogIndex{6});
}

TEST_CASE("log: random appends, truncations and compactions agree with a plain list") {
  for (std::uint64_t seed = 1; seed <= 20; ++seed) {
    const Random random(seed);
    Log log;
    log.reset(LogIndex{0}, Term{0});
    std::vector<std::uint64_t> terms;  // [i] is the term of index i + 1, never forgotten
    std::uint64_t base = 0;
    std::uint64_t term = 1;
    for (std::uint64_t i = 0; i < 2000; ++i) {
      Draw draw = random.at("log", 0, i);
      const std::uint64_t what = draw.below(20);
      if (what < 16) {
        term += draw.below(10) == 0 ? 1 : 0;
        terms.push_back(term);
        log.append(entry(terms.size(), term));
      } else if (what < 18 && terms.size() > base) {
        const std::uint64_t from = terms.size() - draw.below(std::min<std::uint64_t>(5, terms.size() - base));
        log.truncate_from(LogIndex{from});
        terms.resize(from - 1);
      } else {
        base += draw.below(terms.size() - base + 1);
        log.compact_to(LogIndex{base});
      }
      REQUIRE(log.base_index().value == base);
      REQUIRE(log.last_index().value == terms.size());
      for (std::uint64_t k = base + 1; k <= terms.size(); ++k) {
        REQUIRE(log.at(LogIndex{k}).index.value == k);
        REQUIRE(log.term_at(LogIndex{k}).value == terms[k - 1]);
      }
    }
  }
}

}  // namespace
}  // namespace wn::raft
