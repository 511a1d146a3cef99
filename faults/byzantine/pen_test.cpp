#include "faults/byzantine/pen.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/chain/chain_log.h"

namespace wn::byzantine {
namespace {

constexpr std::uint64_t kRealm = 77;

capability::Seed seed(std::uint8_t byte) {
  capability::Seed out;
  out.bytes.fill(byte);
  return out;
}

Bytes update(std::uint32_t replica, std::uint64_t counter) {
  std::vector<std::uint8_t> out;
  encode(realm::Update{.dot = {.replica = ReplicaId{replica}, .counter = counter},
                       .time = causality::HlcTime{100 + counter},
                       .kind = realm::UpdateKind::property,
                       .target = {.high = 0, .low = 20},
                       .payload = Bytes::copy_of("p")},
         out);
  return Bytes::copy_of(ByteView(out));
}

// The honest chain of a node: a block for each update.
std::vector<chain::Block> chain_of(std::uint32_t node, std::size_t blocks) {
  const chain::KeyPair key(seed(static_cast<std::uint8_t>(node)));
  std::vector<chain::Block> out;
  chain::Hash previous = chain::genesis(kRealm, ReplicaId{node}, NodeId{node});
  for (std::uint64_t i = 1; i <= blocks; ++i) {
    chain::Block block;
    block.updates = {update(node, i)};
    const chain::Header header{.realm = kRealm,
                               .writer = ReplicaId{node},
                               .node = NodeId{node},
                               .first = i,
                               .count = 1,
                               .time = 100 + i,
                               .previous = previous,
                               .content = chain::content_of(block.deps.view(), block.updates)};
    block.seal = chain::seal(header, key);
    previous = chain::hash_of(header);
    out.push_back(block);
  }
  return out;
}

Pen pen_of(std::uint32_t node) {
  return Pen(NodeId{node}, {.secret = seed(static_cast<std::uint8_t>(node)), .realm = kRealm});
}
chain::PublicKey key_of(std::uint32_t node) {
  return chain::KeyPair(seed(static_cast<std::uint8_t>(node))).public_key();
}

TEST_CASE("pen: a second history leaves the first at one block and holds together after it") {
  Pen pen = pen_of(1);
  const std::vector<chain::Block> first = chain_of(1, 4);
  std::vector<chain::Block> second = first;
  for (chain::Block& block : second) {
    pen.second(9, block, [](realm::Update& u) {
      if (u.dot.counter != 2) return false;
      u.target.low += 1;
      return true;
    });
    CHECK(chain::verifies(block.seal, key_of(1)));
  }
  CHECK(second[0].seal == first[0].seal);
  for (std::size_t i = 1; i < 4; ++i) {
    CHECK(second[i].seal.header.previous == chain::hash_of(second[i - 1].seal.header));
    const auto proof = chain::make_proof(first[i].seal, second[i].seal);
    REQUIRE(proof.has_value());  // the signature is the liar's own: it has proven it itself
    CHECK(chain::encode(*proof).size() <= chain::kProofBytesMax);
  }
}

TEST_CASE("pen: histories of two numbers part from each other too, and another's blocks stay as they are") {
  Pen pen = pen_of(1);
  const auto shift = [](std::uint64_t by) {
    return [by](realm::Update& u) {
      u.target.low += by;
      return true;
    };
  };
  chain::Block a = chain_of(1, 1)[0];
  chain::Block b = a;
  CHECK(pen.second(1, a, shift(1)));
  CHECK(pen.second(2, b, shift(2)));
  CHECK(chain::make_proof(a.seal, b.seal).has_value());
  chain::Block other = chain_of(2, 1)[0];
  CHECK(!pen.second(1, other, shift(1)));
  CHECK(!pen.sign_again(other));
}

TEST_CASE("pen: what is forged in another's name has no signature of the other") {
  const Pen pen = pen_of(1);
  const chain::Block last = chain_of(2, 3).back();
  const chain::Block forged = pen.forged_after(last.seal, last.deps, update(2, 4));
  CHECK(forged.seal.header.previous == chain::hash_of(last.seal.header));
  CHECK(!chain::verifies(forged.seal, key_of(2)));
  chain::Proof proof;
  const auto accusation = pen.false_proof(last.seal);
  REQUIRE(accusation.has_value());
  REQUIRE(chain::decode(accusation->view(), proof) == Errc::ok);
  CHECK(!(chain::verifies(proof.a, key_of(2)) && chain::verifies(proof.b, key_of(2))));
  CHECK(!pen.false_proof(chain_of(1, 1)[0].seal).has_value());
}

}  // namespace
}  // namespace wn::byzantine
