#include "runtime/raft/progress.h"

#include <catch2/catch_test_macros.hpp>

namespace wn::raft {
namespace {

constexpr LogIndex at(std::uint64_t index) { return LogIndex{index}; }

TEST_CASE("progress: the window is a ring that refuses at its capacity and frees what is acknowledged") {
  Window window(3);
  for (std::uint64_t round = 0; round < 10; ++round) {
    window.add(at(3 * round + 1));
    window.add(at(3 * round + 2));
    CHECK_FALSE(window.full());
    window.add(at(3 * round + 3));
    CHECK(window.full());
    window.acknowledge(at(3 * round + 2));
    CHECK(window.size() == 1);
    window.acknowledge(at(3 * round));  // stale
    CHECK(window.size() == 1);
    window.acknowledge(at(3 * round + 3));
    CHECK(window.empty());
  }
}

TEST_CASE("progress: a probe waits for its answer and becomes replication when accepted") {
  Progress p(NodeId{2}, at(8), 4);
  CHECK(p.may_send_entries());
  p.probe_sent = true;
  CHECK_FALSE(p.may_send_entries());
  CHECK(p.accepted(at(7)));
  CHECK(p.state == ProgressState::replicate);
  CHECK(p.next == at(8));
}

TEST_CASE("progress: a stale acceptance never moves match back") {
  Progress p(NodeId{2}, at(8), 4);
  p.accepted(at(7));
  CHECK_FALSE(p.accepted(at(3)));
  CHECK(p.match == at(7));
  CHECK(p.next == at(8));
}

TEST_CASE("progress: one refusal of a pipeline backs up once") {
  Progress p(NodeId{2}, at(8), 4);
  p.accepted(at(7));
  p.window.add(at(9));
  p.window.add(at(10));
  p.next = at(11);
  CHECK(p.rejected(at(8)));
  CHECK(p.state == ProgressState::probe);
  CHECK(p.next == at(9));
  CHECK(p.window.empty());
  p.probe_sent = true;
  CHECK_FALSE(p.rejected(at(8)));
  CHECK(p.probe_sent);
}

TEST_CASE("progress: a follower that lost acknowledged entries is believed") {
  Progress p(NodeId{2}, at(8), 4);
  p.accepted(at(7));
  CHECK(p.rejected(at(2)));
  CHECK(p.match == at(2));
  CHECK(p.next == at(3));
  CHECK(p.accepted(at(5)));
  CHECK(p.match == at(5));
}

}  // namespace
}  // namespace wn::raft
