#include "runtime/capability/audit.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/capability/test_realm.h"

namespace wn::capability {
namespace {

using namespace testing;

struct Logged : TestRealm {
  explicit Logged(std::size_t records_max) : log(records_max, std::pmr::new_delete_resource()) {
    token =
        grant(root, alice.public_key(), 41, {.rights = Right::read | Right::delegate, .subtree = node(2)});
    bobs = delegate(token, alice, bob.public_key(), 42, {.rights = bit(Right::read), .subtree = node(4)})
               .value();
  }
  Decision ask(const Minted& m, Rights rights, std::uint64_t target, std::uint8_t channel) {
    const Invocation v{.rights = rights, .target = node(target), .sequence = ++sequence};
    const Decision d = decide(present(m), v, channel);
    log.append(moment, d, v, guard.facts_of(d.token));
    return d;
  }
  std::vector<AuditRecord> records() const {
    std::vector<AuditRecord> out;
    for (std::size_t i = 0; i < log.size(); ++i) out.push_back(log[i]);
    return out;
  }
  AuditLog log;
  Minted token, bobs;
  std::uint64_t sequence = 0;
};

void fill(Logged& r, int rounds) {
  for (int i = 0; i < rounds; ++i) {
    r.ask(r.bobs, bit(Right::read), 5, kBob);
    r.ask(r.bobs, bit(Right::write), 5, kBob);
    r.ask(r.token, bit(Right::read), 3, kAlice);
  }
}

}  // namespace

TEST_CASE("audit: a whole log holds, and each change of a record is found where it was made") {
  Logged r(32);
  fill(r, 3);
  const auto records = r.records();
  REQUIRE(records.size() == 9);
  REQUIRE(first_tampered(records, r.log.anchor(), r.log.head()) == 9);
  const auto tampered = [&](std::size_t at, auto change) {
    auto copy = records;
    change(copy[at]);
    return first_tampered(copy, r.log.anchor(), r.log.head());
  };
  for (std::size_t at = 0; at < records.size(); ++at) {
    CHECK(tampered(at, [](AuditRecord& a) { a.decision.refusal = Refusal::expired; }) == at);
    CHECK(tampered(at, [](AuditRecord& a) { a.decision.link ^= 1; }) == at);
    CHECK(tampered(at, [](AuditRecord& a) { a.at.wall.ns += 1; }) == at);
    CHECK(tampered(at, [](AuditRecord& a) { a.invocation.target.low += 1; }) == at);
    CHECK(tampered(at, [](AuditRecord& a) { a.invocation.rights ^= 1; }) == at);
    CHECK(tampered(at, [](AuditRecord& a) { a.presenter.bytes[31] ^= 1; }) == at);
    CHECK(tampered(at, [](AuditRecord& a) { a.link[7].number ^= 1; }) == at);
    CHECK(tampered(at, [](AuditRecord& a) { a.hash.bytes[0] ^= 1; }) == at);
  }
  auto without = records;
  without.erase(without.begin() + 4);
  CHECK(first_tampered(without, r.log.anchor(), r.log.head()) == 4);
  auto swapped = records;
  std::swap(swapped[2], swapped[3]);
  CHECK(first_tampered(swapped, r.log.anchor(), r.log.head()) == 2);
  auto cut = records;
  cut.pop_back();
  CHECK(first_tampered(cut, r.log.anchor(), r.log.head()) == 7);
  // Rewritten from some place on, with hashes that fit: only the head tells.
  auto rewritten = records;
  rewritten[8].decision.refusal = Refusal::expired;
  rewritten[8].hash = audit_hash(rewritten[7].hash, rewritten[8]);
  CHECK(first_tampered(rewritten, r.log.anchor(), r.log.head()) == 8);
}

TEST_CASE("audit: the ring keeps the newest, and its anchor holds them") {
  Logged r(4);
  fill(r, 5);
  const auto records = r.records();
  REQUIRE(records.size() == 4);
  CHECK(records.front().sequence == 12);
  CHECK(records.back().sequence == 15);
  CHECK(first_tampered(records, r.log.anchor(), r.log.head()) == 4);
  CHECK(first_tampered(records, Hash{}, r.log.head()) == 0);
}

TEST_CASE("audit: why allowed, and why not, is the chain printed") {
  Logged r(4);
  const Decision yes = r.ask(r.bobs, bit(Right::read), 5, kBob);
  REQUIRE(yes);
  CHECK(explain(r.log[0]) ==
        "decision 1: read on worknode 5: allowed\n"
        "  link 0  number 41  allows read+delegate under worknode 2\n"
        "  link 1  number 42  allows read under worknode 4\n");
  CHECK(
      explain(yes, r.guard.facts_of(yes.token)) ==
      "allowed\n"
      "  link 0  number 41  signed by the root  allows read+delegate under 00000000000000010000000000000002\n"
      "  link 1  number 42  signed by its parent  allows read under 00000000000000010000000000000004\n");
  const Decision no = r.ask(r.bobs, bit(Right::read), 2, kBob);
  CHECK(no.refusal == Refusal::out_of_subtree);
  CHECK(explain(no, r.guard.facts_of(no.token)).starts_with("out-of-subtree at link 1\n"));
  r.ask(r.bobs, bit(Right::read), 5, kCarol);
  CHECK(explain(r.log[2]).starts_with("decision 3: read on worknode 5: wrong-holder\n"));
}

}  // namespace wn::capability
