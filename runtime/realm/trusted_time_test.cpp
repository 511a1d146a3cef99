#include "runtime/realm/trusted_time.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::realm {
namespace {

constexpr NodeId a{1}, b{2}, c{3};

Moment at(std::int64_t ms, std::int64_t wall_ms) {
  return {Instant{} + milliseconds(ms), WallTime{} + seconds(1000) + milliseconds(wall_ms)};
}
WallTime wall(std::int64_t ms) { return WallTime{} + seconds(1000) + milliseconds(ms); }

TrustedTime three() { return TrustedTime(a, {a, b, c}, seconds(1), seconds(5)); }

TEST_CASE("trusted time: alone in its realm a replica believes its own clock") {
  TrustedTime time(a, {a}, seconds(1), seconds(5));
  CHECK(time.at(at(0, 0)) == wall(0));
  CHECK(time.at(at(10, 700'000)) == wall(700'000));
}

TEST_CASE("trusted time: it stands still until a majority has confirmed the clock") {
  TrustedTime time = three();
  CHECK(time.doubts(at(0, 0)));
  CHECK(time.at(at(0, 0)) == WallTime{});
  time.heard(b, wall(10), at(0, 0));
  CHECK(time.at(at(1, 1)) == wall(1));
}

TEST_CASE(
    "trusted time: a wall clock that steps away is not followed, at once, and is believed again when right") {
  TrustedTime time = three();
  time.heard(b, wall(0), at(0, 0));
  CHECK(time.at(at(100, 100)) == wall(100));
  CHECK(time.at(at(200, 3'600'200)) == wall(200));  // an hour ahead
  CHECK(time.doubts(at(200, 3'600'200)));
  CHECK(time.at(at(300, -50'000)) == wall(300));  // and back
  CHECK(time.at(at(400, 400)) == wall(400));
}

TEST_CASE("trusted time: one member with a wrong clock changes nothing") {
  TrustedTime time = three();
  time.heard(b, wall(0), at(0, 0));
  time.heard(c, wall(9'000'000), at(0, 0));
  CHECK(time.at(at(100, 100)) == wall(100));
}

TEST_CASE("trusted time: a clock that was wrong from the start takes the time of a majority of the others") {
  TrustedTime time = three();
  time.heard(b, wall(0), at(0, 9'000));
  CHECK(time.at(at(10, 9'010)) == WallTime{});  // one is no majority
  time.heard(c, wall(2'000), at(20, 9'020));
  CHECK(time.at(at(30, 9'030)) == WallTime{});  // and two that differ are none
  time.heard(c, wall(140), at(40, 9'040));
  CHECK(time.at(at(100, 9'100)) == wall(100));
  CHECK(time.doubts(at(100, 9'100)));
  CHECK(time.at(at(200, 200)) == wall(200));  // right in the end
}

TEST_CASE("trusted time: cut off, a replica goes on by its monotonic clock") {
  TrustedTime time = three();
  time.heard(b, wall(0), at(0, 0));
  CHECK(time.at(at(4'000, 4'000)) == wall(4'000));
  CHECK(time.at(at(60'000, 60'400)) == wall(60'000));
}

}  // namespace
}  // namespace wn::realm
