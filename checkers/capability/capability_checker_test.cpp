#include "checkers/capability/capability_checker.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::checkers {
namespace {

constexpr std::uint64_t kRead = 1, kWrite = 2;
constexpr std::uint64_t kAlices = 10, kBobs = 11, kCarols = 12;
constexpr std::uint64_t kNever = INT64_MAX;

// A trace written by hand. The tree: 1 over 2 and 3, 2 over 4. Alice may read and write under 1; Bob, by her,
// under 2 until wall time 1000; Carol, by him, may read under 2.
class Tale {
 public:
  explicit Tale(Duration bound = Duration{100}, CapabilityChecker::Limits limits = {},
                std::uint32_t replicas_to_know = 1)
      : checker_({.staleness_max = bound,
                  .replicas_to_know = replicas_to_know,
                  .durable_after = Duration{10},
                  .first_tree = {{1, 0}, {2, 1}, {3, 1}, {4, 2}}},
                 limits) {}
  Tale& granted() {
    grant(kAlices, 0, kRead | kWrite, 1, kNever);
    grant(kBobs, kAlices, kRead | kWrite, 2, 1000);
    return grant(kCarols, kBobs, kRead, 2, 1000);
  }
  Tale& grant(std::uint64_t token, std::uint64_t parent, std::uint64_t rights, std::uint64_t subtree,
              std::uint64_t expires) {
    return event(100, TraceKind::cap_granted, {token, parent, rights, subtree, expires});
  }
  Tale& use(std::uint32_t node, std::uint64_t token, std::uint64_t right, std::uint64_t target,
            std::uint64_t wall = 500, std::uint64_t decision = 0) {
    return event(node, TraceKind::cap_used, {token, right, target, decision, wall});
  }
  Tale& revoke(std::uint32_t node, std::uint64_t token, std::uint64_t origin = 1) {
    return event(node, TraceKind::cap_revoked, {token, origin, origin == node ? 1U : 0U});
  }
  Tale& move(std::uint32_t node, std::uint64_t worknode, std::uint64_t parent) {
    return event(node, TraceKind::realm_parent, {worknode, parent, 0});
  }
  Tale& crash(std::uint32_t node, CrashCause cause = CrashCause::kill) {
    return event(node, TraceKind::node_crashed, {1, static_cast<std::uint64_t>(cause)});
  }
  Tale& restored(std::uint32_t node, std::uint64_t rebased = 0) {
    return event(node, TraceKind::realm_restored, {node, 1, 0, rebased});
  }
  Tale& wait(std::int64_t ns) {
    now_ += ns;
    return *this;
  }
  Tale& event(std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field) {
    checker_.on_event({.at = {++now_}, .node = NodeId{node}, .kind = kind, .field = field});
    return *this;
  }
  std::string signature() const { return checker_.verdict().signature; }
  Verdict verdict() const { return checker_.verdict(); }

 private:
  CapabilityChecker checker_;
  std::int64_t now_ = 0;
};

Tale settled() {
  Tale t;
  t.granted();
  return t;
}

}  // namespace

TEST_CASE("capability: an honest history passes") {
  Tale t = settled();
  t.use(1, kAlices, kWrite, 3).use(2, kBobs, kRead | kWrite, 4).use(3, kCarols, kRead, 2);
  t.use(1, kCarols, kWrite, 4, 500, 13);  // refused
  t.use(1, 99, kRead, 4, 500, 4);         // refused
  CHECK(t.verdict().outcome == Outcome3::pass);
  CHECK(t.verdict().explanation.empty());
}

TEST_CASE("capability: a run that used no capability says so") {
  Tale t = settled();
  t.use(1, kAlices, kRead, 1, 500, 9);
  CHECK(t.verdict().outcome == Outcome3::pass);
  CHECK(t.verdict().explanation.starts_with("vacuous: "));
}

TEST_CASE("capability: it rejects a token that nobody was granted, and a chain without a root") {
  CHECK(settled().use(1, 99, kRead, 4).signature() == "capability: token was never granted");
  CHECK(settled().use(1, 0, kRead, 4).signature() == "capability: token was never granted");
  CHECK(settled().grant(20, 19, kRead, 2, kNever).use(1, 20, kRead, 4).signature() ==
        "capability: chain does not lead to the root");
  CHECK(settled()
            .grant(20, 21, kRead, 1, kNever)
            .grant(21, 20, kRead, 1, kNever)
            .use(1, 20, kRead, 4)
            .signature() == "capability: chain does not lead to the root");
  Tale t = settled();
  for (std::uint64_t i = 0; i < 8; ++i) t.grant(30 + i, i == 0 ? 0 : 29 + i, kRead, 1, kNever);
  CHECK(t.use(1, 37, kRead, 4).verdict().outcome == Outcome3::pass);
  t.grant(38, 37, kRead, 1, kNever);
  CHECK(t.use(1, 38, kRead, 4).signature() == "capability: chain does not lead to the root");
}

TEST_CASE("capability: it rejects a right that any link of the chain lacks") {
  CHECK(settled().use(1, kCarols, kWrite, 4).signature() == "capability: right missing");
  // A child that widens: the planted bug, as the trace shows it.
  Tale t = settled();
  t.grant(13, kCarols, kRead | kWrite, 2, 1000);
  CHECK(t.use(1, 13, kRead, 4).verdict().outcome == Outcome3::pass);
  CHECK(t.use(1, 13, kWrite, 4).signature() == "capability: right missing");
  CHECK(t.verdict().events.size() == 1);
  CHECK(t.verdict().events[0] == 5);
  // Told again with more.
  CHECK(settled().grant(kCarols, kBobs, kRead | kWrite, 2, 1000).use(1, kCarols, kWrite, 4).signature() ==
        "capability: right missing");
}

TEST_CASE("capability: it rejects a target outside the subtree of any link, as that replica's tree stands") {
  CHECK(settled().use(1, kBobs, kRead, 3).signature() == "capability: target outside the subtree");
  CHECK(settled().use(1, kBobs, kRead, 1).signature() == "capability: target outside the subtree");
  // A child on a wider subtree than its parent's.
  CHECK(settled().grant(13, kBobs, kRead, 1, 1000).use(1, 13, kRead, 3).signature() ==
        "capability: target outside the subtree");
  // A move decides, where and when it is known.
  Tale t = settled();
  t.move(1, 3, 2).use(1, kBobs, kRead, 3);
  CHECK(t.verdict().outcome == Outcome3::pass);
  CHECK(t.use(2, kBobs, kRead, 3).signature() == "capability: target outside the subtree");
  CHECK(settled().move(1, 4, 3).use(1, kBobs, kRead, 4).signature() ==
        "capability: target outside the subtree");
  // A worknode made since.
  CHECK(settled().move(1, 5, 4).use(1, kBobs, kRead, 5).verdict().outcome == Outcome3::pass);
  CHECK(settled().move(1, 5, 3).use(1, kBobs, kRead, 5).signature() ==
        "capability: target outside the subtree");
}

TEST_CASE("capability: what the trace does not tell of a tree is not held against anyone") {
  CHECK(settled().use(1, kBobs, kRead, 77).verdict().outcome == Outcome3::pass);
  // After a crash the latest move may be undone; what was not moved is as it was.
  CHECK(settled().move(1, 4, 3).crash(1).restored(1).use(1, kBobs, kRead, 4).verdict().outcome ==
        Outcome3::pass);
  CHECK(settled().move(1, 4, 3).crash(1).restored(1).use(1, kBobs, kRead, 3).signature() ==
        "capability: target outside the subtree");
  CHECK(settled().move(1, 4, 3).crash(1).restored(1).move(1, 4, 3).use(1, kBobs, kRead, 4).signature() ==
        "capability: target outside the subtree");
  CHECK(settled().restored(1, 1).use(1, kBobs, kRead, 3).verdict().outcome == Outcome3::pass);
}

TEST_CASE("capability: it rejects a use after expiry by the replica's own wall clock") {
  CHECK(settled().use(1, kBobs, kRead, 4, 999).verdict().outcome == Outcome3::pass);
  CHECK(settled().use(1, kBobs, kRead, 4, 1000).signature() == "capability: token had expired");
  CHECK(settled().use(1, kCarols, kRead, 4, 1001).signature() == "capability: token had expired");
  // A child that outlives its parent.
  CHECK(settled().grant(13, kBobs, kRead, 2, kNever).use(1, 13, kRead, 4, 1000).signature() ==
        "capability: token had expired");
}

TEST_CASE("capability: it rejects a use by a replica that knew of the revocation, of any link above") {
  for (const std::uint64_t token : {kAlices, kBobs, kCarols}) {
    CHECK(settled().revoke(1, token).use(1, kCarols, kRead, 4).signature() ==
          "capability: revoked, and the replica knew");
  }
  // Another replica may not know it yet; one that was told knows.
  CHECK(settled().revoke(1, kBobs).use(2, kBobs, kRead, 4).verdict().outcome == Outcome3::pass);
  CHECK(settled().revoke(1, kBobs).revoke(2, kBobs).use(2, kBobs, kRead, 4).signature() ==
        "capability: revoked, and the replica knew");
  // What was delegated elsewhere is not concerned.
  CHECK(settled().revoke(1, kBobs).use(1, kAlices, kRead, 4).verdict().outcome == Outcome3::pass);
}

TEST_CASE("capability: it rejects a use by a replica that could have known, once the bound has passed") {
  CHECK(settled().revoke(1, kBobs).wait(99).use(2, kBobs, kRead, 4).verdict().outcome == Outcome3::pass);
  CHECK(settled().revoke(1, kBobs).wait(100).use(2, kCarols, kRead, 4).signature() ==
        "capability: revoked longer ago than the staleness bound");
  Tale unbounded(Duration::max());
  CHECK(unbounded.granted().revoke(1, kBobs).wait(1'000'000).use(2, kBobs, kRead, 4).verdict().outcome ==
        Outcome3::pass);
  // Where a majority makes it binding, the bound runs from the second of three.
  const auto majority = [] {
    Tale t(Duration{100}, {}, 2);
    t.granted();
    return t;
  };
  CHECK(majority().revoke(1, kBobs).wait(500).use(2, kBobs, kRead, 4).verdict().outcome == Outcome3::pass);
  CHECK(majority()
            .revoke(1, kBobs)
            .wait(500)
            .revoke(3, kBobs)
            .wait(99)
            .use(2, kBobs, kRead, 4)
            .verdict()
            .outcome == Outcome3::pass);
  CHECK(
      majority().revoke(1, kBobs).wait(500).revoke(3, kBobs).wait(100).use(2, kBobs, kRead, 4).signature() ==
      "capability: revoked longer ago than the staleness bound");
  // The origin was evicted before it could tell.
  CHECK(settled()
            .restored(1)
            .revoke(1, kBobs)
            .event(2, TraceKind::realm_evicted, {1, 2})
            .wait(500)
            .use(2, kBobs, kRead, 4)
            .verdict()
            .outcome == Outcome3::pass);
}

TEST_CASE("capability: it rejects a replica that forgot a revocation over a restart") {
  CHECK(settled().revoke(1, kBobs).wait(20).crash(1).restored(1).use(1, kBobs, kRead, 4).signature() ==
        "capability: revoked, and the replica knew");
  // Learned too shortly before to be surely on its disk.
  CHECK(settled().revoke(1, kBobs).wait(5).crash(1).restored(1).use(1, kBobs, kRead, 4).verdict().outcome ==
        Outcome3::pass);
  // Then nobody knows it, and no bound counts from it; unless somebody had been told.
  CHECK(settled()
            .revoke(1, kBobs)
            .wait(5)
            .crash(1)
            .restored(1)
            .wait(500)
            .use(2, kBobs, kRead, 4)
            .verdict()
            .outcome == Outcome3::pass);
  CHECK(settled()
            .revoke(1, kBobs)
            .revoke(2, kBobs)
            .crash(1)
            .restored(1)
            .wait(500)
            .use(1, kBobs, kRead, 4)
            .signature() == "capability: revoked longer ago than the staleness bound");
  // A wipe takes everything.
  CHECK(settled()
            .revoke(1, kBobs)
            .wait(20)
            .crash(1, CrashCause::wipe)
            .use(1, kBobs, kRead, 4)
            .verdict()
            .outcome == Outcome3::pass);
}

TEST_CASE("capability: the first violation stays, and limits make the verdict unknown, never pass") {
  Tale t = settled();
  t.use(1, kCarols, kWrite, 4);
  const Verdict first = t.verdict();
  t.use(1, 99, kRead, 4);
  CHECK(t.verdict().signature == first.signature);
  CHECK(t.verdict().at_ns == first.at_ns);

  Tale tokens(Duration{100}, {.tokens_max = 2});
  CHECK(tokens.granted().use(1, kCarols, kRead, 4).verdict().outcome == Outcome3::unknown);
  CHECK(tokens.use(1, kBobs, kRead, 3).verdict().outcome == Outcome3::fail);
  Tale nodes(Duration{100}, {.nodes_max = 1});
  CHECK(nodes.granted().use(1, kBobs, kRead, 4).use(2, kBobs, kRead, 3).verdict().outcome ==
        Outcome3::unknown);
  Tale places(Duration{100}, {.worknodes_max = 4});
  CHECK(places.granted().move(1, 9, 3).use(1, kBobs, kRead, 9).verdict().outcome == Outcome3::unknown);
}

}  // namespace wn::checkers
