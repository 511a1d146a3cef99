#include "checkers/accountability/accountability.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/base/random.h"
#include "runtime/chain/proof.h"

namespace wn::checkers {
namespace {

constexpr std::uint64_t kRealm = 5;

chain::KeyPair key(std::uint8_t name) {
  capability::Seed seed;
  seed.bytes.fill(name);
  return chain::KeyPair(seed);
}

chain::Header header(std::uint64_t first, std::uint32_t count, std::uint8_t content) {
  chain::Header h{.realm = kRealm,
                  .writer = ReplicaId{10'003},
                  .node = NodeId{3},
                  .first = first,
                  .count = count,
                  .time = 9,
                  .previous = chain::genesis(kRealm, ReplicaId{3}, NodeId{3}),
                  .content = {}};
  h.content.bytes.fill(content);
  return h;
}

Bytes proof_of(const chain::Header& a, const chain::Header& b, const chain::KeyPair& by) {
  const auto proof = chain::make_proof(chain::seal(a, by), chain::seal(b, by));
  return proof ? chain::encode(*proof) : Bytes{};
}

TEST_CASE("accountability: a proof that the runtime makes holds for who checks it from the format alone") {
  Accused accused;
  const Bytes proof = proof_of(header(4, 2, 1), header(5, 7, 2), key(3));
  CHECK(check_evidence(proof.view(), kRealm, key(3).public_key().bytes, accused) == EvidenceVerdict::holds);
  CHECK((accused.writer == 10'003 && accused.node == 3 && accused.counter == 4));
  CHECK(check_evidence(proof.view(), kRealm, key(4).public_key().bytes, accused) ==
        EvidenceVerdict::bad_signature);
  CHECK(check_evidence(proof.view(), kRealm + 1, key(3).public_key().bytes, accused) ==
        EvidenceVerdict::wrong_realm);
}

TEST_CASE("accountability: both verifiers say the same of every damaged proof") {
  const Bytes whole = proof_of(header(4, 2, 1), header(4, 2, 2), key(3));
  const capability::PublicKey open = key(3).public_key();
  for (std::uint64_t k = 0; k < 4000; ++k) {
    Draw draw = Random(1).at("test.evidence", 0, k);
    std::vector<std::uint8_t> bytes(whole.view().begin(), whole.view().end());
    for (std::uint64_t n = draw.below(3); n > 0; --n) {
      bytes[draw.below(bytes.size())] ^= static_cast<std::uint8_t>(1 + draw.below(255));
    }
    if (draw.below(8) == 0) bytes.resize(draw.below(bytes.size() + 1));
    Accused accused;
    const bool here = check_evidence(bytes, kRealm, open.bytes, accused) == EvidenceVerdict::holds;
    CHECK(here == chain::verify_proof(bytes, kRealm, open));
  }
}

TEST_CASE("accountability: headers that can follow each other are no contradiction") {
  chain::Header second = header(6, 1, 2);
  second.previous.bytes.fill(7);
  CHECK(proof_of(header(4, 2, 1), second, key(3)).empty());
  CHECK_FALSE(proof_of(header(4, 3, 1), second, key(3)).empty());           // 6 is claimed twice
  CHECK_FALSE(proof_of(header(4, 2, 1), header(6, 1, 2), key(3)).empty());  // the same predecessor
}

TraceEvent proven(std::uint32_t by, std::uint64_t replica) {
  return {
      .at = SimTime{5}, .node = NodeId{by}, .kind = TraceKind::liar_proven, .field = {replica, 1, 2, 1, 0}};
}

TEST_CASE(
    "accountability: an accused liar passes, an accused honest node fails, and what liars say is not heard") {
  AccountabilityChecker fair({.liars = {NodeId{3}}, .keys = {}});
  CHECK(fair.verdict().explanation.starts_with("vacuous"));
  fair.on_event(proven(1, 3));
  fair.on_event(proven(2, 10'003));
  fair.on_event(proven(3, 1));
  CHECK(fair.verdict().outcome == Outcome3::pass);
  CHECK(fair.proven() == 2);
  AccountabilityChecker unfair({.liars = {NodeId{3}}, .keys = {}});
  unfair.on_event(proven(1, 10'002));
  CHECK(unfair.verdict().outcome == Outcome3::fail);
  CHECK(unfair.verdict().signature == "accountability: an honest node was accused");
}

TEST_CASE("accountability: a proof that is handed in must hold, and against a liar") {
  const AccountabilityFacts facts{
      .liars = {NodeId{3}}, .realm = kRealm, .keys = {{NodeId{3}, key(3).public_key().bytes}}};
  AccountabilityChecker good(facts);
  good.on_evidence(proof_of(header(4, 2, 1), header(4, 2, 2), key(3)).view());
  CHECK(good.verdict().outcome == Outcome3::pass);
  AccountabilityChecker forged(facts);
  forged.on_evidence(proof_of(header(4, 2, 1), header(4, 2, 2), key(4)).view());
  CHECK(forged.verdict().signature == "accountability: a proof does not hold");
}

TEST_CASE("accountability: what is believed of an answer must have been signed, by a liar too") {
  const auto event = [](TraceKind kind, std::uint32_t node, std::uint64_t peer, std::uint64_t answer) {
    return TraceEvent{.at = {}, .node = NodeId{node}, .kind = kind, .field = {peer, 7, answer, 2, 0}};
  };
  const auto verdict = [&](std::vector<TraceEvent> events) {
    AccountabilityChecker checker({.liars = {NodeId{4}}, .keys = {}});
    for (const TraceEvent& e : events) checker.on_event(e);
    return checker.verdict();
  };
  const TraceEvent said = event(TraceKind::rpc_signed, 4, 1, 99);
  CHECK(verdict({said, event(TraceKind::rpc_believed, 1, 4, 99)}).outcome == Outcome3::pass);
  CHECK(verdict({said, event(TraceKind::rpc_believed, 1, 4, 98)}).outcome == Outcome3::fail);
  CHECK(verdict({said, event(TraceKind::rpc_believed, 1, 3, 99)}).outcome == Outcome3::fail);
  CHECK(verdict({event(TraceKind::rpc_believed, 1, 4, 99), said}).outcome == Outcome3::fail);
  // What a liar believes is its own affair.
  CHECK(verdict({event(TraceKind::rpc_believed, 4, 1, 99)}).explanation == "vacuous: nobody was accused");
}

}  // namespace
}  // namespace wn::checkers
