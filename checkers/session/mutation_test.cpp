// Histories of a toy of a replicated store: without a bug they pass; what each planted bug does is found.
#include <catch2/catch_test_macros.hpp>
#include <map>

#include "checkers/history/toy_realm.h"
#include "checkers/session/session.h"

namespace wn::checkers {
namespace {

constexpr std::uint64_t kSeeds = 30;
constexpr std::uint32_t kSteps = 250;

Verdict judge(std::uint64_t seed, ToyBug bug) {
  SessionFacts facts;
  facts.clients.process_stride = 10'000;
  return check_session(ToyRealm(seed, bug).run(kSteps), facts);
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

TEST_CASE("session: a store that keeps the four guarantees passes") { CHECK(found(ToyBug::none).empty()); }

TEST_CASE("session: what breaks a guarantee is found") {
  const auto forgotten = found(ToyBug::ack_and_forget);
  CHECK(forgotten.contains("session: read your writes"));
  CHECK(all(forgotten) > kSeeds / 2);
  CHECK(all(found(ToyBug::any_order)) > kSeeds / 2);
  CHECK(all(found(ToyBug::wall_clock)) > 0);
  CHECK(found(ToyBug::any_order).contains("session: monotonic writes"));
}

}  // namespace
}  // namespace wn::checkers
