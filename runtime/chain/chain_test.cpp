#include <catch2/catch_test_macros.hpp>
#include <memory_resource>

#include "runtime/base/random.h"
#include "runtime/chain/chain_log.h"
#include "runtime/chain/cuts.h"

namespace wn::chain {
namespace {

constexpr std::uint64_t kRealm = 77;
constexpr ReplicaId kWriter{3};
constexpr NodeId kNode{3};

KeyPair key(std::uint8_t name) {
  capability::Seed seed;
  seed.bytes.fill(name);
  return KeyPair(seed);
}

ChainLog fresh() {
  return ChainLog({.counter = 0, .hash = genesis(kRealm, kWriter, kNode)}, std::pmr::new_delete_resource());
}

Sealed next_of(const ChainLog& log, std::uint32_t count, std::uint64_t salt, const KeyPair& by) {
  const Bytes update = Bytes::copy_of("update " + std::to_string(salt));
  const Header header{.realm = kRealm,
                      .writer = kWriter,
                      .node = kNode,
                      .first = log.next(),
                      .count = count,
                      .time = 1000 + log.next(),
                      .previous = log.head().hash,
                      .content = content_of({}, {update})};
  return seal(header, by);
}

// A chain of `blocks` blocks of 1 … 3 updates, then `more` by another salt.
ChainLog branch(std::uint32_t blocks, std::uint32_t more, std::uint64_t salt) {
  const KeyPair by = key(3);
  ChainLog log = fresh();
  for (std::uint32_t i = 0; i < blocks; ++i) log.append(next_of(log, 1 + i % 3, 0, by));
  for (std::uint32_t i = 0; i < more; ++i) {
    log.append(next_of(log, 1 + static_cast<std::uint32_t>((i + salt) % 3), salt, by));
  }
  return log;
}

TEST_CASE("chain: a header is small, comes back as it was, and its signature covers every field") {
  const KeyPair by = key(3);
  const Sealed sealed = next_of(fresh(), 2, 1, by);
  std::vector<std::uint8_t> bytes;
  encode(sealed, bytes);
  CHECK(bytes.size() <= kSealedBytesMax);
  Sealed back;
  REQUIRE(decode(ByteView(bytes), back) == Errc::ok);
  CHECK(back == sealed);
  CHECK(verifies(sealed, by.public_key()));
  CHECK_FALSE(verifies(sealed, key(4).public_key()));
  for (int field = 0; field < 8; ++field) {
    Sealed other = sealed;
    Header& h = other.header;
    if (field == 0) ++h.realm;
    if (field == 1) ++h.writer.value;
    if (field == 2) ++h.node.value;
    if (field == 3) ++h.first;
    if (field == 4) ++h.count;
    if (field == 5) ++h.time;
    if (field == 6) h.previous.bytes[7] ^= 1;
    if (field == 7) h.content.bytes[31] ^= 1;
    CHECK_FALSE(verifies(other, by.public_key()));
    CHECK(hash_of(h) != hash_of(sealed.header));
  }
}

TEST_CASE("chain: a block comes back with its updates, and what is damaged is refused whole") {
  Block block{.seal = next_of(fresh(), 2, 1, key(3)),
              .deps = Bytes::copy_of("deps"),
              .updates = {Bytes::copy_of("one"), Bytes::copy_of("two")}};
  std::vector<std::uint8_t> bytes;
  encode(block, bytes);
  Block back;
  REQUIRE(decode(Bytes::copy_of(ByteView(bytes)), back) == Errc::ok);
  CHECK(back.seal == block.seal);
  CHECK(back.updates == block.updates);
  CHECK(content_of(back.deps.view(), back.updates) == content_of(block.deps.view(), block.updates));
  for (std::uint64_t k = 0; k < 5000; ++k) {
    Draw draw = Random(5).at("test.damage", 0, k);
    std::vector<std::uint8_t> bad = bytes;
    bad[draw.below(bad.size())] ^= static_cast<std::uint8_t>(1 + draw.below(255));
    if (draw.below(4) == 0) bad.resize(draw.below(bad.size()));
    Block out;
    if (decode(Bytes::copy_of(ByteView(bad)), out) != Errc::ok) continue;
    std::vector<std::uint8_t> again;
    encode(out, again);
    CHECK(again == bad);  // canonical: whatever is taken has one form
  }
}

TEST_CASE("chain: a log takes what is next and tells a known block, a gap and a fork apart") {
  const KeyPair by = key(3);
  ChainLog log = branch(4, 0, 0);
  CHECK(log.judge(next_of(log, 2, 9, by).header) == Verdict::next);
  const Sealed* third = log.find(4);
  REQUIRE(third != nullptr);
  CHECK(log.judge(third->header) == Verdict::known);
  Header gap = next_of(log, 1, 9, by).header;
  gap.first += 1;
  CHECK(log.judge(gap) == Verdict::gap);
  Header other = third->header;
  other.content.bytes[0] ^= 1;
  CHECK(log.judge(other) == Verdict::fork);
  Header unlinked = next_of(log, 1, 9, by).header;
  unlinked.previous.bytes[0] ^= 1;
  CHECK(log.judge(unlinked) == Verdict::fork);
}

TEST_CASE("chain: two chains that part give a proof, wherever they part and however long they are") {
  const PublicKey open = key(3).public_key();
  for (std::uint32_t common = 0; common < 40; common += 3) {
    for (std::uint32_t more = 1; more < 90; more = more * 2 + 1) {
      const ChainLog a = branch(common, more, 1);
      const ChainLog b = branch(common, 1 + more / 2, 2);
      const std::uint64_t parting = branch(common, 0, 0).next();
      std::optional<Proof> proof;
      // As replicas do: the locator of the one, the headers of the other, the first that differs.
      for (const Sealed& theirs : b.after(a.locator(), 512)) {
        const Sealed* mine = a.find(theirs.header.first);
        if (mine == nullptr || mine->header == theirs.header) continue;
        proof = make_proof(*mine, theirs);
        break;
      }
      REQUIRE(proof.has_value());
      CHECK(proof->cut() == parting);
      const Bytes bytes = encode(*proof);
      CHECK(bytes.size() <= kProofBytesMax);
      CHECK(verify_proof(bytes.view(), kRealm, open));
      CHECK_FALSE(verify_proof(bytes.view(), kRealm + 1, open));
      CHECK_FALSE(verify_proof(bytes.view(), kRealm, key(4).public_key()));
    }
  }
}

TEST_CASE("chain: headers of one chain never contradict each other, and altered ones prove nothing") {
  const ChainLog log = branch(20, 0, 0);
  const std::vector<Sealed> all = log.after({}, 100);
  REQUIRE(all.size() == 20);
  const PublicKey open = key(3).public_key();
  for (const Sealed& a : all) {
    for (const Sealed& b : all) CHECK_FALSE(make_proof(a, b).has_value());
    for (std::uint64_t k = 0; k < 20; ++k) {  // a liar without the key alters what was signed
      Draw draw = Random(6).at("test.frame", a.header.first, k);
      Sealed forged = a;
      forged.header.content.bytes[draw.below(32)] ^= static_cast<std::uint8_t>(1 + draw.below(255));
      if (draw.below(2) == 0) forged.signature.bytes[draw.below(64)] ^= 1;
      const auto proof = make_proof(a, forged);
      REQUIRE(proof.has_value());
      CHECK_FALSE(verify_proof(encode(*proof).view(), kRealm, open));
    }
  }
}

TEST_CASE("chain: cuts are the same in whatever order proofs come") {
  std::vector<Proof> proofs;
  for (std::uint32_t common = 2; common < 8; ++common) {
    for (std::uint64_t salt = 2; salt < 5; ++salt) {
      const std::vector<Sealed> a = branch(common, 1, 1).after({}, 99),
                                b = branch(common, 1, salt).after({}, 99);
      if (const auto p = make_proof(a.back(), b.back())) proofs.push_back(*p);
    }
  }
  REQUIRE(proofs.size() > 10);
  Digest first;
  Bytes kept;
  for (std::uint64_t round = 0; round < 200; ++round) {
    Draw draw = Random(7).at("test.order", 0, round);
    Cuts cuts(std::pmr::new_delete_resource());
    std::vector<Proof> left = proofs;
    while (!left.empty()) {
      const auto i = static_cast<std::ptrdiff_t>(draw.below(left.size()));
      cuts.learn(left[static_cast<std::size_t>(i)]);
      if (draw.below(3) != 0) left.erase(left.begin() + i);  // else it comes again
    }
    Digest digest;
    cuts.absorb_into(digest);
    if (round == 0) {
      first = digest;
      kept = cuts.items()[0].proof;
    }
    CHECK(digest == first);
    CHECK(cuts.items()[0].proof == kept);
    CHECK(cuts.of(kWriter) == branch(2, 0, 0).next());
    CHECK(cuts.liar(kNode));
    CHECK_FALSE(cuts.liar(NodeId{4}));
  }
}

TEST_CASE("chain: a log survives encoding, cutting and forgetting") {
  const KeyPair by = key(3);
  ChainLog log = branch(30, 0, 0);
  log.forget_before(log.find(10)->header.last());
  std::vector<std::uint8_t> bytes;
  log.encode(bytes);
  auto back = ChainLog::decode(bytes, std::pmr::new_delete_resource());
  REQUIRE(back.has_value());
  CHECK(back->head() == log.head());
  CHECK(back->base() == log.base());
  CHECK(log.has({.counter = 1, .hash = {}}) == std::nullopt);
  CHECK(log.has(log.head()) == true);
  const std::uint64_t end = log.find(20)->header.first;
  CHECK(log.cut(20));
  CHECK(log.next() == end);
  CHECK_FALSE(log.cut(20));
  CHECK(log.judge(next_of(log, 1, 5, by).header) == Verdict::next);
  std::vector<std::uint8_t> short_of_one = bytes;  // the second header's link leads to nothing
  const std::size_t header = 8 + 2 * 64 + 64;
  short_of_one.erase(short_of_one.begin() + 50, short_of_one.begin() + static_cast<std::ptrdiff_t>(header));
  CHECK_FALSE(ChainLog::decode(short_of_one, std::pmr::new_delete_resource()).has_value());
  for (std::size_t i = 0; i < bytes.size(); ++i) {  // total
    std::vector<std::uint8_t> bad = bytes;
    bad[i] ^= 0x41;
    static_cast<void>(ChainLog::decode(bad, std::pmr::new_delete_resource()));
  }
}

}  // namespace
}  // namespace wn::chain
