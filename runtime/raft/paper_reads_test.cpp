// Sentence by sentence: clients and reads ([raft] 8, [diss] 6.4), leadership transfer ([diss] 3.10),
// check-quorum and pre-vote ([diss] 6.2, 9.6), quarantine.
#include <catch2/catch_test_macros.hpp>

#include "runtime/raft/testing_help.h"

namespace wn::raft {
namespace {

using namespace testing;  // NOLINT: test vocabulary

Cluster led_by_n1(Options options = {}, Configuration configuration = voters({1, 2, 3})) {
  Cluster c(options, configuration);
  c.elect(n1);
  c.run(milliseconds(100));
  return c;
}

// ---- [raft] 8, [diss] 6.4
TEST_CASE("raft 8: 'each leader commit[s] a blank no-op entry into the log at the start of its term'") {
  Cluster c = led_by_n1();
  const Entry* first = c.at(n1).core->entry_at(LogIndex{1});
  REQUIRE(first != nullptr);
  CHECK(first->kind == EntryKind::noop);
  CHECK(c.status(n1).commit == LogIndex{1});
}

TEST_CASE("raft 8: 'a leader must check whether it has been deposed before processing a read-only request'") {
  Cluster c = led_by_n1({.lease_reads = false});
  c.isolate(n1);
  c.read(n1);
  c.settle();
  CHECK(c.at(n1).reads.empty());
  c.heal();
  c.run(milliseconds(100));
  CHECK(c.at(n1).reads.size() == 1);
}

TEST_CASE("[diss] 6.4: reads that come while a round is under way share the next one") {
  Cluster c = led_by_n1({.lease_reads = false});
  for (int i = 0; i < 100; ++i) c.read(n1);
  CHECK(count(c, MessageType::heartbeat, n1) == 2);
  c.settle();
  CHECK(c.at(n1).reads.size() == 100);
}

TEST_CASE("[diss] 6.4: a round that was begun before the read confirms nothing for it") {
  Cluster c = led_by_n1({.lease_reads = false});
  c.read(n1);
  std::vector<Parcel> first = c.in_flight();
  c.read(n1);
  c.settle(3);
  c.isolate(n1);
  c.settle();
  CHECK(c.at(n1).reads.size() <= 1);
}

TEST_CASE("[diss] 6.4.1: while its lease lasts a leader answers at once, and not an instant longer") {
  Cluster c = led_by_n1();
  c.isolate(n1);
  const Instant until = c.status(n1).lease_until;
  CHECK(until > c.now());
  // Of the minimum election timeout, the stated drift margin is not used.
  CHECK(until <= c.now() + milliseconds(270));
  c.advance(until - c.now() - nanoseconds(1));
  c.read(n1);
  CHECK(c.at(n1).reads.size() == 1);
  c.advance(nanoseconds(1));
  c.read(n1);
  CHECK(c.at(n1).reads.size() == 1);
  CHECK(c.sometimes("raft: lease expired before use") == 1);
}

TEST_CASE("[diss] 6.4.1: no election can be won before the lease has ended") {
  for (std::uint64_t seed = 1; seed <= 200; ++seed) {
    Cluster c({}, voters({1, 2, 3}), seed);
    c.run(seconds(2));
    const NodeId leader = c.leader();
    REQUIRE(leader);
    c.isolate(leader);
    if (seed % 2 == 0) {  // a restart does not free anyone of what it promised
      const NodeId other{leader == n1 ? 2U : 1U};
      c.crash(other);
      c.restart(other);
    }
    const Instant until = c.status(leader).lease_until;
    while (c.now() < until - milliseconds(1)) {
      c.advance(milliseconds(1));
      for (NodeId id : c.ids()) {
        if (id != leader && c.at(id).core->next_deadline() <= c.now()) c.tick(id);
      }
      c.settle();
      for (NodeId id : c.ids()) CHECK((id == leader || c.status(id).role != Role::leader));
    }
  }
}

TEST_CASE("[diss] 6.4.1: a joint configuration's lease needs both majorities") {
  Cluster c = led_by_n1({}, voters({1, 2, 3}));
  c.add(n4);
  c.add(n5);
  c.step(n1, ChangeMembership{.voters = members({1, 4, 5}), .learners = {}, .context = 1});
  for (int i = 0; i < 400 && !c.status(n1).configuration.joint(); ++i) {
    for (NodeId id : c.ids()) c.persist(id);
    if (!c.in_flight().empty()) c.deliver(0);
  }
  REQUIRE(c.status(n1).configuration.joint());
  c.drop_all();
  const Instant before = c.status(n1).lease_until;
  c.isolate(n4);
  c.isolate(n5);  // a majority of the old answers, of the new only the leader
  c.run(milliseconds(150));
  CHECK(c.status(n1).lease_until == before);
  c.heal();
  c.run(milliseconds(150));
  CHECK(c.status(n1).lease_until > before);
}

// ---- [diss] 3.10
TEST_CASE(
    "[diss] 3.10: 'The prior leader stops accepting new client requests', and resumes after 'about an "
    "election "
    "timeout'") {
  Cluster c = led_by_n1();
  c.crash(n2);
  c.step(n1, TransferLeadership{.to = n2, .context = 5});
  c.propose(n1, "x", 6);
  REQUIRE(c.at(n1).refusals.size() == 1);
  CHECK(c.at(n1).refusals[0].code == Errc::overloaded);
  c.run(milliseconds(700));
  REQUIRE(c.at(n1).refusals.size() == 2);
  CHECK(c.at(n1).refusals[1].code == Errc::timed_out);
  c.propose(n1, "y");
  c.settle();
  CHECK(c.status(n1).commit == c.status(n1).last_index);
}

TEST_CASE(
    "[diss] 3.10, 6.4.1: a leader that asked for its own deposition has no lease for the rest of the term") {
  Cluster c = led_by_n1();
  c.step(n1, TransferLeadership{.to = n2, .context = 5});
  CHECK(find(c, MessageType::timeout_now, n2) != nullptr);
  CHECK(c.status(n1).lease_until == Instant{});
  c.drop_all();  // lost, or only late
  c.run(seconds(2));
  REQUIRE(c.leader() == n1);
  CHECK(c.status(n1).lease_until == Instant{});
  c.read(n1);
  CHECK(c.at(n1).reads.empty());
  c.settle();
  REQUIRE(c.at(n1).reads.size() == 1);
  CHECK_FALSE(c.at(n1).reads[0].by_lease);
}

TEST_CASE("[diss] 3.10: a follower obeys timeout_now from the leader of its own term alone") {
  Cluster c = led_by_n1();
  receive(c, {.type = MessageType::timeout_now, .from = n3, .to = n2, .term = Term{1}});
  receive(c, {.type = MessageType::timeout_now, .from = n1, .to = n2, .term = Term{9}});
  CHECK(c.status(n2).role == Role::follower);
  CHECK(c.status(n2).term == Term{1});
}

// ---- [diss] 6.2, 9.6
TEST_CASE(
    "[diss] 6.2: 'a leader steps down if an election timeout elapses without a successful round of "
    "heartbeats to "
    "a majority'") {
  Cluster c = led_by_n1();
  c.isolate(n1);
  c.advance(milliseconds(650));
  c.tick(n1);
  CHECK(c.status(n1).role == Role::follower);
  CHECK(c.sometimes("raft: leader stepped down by check-quorum") == 1);
}

TEST_CASE("[diss] 6.2: with the planted bug no-check-quorum it does not") {
  Cluster c = led_by_n1({.defect = Defect::no_check_quorum});
  c.isolate(n1);
  c.advance(seconds(60));
  c.tick(n1);
  CHECK(c.status(n1).role == Role::leader);
}

TEST_CASE(
    "[diss] 9.6: 'a candidate only increments its term if it first learns from a majority of the cluster "
    "that "
    "they would be willing to grant the candidate their votes'") {
  Cluster c = led_by_n1();
  c.isolate(n3);
  for (int i = 0; i < 10; ++i) {
    c.advance(milliseconds(600));
    c.tick(n3);
  }
  CHECK(c.status(n3).role == Role::pre_candidate);
  CHECK(c.status(n3).term == Term{1});
}

TEST_CASE("raft: a node whose term ran ahead while it was cut off does not stay outside for ever") {
  Cluster c = led_by_n1({.pre_vote = false});
  c.isolate(n3);
  for (int i = 0; i < 5; ++i) {
    c.advance(milliseconds(40));
    c.tick_due();
    c.settle();
  }
  for (int i = 0; i < 5; ++i) {
    c.advance(milliseconds(600));
    c.tick(n3);
    c.persist(n3);
  }
  c.drop_all();
  c.heal();
  c.run(seconds(3));
  const NodeId leader = c.leader();
  REQUIRE(leader);
  for (NodeId id : c.ids()) CHECK(c.status(id).term == c.status(leader).term);
}

// ---- quarantine
TEST_CASE("raft: a quarantined node does not help to elect a leader without what it has lost") {
  Cluster c = led_by_n1();
  c.isolate(n3);
  c.propose(n1, "acknowledged");
  c.settle();
  REQUIRE(c.status(n1).commit == LogIndex{2});
  c.crash(n1);
  c.crash(n2);
  c.at(n2).disk.log.pop_back();  // damage
  c.restart(n2, LogIndex{2});
  c.heal();
  c.run(seconds(10));
  CHECK(c.leader() == kNobody);  // n2 and n3 alone would lose index 2
  c.restart(n1);
  c.run(seconds(4));
  CHECK(c.leader() == n1);
  CHECK(c.status(n2).quarantine_until == LogIndex{0});
  CHECK(c.status(n2).commit == c.status(n1).commit);
  CHECK(c.violation() == std::nullopt);
}

TEST_CASE("raft: configurations are read back as written, and nothing else is") {
  Configuration configuration{
      .voters = members({1, 2, 70000}), .outgoing = members({3}), .learners = members({3, 9})};
  const Bytes bytes = encode(configuration);
  CHECK(decode_configuration(bytes.view()) == configuration);
  for (std::size_t n = 0; n < bytes.size(); ++n)
    CHECK_FALSE(decode_configuration(bytes.view().first(n)).has_value());
  for (std::size_t n = 0; n < bytes.size(); ++n) {
    for (int bit = 0; bit < 8; ++bit) {
      std::vector<std::uint8_t> damaged(bytes.data(), bytes.data() + bytes.size());
      damaged[n] = static_cast<std::uint8_t>(damaged[n] ^ (1 << bit));
      const auto decoded = decode_configuration(damaged);  // must not crash; most are refused
      if (decoded) CHECK(*decoded != configuration);
    }
  }
}

}  // namespace
}  // namespace wn::raft
