#include "runtime/realm/codec.h"

#include <catch2/catch_test_macros.hpp>
#include <limits>

#include "runtime/base/proto_wire.h"
#include "runtime/base/random.h"

namespace wn::realm {
namespace {

Request request_of(std::uint64_t k) {
  Draw d = Random(11).at("realm.codec.request", 0, k);
  Request r;
  r.operation = d.u64();
  r.attempt = static_cast<std::uint32_t>(d.below(1000));
  r.function = static_cast<Function>(1 + d.below(kFunctionEnd - 1));
  r.worknode.high = d.u64();
  r.worknode.low = d.u64();
  r.other.low = d.u64();
  r.property = static_cast<Property>(1 + d.below(kPropertyEnd - 1));
  r.value = static_cast<std::int64_t>(d.u64());
  r.key = std::numeric_limits<std::int64_t>::min();
  r.limit = static_cast<std::uint32_t>(d.u64());
  r.schema_version = static_cast<std::uint32_t>(d.below(9));
  r.token = Bytes::copy_of(std::string(d.below(300), 'x'));
  while (!has_mode(r.function, r.mode = static_cast<Mode>(1 + d.below(3)))) {
  }
  r.evidence = static_cast<Mode>(1 + d.below(3));
  r.endorsed = d.below(2) == 1;
  r.expected = static_cast<std::int64_t>(d.below(3));
  r.keeps_session = d.below(2) == 1;
  r.session = Bytes::copy_of(std::string(d.below(20), 'v'));
  return r;
}

Reply reply_of(std::uint64_t k) {
  Draw d = Random(12).at("realm.codec.reply", 0, k);
  Reply r;
  r.operation = d.u64();
  r.code = static_cast<ReplyCode>(1 + d.below(kReplyCodeEnd - 1));
  r.error = static_cast<Errc>(d.below(kErrcEnd));
  r.refusal = static_cast<std::uint8_t>(d.below(256));
  r.found = d.below(2) == 1;
  r.more = d.below(2) == 1;
  const std::uint64_t items = d.below(20);
  for (std::uint64_t i = 0; i < items; ++i) r.items.push_back(static_cast<std::int64_t>(d.u64()));
  r.items.push_back(std::numeric_limits<std::int64_t>::min());
  r.session = Bytes::copy_of(std::string(d.below(20), 'v'));
  return r;
}

// Every cut, extension and flipped bit either is refused or decodes to a message that encodes to just these
// bytes.
template <class Message>
void hurt(const Message& message) {
  const Bytes whole = encode(message);
  const std::vector<std::uint8_t> bytes(whole.data(), whole.data() + whole.size());
  Message out;
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    // What ends where a last, optional field begins is whole by itself.
    const ByteView cut = ByteView(bytes).first(n);
    if (decode(cut, out) == Errc::ok) CHECK(encode(out) == Bytes::copy_of(cut));
  }
  for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
    std::vector<std::uint8_t> hurt = bytes;
    hurt[bit / 8] = static_cast<std::uint8_t>(hurt[bit / 8] ^ (1U << (bit % 8)));
    if (decode(hurt, out) == Errc::ok) CHECK(encode(out) == Bytes::copy_of(ByteView(hurt)));
  }
}

TEST_CASE("realm codec: what is encoded is decoded") {
  for (std::uint64_t k = 0; k < 200; ++k) {
    Request request;
    REQUIRE(decode(encode(request_of(k)).view(), request) == Errc::ok);
    CHECK(request == request_of(k));
    Reply reply;
    REQUIRE(decode(encode(reply_of(k)).view(), reply) == Errc::ok);
    CHECK(reply == reply_of(k));
  }
}

TEST_CASE("realm codec: damaged bytes are refused or mean just what they say") {
  for (std::uint64_t k = 0; k < 8; ++k) {
    hurt(request_of(k));
    hurt(reply_of(k));
  }
}

TEST_CASE("realm codec: limits and unknown words have their own refusals") {
  Reply many;
  many.items.assign(kReplyItemsMax, 1);
  Reply out;
  CHECK(decode(encode(many).view(), out) == Errc::ok);
  std::vector<std::uint8_t> packed(kReplyItemsMax + 1, 2);
  std::vector<std::uint8_t> bytes;
  ProtoWriter w(bytes);
  for (std::uint32_t field = 1; field <= 7; ++field) w.varint(field, field == 3 ? 1 : 0);
  w.bytes(8, packed);
  CHECK(decode(bytes, out) == Errc::too_large);
}

}  // namespace
}  // namespace wn::realm
