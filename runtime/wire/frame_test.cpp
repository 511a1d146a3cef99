#include "runtime/wire/frame.h"

#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <vector>

#include "runtime/base/crc32c.h"
#include "runtime/base/random.h"

namespace wn::wire {
namespace {

std::vector<std::uint8_t> sealed(std::string_view payload, FrameType type = FrameType::client_request) {
  std::vector<std::uint8_t> frame(kHeaderBytes + payload.size());
  if (!payload.empty()) std::memcpy(frame.data() + kHeaderBytes, payload.data(), payload.size());
  seal_frame(frame.data(), type, payload.size());
  return frame;
}

TEST_CASE("frame: what is sealed opens, with its type and length") {
  for (std::string_view payload : {"", "x", "a longer payload, of more than one word"}) {
    const auto frame = sealed(payload);
    FrameView view;
    REQUIRE(open_frame(frame, view) == Errc::ok);
    CHECK(view.type == FrameType::client_request);
    CHECK(view.payload_bytes == payload.size());
  }
}

TEST_CASE("frame: every flipped bit is an error") {
  auto frame = sealed("some payload of a frame");
  for (std::size_t bit = 0; bit < frame.size() * 8; ++bit) {
    frame[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
    FrameView view;
    CHECK(open_frame(frame, view) == Errc::corrupt);
    frame[bit / 8] ^= static_cast<std::uint8_t>(1U << (bit % 8));
  }
}

TEST_CASE("frame: every truncation and every extension is an error") {
  auto frame = sealed("some payload of a frame");
  FrameView view;
  for (std::size_t size = 0; size < frame.size(); ++size) {
    CHECK(open_frame({frame.data(), size}, view) == Errc::corrupt);
  }
  frame.push_back(0);
  CHECK(open_frame(frame, view) == Errc::corrupt);
}

TEST_CASE("frame: a sound frame of another version says so, and one over the limit is too large") {
  auto frame = sealed("payload");
  frame[6] = kWireVersion + 1;
  const std::uint32_t crc = crc32c(ByteView(frame).subspan(4));
  for (std::size_t i = 0; i < 4; ++i) frame[i] = static_cast<std::uint8_t>(crc >> (8 * i));
  FrameView view;
  CHECK(open_frame(frame, view) == Errc::unsupported);
  std::vector<std::uint8_t> big(kHeaderBytes + kPayloadBytesMax);
  seal_frame(big.data(), FrameType::client_reply, kPayloadBytesMax);
  CHECK(open_frame(big, view) == Errc::ok);
  big.push_back(0);
  CHECK(open_frame(big, view) == Errc::too_large);
}

TEST_CASE("frame: random bytes never open") {
  const Random random(1);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    Draw draw = random.at("frame.noise", 0, i);
    std::vector<std::uint8_t> noise(draw.below(80));
    for (auto& byte : noise) byte = static_cast<std::uint8_t>(draw.u64());
    FrameView view;
    REQUIRE(open_frame(noise, view) != Errc::ok);
  }
}

}  // namespace
}  // namespace wn::wire
