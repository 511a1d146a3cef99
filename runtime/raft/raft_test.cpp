// The core as a whole: thin claims, each on a small cluster.
#include "runtime/raft/raft.h"

#include <catch2/catch_test_macros.hpp>

#include "runtime/raft/cluster.h"

namespace wn::raft {
namespace {

using testing::Cluster;

Configuration voters(std::initializer_list<std::uint32_t> ids) {
  Configuration out;
  for (std::uint32_t id : ids) out.voters.insert_sorted(NodeId{id});
  return out;
}
constexpr NodeId n1{1}, n2{2}, n3{3};

TEST_CASE("raft: three blank nodes elect a leader and commit") {
  Cluster c({}, voters({1, 2, 3}));
  c.run(seconds(3));
  const NodeId leader = c.leader();
  REQUIRE(leader);
  c.propose(leader, "a");
  c.propose(leader, "b");
  c.run(milliseconds(200));
  for (NodeId id : c.ids()) {
    CHECK(c.status(id).commit == LogIndex{3});
    CHECK(c.status(id).leader == leader);
  }
  CHECK(c.violation() == std::nullopt);
}

TEST_CASE("raft: a single voter leads alone and serves reads") {
  Cluster c({}, voters({1}));
  c.run(seconds(2));
  REQUIRE(c.leader() == n1);
  c.propose(n1, "a");
  c.settle();
  CHECK(c.status(n1).commit == LogIndex{2});
  c.read(n1);
  REQUIRE(c.at(n1).reads.size() == 1);
  CHECK(c.at(n1).reads[0].index == LogIndex{2});
  CHECK(c.status(n1).role == Role::leader);
}

TEST_CASE("raft: a follower that missed compacted entries is caught up by an image in chunks") {
  Cluster c({.snapshot_chunk_bytes_max = 64, .compaction_tail_entries = 2}, voters({1, 2, 3}));
  REQUIRE(c.elect(n1));
  c.crash(n3);
  for (int i = 0; i < 50; ++i) c.propose(n1, "x");
  c.settle();
  c.snapshot(n1);
  c.restart(n3);
  c.run(seconds(1));
  CHECK(c.status(n3).commit == LogIndex{51});
  CHECK(c.status(n3).snapshot.index == LogIndex{51});
  CHECK(c.sometimes("raft: snapshot installed") == 1);
  c.propose(c.leader(), "y");
  c.run(milliseconds(200));
  CHECK(c.status(n3).commit == c.status(n1).commit);
  CHECK(c.violation() == std::nullopt);
}

TEST_CASE("raft: membership moves through learners and a joint configuration to the new voters") {
  Cluster c({}, voters({1, 2, 3}));
  REQUIRE(c.elect(n1));
  c.add(NodeId{4});
  c.add(NodeId{5});
  const auto wanted = voters({1, 4, 5});
  c.step(n1, ChangeMembership{.voters = wanted.voters, .learners = {}, .context = 9});
  c.run(seconds(1));
  CHECK(c.at(n1).completed == std::vector<std::uint64_t>{9});
  CHECK(c.status(n1).configuration == wanted);
  CHECK(c.sometimes("raft: joint configuration left") == 1);
  CHECK(c.sometimes("raft: learner caught up and promoted") == 1);
  CHECK(c.violation() == std::nullopt);
}

TEST_CASE("raft: leadership moves to the wished node at once") {
  Cluster c({}, voters({1, 2, 3}));
  REQUIRE(c.elect(n1));
  c.step(n1, TransferLeadership{.to = n2, .context = 7});
  c.settle();
  CHECK(c.leader() == n2);
  CHECK(c.at(n1).completed == std::vector<std::uint64_t>{7});
  CHECK(c.violation() == std::nullopt);
}

}  // namespace
}  // namespace wn::raft
