// Signed answers between hosts.
#include "runtime/host/answer_signatures.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/host/placement.h"
#include "runtime/host/test_hosts.h"
#include "runtime/rpc/codec.h"

namespace wn::host {
namespace {

using realm::Function;
using realm::Property;
using realm::Request;

capability::Seed seed_of(NodeId node) {
  capability::Seed seed;
  seed.bytes.fill(static_cast<std::uint8_t>(node.value));
  return seed;
}

realm::Identity identity_of(NodeId node, std::uint64_t realm = 9) {
  realm::Identity out{.secret = seed_of(node), .members = {}, .realm = realm};
  for (std::uint32_t m = 1; m <= 3; ++m)
    out.members.emplace_back(NodeId{m}, capability::KeyPair(seed_of(NodeId{m})).public_key());
  return out;
}

// A worknode of the first tree that is at home on node 2.
std::uint64_t of_two() {
  const std::vector<NodeId> three{NodeId{1}, NodeId{2}, NodeId{3}};
  for (std::uint64_t n = 1; n <= 12; ++n) {
    if (placed_on(realm::numbered(n), three) == NodeId{2}) return n;
  }
  FAIL("no such worknode");
  return 0;
}

Request request(Function function, std::int64_t value = 0) {
  return {.function = function,
          .worknode = realm::numbered(of_two()),
          .property = Property::count,
          .value = value};
}

// Each answer of node 2 to a call, with other contents or without a signature; resealed, so that the frame is
// sound.
Bytes alter(Bytes frame, bool contents, bool signature) {
  wire::FrameView view;
  rpc::RepliesFrame replies;
  if (wire::open_frame(frame.view(), view) != Errc::ok || view.type != wire::FrameType::rpc_replies ||
      rpc::decode(frame.view().subspan(wire::kHeaderBytes, view.payload_bytes), replies) != Errc::ok)
    return frame;
  std::vector<std::uint8_t> list;
  for (const rpc::ReplyView& r : replies.replies) {
    std::vector<Bytes> items;
    for (std::uint32_t i = 0; i < r.items; ++i) {
      std::vector<std::uint8_t> bytes(replies.items[r.first_item + i].begin(),
                                      replies.items[r.first_item + i].end());
      if (contents) bytes.back() ^= 1;
      items.push_back(Bytes::copy_of(ByteView(bytes)));
    }
    rpc::put_reply(list, {.id = r.id,
                          .attempt = r.attempt,
                          .held = r.held,
                          .status = static_cast<rpc::Status>(r.status),
                          .error = static_cast<Errc>(r.error),
                          .kind = static_cast<std::uint32_t>(r.kind),
                          .items = items,
                          .signature = signature ? r.signature : ByteView{}});
  }
  const Bytes payload = rpc::replies_frame(replies.head, list);
  return Bytes::build(wire::kHeaderBytes + payload.size(), [&](std::uint8_t* bytes) {
    std::copy_n(payload.data(), payload.size(), bytes + wire::kHeaderBytes);
    wire::seal_frame(bytes, wire::FrameType::rpc_replies, payload.size());
  });
}

TestHosts signed_hosts(Defect defect = Defect::none) {
  return TestHosts(3, [&](Options& o) {
    o.realm.identity = identity_of(o.realm.node);
    o.defect = defect;
  });
}

TEST_CASE("answer signatures: what a member signed holds for it alone, and for these bytes alone") {
  AnswerSignatures one(identity_of(NodeId{1}));
  AnswerSignatures two(identity_of(NodeId{2}));
  const Bytes bytes = Bytes::copy_of("an answer");
  const Bytes signature = two.sign(bytes.view());
  CHECK(signature.size() <= rpc::kSignatureBytesMax);
  CHECK(one.verify(NodeId{2}, bytes.view(), signature.view()));
  CHECK_FALSE(one.verify(NodeId{3}, bytes.view(), signature.view()));
  CHECK_FALSE(one.verify(NodeId{4}, bytes.view(), signature.view()));  // nobody
  CHECK_FALSE(one.verify(NodeId{2}, Bytes::copy_of("an anser").view(), signature.view()));
  CHECK_FALSE(one.verify(NodeId{2}, bytes.view(), signature.view().subspan(1)));
  CHECK_FALSE(one.verify(NodeId{2}, bytes.view(), {}));
}

TEST_CASE("with identities, requests go home and come back signed") {
  TestHosts hosts = signed_hosts();
  CHECK(hosts.call(NodeId{1}, request(Function::add, 5)).code == realm::ReplyCode::done);
  CHECK(hosts.call(NodeId{3}, request(Function::get)).items == std::vector<std::int64_t>{5});
}

TEST_CASE(
    "an answer that was altered, or lost its signature, fails its operation by type, and nothing else") {
  for (const bool contents : {true, false}) {
    TestHosts hosts = signed_hosts();
    hosts.altered = [&](NodeId, Bytes frame) { return alter(std::move(frame), contents, contents); };
    const realm::Reply reply = hosts.call(NodeId{1}, request(Function::get));
    CHECK(reply.code == realm::ReplyCode::overloaded);
    CHECK(reply.error == Errc::bad_input);
    CHECK(hosts.claimed("host: an answer of a worknode's home was not believed"));
    hosts.altered = {};
    CHECK(hosts.call(NodeId{1}, request(Function::get)).code == realm::ReplyCode::done);
  }
}

TEST_CASE("a realm of another name signs nothing that holds here") {
  TestHosts hosts(3, [&](Options& o) {
    o.realm.identity = identity_of(o.realm.node, o.realm.node == NodeId{2} ? 10 : 9);
  });
  CHECK(hosts.call(NodeId{1}, request(Function::get)).error == Errc::bad_input);
}

TEST_CASE("the planted bug believes an answer without its signature") {
  TestHosts hosts = signed_hosts(Defect::rpc_answer_unverified);
  hosts.altered = [&](NodeId, Bytes frame) { return alter(std::move(frame), false, false); };
  CHECK(hosts.call(NodeId{1}, request(Function::get)).code == realm::ReplyCode::done);
}

}  // namespace
}  // namespace wn::host
