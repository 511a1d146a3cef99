#include "faults/byzantine/rpc_lies.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/wire/frame.h"

namespace wn::byzantine {
namespace {

constexpr std::uint64_t kRealm = 77;
constexpr NodeId kLiar{2}, kCaller{1};
constexpr std::uint8_t kCalls = 56, kReplies = 57;

capability::Seed seed() {
  capability::Seed out;
  out.bytes.fill(4);
  return out;
}

Letter call(std::uint64_t id) {
  const rpc::CallSpec spec{.to = kLiar,
                           .method = rpc::Method{3},
                           .target = WorknodeId{.high = 0, .low = 20},
                           .deadline = rpc::Deadline{Instant{} + seconds(1)},
                           .hops = rpc::HopBudget{4},
                           .request_bytes = rpc::RequestBytes{0},
                           .response_bytes = rpc::ResponseBytes{100},
                           .response_items = rpc::ResponseItems{1},
                           .key = {NodeId{100}, 50 + id},
                           .capability = rpc::Capability{Bytes{}},
                           .sign = true};
  std::vector<std::uint8_t> body, list;
  rpc::encode_body({.spec = &spec, .hops = 4, .depth = 1, .response_bytes = 100, .response_items = 1}, body);
  rpc::put_call(list, {.id = id, .attempt = 1, .budget = seconds(1), .key = spec.key}, body);
  return letter_of(kCalls, rpc::calls_frame({.caller = 5, .callee = 6, .floor = 1}, list).view());
}

std::vector<std::uint8_t> signed_bytes(std::uint64_t id, std::span<const Bytes> items) {
  std::vector<std::uint8_t> field, out;
  rpc::put_items(items, field);
  rpc::put_signed({.realm = kRealm,
                   .callee = kLiar,
                   .caller = kCaller,
                   .incarnation = 5,
                   .id = id,
                   .key = {NodeId{100}, 50 + id},
                   .method = 3,
                   .status = 1,
                   .error = 0,
                   .kind = 1},
                  field, out);
  return out;
}

Letter answer(std::uint64_t id) {
  const std::vector<Bytes> items{Bytes::copy_of("what is so " + std::to_string(id))};
  const capability::Signature signature = capability::KeyPair(seed()).sign(signed_bytes(id, items));
  const Bytes bytes = Bytes::copy_of(ByteView(signature.bytes));
  std::vector<std::uint8_t> list;
  rpc::put_reply(list, {.id = id,
                        .attempt = 1,
                        .held = {},
                        .status = rpc::Status::done,
                        .kind = 1,
                        .items = items,
                        .signature = bytes.view()});
  return letter_of(kReplies, rpc::replies_frame({.callee = 6, .caller = 5}, list).view());
}

bool holds(const Letter& letter) {
  rpc::RepliesFrame frame;
  REQUIRE(rpc::decode(payload_of(letter), frame) == Errc::ok);
  REQUIRE(frame.replies.size() == 1);
  const rpc::ReplyView& r = frame.replies[0];
  capability::Signature signature;
  REQUIRE(r.signature.size() == signature.bytes.size());
  std::ranges::copy(r.signature, signature.bytes.begin());
  const std::vector<Bytes> items{Bytes::copy_of(frame.items[r.first_item])};
  return capability::verifies(capability::KeyPair(seed()).public_key(), signed_bytes(r.id, items), signature);
}

TEST_CASE("wrong answers: none is the true one; what the liar signed holds, and nothing else does") {
  RpcLies lies(kLiar, Signing{.secret = seed(), .realm = kRealm});
  int with_signature = 0, without = 0;
  for (std::uint64_t id = 1; id <= 200; ++id) {
    lies.learn(kCaller, call(id));
    const Letter honest = answer(id);
    REQUIRE(holds(honest));
    Draw draw = Random(1).at("test.lies", 0, id);
    const auto wrong = lies.wrong_answer(kCaller, honest, draw);
    REQUIRE(wrong.has_value());
    CHECK(wrong->letter.frame != honest.frame);
    CHECK(holds(wrong->letter) == wrong->signed_fields.has_value());
    ++(wrong->signed_fields ? with_signature : without);
  }
  CHECK(with_signature > 30);
  CHECK(without > 60);
}

TEST_CASE(
    "wrong answers: an answer to a call that was not heard is never signed; other frames are left alone") {
  RpcLies lies(kLiar, Signing{.secret = seed(), .realm = kRealm});
  for (std::uint64_t id = 1; id <= 50; ++id) {
    Draw draw = Random(1).at("test.lies", 0, id);
    const auto wrong = lies.wrong_answer(kCaller, answer(id), draw);
    REQUIRE(wrong.has_value());
    CHECK_FALSE(wrong->signed_fields.has_value());
  }
  Draw draw = Random(1).at("test.lies", 1, 0);
  CHECK_FALSE(lies.wrong_answer(kCaller, call(1), draw).has_value());
}

}  // namespace
}  // namespace wn::byzantine
