#include "runtime/host/strong.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "runtime/host/last_begun.h"

namespace wn::host {
namespace {

constexpr NodeId kClient{100};
constexpr WorknodeId kWorknode = realm::numbered(3);
constexpr Instant kStart = Instant{} + seconds(10);

StrongOperations::Options options_of(std::uint32_t node) {
  StrongOperations::Options options;
  options.node = NodeId{node};
  groups::GroupConfig first;
  first.group = groups::GroupId{1};
  for (const std::uint32_t n : {2U, 3U, 4U}) first.members.insert_sorted(NodeId{n});
  options.groups = {first};
  return options;
}

realm::Request cas(std::uint64_t operation, std::int64_t expected, std::int64_t value) {
  realm::Request r;
  r.operation = operation;
  r.attempt = 1;
  r.function = realm::Function::cas;
  r.mode = Mode::strong;
  r.worknode = kWorknode;
  r.expected = expected;
  r.value = value;
  return r;
}

groups::Answer answer_to(const groups::Command& c, groups::AnswerCode code, std::uint32_t hint = 0) {
  groups::Answer a;
  a.context = c.context;
  a.client = c.client;
  a.operation = c.operation;
  a.code = code;
  a.worknode = c.worknode;
  a.node = NodeId{hint};
  return a;
}

struct Bench {
  StrongOperations operations;
  StrongOperations::Effects effects;
  Bench(std::uint32_t node, const StrongOperations::Options& options)
      : operations(options, std::pmr::new_delete_resource()) {
    static_cast<void>(node);
  }
  explicit Bench(std::uint32_t node) : Bench(node, options_of(node)) {}
  void begin(const realm::Request& request) { operations.begin(kStart, kClient, request, {}, effects); }
  StrongOperations::Ask next_ask() {
    REQUIRE(effects.asks.size() == 1);
    const StrongOperations::Ask ask = effects.asks.front();
    effects.clear();
    return ask;
  }
};

TEST_CASE("strong: a node with a replica asks itself first, another one of those that have one") {
  Bench here(3);
  here.begin(cas(1, 0, 7));
  CHECK(here.next_ask().to == NodeId{3});
  Bench elsewhere(9);
  elsewhere.begin(cas(1, 0, 7));
  const NodeId to = elsewhere.next_ask().to;
  CHECK((to == NodeId{2} || to == NodeId{3} || to == NodeId{4}));
}

TEST_CASE("strong: hints are followed at once, but not round in a circle for ever") {
  Bench b(3);
  b.begin(cas(1, 0, 7));
  StrongOperations::Ask ask = b.next_ask();
  std::size_t followed = 0;
  for (; followed < 100; ++followed) {
    const std::uint32_t hint = ask.to == NodeId{2} ? 4 : 2;
    b.operations.answer(kStart, ask.to, answer_to(ask.command, groups::AnswerCode::not_leader, hint),
                        b.effects);
    if (b.effects.asks.empty()) break;
    ask = b.next_ask();
    CHECK(ask.to == NodeId{hint});
  }
  CHECK(followed == options_of(3).hops_max);
  CHECK(b.operations.next_deadline() > kStart);
  b.effects.clear();
  b.operations.tick(b.operations.next_deadline(), b.effects);
  const StrongOperations::Ask again = b.next_ask();
  CHECK(again.command.operation == ask.command.operation);
  CHECK(again.command.attempt > 1);
}

TEST_CASE("strong: each operation is answered once, and what is not decided in time may be asked again") {
  Bench b(3);
  b.begin(cas(1, 0, 7));
  const StrongOperations::Ask ask = b.next_ask();
  b.begin(cas(1, 0, 7));  // the client asks again: nothing new
  CHECK(b.effects.asks.empty());
  b.operations.answer(kStart, ask.to, answer_to(ask.command, groups::AnswerCode::done), b.effects);
  REQUIRE(b.effects.done.size() == 1);
  CHECK(b.effects.done[0].reply.code == realm::ReplyCode::done);
  b.operations.answer(kStart, ask.to, answer_to(ask.command, groups::AnswerCode::done), b.effects);
  CHECK(b.effects.done.size() == 1);
  b.effects.clear();
  b.begin(cas(2, 0, 8));
  b.operations.tick(kStart + seconds(3), b.effects);
  REQUIRE(b.effects.done.size() == 1);
  CHECK(b.effects.done[0].reply.code == realm::ReplyCode::overloaded);
  CHECK(b.operations.size() == 0);
}

TEST_CASE("strong: what clients have begun is remembered for the latest of them, and for no more than fit") {
  LastBegun begun(3);
  for (std::uint32_t client = 1; client <= 1000; ++client) {
    begun.set(NodeId{client}, client * 10ULL);
    begun.set(NodeId{client}, client * 10ULL + 1);
    CHECK(begun.size() <= 3);
    CHECK(begun.is(NodeId{client}, client * 10ULL + 1));
    CHECK(!begun.is(NodeId{client}, client * 10ULL));
    if (client > 3) CHECK(!begun.is(NodeId{client - 3}, (client - 3) * 10ULL + 1));
  }
  CHECK(begun.is(NodeId{998}, 9981));
}

TEST_CASE("strong: weak evidence is refused, endorsed evidence is not") {
  Bench b(3);
  realm::Request weak = cas(1, 0, 7);
  weak.evidence = Mode::eventual;
  b.begin(weak);
  CHECK(b.effects.asks.empty());
  REQUIRE(b.effects.done.size() == 1);
  CHECK(b.effects.done[0].reply.code == realm::ReplyCode::refused);
  CHECK(b.effects.done[0].reply.error == Errc::weak_evidence);
  b.effects.clear();
  weak.operation = 2;
  weak.endorsed = true;
  b.begin(weak);
  CHECK(b.next_ask().command.function == groups::Function::cas);
}

TEST_CASE(
    "strong: a condition travels to the group, whatever was seen here; the planted bug decides it here") {
  for (const Defect defect : {Defect::none, Defect::weak_value_in_strong_decision}) {
    StrongOperations::Options options = options_of(3);
    options.defect = defect;
    Bench b(3, options);
    b.begin(cas(1, 0, 7));
    const StrongOperations::Ask ask = b.next_ask();
    groups::Answer done = answer_to(ask.command, groups::AnswerCode::done);
    done.value = 7;
    b.operations.answer(kStart, ask.to, done, b.effects);
    b.effects.clear();
    b.begin(cas(2, 7, 8));
    const bool kept = b.next_ask().command.function == groups::Function::cas;
    CHECK(kept == (defect == Defect::none));
  }
}

TEST_CASE("strong: what nodes say to each other is read back, damaged or not at all") {
  const Random random(5);
  const auto hurt = [](const auto& message) {
    const Bytes whole = encode(message);
    std::decay_t<decltype(message)> back;
    REQUIRE(decode(whole.view(), back) == Errc::ok);
    CHECK(encode(back) == whole);
    const std::vector<std::uint8_t> bytes(whole.data(), whole.data() + whole.size());
    for (std::size_t n = 0; n < bytes.size(); ++n)
      CHECK(decode(ByteView(bytes).first(n), back) == Errc::corrupt);
    for (std::size_t bit = 0; bit < bytes.size() * 8; ++bit) {
      std::vector<std::uint8_t> flipped = bytes;
      flipped[bit / 8] = static_cast<std::uint8_t>(flipped[bit / 8] ^ (1U << (bit % 8)));
      if (decode(flipped, back) == Errc::ok) CHECK(encode(back) == Bytes::copy_of(ByteView(flipped)));
    }
  };
  for (std::uint64_t k = 0; k < 20; ++k) {
    Draw d = random.at("test.strong", 0, k);
    groups::Command c;
    c.context = d.u64();
    c.client = NodeId{static_cast<std::uint32_t>(d.u64())};
    c.operation = d.u64();
    c.worknode.low = d.u64();
    c.function = static_cast<groups::Function>(1 + d.below(groups::kFunctionEnd - 1));
    c.value = static_cast<std::int64_t>(d.u64());
    hurt(c);
    groups::Answer a = answer_to(c, static_cast<groups::AnswerCode>(1 + d.below(groups::kAnswerCodeEnd - 1)));
    a.error = static_cast<Errc>(d.below(kErrcEnd));
    a.found = d.below(2) == 1;
    a.epoch = d.u64();
    hurt(a);
  }
}

}  // namespace
}  // namespace wn::host
