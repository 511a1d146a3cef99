// Answers that are not what they should be: each gets its verdict, with evidence, and none a crash.
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/digest.h"
#include "runtime/rpc/codec.h"
#include "runtime/rpc/test_net.h"

using namespace wn;
using namespace wn::rpc;

namespace {

// Not cryptography: enough to tell signers and bytes apart.
class TestSignatures final : public Signatures {
 public:
  explicit TestSignatures(NodeId self) : self_(self) {}
  Bytes sign(ByteView bytes) override { return of(self_, bytes); }
  bool verify(NodeId signer, ByteView bytes, ByteView signature) override {
    return of(signer, bytes) == Bytes::copy_of(signature);
  }

 private:
  static Bytes of(NodeId node, ByteView bytes) {
    Digest d;
    d.absorb(node.value);
    d.absorb(bytes);
    return Bytes::copy_of(d.to_hex());
  }
  NodeId self_;
};

// A is real; what B says is made up by the test.
struct Liar {
  explicit Liar(const std::function<void(Options&)>& adjust = {}) {
    options.node = kA;
    options.incarnation = 5;
    options.methods = test_methods();
    options.signatures = &signatures;
    if (adjust) adjust(options);
    endpoint.emplace(options, std::pmr::new_delete_resource());
  }
  std::uint64_t call(std::uint32_t method = kAdd, bool sign = false) {
    CallSpec spec = spec_to(kB, method, ++keys, Instant{} + seconds(1));
    spec.sign = sign;
    const auto id = endpoint->call({}, spec, effects);
    REQUIRE(id.has_value());
    endpoint->flush({}, effects);
    effects.clear();
    return id->value;
  }
  ReplyOut good(std::uint64_t id) {
    return {.id = id,
            .attempt = 1,
            .held = {},
            .status = Status::done,
            .kind = kKind,
            .items = {},
            .signature = {}};
  }
  void say(const ReplyOut& reply, std::uint64_t to = 5, NodeId from = kB) {
    std::vector<std::uint8_t> list;
    put_reply(list, reply);
    const RepliesHead head{
        .callee = 3, .caller = to, .advert = ++adverts, .window_calls = 9, .window_bytes = 99'999};
    const Bytes frame = replies_frame(head, list);
    effects.clear();
    endpoint->receive({}, from, MessageKind::replies, frame.view(), effects);
    REQUIRE(endpoint->broken_invariant() == "");
  }
  void expect(Verdict verdict, bool ends_call = true) {
    REQUIRE(effects.judgements.size() == 1);
    CHECK(effects.judgements.front().verdict == verdict);
    CHECK(effects.judgements.front().peer == kB);
    CHECK(effects.judgements.front().evidence.size() > 0);
    CHECK(effects.judgements.front().evidence.size() <= kEvidenceBytesMax);
    CHECK(effects.notes.size() == (proves_fault(verdict) ? 1U : 0U));
    REQUIRE(effects.completions.size() == (ends_call ? 1U : 0U));
    if (ends_call) CHECK(effects.completions.front().status == Status::bad_response);
  }

  TestSignatures signatures{kA};
  Options options;
  std::optional<Endpoint> endpoint;
  Effects effects;
  std::uint64_t keys = 0;
  std::uint64_t adverts = 0;
};

}  // namespace

TEST_CASE("an answer of another kind than the method's is of the wrong type") {
  Liar liar;
  ReplyOut reply = liar.good(liar.call());
  reply.kind = kKind + 1;
  liar.say(reply);
  liar.expect(Verdict::wrong_type);
}

TEST_CASE("an answer over the call's limits is too large, or has too many items") {
  Liar liar;
  const std::vector<Bytes> large{Bytes::copy_of(std::string(1025, 'x'))};
  ReplyOut reply = liar.good(liar.call());
  reply.items = large;
  liar.say(reply);
  liar.expect(Verdict::too_large);
  const std::vector<Bytes> many(17);
  reply = liar.good(liar.call());
  reply.items = many;
  liar.say(reply);
  liar.expect(Verdict::too_many_items);
}

TEST_CASE("an answer to a call that was never made, or not to him, is an answer to an unknown call") {
  Liar liar;
  const std::uint64_t id = liar.call();
  liar.say(liar.good(id + 1));
  liar.expect(Verdict::unknown_call, false);
  liar.say(liar.good(id), 6);  // an incarnation that was not yet
  liar.expect(Verdict::unknown_call, false);
  ReplyOut reply = liar.good(id);
  reply.attempt = 2;  // an attempt that was not yet
  liar.say(reply);
  liar.expect(Verdict::unknown_call);

  const std::uint64_t mine = liar.call();
  CallSpec other = spec_to(kC, kAdd, 99, Instant{} + seconds(1));
  REQUIRE(liar.endpoint->call({}, other, liar.effects));
  liar.endpoint->flush({}, liar.effects);
  liar.say(liar.good(mine), 5, kC);
  REQUIRE(liar.effects.judgements.size() == 1);
  CHECK(liar.effects.judgements.front().verdict == Verdict::unknown_call);
  CHECK(liar.effects.completions.empty());
}

TEST_CASE("what a network can do is no proof: late copies and answers to an earlier incarnation are stale") {
  Liar liar;
  const std::uint64_t id = liar.call();
  liar.say(liar.good(id), 4);
  liar.expect(Verdict::stale, false);
  liar.say(liar.good(id));
  CHECK(liar.effects.judgements.empty());
  REQUIRE(liar.effects.completions.size() == 1);
  CHECK(liar.effects.completions.front().status == Status::done);
  liar.say(liar.good(id));
  liar.expect(Verdict::stale, false);
}

TEST_CASE("two answers that differ, to one call that is carried out once, are an equivocation") {
  Liar liar;
  const std::uint64_t id = liar.call();
  liar.say(liar.good(id));
  const std::vector<Bytes> other{Bytes::copy_of("other")};
  ReplyOut reply = liar.good(id);
  reply.items = other;
  liar.say(reply);
  liar.expect(Verdict::equivocation, false);

  const std::uint64_t twice = liar.call(kEcho);  // may be carried out twice
  liar.say(liar.good(twice));
  reply.id = twice;
  liar.say(reply);
  liar.expect(Verdict::stale, false);
}

TEST_CASE("a status that no callee says, or that contradicts itself, is wrong") {
  for (const auto& change : std::initializer_list<void (*)(ReplyOut&)>{
           [](ReplyOut& r) { r.status = static_cast<Status>(kStatusEnd); },
           [](ReplyOut& r) { r.status = static_cast<Status>(0); },
           [](ReplyOut& r) { r.status = Status::bad_response; },
           [](ReplyOut& r) { r.status = Status::failed; },  // without an error
           [](ReplyOut& r) { r.error = Errc::io_error; },   // done, with one
           [](ReplyOut& r) { r.status = Status::broken_promise; }}) {
    Liar liar;
    ReplyOut reply = liar.good(liar.call());
    change(reply);
    liar.say(reply);
    liar.expect(Verdict::wrong_status);
  }
}

TEST_CASE("a frame that is not of the format is malformed") {
  Liar liar;
  liar.call();
  liar.effects.clear();
  const Bytes noise = Bytes::copy_of("certainly not a frame");
  liar.endpoint->receive({}, kB, MessageKind::replies, noise.view(), liar.effects);
  liar.expect(Verdict::malformed, false);
}

TEST_CASE(
    "an answer that must be signed and is not, or is signed by another or for another call, is refused") {
  const auto sign = [](NodeId who, std::uint64_t id, std::uint64_t key) {
    std::vector<std::uint8_t> bytes;
    put_signed({.callee = kB,
                .caller = kA,
                .incarnation = 5,
                .id = id,
                .key = {NodeId{100}, key},
                .method = kAdd,
                .status = static_cast<std::uint64_t>(Status::done),
                .error = 0,
                .kind = kKind},
               {}, bytes);
    return TestSignatures(who).sign(bytes);
  };
  for (const int how : {0, 1, 2, 3}) {
    Liar liar;
    const std::uint64_t id = liar.call(kAdd, true);
    ReplyOut reply = liar.good(id);
    const Bytes signature = how == 1 ? sign(kC, id, 1) : how == 2 ? sign(kB, id + 1, 2) : sign(kB, id, 1);
    if (how > 0) reply.signature = signature.view();
    liar.say(reply);
    if (how < 3) {
      liar.expect(Verdict::bad_signature);
    } else {
      CHECK(liar.effects.judgements.empty());
      CHECK(liar.effects.completions.front().status == Status::done);
    }
  }
}

TEST_CASE("a signed answer of an honest callee passes") {
  TestSignatures a(kA), b(kB);
  Net net(2, 1, [&](Options& o) { o.signatures = o.node == kA ? &a : &b; });
  CallSpec spec = spec_to(kB, kMake, 7, net.in(kA, seconds(1)));
  spec.sign = true;
  spec.context = 1;
  REQUIRE(net.call(kA, spec));
  net.settle(kA);
  net.run(milliseconds(10));
  CHECK(net.at(kA).completions.at(1).status == Status::done);
  CHECK(net.at(kA).judgements.empty());
}
