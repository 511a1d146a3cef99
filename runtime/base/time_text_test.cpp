#include "runtime/base/time_text.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"

namespace wn {
namespace {

TEST_CASE("time text: a duration is written with the largest unit and read back exactly") {
  CHECK(format_duration(milliseconds(12402)) == "12.402s");
  CHECK(format_duration(milliseconds(250)) == "250ms");
  CHECK(format_duration(microseconds(1500)) == "1.5ms");
  CHECK(format_duration({}) == "0s");
  CHECK(format_duration(Duration::max()) == "never");
  CHECK(format_duration(nanoseconds(-1)) == "-1ns");
  CHECK(format_moment(SimTime{seconds(3).ns}) == "3.000s");
  CHECK(parse_duration("1h")->ns == seconds(3600).ns);
  CHECK(parse_duration("1.5m")->ns == seconds(90).ns);
  CHECK(parse_duration("0.000000001s")->ns == 1);
  CHECK(parse_duration("1.50ns").has_value() == false);
  CHECK(parse_duration("1.0ns")->ns == 1);
}

TEST_CASE("time text: every duration survives the way to text and back") {
  const Random random(1);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    Draw d = random.at("test.duration", 0, i);
    const Duration any{static_cast<std::int64_t>(d.u64()) >> d.below(64)};
    const Result<Duration> back = parse_duration(format_duration(any));
    REQUIRE(back.has_value());
    REQUIRE(*back == any);
  }
  for (std::int64_t edge : {INT64_MIN, INT64_MIN + 1, INT64_MAX, INT64_MAX - 1, std::int64_t{-1}}) {
    CHECK(parse_duration(format_duration({edge}))->ns == edge);
  }
}

TEST_CASE("time text: what is not a duration is refused") {
  for (const char* text :
       {"", "s", "1", "1.s", ".5s", "1..2s", "1 s", "1sec", "--1s", "1e3s", "0.1ns", "9999999999999999999s",
        "292471209h", "9223372036854775807ns", "never ", "Never", "1s2", "\n1s"}) {
    INFO(text);
    const Result<Duration> d = parse_duration(text);
    REQUIRE(!d.has_value());
    CHECK(d.error().code == Errc::bad_input);
  }
}

}  // namespace
}  // namespace wn
