// Frames over connections: order, loss, classes, limits.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "runtime/quic/frame_reader.h"
#include "runtime/quic/send_queue.h"
#include "runtime/quic/test_net.h"

using namespace wn;
using namespace wn::quic;
using namespace wn::quic::testing;

namespace {

Bytes patterned(std::size_t size, std::uint64_t salt) {
  return Bytes::build(size, [&](std::uint8_t* to) {
    for (std::size_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(i * 31 + salt * 7 + (i >> 8));
  });
}

}  // namespace

TEST_CASE("streams bring every frame once and in order over a network that does everything wrong") {
  Net net(21);
  Node& a = net.add(server_options(1, 2));
  Node& b = net.add(server_options(2, 2));
  net.run_for(seconds(1));
  net.loss_ppm = 100'000;
  net.duplicate_ppm = 50'000;
  net.corrupt_ppm = 30'000;
  net.jitter = 3'000'000;
  std::vector<Bytes> sent;
  for (std::uint64_t i = 0; i < 300; ++i) {
    sent.push_back(patterned((i * i * 13) % 6000, i));
    REQUIRE(a.network().send(NodeId{2}, sent.back(), 5) == Errc::ok);
    a.endpoint->on_control({});
    net.run_for(milliseconds(10));
  }
  net.run_for(seconds(20));
  REQUIRE(a.stats().dials == 1);
  REQUIRE(b.listener().got.size() == sent.size());
  for (std::size_t i = 0; i < sent.size(); ++i) REQUIRE(b.listener().got[i].frame == sent[i]);
}

TEST_CASE("frames that may be lost go as datagrams when they fit, and loss loses them alone") {
  Net net(22);
  Options options = server_options(1, 2);
  options.datagram_types[0] |= 1ULL << 7;
  options.packet_bytes_max = 1452;
  Node& a = net.add(options);
  Node& b = net.add(server_options(2, 2));
  net.run_for(seconds(1));
  net.loss_ppm = 200'000;
  for (std::uint64_t i = 0; i < 100; ++i) {
    REQUIRE(a.network().send(NodeId{2}, patterned(200, i), 7) == Errc::ok);
    REQUIRE(a.network().send(NodeId{2}, patterned(5000, i), 7) == Errc::ok);
    a.endpoint->on_control({});
    net.run_for(milliseconds(30));
  }
  net.loss_ppm = 0;
  net.run_for(seconds(20));
  CHECK(a.stats().datagrams_out == 100);
  std::uint64_t small = 0;
  std::uint64_t large = 0;
  for (const Got& got : b.listener().got) ++(got.frame.size() == 200 ? small : large);
  CHECK(large == 100);
  CHECK(small > 40);
  CHECK(small < 100);
}

TEST_CASE("a full queue answers overloaded, and what was taken arrives when the network comes back") {
  Net net(23);
  Options options = server_options(1, 2);
  options.limits.queue_bytes_max = 100'000;
  options.limits.queue_frames_max = 64;
  options.idle_timeout = seconds(600);
  Options other = server_options(2, 2);
  other.idle_timeout = seconds(600);
  Node& a = net.add(options);
  Node& b = net.add(other);
  net.run_for(seconds(1));
  net.loss_ppm = 1'000'000;
  std::uint64_t taken = 0;
  for (int i = 0; i < 1000; ++i) {
    const Errc error = a.network().send(NodeId{2}, patterned(3000, taken), 5);
    CHECK((error == Errc::ok || error == Errc::overloaded));
    taken += error == Errc::ok ? 1U : 0U;
  }
  CHECK(a.network().send(NodeId{2}, patterned(kFrameBytesMax + 1, 0), 5) == Errc::too_large);
  CHECK(taken <= 100'000 / 3000);
  CHECK(a.stats().frames_refused == 1000 - taken);
  CHECK(a.endpoint->peers()[0].queued_bytes <= 100'000 + 4 * taken);
  a.endpoint->on_control({});
  net.run_for(seconds(1));
  net.loss_ppm = 0;
  net.run_for(seconds(10));
  CHECK(b.listener().frames == taken);
}

TEST_CASE("a snapshot under way does not stand before a small request") {
  Net net(24);
  Node& a = net.add(server_options(1, 2));
  Node& b = net.add(server_options(2, 2));
  net.run_for(seconds(1));
  for (int i = 0; i < 4; ++i)
    REQUIRE(a.network().send(NodeId{2}, patterned(kFrameBytesMax, 1), 45) == Errc::ok);
  a.endpoint->on_control({});
  net.run_for(milliseconds(2));
  REQUIRE(a.network().send(NodeId{2}, patterned(50, 2), 40) == Errc::ok);
  a.endpoint->on_control({});
  net.run_for(seconds(5));
  REQUIRE(b.listener().got.size() == 5);
  CHECK(b.listener().got[0].frame.size() == 50);
}

TEST_CASE("classes: replication, sync, requests and calls have streams of their own") {
  CHECK(class_of(5) == 0);
  CHECK(class_of(48) == 0);
  CHECK(class_of(45) == 1);
  CHECK(class_of(73) == 1);
  CHECK(class_of(32) == 2);
  CHECK(class_of(41) == 2);
  CHECK(class_of(56) == 3);
  for (std::uint32_t type = 0; type < 256; ++type)
    CHECK(class_of(static_cast<std::uint8_t>(type)) < kClasses);
}

TEST_CASE("frame reader and send queue: any cut of the bytes gives the frames that went in") {
  for (std::uint64_t round = 0; round < 200; ++round) {
    Draw draw = Random(31).at("test.frames", 0, round);
    SendQueue queue(std::pmr::new_delete_resource());
    FrameReader reader;
    std::vector<Bytes> in;
    std::vector<Bytes> out;
    std::uint64_t sent = 0;
    std::uint64_t acked = 0;
    for (int step = 0; step < 300; ++step) {
      switch (draw.below(3)) {
        case 0: {
          const std::uint64_t kind = draw.below(20);
          const std::size_t size = kind == 0  ? draw.below(100'000)
                                   : kind < 4 ? draw.below(6000)
                                              : draw.below(90);
          in.push_back(patterned(size, draw.u64()));
          queue.push(in.back(), static_cast<std::uint8_t>(draw.below(256)));
          break;
        }
        case 1: {
          std::array<ByteView, 5> views;
          const std::size_t count = queue.next(std::span(views).first(1 + draw.below(5)));
          REQUIRE((count != 0) == !queue.nothing_to_send());
          std::uint64_t room = draw.below(20'000);
          for (std::size_t i = 0; i < count && room != 0; ++i) {
            const ByteView piece = views[i].first(std::min<std::size_t>(views[i].size(), room));
            REQUIRE(reader.read(piece, [&](Bytes frame) { out.push_back(std::move(frame)); }));
            queue.sent(piece.size());
            sent += piece.size();
            room -= piece.size();
          }
          break;
        }
        default:
          acked += draw.below(sent - acked + 1);
          queue.acknowledged(acked);
          break;
      }
      REQUIRE(queue.bytes() >= sent - acked);
    }
    std::array<ByteView, 4> views;
    while (const std::size_t count = queue.next(views)) {
      for (std::size_t i = 0; i < count; ++i) {
        REQUIRE(reader.read(views[i], [&](Bytes frame) { out.push_back(std::move(frame)); }));
        queue.sent(views[i].size());
        sent += views[i].size();
      }
    }
    queue.acknowledged(sent);
    REQUIRE(out == in);
    CHECK(queue.bytes() == 0);
    CHECK(queue.frames_unsent() == 0);
    CHECK(reader.held_bytes() == 0);
  }
}

TEST_CASE("frame reader: a head over the limit is an error; a head alone holds no memory") {
  FrameReader reader;
  const std::uint8_t large[] = {0x01, 0x00, 0x10, 0x05};  // 2^20 + 1
  CHECK(!reader.read(large, [](const Bytes&) {}));
  FrameReader patient;
  const std::uint8_t most[] = {0x00, 0x00, 0x10, 0x05, 0xAA};
  CHECK(patient.read(most, [](const Bytes&) {}));
  CHECK(patient.held_bytes() <= 4096);
}

TEST_CASE("frame reader: whatever comes, it holds no more than one frame and never more than came, doubled") {
  const char* const more = std::getenv("WORKNODE_FUZZ");
  const std::uint64_t rounds = 3000 + (more != nullptr ? std::strtoull(more, nullptr, 10) : 0);
  for (std::uint64_t round = 0; round < rounds; ++round) {
    Draw draw = Random(32).at("test.fuzz", 0, round);
    FrameReader reader;
    std::size_t came = 0;
    bool fine = true;
    for (int piece = 0; piece < 40 && fine; ++piece) {
      std::vector<std::uint8_t> bytes(draw.below(300));
      for (std::uint8_t& byte : bytes) byte = static_cast<std::uint8_t>(draw.below(4) == 0 ? draw.u64() : 0);
      came += bytes.size();
      fine = reader.read(bytes, [](const Bytes& frame) { REQUIRE(frame.size() <= kFrameBytesMax); });
      REQUIRE(reader.held_bytes() <= std::max<std::size_t>(4096, 2 * came));
    }
  }
}
