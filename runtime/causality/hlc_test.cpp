#include "runtime/causality/hlc.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"

namespace wn::causality {
namespace {

constexpr WallTime kStart{1'700'000'000'000'000'000};

Hlc ready(WallTime now, const HlcOptions& options = {}) {
  Hlc clock(options);
  clock.bound_durable(clock.bound_needed(now));
  return clock;
}

TEST_CASE("a clock without a durable bound issues no time") {
  Hlc clock{HlcOptions{}};
  CHECK_FALSE(clock.tick(kStart));
  const HlcTime bound = clock.bound_needed(kStart);
  CHECK(bound.wall() > kStart);
  clock.bound_durable(bound);
  CHECK(clock.tick(kStart));
}

TEST_CASE("readings grow when the wall clock stands, steps back, or is before the epoch") {
  Hlc clock = ready(kStart);
  HlcTime last = clock.tick(kStart);
  for (const std::int64_t ns : {kStart.ns, kStart.ns - 1'000'000'000'000, std::int64_t{-5}, kStart.ns + 1}) {
    const HlcTime next = clock.tick(WallTime{ns});
    REQUIRE(next > last);
    last = next;
  }
}

TEST_CASE("a reading follows the wall clock to within its unit") {
  Hlc clock = ready(kStart);
  const WallTime later = kStart + seconds(1);
  const HlcTime reading = clock.tick(later);
  CHECK(reading.wall() <= later);
  CHECK((later - reading.wall()).ns < std::int64_t{1} << kHlcLogicalBits);
}

TEST_CASE("an overflow of the logical counter borrows from the physical unit") {
  Hlc clock = ready(kStart);
  HlcTime last = clock.tick(kStart);
  const WallTime before = last.wall();
  for (int i = 0; i < 70'000; ++i) {
    const HlcTime next = clock.tick(kStart);
    REQUIRE(next > last);
    last = next;
  }
  CHECK((last.wall() - before).ns == std::int64_t{1} << kHlcLogicalBits);
}

TEST_CASE("a reading follows an observed one, and an old one changes nothing") {
  Hlc clock = ready(kStart);
  const HlcTime remote = HlcTime::from_wall(kStart + seconds(1));
  REQUIRE(clock.observe(remote, kStart));
  CHECK(clock.tick(kStart) > remote);
  const HlcTime last = clock.last();
  REQUIRE(clock.observe(HlcTime{5}, kStart));
  CHECK(clock.last() == last);
}

TEST_CASE("a peer from the far future is refused with evidence and not followed") {
  const HlcOptions options;
  Hlc clock = ready(kStart, options);
  const HlcTime last = clock.tick(kStart);
  const HlcTime remote = HlcTime::from_wall(kStart + options.max_offset + seconds(1));
  const auto refused = clock.observe(remote, kStart);
  REQUIRE_FALSE(refused.has_value());
  CHECK(refused.error().remote == remote);
  CHECK(refused.error().wall == kStart);
  CHECK(refused.error().ahead > options.max_offset);
  CHECK(refused.error().code == Errc::invalid_argument);
  CHECK(clock.last() == last);
  CHECK(clock.observe(HlcTime{~std::uint64_t{0}}, kStart).has_value() == false);
}

TEST_CASE("no reading lies above the durable bound, and the rest below it is issued one by one") {
  const HlcOptions options{.max_offset = seconds(1), .bound_step = microseconds(200)};
  Hlc clock = ready(kStart, options);
  const WallTime far = kStart + seconds(60);
  std::uint64_t issued = 0;
  for (; issued < 1'000'000; ++issued) {
    const HlcTime reading = clock.tick(far);
    if (!reading) break;
    REQUIRE(reading <= clock.bound());
  }
  CHECK(issued > 0);
  CHECK(issued < 1'000'000);
  clock.bound_durable(clock.bound_needed(far));
  CHECK(clock.tick(far).wall() > kStart + seconds(59));
}

TEST_CASE("one sync serves at least half a bound step, and an idle clock asks for none") {
  const HlcOptions options;
  Hlc clock = ready(kStart, options);
  int syncs = 0;
  for (int ms = 0; ms < 60'000; ++ms) {
    const WallTime now = kStart + milliseconds(ms);
    REQUIRE(clock.tick(now));
    if (const HlcTime bound = clock.bound_needed(now)) {
      ++syncs;
      clock.bound_durable(bound);
    }
  }
  CHECK(syncs <= 60 / 2 + 1);
  CHECK(syncs >= 10);
}

TEST_CASE("readings grow over restarts with any wall clock, by what was durable alone") {
  const Random random(7);
  const HlcOptions options{.max_offset = seconds(4), .bound_step = milliseconds(50)};
  std::uint64_t refused = 0;
  for (std::uint64_t round = 0; round < 200; ++round) {
    HlcTime durable;
    HlcTime highest;
    Hlc clock(options, durable);
    for (std::uint32_t step = 0; step < 200; ++step) {
      Draw draw = random.at("step", step, round);
      const WallTime now{kStart.ns + draw.between(-2'000'000'000, 2'000'000'000)};
      const std::uint64_t what = draw.below(10);
      if (what == 0) clock = Hlc(options, durable);  // a crash: only the disk stays
      if (what == 1) (void)clock.observe(HlcTime::from_wall(now + milliseconds(10)), now);
      if (what <= 3) {
        if (const HlcTime bound = clock.bound_needed(now)) {
          durable = bound;
          clock.bound_durable(bound);
        }
      }
      const HlcTime reading = clock.tick(now);
      if (!reading) {
        ++refused;
        continue;
      }
      REQUIRE(reading > highest);
      REQUIRE(reading <= durable);
      highest = reading;
    }
  }
  CHECK(refused > 0);
}

TEST_CASE("a clock that restarts at its bound is still believed by its peers") {
  const HlcOptions options;
  Hlc first = ready(kStart, options);
  (void)first.tick(kStart);
  Hlc again(options, first.bound());
  again.bound_durable(again.bound_needed(kStart));
  Hlc peer = ready(kStart, options);
  CHECK(peer.observe(again.tick(kStart), kStart));
}

TEST_CASE("a poisoned clock says so, is refused by peers, and comes back as a new replica") {
  const HlcOptions options;
  const WallTime wrong = kStart + seconds(86'400);
  Hlc clock = ready(wrong, options);
  const HlcTime bad = clock.tick(wrong);
  CHECK_FALSE(clock.poisoned(wrong));
  CHECK(clock.poisoned(kStart));
  Hlc peer = ready(kStart, options);
  CHECK_FALSE(peer.observe(bad, kStart).has_value());

  Hlc fresh = clock.restarted_as_new();
  fresh.bound_durable(fresh.bound_needed(kStart));
  CHECK_FALSE(fresh.poisoned(kStart));
  CHECK(peer.observe(fresh.tick(kStart), kStart));
}

}  // namespace
}  // namespace wn::causality
