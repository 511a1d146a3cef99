#include <catch2/catch_test_macros.hpp>
#include <type_traits>

#include "runtime/rpc/endpoint.h"

using namespace wn;
using namespace wn::rpc;

TEST_CASE("a call without its bounds, key and capability cannot be written down") {
  CHECK_FALSE(std::is_default_constructible_v<CallSpec>);
  CHECK_FALSE(std::is_default_constructible_v<Deadline>);
  CHECK_FALSE(std::is_default_constructible_v<HopBudget>);
  CHECK_FALSE(std::is_default_constructible_v<ResponseBytes>);
  CHECK_FALSE(std::is_default_constructible_v<IdempotencyKey>);
  CHECK_FALSE(std::is_default_constructible_v<Capability>);
  CHECK_FALSE(std::is_convertible_v<std::uint32_t, HopBudget>);
}

TEST_CASE("a worknode's id goes through its bytes unharmed, and nothing else passes for one") {
  const WorknodeId id{.high = 0x0102030405060708, .low = 0x90A0B0C0D0E0F001};
  WorknodeId back;
  REQUIRE(worknode_from(bytes_of(id).view(), back));
  CHECK(back == id);
  CHECK(bytes_of(id).view()[0] == 1);
  CHECK_FALSE(worknode_from(bytes_of(id).slice(0, 15).view(), back));
}

TEST_CASE("every status and verdict has a word") {
  for (std::uint8_t i = 1; i < kStatusEnd; ++i) CHECK(to_string(static_cast<Status>(i)) != "unknown");
  for (std::uint8_t i = 1; i < kVerdictEnd; ++i) CHECK(to_string(static_cast<Verdict>(i)) != "unknown");
}
