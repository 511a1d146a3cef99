// What a realm does with a capability: one decision for one operation, and a record of each.
#include <catch2/catch_test_macros.hpp>

#include "runtime/capability/audit.h"
#include "runtime/capability/mint.h"
#include "runtime/realm/test_cluster.h"

namespace wn::realm {
namespace {

capability::KeyPair key(std::uint8_t name) {
  capability::Seed seed;
  seed.bytes.fill(name);
  return capability::KeyPair(seed);
}

Options guarded() {
  Options options;
  options.root_key = key(1).public_key();
  options.principals = {{NodeId{100}, key(2).public_key()}};
  options.limits.audit_log_records = 16;
  return options;
}

Bytes token(std::uint32_t uses, WorknodeId subtree) {
  capability::Caveats caveats{.rights = capability::kAllRights, .subtree = subtree};
  if (uses != 0) {
    caveats.uses = uses;
    caveats.verifier = NodeId{1};
    caveats.expires = WallTime{} + seconds(100'000'000);
  }
  const auto minted = capability::grant(key(1), key(2).public_key(), 1, caveats);
  std::vector<std::uint8_t> bytes;
  capability::encode(capability::present(minted), bytes);
  return Bytes::copy_of(ByteView(bytes));
}

Reply move(TestCluster& cluster, const Bytes& by, std::uint64_t worknode, std::uint64_t under) {
  Request r;
  r.function = Function::move;
  r.worknode = numbered(worknode);
  r.other = numbered(under);
  r.token = by;
  return *cluster.call(0, r);
}

TEST_CASE("authorize: a move takes one use of a counted link, and one record of the audit log") {
  TestCluster cluster(1, guarded());
  cluster.run(seconds(1));
  const Bytes twice = token(2, kRealmRoot);
  CHECK(move(cluster, twice, 5, 2).code == ReplyCode::done);
  CHECK(move(cluster, twice, 6, 2).code == ReplyCode::done);
  const Reply third = move(cluster, twice, 7, 2);
  CHECK(third.code == ReplyCode::refused);
  CHECK(third.refusal == static_cast<std::uint8_t>(capability::Refusal::used_up));
  const capability::AuditLog& audit = *cluster.node(0).realm->audit();
  REQUIRE(audit.size() == 3);
  CHECK(audit[0].invocation.target == numbered(5));
  CHECK(audit[0].invocation.also == numbered(2));
  CHECK(audit[2].decision.refusal == capability::Refusal::used_up);
  CHECK(cluster.node(0).realm->broken_invariant().empty());
}

TEST_CASE("authorize: a move needs the right where it begins and where it ends") {
  TestCluster cluster(1, guarded());
  cluster.run(seconds(1));
  const Bytes below_1 = token(0, numbered(1));
  CHECK(move(cluster, below_1, 5, 4).code == ReplyCode::done);  // 4, 5 and 6 lie under 1
  for (const auto& [worknode, under] : {std::pair{5, 2}, std::pair{2, 4}}) {
    const Reply out =
        move(cluster, below_1, static_cast<std::uint64_t>(worknode), static_cast<std::uint64_t>(under));
    CHECK(out.code == ReplyCode::refused);
    CHECK(out.refusal == static_cast<std::uint8_t>(capability::Refusal::out_of_subtree));
  }
}

TEST_CASE("authorize: the audit log is bounded, and holds refusals of what is no token") {
  TestCluster cluster(1, guarded());
  cluster.run(seconds(1));
  const std::uint8_t junk[] = {1, 2, 3};
  for (std::uint64_t i = 0; i < 40; ++i) {
    CHECK(move(cluster, i % 2 == 0 ? Bytes::copy_of(ByteView(junk)) : token(0, kRealmRoot), 777, 1).code ==
          ReplyCode::refused);
  }
  const capability::AuditLog& audit = *cluster.node(0).realm->audit();
  CHECK(audit.size() == 16);
  CHECK(audit[15].sequence == 40);
  CHECK(audit.anchor());
  CHECK(cluster.node(0).realm->broken_invariant().empty());
}

TEST_CASE("authorize: a realm without capabilities keeps no audit log") {
  TestCluster cluster(1);
  CHECK(cluster.node(0).realm->audit() == nullptr);
}

}  // namespace
}  // namespace wn::realm
