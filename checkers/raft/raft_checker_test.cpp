#include "checkers/raft/raft_checker.h"

#include <catch2/catch_test_macros.hpp>
#include <initializer_list>

namespace wn::checkers {
namespace {

using Fields = std::array<std::uint64_t, 5>;
constexpr std::uint64_t kFollower = 0, kLeader = 3;

// A trace written by hand: each call is one event at one node.
class Tale {
 public:
  explicit Tale(RaftSafetyChecker::Limits limits = {}) : checker_(limits) {}
  Tale& event(std::uint32_t node, TraceKind kind, Fields field) {
    checker_.on_event({.at = {++now_}, .node = NodeId{node}, .kind = kind, .field = field});
    return *this;
  }
  Tale& boot(std::uint32_t node, std::uint64_t term = 0, std::uint64_t last = 0, std::uint64_t commit = 0) {
    committed_[node] = commit;
    event(node, TraceKind::node_started, {});
    return event(node, TraceKind::raft_restored, {term, 0, last, commit, 0});
  }
  Tale& crash(std::uint32_t node, CrashCause cause = CrashCause::kill) {
    return event(node, TraceKind::node_crashed, {1, static_cast<std::uint64_t>(cause)});
  }
  // Says the node's true commit index.
  Tale& state(std::uint32_t node, std::uint64_t role, std::uint64_t term) {
    return state(node, role, term, committed_[node]);
  }
  Tale& state(std::uint32_t node, std::uint64_t role, std::uint64_t term, std::uint64_t commit) {
    return event(node, TraceKind::raft_state, {role, term, 0, 0, commit});
  }
  Tale& append(std::uint32_t node, std::uint64_t index, std::uint64_t term, std::uint64_t checksum) {
    return event(node, TraceKind::raft_append, {index, term, checksum});
  }
  Tale& truncate(std::uint32_t node, std::uint64_t first, std::uint64_t last, std::uint64_t term) {
    return event(node, TraceKind::raft_truncate, {first, last, term});
  }
  Tale& commit(std::uint32_t node, std::uint64_t index, std::uint64_t term, std::uint64_t entry_term,
               std::uint64_t checksum) {
    committed_[node] = index;
    return event(node, TraceKind::raft_commit, {index, term, entry_term, checksum});
  }
  Tale& apply(std::uint32_t node, std::uint64_t index, std::uint64_t term, std::uint64_t checksum,
              std::uint64_t digest) {
    return event(node, TraceKind::raft_apply, {index, term, checksum, digest});
  }
  Tale& vote(std::uint32_t node, std::uint64_t term, std::uint64_t candidate, bool granted = true) {
    return event(node, TraceKind::raft_vote, {term, candidate, granted ? 1U : 0U, 0});
  }
  Tale& vote_sent(std::uint32_t node, std::uint64_t to) {
    return event(node, TraceKind::message_sent, {to, 0, 0, 0, 4});
  }
  std::string signature() const { return checker_.verdict().signature; }
  Verdict verdict() const { return checker_.verdict(); }

 private:
  RaftSafetyChecker checker_;
  std::array<std::uint64_t, 16> committed_{};
  std::int64_t now_ = 0;
};

// Three nodes, node 1 leads term 1, entries 1 and 2 are on all nodes and committed on 1 and 2.
Tale settled() {
  Tale t;
  for (std::uint32_t n = 1; n <= 3; ++n) t.boot(n);
  t.append(1, 1, 1, 11).state(1, kLeader, 1).append(1, 2, 1, 12);
  for (std::uint32_t n = 2; n <= 3; ++n) t.state(n, kFollower, 1).append(n, 1, 1, 11).append(n, 2, 1, 12);
  for (std::uint32_t n = 1; n <= 2; ++n) t.commit(n, 1, 1, 1, 11).commit(n, 2, 1, 1, 12);
  return t;
}

}  // namespace

TEST_CASE("raft-safety: an honest change of leader passes") {
  Tale t = settled();
  t.append(1, 3, 1, 13).crash(1);
  t.vote(3, 2, 2).vote_sent(3, 2).append(2, 3, 2, 23).state(2, kLeader, 2).append(3, 3, 2, 23);
  t.commit(2, 3, 2, 2, 23).commit(3, 1, 2, 1, 11).commit(3, 2, 2, 1, 12).commit(3, 3, 2, 2, 23);
  t.apply(2, 3, 2, 23, 99).apply(3, 3, 2, 23, 99);
  t.boot(1, 1, 3).state(1, kFollower, 2).truncate(1, 3, 3, 2).append(1, 3, 2, 23);
  t.commit(1, 1, 2, 1, 11).commit(1, 2, 2, 1, 12).commit(1, 3, 2, 2, 23);
  CHECK(t.signature().empty());
  CHECK(t.verdict().outcome == Outcome3::pass);
  CHECK(t.verdict().claim == "raft-safety");
}

TEST_CASE("raft-safety: two leaders in one term are refused, one that leads twice is not") {
  CHECK(settled().state(2, kLeader, 1).signature() == "raft-safety: two leaders in one term");
  CHECK(settled().state(1, kFollower, 1).state(1, kLeader, 1).signature().empty());
}

TEST_CASE("raft-safety: a vote binds once it has left the node, also over a restart") {
  const auto tale = [](bool sent, CrashCause cause) {
    Tale t;
    t.boot(1).vote(1, 5, 2);
    if (sent) t.vote_sent(1, 2);
    t.crash(1, cause).boot(1).vote(1, 5, 3).vote_sent(1, 3);
    return t.signature();
  };
  CHECK(tale(true, CrashCause::kill) == "raft-safety: two votes in one term");
  CHECK(tale(false, CrashCause::kill).empty());
  CHECK(tale(true, CrashCause::wipe).empty());
  Tale refused;
  refused.boot(1).vote(1, 5, 2, false).vote(1, 5, 3).vote_sent(1, 2).vote_sent(1, 3);
  CHECK(refused.signature().empty());
  Tale held;  // the refusal of an older request leaves first; the grant is not out yet
  held.boot(1)
      .vote(1, 4, 2, false)
      .vote(1, 5, 2)
      .vote_sent(1, 2)
      .crash(1)
      .boot(1)
      .vote(1, 5, 3)
      .vote_sent(1, 3);
  CHECK(held.signature().empty());
  Tale leader;
  leader.boot(1).state(1, kLeader, 5).vote(1, 5, 3).vote_sent(1, 3);
  CHECK(leader.signature() == "raft-safety: two votes in one term");
}

TEST_CASE("raft-safety: one index and term names one entry after one predecessor") {
  CHECK(settled().append(2, 3, 1, 13).append(3, 3, 1, 14).signature() == "raft-safety: log mismatch");
  Tale t;
  t.boot(1).boot(2).append(1, 1, 1, 7).append(1, 2, 3, 9).append(2, 1, 2, 8).append(2, 2, 3, 9);
  CHECK(t.signature() == "raft-safety: log mismatch");
  Tale other;  // a third entry of one index is compared with its own twin
  other.boot(1).boot(2).boot(3).append(1, 1, 1, 7).append(2, 1, 2, 8).append(3, 1, 2, 9);
  CHECK(other.signature() == "raft-safety: log mismatch");
}

TEST_CASE("raft-safety: what is committed stays") {
  Tale t = settled();
  t.truncate(3, 2, 2, 2).append(3, 2, 2, 22).commit(3, 1, 2, 1, 11).commit(3, 2, 2, 2, 22);
  CHECK(t.signature() == "raft-safety: commit changed");
  CHECK(settled().event(3, TraceKind::raft_snapshot_installed, {2, 9, 100}).signature() ==
        "raft-safety: commit changed");
  CHECK(settled().commit(1, 2, 1, 1, 12).signature() == "raft-safety: commit went back");
  CHECK(settled().state(1, kLeader, 1, 1).signature() == "raft-safety: commit went back");
}

TEST_CASE("raft-safety: a leader holds every entry committed in an earlier term") {
  Tale shorter = settled();
  shorter.truncate(3, 2, 2, 2).state(3, kLeader, 2);
  CHECK(shorter.signature() == "raft-safety: leader lacks a committed entry");
  Tale other = settled();
  other.truncate(3, 2, 2, 2).append(3, 2, 2, 5).state(3, kLeader, 3);
  CHECK(other.signature() == "raft-safety: leader lacks a committed entry");
  Tale lost = settled();
  lost.crash(3).boot(3, 1, 1).state(3, kLeader, 2);
  CHECK(lost.signature() == "raft-safety: leader lacks a committed entry");
  CHECK(settled().state(3, kLeader, 2).signature().empty());
  // Elected late, in a term before the one of the commit: allowed.
  Tale late;
  late.boot(1).boot(2).append(1, 1, 5, 7).state(1, kLeader, 5).commit(1, 1, 5, 5, 7).state(2, kLeader, 4);
  CHECK(late.signature().empty());
}

TEST_CASE("raft-safety: what a crash may have brought back is not accused") {
  // Node 3 truncates entry 2 and writes another; the crash forgets both, so entry 2 may be the committed one.
  Tale t = settled();
  t.truncate(3, 2, 2, 2)
      .append(3, 2, 2, 22)
      .crash(3, CrashCause::power_loss)
      .boot(3, 2, 2)
      .state(3, kLeader, 3);
  CHECK(t.signature().empty());
  // A snapshot stands for what it covers.
  Tale s = settled();
  s.boot(4).event(4, TraceKind::raft_snapshot_installed, {2, 1, 100}).state(4, kLeader, 2, 2);
  CHECK(s.signature().empty());
}

TEST_CASE("raft-safety: an image that became durable just before a crash covers what stood there before") {
  // Nodes 1 and 2 hold index 1 of term 2; node 3 holds one of term 1 there, takes over an image up to index
  // 1, and dies before it can say so. Entry 2 then follows the image, not the entry of term 1.
  const auto until_the_crash = [](std::uint64_t commit_at_restart) {
    Tale t;
    t.boot(1).boot(2).boot(3);
    t.append(3, 1, 1, 7).state(1, kLeader, 2).append(1, 1, 2, 8).append(2, 1, 2, 8).append(1, 2, 2, 9);
    t.crash(3).boot(3, 2, 1, commit_at_restart).append(3, 2, 2, 9);
    return t.signature();
  };
  CHECK(until_the_crash(1).empty());
  CHECK(until_the_crash(0) == "raft-safety: log mismatch");
}

TEST_CASE("raft-safety: the same index gives the same state") {
  Tale t = settled();
  t.apply(1, 2, 1, 12, 77).apply(2, 2, 1, 12, 78);
  CHECK(t.signature() == "raft-safety: states differ");
  CHECK(settled().apply(1, 2, 1, 99, 0).signature() == "raft-safety: states differ");
}

TEST_CASE("raft-safety: terms never go back while a node runs, leaders only append") {
  CHECK(settled().state(2, kFollower, 0).signature() == "raft-safety: term went back");
  CHECK(settled().truncate(1, 2, 2, 1).signature() == "raft-safety: leader truncated its log");
  CHECK(settled().append(1, 2, 1, 12).signature() == "raft-safety: leader truncated its log");
}

TEST_CASE("raft-safety: the first violation is kept with its place") {
  Tale t = settled();
  t.state(2, kLeader, 1).commit(1, 2, 1, 1, 12);
  const Verdict v = t.verdict();
  CHECK(v.outcome == Outcome3::fail);
  CHECK(v.signature == "raft-safety: two leaders in one term");
  REQUIRE(v.events.size() == 1);
  CHECK(v.at_ns == static_cast<std::int64_t>(v.events[0]) + 1);
}

TEST_CASE("raft-safety: beyond its limits the checker says unknown, and crashes on nothing") {
  Tale t({.indices_max = 10, .entries_max = 10, .nodes_max = 5});
  t.boot(1).append(1, 1'000'000'000'000, 1, 1);
  CHECK(t.verdict().outcome == Outcome3::unknown);
  Tale many({.indices_max = 100, .entries_max = 10, .nodes_max = 5});
  many.boot(1);
  for (std::uint64_t i = 1; i < 20; ++i) many.append(1, i, 1, i);
  CHECK(many.verdict().outcome == Outcome3::unknown);
  Tale odd;
  odd.boot(1, 9, ~0ULL, ~0ULL).truncate(1, 0, 0, 0).commit(1, 0, 0, 0, 0).state(1, 77, ~0ULL, ~0ULL);
  odd.event(4'000'000, TraceKind::raft_state, {});
  CHECK(odd.verdict().outcome != Outcome3::pass);
}

}  // namespace wn::checkers
