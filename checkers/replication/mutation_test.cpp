// Histories of a toy of a replicated store: without a bug they pass; what each planted bug does is found.
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "checkers/history/toy_realm.h"
#include "checkers/replication/replication.h"

namespace wn::checkers {
namespace {

constexpr std::uint64_t kSeeds = 30;
constexpr std::uint32_t kSteps = 250;

Verdict judge(std::uint64_t seed, ToyBug bug) {
  ReplicationChecker checker({.process_stride = 10'000});
  ToyRealm toy(seed, bug, [&](const TraceEvent& event) { checker.on_event(event); });
  const History history = toy.run(kSteps);
  return checker.verdict(history);
}

// How often each signature is given, over the seeds.
std::map<std::string, std::uint64_t> found(ToyBug bug) {
  std::map<std::string, std::uint64_t> out;
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed) {
    const Verdict verdict = judge(seed, bug);
    CHECK(verdict.outcome != Outcome3::unknown);
    CHECK(!verdict.explanation.starts_with("vacuous"));
    if (verdict.outcome == Outcome3::fail) ++out[verdict.signature];
  }
  return out;
}

TEST_CASE("replication: a store whose types keep to their models passes") {
  CHECK(found(ToyBug::none).empty());
}

TEST_CASE("replication: each planted bug is found, by the rule that forbids it") {
  const auto signature = [](ToyBug bug, const char* what) {
    const auto counts = found(bug);
    INFO(what);
    const auto at = counts.find(std::string("replication: ") + what);
    return at == counts.end() ? 0 : at->second;
  };
  const std::uint64_t most = kSeeds / 2;
  CHECK(signature(ToyBug::wall_clock, "no order of writes explains the reads") > most);
  CHECK(signature(ToyBug::by_arrival, "no order of writes explains the reads") > most);
  CHECK(signature(ToyBug::ack_and_forget, "an acknowledged update was never applied") > most);
  CHECK(signature(ToyBug::remove_wins, "an added element was lost") > 0);
  CHECK(signature(ToyBug::removal_lost, "a removed element came back") > most);
  CHECK(signature(ToyBug::half_counted, "a counter is not the sum of its visible updates") > most);
  CHECK(signature(ToyBug::text_by_arrival, "a text in two orders") > most);
}

}  // namespace
}  // namespace wn::checkers
