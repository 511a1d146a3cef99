// Sentence by sentence: each test cites what it checks. [raft] sections 5 and 5.1 to 5.5; membership,
// snapshots and clients are in paper_more_test.cpp and paper_reads_test.cpp.
#include <algorithm>
#include <catch2/catch_test_macros.hpp>

#include "runtime/raft/testing_help.h"

namespace wn::raft {
namespace {

using namespace testing;  // NOLINT: test vocabulary

Cluster led_by_n1(Options options = {}) {
  Cluster c(options, voters({1, 2, 3}));
  c.elect(n1);
  c.run(milliseconds(100));
  return c;
}
Message from_leader(MessageType type, NodeId to, std::uint64_t term) {
  return {.type = type, .from = n3, .to = to, .term = Term{term}};
}

// ---- 5.1
TEST_CASE(
    "raft 5.1: 'if one server's current term is smaller than the other's, then it updates its current "
    "term'") {
  Cluster c = led_by_n1();
  receive(c, from_leader(MessageType::heartbeat, n2, 7));
  CHECK(c.status(n2).term == Term{7});
  CHECK(c.status(n2).leader == n3);
}

TEST_CASE(
    "raft 5.1: 'If a candidate or leader discovers that its term is out of date, it immediately reverts to "
    "follower state'") {
  Cluster c = led_by_n1();
  receive(c, {.type = MessageType::append_reply, .from = n2, .to = n1, .term = Term{9}, .reject = true});
  CHECK(c.status(n1).role == Role::follower);
  CHECK(c.status(n1).term == Term{9});
}

TEST_CASE("raft 5.1: 'If a server receives a request with a stale term number, it rejects the request'") {
  Cluster c = led_by_n1();
  c.drop_all();
  const LogIndex last = c.status(n2).last_index;
  receive(c, from_leader(MessageType::append, n2, 0), {entry(1, 0)});
  CHECK(c.status(n2).last_index == last);
  const Parcel* reply = find(c, MessageType::append_reply, n3);
  REQUIRE(reply != nullptr);
  CHECK(reply->message.reject);
  CHECK(reply->message.term == c.status(n2).term);  // so that the sender steps down
}

// ---- 5.2
TEST_CASE("raft 5.2: 'When servers start up, they begin as followers'") {
  Cluster c({}, voters({1, 2, 3}));
  for (NodeId id : c.ids()) CHECK(c.status(id).role == Role::follower);
}

TEST_CASE("raft 5.2: 'A server remains in follower state as long as it receives valid RPCs from a leader'") {
  Cluster c = led_by_n1();
  c.run(seconds(20));
  CHECK(c.leader() == n1);
  CHECK(c.status(n2).term == Term{1});
}

TEST_CASE(
    "raft 5.2: 'If a follower receives no communication over … the election timeout, then it … begins an "
    "election'") {
  Cluster c = led_by_n1();
  c.crash(n1);
  c.run(seconds(3));
  CHECK(c.leader());
  CHECK(c.leader() != n1);
}

TEST_CASE(
    "raft 5.2: a candidate 'votes for itself and issues RequestVote RPCs in parallel to each of the other "
    "servers'") {
  Cluster c({.pre_vote = false}, voters({1, 2, 3}));
  c.advance(milliseconds(600));
  c.tick(n1);
  CHECK(c.status(n1).voted_for == n1);
  CHECK(c.status(n1).term == Term{1});
  CHECK(count(c, MessageType::vote) == 0);  // not before its own vote is on disk
  c.persist(n1);
  CHECK(count(c, MessageType::vote, n1) == 2);
}

TEST_CASE(
    "raft 5.2: 'Each server will vote for at most one candidate in a given term, on a "
    "first-come-first-served "
    "basis'") {
  Cluster c({}, voters({1, 2, 3}));
  c.advance(seconds(1));
  receive(c, {.type = MessageType::vote, .from = n1, .to = n2, .term = Term{4}});
  receive(c, {.type = MessageType::vote, .from = n3, .to = n2, .term = Term{4}});
  c.persist(n2);
  const Parcel* first = find(c, MessageType::vote_reply, n1);
  const Parcel* second = find(c, MessageType::vote_reply, n3);
  REQUIRE((first != nullptr && second != nullptr));
  CHECK_FALSE(first->message.reject);
  CHECK(second->message.reject);
  c.drop_all();
  receive(c, {.type = MessageType::vote, .from = n1, .to = n2, .term = Term{4}});  // the same again
  c.persist(n2);
  CHECK_FALSE(find(c, MessageType::vote_reply, n1)->message.reject);
}

TEST_CASE("raft figure 2: the vote is 'updated on stable storage before responding to RPCs'") {
  Cluster c({}, voters({1, 2, 3}));
  c.advance(seconds(1));
  receive(c, {.type = MessageType::vote, .from = n1, .to = n2, .term = Term{4}});
  CHECK(count(c, MessageType::vote_reply) == 0);
  c.crash(n2);  // the write is lost, and so is the promise
  c.restart(n2);
  CHECK(c.status(n2).voted_for == kNobody);
}

TEST_CASE("raft 5.2: a vote survives a restart") {
  Cluster c({}, voters({1, 2, 3}));
  c.advance(seconds(1));
  receive(c, {.type = MessageType::vote, .from = n1, .to = n2, .term = Term{4}});
  c.persist(n2);
  c.crash(n2);
  c.restart(n2);
  c.advance(seconds(1));
  c.drop_all();
  receive(c, {.type = MessageType::vote, .from = n3, .to = n2, .term = Term{4}});
  CHECK(find(c, MessageType::vote_reply, n3)->message.reject);
}

TEST_CASE("raft 5.2: with the planted bug vote-not-persisted it does not, and two candidates get the vote") {
  Cluster c({.defect = Defect::vote_not_persisted}, voters({1, 2, 3}));
  c.advance(seconds(1));
  receive(c, {.type = MessageType::vote, .from = n1, .to = n2, .term = Term{4}});
  c.persist(n2);
  c.crash(n2);
  c.restart(n2);
  c.advance(seconds(1));
  c.drop_all();
  receive(c, {.type = MessageType::vote, .from = n3, .to = n2, .term = Term{4}});
  CHECK_FALSE(find(c, MessageType::vote_reply, n3)->message.reject);
}

TEST_CASE(
    "raft 5.2: 'A candidate wins an election if it receives votes from a majority of the servers in the full "
    "cluster for the same term'") {
  Cluster c({.pre_vote = false}, voters({1, 2, 3, 4, 5}));
  c.advance(seconds(1));
  c.tick(n1);
  c.persist(n1);
  c.drop_all();
  const auto vote = [&](NodeId from, std::uint64_t term) {
    receive(c, {.type = MessageType::vote_reply, .from = from, .to = n1, .term = Term{term}});
  };
  vote(n2, 1);
  vote(n2, 1);         // counts once
  vote(n3, 0);         // of another term
  vote(NodeId{9}, 1);  // of no member
  CHECK(c.status(n1).role == Role::candidate);
  vote(n4, 1);
  CHECK(c.status(n1).role == Role::leader);
}

TEST_CASE(
    "raft 5.2: 'If the leader's term is at least as large as the candidate's current term, then the "
    "candidate … "
    "returns to follower state'") {
  Cluster c({.pre_vote = false}, voters({1, 2, 3}));
  c.advance(seconds(1));
  c.tick(n1);
  receive(c, from_leader(MessageType::append, n1, 1));
  CHECK(c.status(n1).role == Role::follower);
  CHECK(c.status(n1).leader == n3);
}

TEST_CASE(
    "raft 5.2: when votes are split 'each candidate will time out and start a new election by incrementing "
    "its "
    "term'") {
  Cluster c({.pre_vote = false}, voters({1, 2, 3}));
  c.advance(seconds(1));
  c.tick(n1);
  c.advance(seconds(1));
  c.tick(n1);
  CHECK(c.status(n1).role == Role::candidate);
  CHECK(c.status(n1).term == Term{2});
}

TEST_CASE("raft 5.2: 'election timeouts are chosen randomly from a fixed interval'") {
  std::vector<std::int64_t> seen;
  for (std::uint64_t seed = 1; seed <= 50; ++seed) {
    Cluster c({}, voters({1, 2, 3}), seed);
    const Duration timeout = c.at(n1).core->next_deadline() - c.now();
    CHECK(timeout >= milliseconds(300));
    CHECK(timeout <= milliseconds(600));
    seen.push_back(timeout.ns);
  }
  std::ranges::sort(seen);
  CHECK(std::ranges::unique(seen).empty());
}

// ---- 5.3
TEST_CASE("raft 5.3: the leader 'issues AppendEntries RPCs in parallel to each of the other servers'") {
  Cluster c = led_by_n1();
  c.propose(n1, "x");
  CHECK(count(c, MessageType::append, n1) == 2);
}

TEST_CASE(
    "raft 5.3: 'A log entry is committed once the leader that created the entry has replicated it on a "
    "majority "
    "of the servers'") {
  Cluster c = led_by_n1();
  c.auto_persist = false;
  c.propose(n1, "x");
  const LogIndex index = c.status(n1).last_index;
  c.settle();
  CHECK(c.status(n1).commit < index);  // stored nowhere yet
  c.persist(n2);
  c.settle();
  CHECK(c.status(n1).commit < index);  // on one disk of three
  c.persist(n3);
  c.settle();
  CHECK(c.status(n1).commit == index);  // on two, not the leader's own ([diss] 10.2.1)
  CHECK(c.status(n1).durable_index < index);
}

TEST_CASE(
    "raft 5.3: 'If the follower does not find an entry in its log with the same index and term, then it "
    "refuses "
    "the new entries'") {
  Cluster c = led_by_n1();
  const LogIndex last = c.status(n2).last_index;
  Message m{.type = MessageType::append,
            .from = n1,
            .to = n2,
            .term = Term{1},
            .log_index = last + 5,
            .log_term = Term{1}};
  receive(c, m, {entry(last.value + 6, 1)});
  CHECK(c.status(n2).last_index == last);
  const Parcel* reply = find(c, MessageType::append_reply, n1);
  REQUIRE(reply != nullptr);
  CHECK(reply->message.reject);
  CHECK(reply->message.log_index == last);
}

TEST_CASE(
    "raft figure 2: 'If an existing entry conflicts with a new one, delete the existing entry and all that "
    "follow it'") {
  Cluster c = led_by_n1();
  c.isolate(n2);
  Message old{.type = MessageType::append,
              .from = n1,
              .to = n2,
              .term = Term{1},
              .log_index = LogIndex{1},
              .log_term = Term{1}};
  receive(c, old, {entry(2, 1), entry(3, 1), entry(4, 1)});
  Message newer{.type = MessageType::append,
                .from = n3,
                .to = n2,
                .term = Term{2},
                .log_index = LogIndex{2},
                .log_term = Term{1}};
  receive(c, newer, {entry(3, 2)});
  CHECK(c.status(n2).last_index == LogIndex{3});
  CHECK(c.at(n2).core->entry_at(LogIndex{3})->term == Term{2});
  CHECK(c.sometimes("raft: conflicting suffix truncated") == 1);
  c.persist(n2);
  CHECK(c.at(n2).disk.log.size() == 3);
}

TEST_CASE("raft 5.5: 'Raft RPCs are idempotent … it ignores those entries' that it already has") {
  Cluster c = led_by_n1();
  c.isolate(n2);
  Message m{.type = MessageType::append,
            .from = n1,
            .to = n2,
            .term = Term{1},
            .log_index = LogIndex{1},
            .log_term = Term{1}};
  receive(c, m, {entry(2, 1), entry(3, 1)});
  receive(c, m, {entry(2, 1)});  // an older one, late: nothing is cut off
  CHECK(c.status(n2).last_index == LogIndex{3});
}

TEST_CASE("raft 5.3: one refusal suffices to skip the entries of all conflicting terms") {
  Cluster c = led_by_n1();
  c.isolate(n3);
  for (int i = 0; i < 40; ++i) c.propose(n1, "x");
  c.settle();
  c.heal();
  // n3 holds 100 entries of a term that nobody else has.
  std::vector<Entry> lost;
  for (std::uint64_t i = 2; i <= 101; ++i) lost.push_back(entry(i, 2));
  receive(c,
          {.type = MessageType::append,
           .from = n2,
           .to = n3,
           .term = Term{2},
           .log_index = LogIndex{1},
           .log_term = Term{1}},
          lost);
  c.persist(n3);
  c.drop_all();
  REQUIRE(c.elect(n2));
  c.run(milliseconds(200));
  CHECK(c.status(n3).last_index == c.status(n2).last_index);
  CHECK(c.status(n3).commit == c.status(n2).commit);
  CHECK(c.violation() == std::nullopt);
}

TEST_CASE(
    "raft 5.3: the leader retries 'indefinitely (even after it has responded to the client) until all "
    "followers "
    "eventually store all log entries'") {
  Cluster c = led_by_n1();
  c.propose(n1, "x");
  c.drop_all();  // both appends are lost
  c.run(milliseconds(300));
  CHECK(c.status(n1).commit == c.status(n1).last_index);
  CHECK(c.status(n3).last_index == c.status(n1).last_index);
}

TEST_CASE("raft 5.3, [diss] 10.2.1: appends are pipelined, as many as the window allows") {
  Cluster c = led_by_n1({.inflight_messages_max = 3});
  for (int i = 0; i < 10; ++i) c.propose(n1, "x");
  CHECK(count(c, MessageType::append, n1) == 6);
  c.settle();
  CHECK(c.status(n1).commit == c.status(n1).last_index);
}

TEST_CASE("raft: an append message holds no more entries and bytes than it may") {
  Cluster c = led_by_n1({.append_entries_max = 4, .append_bytes_max = 10});
  c.isolate(n2);
  c.isolate(n3);
  for (int i = 0; i < 9; ++i) c.propose(n1, i < 5 ? "x" : "five5");
  c.heal();
  c.run(milliseconds(500));
  CHECK(c.status(n3).last_index == c.status(n1).last_index);
}

// ---- 5.4
TEST_CASE(
    "raft 5.4.1: 'If the logs have last entries with different terms, then the log with the later term is "
    "more "
    "up-to-date. If the logs end with the same term, then whichever log is longer'") {
  Cluster c = led_by_n1();
  c.propose(n1, "x");
  c.run(milliseconds(100));  // last entry: index 2, term 1
  c.crash(n1);
  c.advance(seconds(1));
  const auto rejected = [&](std::uint64_t index, std::uint64_t term, std::uint64_t in_term) {
    c.drop_all();
    receive(c, {.type = MessageType::vote,
                .from = n3,
                .to = n2,
                .term = Term{in_term},
                .log_index = LogIndex{index},
                .log_term = Term{term}});
    c.persist(n2);
    return find(c, MessageType::vote_reply, n3)->message.reject;
  };
  CHECK(rejected(1, 1, 5));
  CHECK(rejected(99, 0, 6));
  CHECK_FALSE(rejected(2, 1, 7));
  CHECK_FALSE(rejected(3, 1, 8));
  CHECK_FALSE(rejected(1, 2, 9));
}

TEST_CASE("raft: a well-formed append alone is taken, whatever else the bytes may say") {
  Cluster c = led_by_n1();
  const LogIndex last = c.status(n2).last_index;
  const Message m{.type = MessageType::append,
                  .from = n1,
                  .to = n2,
                  .term = Term{1},
                  .log_index = last,
                  .log_term = Term{1}};
  receive(c, m, {entry(last.value + 2, 1)});                            // a gap
  receive(c, m, {entry(last.value + 1, 2)});                            // of the future
  receive(c, m, {entry(last.value + 1, 1), entry(last.value + 2, 0)});  // terms decrease
  Entry junk = entry(last.value + 1, 1);
  junk.kind = EntryKind::configuration;
  junk.data = Bytes::copy_of("junk");
  receive(c, m, {junk});
  CHECK(c.status(n2).last_index == last);
}

}  // namespace
}  // namespace wn::raft
