// A Raft core trusts what its peers mean, and yet none of their words stops it: what cannot be is refused.
#include <catch2/catch_test_macros.hpp>
#include <cstdlib>

#include "runtime/base/random.h"
#include "runtime/raft/testing_help.h"

namespace wn::raft {
namespace {

using namespace testing;

// Whatever a decoder lets through.
void alter(Parcel& parcel, Draw& draw) {
  Message& m = parcel.message;
  const std::uint64_t what = draw.below(13);
  const std::uint64_t by = draw.below(5);
  const auto near = [&](std::uint64_t value) { return value + by < 2 ? 0 : value + by - 2; };
  if (what == 0) m.type = static_cast<MessageType>(1 + draw.below(11));
  if (what == 1) m.term = Term{near(m.term.value)};
  if (what == 2) m.log_index = LogIndex{near(m.log_index.value)};
  if (what == 3) m.log_term = Term{near(m.log_term.value)};
  if (what == 4) m.commit = LogIndex{near(m.commit.value) + (by == 0 ? 1'000'000 : 0)};
  if (what == 5) m.reject = !m.reject;
  if (what == 6) m.round += by;
  if (what == 7) m.leadership_transfer = !m.leadership_transfer;
  if (what == 8) m.offset = near(m.offset);
  if (what == 9) m.snapshot.index = LogIndex{near(m.snapshot.index.value)};
  if (what == 10) m.snapshot.term = Term{near(m.snapshot.term.value)};
  if (what == 11 && !parcel.entries.empty()) {
    Entry& entry = parcel.entries[draw.below(parcel.entries.size())];
    entry.term = Term{near(entry.term.value)};
  }
  if (what == 12 && !parcel.entries.empty()) {  // moved as a whole
    const std::uint64_t first = near(parcel.entries.front().index.value);
    m.log_index = LogIndex{first == 0 ? 0 : first - 1};
    for (std::size_t i = 0; i < parcel.entries.size(); ++i) parcel.entries[i].index = m.log_index + (i + 1);
  }
}

TEST_CASE("raft: a leader that denies what is committed is refused") {
  Cluster c({}, voters({1, 2, 3}));
  REQUIRE(c.elect(n1));
  c.propose(n1, "a");
  c.run(seconds(1));
  const Status before = c.status(n2);
  REQUIRE(before.commit.value >= 2);
  Message lie{.type = MessageType::append, .from = n3, .to = n2};
  lie.term = Term{before.term.value + 1};
  lie.log_index = LogIndex{before.commit.value - 1};
  lie.log_term = before.term;
  receive(c, lie, {entry(before.commit.value, before.term.value + 1)});
  CHECK(c.status(n2).commit == before.commit);
  CHECK(c.sometimes("raft: a leader that denies what is committed") == 1);
}

TEST_CASE("raft: altered messages of one member stop no other's core") {
  const char* const more = std::getenv("WORKNODE_FUZZ");
  const std::uint64_t runs = more == nullptr ? 300 : std::strtoull(more, nullptr, 10);
  std::uint64_t altered = 0, committed = 0;
  for (std::uint64_t seed = 1; seed <= runs; ++seed) {
    Cluster c({}, voters({1, 2, 3}), seed);
    Draw draw = Random(seed).at("test.hostile", 0, 3);
    for (int step = 0; step < 1200; ++step) {
      c.advance(milliseconds(5));
      c.tick_due();
      for (std::size_t i = 0; i < c.in_flight().size(); ++i) {
        Parcel& parcel = c.in_flight()[i];
        if (parcel.message.from != n3 || draw.below(2) == 0) continue;
        alter(parcel, draw);
        parcel.message.entries = parcel.entries;
        ++altered;
      }
      for (std::size_t n = c.in_flight().size(); n > 0 && !c.in_flight().empty(); --n) {
        if (draw.below(30) == 0) {
          c.in_flight().erase(c.in_flight().begin());
        } else {
          c.deliver(0);
        }
      }
      for (const NodeId id : c.ids()) c.persist(id);
      const NodeId leader = c.leader();
      if (leader && draw.below(4) == 0) c.propose(leader, "x");
      if (leader && draw.below(40) == 0) c.snapshot(leader);
    }
    committed += c.committed().value;
  }
  CHECK(altered > runs * 50);
  CHECK(committed > runs * 5);
}

}  // namespace
}  // namespace wn::raft
