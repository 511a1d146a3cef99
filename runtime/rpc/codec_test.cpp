// Bytes: canonical both ways, and total on what strangers send.
#include "runtime/rpc/codec.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "runtime/rpc/test_net.h"

using namespace wn;
using namespace wn::rpc;

namespace {

Bytes sample_calls(Draw& draw, std::size_t calls) {
  std::vector<std::uint8_t> list, body;
  for (std::size_t i = 0; i < calls; ++i) {
    CallSpec spec =
        spec_to(kB, static_cast<std::uint32_t>(1 + draw.below(5)), 1 + draw.below(1000), Instant{});
    spec.sign = draw.below(2) == 0;
    spec.capability = Capability{Bytes::copy_of(std::string(draw.below(20), 'c'))};
    if (i > 0 && draw.below(3) == 0)
      spec.target =
          Promise{.call = CallId{10 + draw.below(i)}, .field = static_cast<std::uint32_t>(draw.below(9))};
    for (std::uint64_t a = draw.below(4); a > 0; --a) {
      if (i > 0 && draw.below(2) == 0) {
        spec.arguments.emplace_back(Promise{.call = CallId{10 + draw.below(i)}, .field = 300});
      } else {
        spec.arguments.emplace_back(Bytes::copy_of(std::string(draw.below(200), 'a')));
      }
    }
    body.clear();
    encode_body({.spec = &spec, .hops = 3, .depth = 1, .response_bytes = 70'000, .response_items = 9}, body);
    const auto attempt = static_cast<std::uint32_t>(1 + draw.below(3));
    const auto budget = nanoseconds(static_cast<std::int64_t>(draw.below(1'000'000'000)));
    put_call(list, {.id = 10 + i, .attempt = attempt, .budget = budget, .key = spec.key}, body);
  }
  const std::uint64_t caller = 1 + draw.below(1000);
  const std::uint64_t callee = draw.below(1000);
  return calls_frame({.caller = caller, .callee = callee, .floor = 7}, list);
}

Bytes sample_replies(Draw& draw, std::size_t replies) {
  std::vector<std::uint8_t> list;
  for (std::size_t i = 0; i < replies; ++i) {
    std::vector<Bytes> items;
    for (std::uint64_t n = draw.below(4); n > 0; --n)
      items.push_back(Bytes::copy_of(std::string(draw.below(300), 'r')));
    const Bytes signature = Bytes::copy_of(std::string(draw.below(65), 's'));
    put_reply(list, {.id = 10 + i,
                     .attempt = 1,
                     .held = nanoseconds(77),
                     .status = Status::done,
                     .kind = kKind,
                     .items = items,
                     .signature = signature.view()});
  }
  return replies_frame({.callee = 5, .caller = 9, .advert = 300, .window_calls = 64, .window_bytes = 70'000},
                       list);
}

// Written again from what was read, a frame is the same bytes: there is one form.
Bytes again(const CallsFrame& in) {
  std::vector<std::uint8_t> list, body;
  for (const CallView& c : in.calls) {
    CallSpec spec = spec_to(kB, c.method, 1, Instant{});
    spec.sign = c.sign;
    spec.target = c.target;
    spec.capability = Capability{Bytes::copy_of(c.capability)};
    for (std::uint32_t a = 0; a < c.arguments; ++a) {
      const ArgumentView& v = in.arguments[c.first_argument + a];
      if (v.is_promise) {
        spec.arguments.emplace_back(v.promise);
      } else {
        spec.arguments.emplace_back(Bytes::copy_of(v.bytes));
      }
    }
    body.clear();
    encode_body({.spec = &spec,
                 .hops = c.hops,
                 .depth = c.depth,
                 .response_bytes = c.response_bytes,
                 .response_items = c.response_items},
                body);
    put_call(list, {.id = c.id, .attempt = c.attempt, .budget = c.budget, .key = c.key}, body);
  }
  return calls_frame(in.head, list);
}
Bytes again(const RepliesFrame& in) {
  std::vector<std::uint8_t> list;
  for (const ReplyView& r : in.replies) {
    std::vector<Bytes> items;
    for (std::uint32_t i = 0; i < r.items; ++i) items.push_back(Bytes::copy_of(in.items[r.first_item + i]));
    put_reply(list, {.id = r.id,
                     .attempt = r.attempt,
                     .held = r.held,
                     .status = static_cast<Status>(r.status),
                     .error = static_cast<Errc>(r.error),
                     .kind = static_cast<std::uint32_t>(r.kind),
                     .items = items,
                     .signature = r.signature});
  }
  return replies_frame(in.head, list);
}

Bytes mutated(const Bytes& frame, Draw& draw) {
  std::vector<std::uint8_t> bytes(frame.view().begin(), frame.view().end());
  for (std::uint64_t n = 1 + draw.below(3); n > 0 && !bytes.empty(); --n) {
    const std::size_t at = draw.below(bytes.size());
    switch (draw.below(4)) {
      case 0:
        bytes[at] ^= static_cast<std::uint8_t>(1U << draw.below(8));
        break;
      case 1:
        bytes[at] = static_cast<std::uint8_t>(draw.u64());
        break;
      case 2:
        bytes.resize(at);
        break;
      default:
        bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), static_cast<std::uint8_t>(draw.u64()));
    }
  }
  return Bytes::copy_of(ByteView(bytes));
}

}  // namespace

TEST_CASE("frames come back as what they were, and have one form") {
  for (std::uint64_t seed = 0; seed < 300; ++seed) {
    Draw draw = Random(seed).at("codec");
    CallsFrame calls;
    const Bytes a = sample_calls(draw, draw.below(6));
    REQUIRE(decode(a.view(), calls) == Errc::ok);
    CHECK(again(calls) == a);
    RepliesFrame replies;
    const Bytes b = sample_replies(draw, draw.below(6));
    REQUIRE(decode(b.view(), replies) == Errc::ok);
    CHECK(again(replies) == b);
  }
  const std::vector<std::uint64_t> ids{1, 200, 1ULL << 40};
  CancelsFrame cancels;
  REQUIRE(decode(cancels_frame({.caller = 3, .callee = 4, .floor = 5}, ids).view(), cancels) == Errc::ok);
  CHECK(cancels.ids == ids);
  CHECK(cancels.head.floor == 5);
}

TEST_CASE("whatever bytes come, decoding ends; what it takes has the one form") {
  std::uint64_t taken = 0;
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    Draw draw = Random(seed).at("codec.fuzz");
    CallsFrame calls;
    const Bytes a = mutated(sample_calls(draw, 1 + draw.below(3)), draw);
    if (decode(a.view(), calls) == Errc::ok) {
      ++taken;
      REQUIRE(again(calls) == a);
    }
    RepliesFrame replies;
    const Bytes b = mutated(sample_replies(draw, 1 + draw.below(3)), draw);
    if (decode(b.view(), replies) == Errc::ok) {
      // A kind or status wider than its type is judged later; it is not re-written here.
      const bool narrow = std::ranges::all_of(replies.replies, [](const ReplyView& r) {
        return r.status < 256 && r.error < 256 && r.kind <= ~std::uint32_t{0};
      });
      if (narrow) REQUIRE(again(replies) == b);
    }
    CancelsFrame cancels;
    static_cast<void>(decode(a.view(), cancels));
  }
  CHECK(taken > 100);
}

TEST_CASE("a call that rests on itself, or on a later one, is no call") {
  CallSpec spec = spec_to(kB, kEcho, 1, Instant{});
  std::vector<std::uint8_t> list, body;
  for (const std::uint64_t on : {10U, 11U}) {
    spec.target = Promise{.call = CallId{on}, .field = 0};
    list.clear();
    body.clear();
    encode_body({.spec = &spec, .hops = 1, .depth = 1, .response_bytes = 1, .response_items = 1}, body);
    put_call(list, {.id = 10, .attempt = 1, .budget = nanoseconds(1), .key = spec.key}, body);
    CallsFrame out;
    CHECK(decode(calls_frame({.caller = 1, .callee = 1, .floor = 0}, list).view(), out) == Errc::corrupt);
  }
}

TEST_CASE("an endpoint survives any bytes of any kind, and keeps its books") {
  Options options;
  options.node = kA;
  options.incarnation = 9;
  options.methods = test_methods();
  options.peers_max = 8;
  options.bytes_max = 64U << 10;
  options.peer_bytes_max = 32U << 10;
  Endpoint endpoint(options, std::pmr::new_delete_resource());
  Effects effects;
  Moment moment{Instant{} + seconds(1)};
  for (std::uint64_t seed = 0; seed < 20'000; ++seed) {
    Draw draw = Random(seed).at("endpoint.fuzz");
    moment.now = moment.now + microseconds(static_cast<std::int64_t>(draw.below(3000)));
    const NodeId from{static_cast<std::uint32_t>(2 + draw.below(12))};
    if (draw.below(4) == 0) {
      CallSpec spec = spec_to(from, kAdd, 1 + draw.below(50), moment.now + milliseconds(100));
      static_cast<void>(endpoint.call(moment, spec, effects));
    }
    const bool call = draw.below(2) == 0;
    const Bytes whole = call ? sample_calls(draw, 3) : sample_replies(draw, 3);
    const Bytes frame = draw.below(3) == 0 ? mutated(whole, draw) : whole;
    const auto kind = static_cast<MessageKind>(56 + draw.below(3));
    endpoint.receive(moment, from, kind, frame.view(), effects);
    for (const Delivery& d : std::exchange(effects.deliveries, {})) {
      if (draw.below(2) == 0) continue;
      Answer answer;
      answer.result.kind = kKind;
      answer.result.items = {Bytes::copy_of(std::string(draw.below(90), 'o'))};
      static_cast<void>(endpoint.reply(moment, d.call, std::move(answer), effects));
    }
    endpoint.tick(moment, draw.u64(), effects);
    endpoint.flush(moment, effects);
    effects.clear();
    if (seed % 16 == 0) REQUIRE(endpoint.broken_invariant() == "");
  }
  CHECK(endpoint.usage().bytes <= options.bytes_max);
}
