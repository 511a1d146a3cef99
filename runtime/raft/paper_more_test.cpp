// Sentence by sentence: membership ([raft] 6, [diss] 4) and snapshots ([raft] 7). Reads:
// paper_reads_test.cpp.
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

}  // namespace
}  // namespace wn::raft
