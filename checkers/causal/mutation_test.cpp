// Histories of a toy of a replicated store: without a bug they pass; what each planted bug does is found.
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "checkers/causal/causal.h"
#include "checkers/history/toy_realm.h"

namespace wn::checkers {
namespace {

constexpr std::uint64_t kSeeds = 30;
constexpr std::uint32_t kSteps = 250;

ClientRules rules(bool homes) {
  ClientRules out;
  out.process_stride = 10'000;
  for (std::uint32_t n = 1; homes && n <= ToyRealm::kReplicas; ++n)
    out.homes[n * 10] = out.homes[n * 10 + 1] = n;
  return out;
}

Verdict judge(std::uint64_t seed, ToyBug bug, bool homes = true) {
  return check_causal(ToyRealm(seed, bug).run(kSteps), {.clients = rules(homes)});
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

std::uint64_t all(const std::map<std::string, std::uint64_t>& counts) {
  std::uint64_t sum = 0;
  for (const auto& [signature, count] : counts) sum += count;
  return sum;
}

TEST_CASE("causal: a store that keeps to causality and one order of writes passes") {
  CHECK(found(ToyBug::none).empty());
  for (std::uint64_t seed = 0; seed < kSeeds; ++seed)
    CHECK(judge(seed, ToyBug::none, false).outcome == Outcome3::pass);
}

TEST_CASE("causal: registers stamped by clocks that differ are found, though replicas converge") {
  CHECK(all(found(ToyBug::wall_clock)) > kSeeds / 2);
}

TEST_CASE("causal: other bugs of replication are found") {
  CHECK(all(found(ToyBug::by_arrival)) > kSeeds / 2);
  CHECK(all(found(ToyBug::any_order)) > kSeeds / 2);
  CHECK(all(found(ToyBug::ack_and_forget)) > kSeeds / 2);
}

}  // namespace
}  // namespace wn::checkers
