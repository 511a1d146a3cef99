// An unsigned realm believes much, and yet no bytes of a peer stop it: what makes no sense is refused.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "runtime/realm/codec.h"
#include "runtime/realm/messages.h"
#include "runtime/realm/test_cluster.h"
#include "runtime/realm/update.h"

namespace wn::realm {
namespace {

Request title(std::uint64_t worknode, std::int64_t value) {
  Request r;
  r.function = Function::put;
  r.worknode = numbered(worknode);
  r.property = Property::title;
  r.value = value;
  return r;
}

Request any_request(Draw& draw) {
  Request r = title(1 + draw.below(6), static_cast<std::int64_t>(draw.below(1000)));
  switch (draw.below(6)) {
    case 0:
      r.function = Function::include;
      r.property = Property::tags;
      break;
    case 1:
      r.function = Function::append;
      r.property = Property::text;
      break;
    case 2:
      r.function = Function::add;
      r.property = Property::count;
      break;
    case 3:
      r.function = Function::move;
      r.other = numbered(1 + draw.below(12));
      break;
    default:
      break;
  }
  return r;
}

std::vector<std::uint8_t> bytes_of(const Bytes& b) { return {b.data(), b.data() + b.size()}; }

Bytes damaged(const Bytes& whole, Draw& draw) {
  std::vector<std::uint8_t> bytes = bytes_of(whole);
  for (std::uint64_t i = 0, n = 1 + draw.below(3); i < n && !bytes.empty(); ++i) {
    const std::uint64_t at = draw.below(bytes.size());
    const std::uint64_t how = draw.below(4);
    const auto with = static_cast<std::uint8_t>(draw.u64());
    if (how == 0) bytes.resize(at);
    if (how == 1) bytes[at] = with;
    if (how == 2) bytes[at] = static_cast<std::uint8_t>(bytes[at] ^ (1U << (with % 8)));
    if (how == 3) bytes.insert(bytes.begin() + static_cast<std::ptrdiff_t>(at), with);
  }
  return Bytes::copy_of(ByteView(bytes));
}

// Sound in form, wrong in what it says.
Bytes altered(const Bytes& whole, Draw& draw) {
  SyncUpdates m;
  if (decode(whole.view(), m) != Errc::ok || m.updates.empty()) return damaged(whole, draw);
  Bytes& one = m.updates[draw.below(m.updates.size())];
  Update u;
  if (decode(one.view(), u) != Errc::ok) return whole;
  const std::uint64_t what = draw.below(6);
  const std::uint64_t number = draw.below(4);
  if (what == 0) u.dot.replica = ReplicaId{static_cast<std::uint32_t>(1 + number)};
  if (what == 1) u.dot.counter += number + 1;
  if (what == 2) u.time.value += draw.u64() >> (16 + number * 8);
  if (what == 3) u.kind = static_cast<UpdateKind>(1 + number);
  if (what == 4) u.target = numbered(number);
  if (what == 5) u.payload = damaged(u.payload, draw);
  std::vector<std::uint8_t> bytes;
  encode(u, bytes);
  one = Bytes::copy_of(ByteView(bytes));
  return encode(m);
}

std::uint64_t runs_of(std::uint64_t usual) {
  const char* const more = std::getenv("WORKNODE_FUZZ");
  return more == nullptr ? usual : std::max<std::uint64_t>(usual, std::strtoull(more, nullptr, 10));
}

TEST_CASE("realm: altered frames of an unsigned peer are refused or believed, and stop nobody") {
  std::uint64_t altered_frames = 0;
  for (std::uint64_t seed = 1, end = runs_of(60); seed <= end; ++seed) {
    Options options;
    options.eager = seed % 2 == 0;
    TestCluster cluster(3, options, seed);
    Draw draw = Random(seed).at("test.hostile", 0, 1);
    cluster.tamper = [&](NodeId from, Outgoing& out) {
      if (from != NodeId{3} || draw.below(2) == 0) return;
      ++altered_frames;
      out.payload =
          out.kind == MessageKind::sync_updates ? altered(out.payload, draw) : damaged(out.payload, draw);
    };
    for (int round = 0; round < 25; ++round) {
      for (std::uint32_t node = 0; node < 3; ++node) cluster.call(node, any_request(draw));
      cluster.run(milliseconds(100));
      if (draw.below(10) == 0) cluster.take_image(static_cast<std::uint32_t>(draw.below(2)));
      if (draw.below(10) == 0) cluster.crash(static_cast<std::uint32_t>(draw.below(2)));
    }
  }
  CHECK(altered_frames > 100);
}

// The liar's overwriting of what the victim has not written comes from another course of things, in which it
// has: the same realm a second time.
TEST_CASE("realm: a peer that tells of our own next event is refused, and we go on writing") {
  TestCluster elsewhere(2);
  elsewhere.run(seconds(1));
  REQUIRE(elsewhere.call(0, title(2, 7))->code == ReplyCode::done);
  elsewhere.run(seconds(2));
  REQUIRE(elsewhere.read(1, 2, Property::title) == std::vector<std::int64_t>{7});
  std::vector<Bytes> theirs;
  elsewhere.tamper = [&](NodeId from, Outgoing& out) {
    SyncUpdates m;
    if (from != NodeId{2} || out.kind != MessageKind::sync_updates ||
        decode(out.payload.view(), m) != Errc::ok)
      return;
    Update u;
    for (const Bytes& one : m.updates) {
      if (decode(one.view(), u) == Errc::ok && u.dot.replica == elsewhere.node(1).realm->replica())
        theirs.push_back(one);
    }
  };
  REQUIRE(elsewhere.call(1, title(2, 8))->code == ReplyCode::done);  // overwrites node 1's
  elsewhere.run(seconds(2));
  REQUIRE(!theirs.empty());

  TestCluster cluster(2);
  cluster.tamper = [&](NodeId from, Outgoing& out) {
    SyncUpdates m;
    if (from != NodeId{2} || out.kind != MessageKind::sync_updates ||
        decode(out.payload.view(), m) != Errc::ok)
      return;
    m.updates = {theirs.back()};
    out.payload = encode(m);
  };
  cluster.run(seconds(3));
  CHECK(cluster.count(TraceKind::realm_refused) > 0);
  for (std::int64_t i = 1; i <= 5; ++i) REQUIRE(cluster.call(0, title(2, i))->code == ReplyCode::done);
  CHECK(cluster.read(0, 2, Property::title) == std::vector<std::int64_t>{5});
}

}  // namespace
}  // namespace wn::realm
