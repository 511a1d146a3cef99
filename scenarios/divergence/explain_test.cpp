#include "scenarios/divergence/explain.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#if defined(__SANITIZE_ADDRESS__)
#define WN_ADDRESS_SANITIZED 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WN_ADDRESS_SANITIZED 1
#endif
#endif
#ifndef WN_ADDRESS_SANITIZED
#define WN_ADDRESS_SANITIZED 0
#endif

namespace wn::divergence {
namespace {

faults::Plan three_nodes() {
  faults::Plan plan;
  plan.seed = 5;
  plan.duration = milliseconds(200);
  plan.freeze_at = SimTime{milliseconds(150).ns};
  for (std::uint32_t i = 1; i <= 3; ++i) {
    faults::NodePlan node;
    node.id = NodeId{i};
    plan.nodes.push_back(node);
  }
  plan.claims = {"liveness"};
  return plan;
}

Explanation explained(const char* planted) {
  const Subject subject{WN_CANARY, planted};
  auto found = explain(subject, three_nodes());
  INFO((found ? std::string() : found.error().to_string()));
  REQUIRE(found.has_value());
  return *std::move(found);
}

bool mentions(const std::vector<std::string>& frames, const char* what) {
  return std::ranges::any_of(frames, [&](const std::string& f) { return f.find(what) != f.npos; });
}

void check_planted(const char* planted, Suspect cause) {
  const Explanation found = explained(planted);
  const std::string text = to_text(found);
  INFO(text);
  REQUIRE(found.findings.size() == 1);
  const Finding& finding = found.findings.front();
  CHECK(finding.suspect == cause);
  CHECK(finding.first.node == NodeId{2});
  CHECK(finding.first.kind == "message_sent");
  CHECK(finding.first.field == "checksum");
  // Both sides point at the line that sends it.
  CHECK(mentions(finding.here, "speak"));
  CHECK(mentions(finding.there, "speak"));
  CHECK(found.cleared.size() == 3);
  CHECK(text.find(std::string("cause: ") + to_string(cause)) != text.npos);
}

TEST_CASE("an order by pointers is caught, and told from the other causes") {
#if WN_ADDRESS_SANITIZED
  SKIP("AddressSanitizer's allocator gives the same addresses whatever the layout");
#endif
  check_planted("pointers", Suspect::addresses);
}

TEST_CASE("memory that was never written is caught, and told from the other causes") {
  check_planted("memory", Suspect::memory);
}

TEST_CASE("a read of the wall clock is caught, with the place that reads it") {
  check_planted("clock", Suspect::clock);
  const Explanation found = explained("clock");
  CHECK(found.findings.front().door == "clock_gettime");
  CHECK(mentions(found.findings.front().door_stack, "by_the_clock"));
}

TEST_CASE("a deterministic program is accused of nothing") {
  const Explanation found = explained("none");
  CHECK(found.findings.empty());
  CHECK(found.events > 100);
  CHECK(to_text(found).find("no cause found") != std::string::npos);
}

}  // namespace
}  // namespace wn::divergence
