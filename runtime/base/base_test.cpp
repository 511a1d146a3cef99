#include <catch2/catch_test_macros.hpp>
#include <cmath>
#include <limits>

#include "runtime/base/bytes.h"
#include "runtime/base/crc32c.h"
#include "runtime/base/digest.h"
#include "runtime/base/ids.h"
#include "runtime/base/random.h"
#include "runtime/base/result.h"
#include "runtime/base/time.h"
#include "runtime/base/trace_event.h"

using namespace wn;

TEST_CASE("random: a decision depends on its key alone") {
  const Random a(7);
  const Random b(8);
  CHECK(a.at("net.loss", 1, 2).u64() == a.at("net.loss", 1, 2).u64());
  CHECK(a.at("net.loss", 1, 2).u64() != a.at("net.loss", 1, 3).u64());
  CHECK(a.at("net.loss", 1, 2).u64() != a.at("net.loss", 2, 2).u64());
  CHECK(a.at("net.loss", 1, 2).u64() != a.at("net.delay", 1, 2).u64());
  CHECK(a.at("net.loss", 1, 2).u64() != b.at("net.loss", 1, 2).u64());
  CHECK(Purpose("x.y").id == Purpose::named("x.y").id);
}

TEST_CASE("random: Philox4x32-10 gives the vectors published with Random123") {
  // kat_vectors of the authors' distribution: counter, key -> block.
  CHECK(Random(0).philox({0, 0, 0, 0}) ==
        std::array<std::uint32_t, 4>{0x6627e8d5U, 0xe169c58dU, 0xbc57ac4cU, 0x9b00dbd8U});
  CHECK(Random(~std::uint64_t{0}).philox({~0U, ~0U, ~0U, ~0U}) ==
        std::array<std::uint32_t, 4>{0x408f276dU, 0x41c83b0eU, 0xa20bc7c6U, 0x6d5451fdU});
  CHECK(Random(0x299f31d0a4093822ULL).philox({0x243f6a88U, 0x85a308d3U, 0x13198a2eU, 0x03707344U}) ==
        std::array<std::uint32_t, 4>{0xd16cfe09U, 0x94fdccebU, 0x5001e420U, 0x24126ea1U});
}

TEST_CASE("random: below and between stay inside their range and reach both ends") {
  const Random random(42);
  bool low = false;
  bool high = false;
  for (std::uint64_t i = 0; i < 2000; ++i) {
    Draw draw = random.at("range", 0, i);
    const std::int64_t v = draw.between(-3, 3);
    REQUIRE(v >= -3);
    REQUIRE(v <= 3);
    low |= v == -3;
    high |= v == 3;
    CHECK(draw.below(0) == 0);
    CHECK(draw.below(1) == 0);
  }
  CHECK(low);
  CHECK(high);
}

TEST_CASE("random: exponential draws have the mean and the tail of an exponential") {
  const Random random(9);
  double sum = 0;
  int beyond_two = 0;
  const int n = 200'000;
  for (int i = 0; i < n; ++i) {
    const std::int64_t v = random.at("exp", 0, static_cast<std::uint64_t>(i)).exponential(1'000'000);
    REQUIRE(v >= 0);
    REQUIRE(v <= 16'000'000);
    sum += static_cast<double>(v);
    beyond_two += v > 2'000'000 ? 1 : 0;
  }
  CHECK(std::abs(sum / n - 1e6) < 1e4);
  CHECK(std::abs(beyond_two / double(n) - std::exp(-2.0)) < 0.004);
  CHECK(random.at("exp").exponential(0) == 0);
  CHECK(random.at("exp").exponential(-5) == 0);
}

TEST_CASE("time: arithmetic saturates instead of overflowing") {
  CHECK(Duration::max() + seconds(1) == Duration::max());
  CHECK(seconds(1) * std::numeric_limits<std::int64_t>::max() == Duration::max());
  CHECK((SimTime::max() + seconds(1)) == SimTime::max());
  CHECK((SimTime{5} - SimTime{7}).ns == -2);
}

TEST_CASE("bytes: slices share memory and outlive their source") {
  Bytes inner;
  {
    const Bytes whole = Bytes::copy_of("hello world");
    inner = whole.slice(6, 5);
    CHECK(inner.data() == whole.data() + 6);
  }
  CHECK(inner.text() == "world");
  CHECK(Bytes{}.slice(0, 0).empty());
  Bytes self = inner;
  self = *&self;
  CHECK(self == inner);
}

TEST_CASE("crc32c: RFC 3720 vectors, and continuing equals one pass") {
  const std::uint8_t zeros[32] = {};
  CHECK(crc32c({zeros, 32}) == 0x8A9136AAU);
  CHECK(crc32c(as_bytes("123456789")) == 0xE3069283U);
  CHECK(crc32c(as_bytes("6789"), crc32c(as_bytes("12345"))) == 0xE3069283U);
}

TEST_CASE("digest: order, value and length all count, and hex goes there and back") {
  Digest a;
  Digest b;
  a.absorb(1);
  a.absorb(2);
  b.absorb(2);
  b.absorb(1);
  CHECK(a != b);
  Digest c;
  Digest d;
  c.absorb(as_bytes("ab"));
  d.absorb(as_bytes(std::string_view("ab\0", 3)));
  CHECK(c != d);
  Digest back;
  REQUIRE(Digest::from_hex(a.to_hex(), back));
  CHECK(back == a);
  CHECK_FALSE(Digest::from_hex("zz", back));
  CHECK_FALSE(Digest::from_hex(std::string(32, 'G'), back));
}

TEST_CASE("errors: the place comes first, what is unknown is left out") {
  CHECK(Error{Errc::bad_input, "unknown key", {"a.toml", 3, 7}}.to_string() == "a.toml:3:7: unknown key");
  CHECK(Error{Errc::bad_input, "empty file", {"a.toml", 0, 0}}.to_string() == "a.toml: empty file");
  CHECK(Error{Errc::internal, "x", {}}.to_string() == "x");
}

TEST_CASE("trace: every kind is described and an unknown number is refused") {
  REQUIRE(trace_kind_info(TraceKind::raft_commit) != nullptr);
  CHECK(trace_kind_info(TraceKind::raft_commit)->name == "raft_commit");
  CHECK(trace_kind_info(TraceKind::raft_commit)->fields[2] == "entry_term");
  CHECK(trace_kind_info(static_cast<TraceKind>(9999)) == nullptr);
}
