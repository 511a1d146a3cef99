#include "runtime/wire/client_codec.h"

#include <catch2/catch_test_macros.hpp>
#include <string>

#include "runtime/base/random.h"
#include "runtime/wire/client.pb.h"

namespace wn::wire {
namespace {

Bytes some_bytes(Draw& draw, std::uint64_t most) {
  const std::uint64_t size = draw.below(most + 1);
  return Bytes::build(size, [&](std::uint8_t* to) {
    for (std::uint64_t i = 0; i < size; ++i) to[i] = static_cast<std::uint8_t>(draw.u64());
  });
}
std::uint64_t some_number(Draw& draw) { return draw.u64() >> draw.below(64); }

kv::Command some_command(Draw& draw) {
  kv::Command c;
  c.session = some_number(draw);
  c.sequence = some_number(draw);
  c.kind = static_cast<kv::CommandKind>(1 + draw.below(kv::kCommandKindEnd - 1));
  c.key = some_bytes(draw, 20);
  c.value = some_bytes(draw, 200);
  c.expected = some_bytes(draw, 20);
  for (std::uint64_t n = draw.below(4); n > 0; --n) {
    c.micro.push_back(
        {.append = draw.below(2) != 0, .key = some_bytes(draw, 9), .value = some_bytes(draw, 9)});
  }
  return c;
}

kv::ClientRequest some_request(std::uint64_t key) {
  Draw draw = Random(11).at("client.request", 0, key);
  kv::ClientRequest r;
  r.operation = some_number(draw);
  r.attempt = static_cast<std::uint32_t>(some_number(draw));
  r.kind = static_cast<kv::RequestKind>(1 + draw.below(kv::kRequestKindEnd - 1));
  r.command = some_command(draw);
  for (std::uint64_t n = draw.below(5); n > 0; --n)
    r.voters.push_back(NodeId{1 + static_cast<std::uint32_t>(n)});
  for (std::uint64_t n = draw.below(3); n > 0; --n)
    r.learners.push_back(NodeId{200 + static_cast<std::uint32_t>(n)});
  r.target = NodeId{static_cast<std::uint32_t>(some_number(draw))};
  return r;
}

kv::ClientReply some_reply(std::uint64_t key) {
  Draw draw = Random(12).at("client.reply", 0, key);
  kv::ClientReply r;
  r.operation = some_number(draw);
  r.attempt = static_cast<std::uint32_t>(some_number(draw));
  r.code = static_cast<kv::ReplyCode>(1 + draw.below(kv::kReplyCodeEnd - 1));
  r.leader = NodeId{static_cast<std::uint32_t>(some_number(draw))};
  r.reply.status = static_cast<kv::Status>(1 + draw.below(kv::kStatusEnd - 1));
  r.reply.value = some_bytes(draw, 100);
  r.reply.session = some_number(draw);
  for (std::uint64_t n = draw.below(4); n > 0; --n) {
    r.reply.micro.push_back({.found = draw.below(2) != 0, .value = some_bytes(draw, 30)});
  }
  return r;
}

Bytes framed(std::string_view payload, FrameType type) {
  return Bytes::build(kHeaderBytes + payload.size(), [&](std::uint8_t* to) {
    for (std::size_t i = 0; i < payload.size(); ++i)
      to[kHeaderBytes + i] = static_cast<std::uint8_t>(payload[i]);
    seal_frame(to, type, payload.size());
  });
}
std::string payload_of(const Bytes& frame) { return std::string(frame.text().substr(kHeaderBytes)); }

// Feeds `decode` every truncation and every flipped bit of `payload`, re-sealed; returns the refusals.
template <class Decode>
std::uint64_t damage(std::string payload, Decode&& decode) {
  std::uint64_t refused = 0;
  for (std::size_t size = 0; size < payload.size(); ++size)
    refused += decode(payload.substr(0, size)) != Errc::ok;
  for (std::size_t bit = 0; bit < payload.size() * 8; ++bit) {
    payload[bit / 8] = static_cast<char>(payload[bit / 8] ^ (1 << (bit % 8)));
    refused += decode(payload) != Errc::ok;
    payload[bit / 8] = static_cast<char>(payload[bit / 8] ^ (1 << (bit % 8)));
  }
  return refused;
}

}  // namespace

TEST_CASE("client codec: requests and replies survive the way there and back") {
  IncomingRequest request;
  kv::ClientReply reply;
  for (std::uint64_t key = 0; key < 2000; ++key) {
    const kv::ClientRequest out = some_request(key);
    REQUIRE(decode(encode(out), request) == Errc::ok);
    CHECK(request.request == out);
    CHECK(request.command == encode(out.command));
    kv::Command command;
    REQUIRE(decode(request.command, command) == Errc::ok);
    CHECK(command == out.command);
    const kv::ClientReply answer = some_reply(key);
    REQUIRE(decode(encode(answer), reply) == Errc::ok);
    CHECK(reply == answer);
  }
}

TEST_CASE("client codec: libprotobuf reads our bytes and we read its bytes, field for field") {
  for (std::uint64_t key = 0; key < 500; ++key) {
    const kv::ClientRequest out = some_request(key);
    ClientRequest reference;
    REQUIRE(reference.ParseFromString(payload_of(encode(out))));
    CHECK(reference.operation() == out.operation);
    CHECK(reference.attempt() == out.attempt);
    CHECK(reference.kind() == static_cast<std::uint32_t>(out.kind));
    CHECK(reference.command().session() == out.command.session);
    CHECK(reference.command().value() == out.command.value.text());
    CHECK(reference.command().micro_size() == static_cast<int>(out.command.micro.size()));
    CHECK(reference.voters_size() == static_cast<int>(out.voters.size()));
    IncomingRequest request;
    REQUIRE(decode(framed(reference.SerializeAsString(), FrameType::client_request), request) == Errc::ok);
    CHECK(request.request == out);
    const kv::ClientReply answer = some_reply(key);
    ClientReply answer_reference;
    REQUIRE(answer_reference.ParseFromString(payload_of(encode(answer))));
    CHECK(answer_reference.leader() == answer.leader.value);
    CHECK(answer_reference.reply().value() == answer.reply.value.text());
    kv::ClientReply reply;
    REQUIRE(decode(framed(answer_reference.SerializeAsString(), FrameType::client_reply), reply) == Errc::ok);
    CHECK(reply == answer);
  }
}

TEST_CASE("client codec: damage behind a good checksum never crashes") {
  IncomingRequest request;
  kv::ClientReply reply;
  kv::Command command;
  std::uint64_t refused = 0;
  for (std::uint64_t key = 0; key < 40; ++key) {
    refused += damage(payload_of(encode(some_request(key))), [&](const std::string& bytes) {
      return decode(framed(bytes, FrameType::client_request), request);
    });
    refused += damage(payload_of(encode(some_reply(key))), [&](const std::string& bytes) {
      return decode(framed(bytes, FrameType::client_reply), reply);
    });
    refused += damage(std::string(encode(some_request(key).command).text()),
                      [&](const std::string& bytes) { return decode(Bytes::copy_of(bytes), command); });
  }
  CHECK(refused > 1000);
}

TEST_CASE("client codec: random bytes are refused or valid, never a crash") {
  const Random random(5);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    Draw draw = random.at("client.noise", 0, i);
    const Bytes noise = some_bytes(draw, 50);
    IncomingRequest request;
    kv::ClientReply reply;
    kv::Command command;
    (void)decode(framed(noise.text(), FrameType::client_request), request);
    (void)decode(framed(noise.text(), FrameType::client_reply), reply);
    (void)decode(noise, command);
  }
  SUCCEED();
}

TEST_CASE("client codec: each rule has its refusal") {
  IncomingRequest request;
  const auto decoded = [&](const ClientRequest& r) {
    return decode(framed(r.SerializeAsString(), FrameType::client_request), request);
  };
  ClientRequest good;
  good.set_kind(1);
  good.mutable_command()->set_kind(1);
  CHECK(decoded(good) == Errc::ok);
  SECTION("no kind") {
    good.set_kind(0);
    CHECK(decoded(good) == Errc::bad_input);
  }
  SECTION("an unknown kind of command") {
    good.mutable_command()->set_kind(kv::kCommandKindEnd);
    CHECK(decoded(good) == Errc::bad_input);
  }
  SECTION("too many micro-operations") {
    for (std::size_t i = 0; i < kv::kMicroOperationsMax; ++i) good.mutable_command()->add_micro();
    CHECK(decoded(good) == Errc::ok);
    good.mutable_command()->add_micro();
    CHECK(decoded(good) == Errc::bad_input);
  }
  SECTION("too many voters, or nobody as one") {
    for (std::uint32_t i = 1; i <= kv::kServersMax; ++i) good.add_voters(i);
    CHECK(decoded(good) == Errc::ok);
    good.add_voters(99);
    CHECK(decoded(good) == Errc::bad_input);
    good.clear_voters();
    good.add_voters(0);
    CHECK(decoded(good) == Errc::bad_input);
  }
  SECTION("a reply is not a request") { CHECK(decode(encode(some_reply(1)), request) == Errc::bad_input); }
}

}  // namespace wn::wire
