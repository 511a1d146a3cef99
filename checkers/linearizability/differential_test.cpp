// The checker against a naive one that tries every order, on random small histories, about half of them
// illegal; with WORKNODE_FUZZ=N on N more of them. And the same with planted bugs, each of which must show.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "checkers/history/history_io.h"
#include "checkers/linearizability/history_maker.h"

namespace wn::checkers {
namespace {

using naive::Maker;
using naive::model_of;
using naive::Naive;
using naive::Style;

constexpr Style kStyles[] = {Style::reg, Style::cas, Style::kv_list, Style::kv_text};

// Histories of one key with many operations open, most of them cas or of few values: hard for the search.
bool wrong(std::uint64_t seed, Style style, LinearizabilityDefect defect) {
  const History h = Maker(seed, style, false, 16).make();
  const bool legal = Naive(h).linearizable();
  LinearizabilityOptions options{.failed_cas_observes = true, .zones = false};
  options.minimal = false;
  options.depth_first = defect == LinearizabilityDefect::none && seed % 4 == 0;
  options.defect = defect;
  const Verdict v = check_linearizable(h, model_of(style), {}, options);
  if ((v.outcome == Outcome3::pass) == legal && v.outcome != Outcome3::unknown) return false;
  if (defect != LinearizabilityDefect::none) return true;
  FAIL("seed " << seed << " style " << static_cast<int>(style) << ": naive says "
               << (legal ? "legal" : "illegal") << "\n"
               << v.signature << "\n"
               << v.explanation << "\n"
               << write_jsonl(h));
  return true;
}

}  // namespace

TEST_CASE("linearizability: the same verdict as a naive checker on 32,000 random histories") {
  int illegal = 0;
  int rounds = 0;
  LinearizabilityStats stats;
  for (const Style style : {Style::reg, Style::cas, Style::kv_list, Style::kv_text}) {
    for (const bool unique : {false, true}) {
      for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
        const History h = Maker(seed, style, unique).make();
        const bool legal = Naive(h).linearizable();
        ++rounds;
        illegal += legal ? 0 : 1;
        for (const bool zones : {true, false}) {
          const Verdict v = check_linearizable(h, model_of(style), {},
                                               {.failed_cas_observes = true, .zones = zones}, &stats);
          if ((v.outcome == Outcome3::pass) == legal && v.outcome != Outcome3::unknown) continue;
          FAIL("seed " << seed << " style " << static_cast<int>(style) << " unique " << unique << " zones "
                       << zones << ": naive says " << (legal ? "legal" : "illegal") << "\n"
                       << v.signature << "\n"
                       << v.explanation << "\n"
                       << write_jsonl(h));
        }
      }
    }
  }
  CHECK(rounds == 32'000);
  CHECK(illegal > rounds / 4);
  CHECK(illegal < rounds * 3 / 4);
  CHECK(stats.zoned > 1'000);
  CHECK(stats.searched > 1'000);
  CHECK(stats.refuted > 100);
  INFO(illegal << " of " << rounds << " illegal, " << stats.zoned << " zoned, " << stats.searched
               << " searched, " << stats.refuted << " refuted cheaply");
  CHECK(stats.steps > 10'000);
}

TEST_CASE("linearizability: the witness of a refutation is itself not linearizable") {
  int judged = 0;
  for (std::uint64_t seed = 0; seed < 4'000; ++seed) {
    const History h = Maker(seed, Style::reg, true).make();
    const Verdict v = check_linearizable(h, ModelName::reg);
    if (v.outcome != Outcome3::fail || v.signature == "linearizability: value from nowhere") continue;
    History part = h;
    part.operations.clear();
    for (const std::uint64_t i : v.operations) part.operations.push_back(h.operations[i]);
    CHECK(!Naive(part).linearizable());
    CHECK(v.operations.size() <= 6);
    ++judged;
  }
  CHECK(judged > 500);
}

TEST_CASE("linearizability: the same verdict as a naive checker where much is open at once") {
  std::uint64_t rounds = 3'000;
  if (const char* more = std::getenv("WORKNODE_FUZZ")) rounds += std::strtoull(more, nullptr, 10);
  for (std::uint64_t seed = 0; seed < rounds; ++seed) {
    const Style style = seed % 8 == 7 ? kStyles[2 + seed / 8 % 2] : kStyles[seed % 3 != 0 ? 1 : 0];
    CHECK_FALSE(wrong(seed, style, LinearizabilityDefect::none));
  }
}

TEST_CASE("linearizability: each planted bug of a reduction shows") {
  for (int d = 1; d < kLinearizabilityDefects; ++d) {
    const auto defect = static_cast<LinearizabilityDefect>(d);
    const Style style = defect == LinearizabilityDefect::appends_never_grow ? Style::kv_list : Style::cas;
    int found = 0;
    std::uint64_t seed = 0;
    for (; seed < 40'000 && found < 1; ++seed) found += wrong(seed, style, defect) ? 1 : 0;
    CAPTURE(d, seed);
    CHECK(found == 1);
  }
}

}  // namespace wn::checkers
