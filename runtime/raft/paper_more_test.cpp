// Sentence by sentence: membership ([raft] 6, [diss] 4), snapshots ([raft] 7), clients and reads ([raft] 8,
// [diss] 6.4), leadership transfer ([diss] 3.10), pre-vote ([diss] 9.6).
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

// ---- [raft] 6, [diss] 4
TEST_CASE(
    "raft 6: 'a server always uses the latest configuration in its log, regardless of whether the entry is "
    "committed'") {
  Cluster c = led_by_n1();
  c.isolate(n1);
  c.step(n1, ChangeMembership{.voters = members({1, 2}), .learners = {}, .context = 1});
  CHECK(c.status(n1).configuration.joint());
  CHECK(c.status(n1).configuration.voters == members({1, 2}));
  CHECK(c.status(n1).commit < c.status(n1).last_index);
}

TEST_CASE(
    "raft 6: 'Agreement (for elections and entry commitment) requires separate majorities from both the old "
    "and "
    "new configurations'") {
  Cluster c = led_by_n1({}, voters({1, 2, 3}));
  c.add(n4);
  c.add(n5);
  c.step(n1, ChangeMembership{.voters = members({1, 4, 5}), .learners = {}, .context = 1});
  c.run(milliseconds(20));
  while (!c.status(n1).configuration.joint() && c.now() < Instant{} + seconds(100)) c.run(milliseconds(1));
  // Unless it is over already: then n2 and n3 have agreed to it, which is what the next lines need.
  c.run(milliseconds(300));
  REQUIRE(c.at(n1).completed.size() == 1);
  // The other way round, and both of the old majority's other members are silent.
  c.crash(n4);
  c.crash(n5);
  c.step(n1, ChangeMembership{.voters = members({1, 2, 3}), .learners = {}, .context = 2});
  c.run(milliseconds(300));
  CHECK(c.at(n1).completed.size() == 1);
  CHECK(c.status(n1).commit < c.status(n1).last_index);
}

TEST_CASE(
    "raft 6, [diss] 4.2.1: 'new servers join the cluster as non-voting members' until they have caught up") {
  Cluster c = led_by_n1();
  c.step(n1, ChangeMembership{.voters = members({1, 2, 3, 4}), .learners = {}, .context = 1});
  c.run(milliseconds(500));  // n4 does not exist yet
  CHECK(c.status(n1).configuration.learners == members({4}));
  CHECK(c.status(n1).configuration.voters == members({1, 2, 3}));
  c.add(n4);
  c.run(milliseconds(500));
  CHECK(c.status(n1).configuration == voters({1, 2, 3, 4}));
}

TEST_CASE("raft: a learner neither votes for itself nor counts for commitment") {
  Configuration configuration = voters({1, 2, 3});
  configuration.learners = members({4});
  Cluster c = led_by_n1({}, configuration);
  CHECK(c.at(n4).core->next_deadline() == Instant::max());
  c.crash(n2);
  c.crash(n3);
  c.propose(n1, "x");
  c.settle();
  CHECK(c.status(n4).last_index == c.status(n1).last_index);
  CHECK(c.status(n1).commit < c.status(n1).last_index);
}

TEST_CASE("raft 6: 'the leader steps down once it has committed the C_new log entry' that leaves it out") {
  Cluster c = led_by_n1();
  c.step(n1, ChangeMembership{.voters = members({2, 3}), .learners = {}, .context = 1});
  c.settle();
  CHECK(c.at(n1).completed == std::vector<std::uint64_t>{1});
  CHECK(c.status(n1).role == Role::follower);
  CHECK(c.at(n1).core->next_deadline() == Instant::max());
  c.run(seconds(2));
  CHECK((c.leader() == n2 || c.leader() == n3));
}

TEST_CASE("raft 6: 'servers disregard RequestVote RPCs when they believe a current leader exists'") {
  Cluster c = led_by_n1();
  const Message vote{.type = MessageType::vote,
                     .from = n5,
                     .to = n2,
                     .term = Term{50},
                     .log_index = LogIndex{99},
                     .log_term = Term{49}};
  receive(c, vote);
  CHECK(c.status(n2).term == Term{1});
  Message to_leader = vote;
  to_leader.to = n1;
  receive(c, to_leader);
  CHECK(c.status(n1).role == Role::leader);
  CHECK(count(c, MessageType::vote_reply) == 0);
  // Once no leader has been heard for the minimum election timeout, it is listened to.
  c.advance(milliseconds(300));
  receive(c, vote);
  CHECK(c.status(n2).term == Term{50});
}

TEST_CASE("raft 6: with the planted bug no-pre-vote a removed server deposes the leader") {
  Cluster c = led_by_n1({.defect = Defect::no_pre_vote});
  receive(c, {.type = MessageType::vote, .from = n5, .to = n1, .term = Term{50}});
  CHECK(c.status(n1).role == Role::follower);
}

TEST_CASE(
    "[diss] 4.2.2: 'a server that is not part of its own latest configuration should still start new "
    "elections'") {
  Cluster c = led_by_n1();
  c.isolate(n1);
  Configuration others = voters({1, 3});
  Entry leaves{.term = Term{1},
               .index = c.status(n2).last_index.next(),
               .kind = EntryKind::configuration,
               .data = encode(others)};
  receive(c,
          {.type = MessageType::append,
           .from = n1,
           .to = n2,
           .term = Term{1},
           .log_index = c.status(n2).last_index,
           .log_term = Term{1}},
          {leaves});
  CHECK(c.status(n2).configuration == others);
  CHECK(c.at(n2).core->next_deadline() != Instant::max());
}

TEST_CASE("raft: one membership change at a time, and none before an entry of the own term is committed") {
  Cluster c({}, voters({1, 2, 3}));
  c.auto_persist = false;
  c.advance(seconds(1));
  c.tick(n1);
  while (c.status(n1).role != Role::leader) {
    for (NodeId id : c.ids()) c.persist(id);
    if (!c.in_flight().empty()) c.deliver(0);
  }
  c.step(n1, ChangeMembership{.voters = members({1, 2}), .learners = {}, .context = 1});
  REQUIRE(c.at(n1).refusals.size() == 1);
  CHECK(c.at(n1).refusals[0].code == Errc::overloaded);
}

TEST_CASE("raft: a new leader finishes the joint phase that an old one began") {
  Cluster c = led_by_n1({}, voters({1, 2, 3}));
  c.add(n4);
  c.step(n1, ChangeMembership{.voters = members({1, 2, 4}), .learners = {}, .context = 1});
  for (int i = 0; i < 200 && !c.status(n2).configuration.joint(); ++i) {
    for (NodeId id : c.ids()) c.persist(id);
    if (!c.in_flight().empty()) c.deliver(0);
  }
  REQUIRE(c.status(n2).configuration.joint());
  c.crash(n1);
  c.drop_all();
  c.run(seconds(4));
  const NodeId leader = c.leader();
  REQUIRE(leader);
  CHECK(c.status(leader).configuration == voters({1, 2, 4}));
  CHECK(c.violation() == std::nullopt);
}

// ---- [raft] 7
TEST_CASE(
    "raft 7: 'If instead the follower receives a snapshot that describes a prefix of its log …, then log "
    "entries "
    "covered by the snapshot are deleted but entries following the snapshot are still valid and must be "
    "retained'") {
  Cluster c = led_by_n1();
  for (int i = 0; i < 4; ++i) c.propose(n1, "x");
  c.run(milliseconds(100));
  c.crash(n2);
  c.restart(n2);  // forgets what was committed; holds entries 1 to 5
  c.isolate(n2);
  REQUIRE(c.status(n2).commit == LogIndex{0});
  const Bytes image = make_image(0, 4);
  SnapshotMeta meta{.index = LogIndex{3},
                    .term = Term{1},
                    .configuration = voters({1, 2, 3}),
                    .bytes = image.size(),
                    .checksum = 1};
  Message chunk{.type = MessageType::snapshot_chunk,
                .from = n1,
                .to = n2,
                .term = Term{1},
                .snapshot = meta,
                .length = 12,
                .data = image};
  // The harness refuses the image (its checksum is wrong): nothing happens to the log.
  receive(c, chunk);
  c.persist(n2);
  CHECK(c.status(n2).snapshot.index == LogIndex{0});
  CHECK(c.status(n2).last_index == LogIndex{5});
  CHECK(c.sometimes("raft: snapshot image refused") == 1);
  // A core of its own, told that the image is stored.
  Restored restored{.hard_state = {.term = Term{1}, .voted_for = {}},
                    .snapshot = {},
                    .entries = {},
                    .quarantine_until = {}};
  restored.snapshot.configuration = voters({1, 2, 3});
  for (std::uint64_t i = 1; i <= 5; ++i) restored.entries.push_back(entry(i, 1));
  RaftCore core(Options{.id = n2}, restored, c.now());
  Effects effects;
  const Moment moment{.now = c.now(), .lease_now = c.now()};
  core.step(moment, Receive{.message = &chunk}, effects);
  REQUIRE(effects.chunks.size() == 1);
  CHECK(effects.chunks[0].last);
  core.step(moment, SnapshotStored{.meta = meta}, effects);
  CHECK(core.status().snapshot.index == LogIndex{3});
  CHECK(core.status().last_index == LogIndex{5});
  CHECK(core.entry_at(LogIndex{3}) == nullptr);
  CHECK(core.entry_at(LogIndex{4}) != nullptr);
  CHECK(effects.persist.truncate_from == LogIndex{0});
}

TEST_CASE("raft 7: 'the follower discards its entire log; it is all superseded by the snapshot'") {
  Restored restored;
  restored.hard_state.term = Term{1};
  restored.snapshot.configuration = voters({1, 2, 3});
  for (std::uint64_t i = 1; i <= 5; ++i) restored.entries.push_back(entry(i, 1));
  RaftCore core(Options{.id = n2}, restored, Instant{});
  Effects effects;
  SnapshotMeta meta{
      .index = LogIndex{4}, .term = Term{2}, .configuration = voters({1, 2, 3}), .bytes = 3, .checksum = 1};
  Message chunk{.type = MessageType::snapshot_chunk,
                .from = n1,
                .to = n2,
                .term = Term{2},
                .snapshot = meta,
                .length = 3,
                .data = Bytes::copy_of("abc")};
  core.step({}, Receive{.message = &chunk}, effects);
  core.step({}, SnapshotStored{.meta = meta}, effects);
  CHECK(core.status().last_index == LogIndex{4});
  CHECK(core.status().commit == LogIndex{4});
  CHECK(effects.persist.truncate_from == LogIndex{1});
}

TEST_CASE("raft 7: 'Each server takes snapshots independently'; a slightly slow follower needs no image") {
  Cluster c = led_by_n1({.compaction_tail_entries = 10});
  c.isolate(n3);
  for (int i = 0; i < 8; ++i) c.propose(n1, "x");
  c.run(milliseconds(100));
  c.snapshot(n1);
  c.snapshot(n2);
  c.heal();
  c.run(milliseconds(500));
  CHECK(c.status(n3).commit == c.status(n1).commit);
  CHECK(c.sometimes("raft: snapshot sent") == 0);
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
