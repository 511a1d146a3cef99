#include "checkers/liveness/liveness.h"

#include <catch2/catch_test_macros.hpp>

#include "checkers/liveness/sometimes.h"

namespace wn::checkers {
namespace {

constexpr std::uint64_t kFollower = 0, kCandidate = 2, kLeader = 3;
constexpr std::uint64_t kOk = 1, kInfo = 3;

// Five servers 1..5, one client 9; faults freeze at 10 s, the run ends at 60 s; 20 timeouts of 0.5 s are 10
// s.
LivenessFacts five() {
  LivenessFacts f;
  f.freeze_at = {10'000'000'000};
  f.end = {60'000'000'000};
  f.election_timeout = milliseconds(500);
  for (std::uint32_t n = 1; n <= 5; ++n) {
    f.up.push_back(NodeId{n});
    f.voters.push_back(NodeId{n});
  }
  f.clients = {NodeId{9}};
  return f;
}

class Tale {
 public:
  explicit Tale(LivenessFacts facts) : checker_(std::move(facts)) {}
  Tale& at(std::int64_t tenths) {
    now_ = {tenths * 100'000'000};
    return *this;
  }
  Tale& event(std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field = {}) {
    checker_.on_event({.at = now_, .node = NodeId{node}, .kind = kind, .field = field});
    return *this;
  }
  Tale& state(std::uint32_t node, std::uint64_t role, std::uint64_t term) {
    return event(node, TraceKind::raft_state, {role, term});
  }
  Tale& invoke() { return event(9, TraceKind::op_invoked, {1}); }
  Tale& complete(std::uint64_t outcome) { return event(9, TraceKind::op_completed, {1, outcome}); }
  Tale& served(std::int64_t from, std::int64_t to) {  // one operation every two seconds
    for (std::int64_t t = from; t + 10 <= to; t += 20) at(t).invoke().at(t + 10).complete(kOk);
    return *this;
  }
  Verdict verdict() const { return checker_.verdict(); }
  std::string signature() const { return checker_.verdict().signature; }

 private:
  LivenessChecker checker_;
  SimTime now_;
};

bool vacuous(const Verdict& v) {
  return v.outcome == Outcome3::pass && v.explanation.starts_with("vacuous: ");
}

}  // namespace

TEST_CASE("liveness: clients that are served are a pass, and not a vacuous one") {
  Tale t(five());
  t.state(1, kLeader, 1).served(0, 600);
  CHECK(t.verdict().outcome == Outcome3::pass);
  CHECK(!vacuous(t.verdict()));
  CHECK(t.verdict().claim == "liveness");
}

TEST_CASE("liveness: a core that elects no leader fails") {
  Tale t(five());
  t.at(120).invoke();
  for (std::uint64_t term = 2; term < 30; ++term)
    t.at(120 + static_cast<std::int64_t>(term) * 10).state(2, kCandidate, term);
  CHECK(t.signature() == "liveness: no leader");
  CHECK(t.verdict().at_ns == 22'000'000'000);
  CHECK(t.verdict().explanation.find("28 candidacies") != std::string::npos);
}

TEST_CASE("liveness: clients that give up and try again still wait") {
  Tale t(five());
  for (std::int64_t at = 110; at < 590; at += 20) t.at(at).invoke().at(at + 19).complete(kInfo);
  CHECK(t.signature() == "liveness: no leader");
  Tale answered(five());
  for (std::int64_t at = 110; at < 590; at += 20)
    answered.at(at).invoke().at(at + 19).complete(at % 80 == 70 ? 2 : kInfo);
  CHECK(answered.verdict().outcome == Outcome3::pass);
}

TEST_CASE("liveness: why the core is stuck is told apart") {
  LivenessFacts split = five();  // 4 and 5 are cut off from 1, 2, 3, but not from the client
  for (const std::uint32_t a : {1U, 2U, 3U}) {
    for (const std::uint32_t b : {4U, 5U}) split.blocked.emplace_back(NodeId{b}, NodeId{a});
  }
  Tale outside(split);
  outside.at(50).state(4, kLeader, 3).at(110).invoke();
  CHECK(outside.signature() == "liveness: leader outside the core");
  CHECK(outside.verdict().explanation.find("quorum): 1, 2, 3\n") != std::string::npos);
  Tale stuck(split);
  stuck.at(50).state(2, kLeader, 3).at(110).invoke();
  CHECK(stuck.signature() == "liveness: leader cannot commit");
  Tale unheard(split);
  unheard.at(50).state(2, kLeader, 3).at(110).invoke().at(130).event(2, TraceKind::raft_commit, {7, 3, 3, 1});
  CHECK(unheard.signature() == "liveness: clients not served");
}

TEST_CASE("liveness: leaders that come and go without faults fail") {
  const auto tale = [](std::int64_t step) {
    Tale t(five());
    t.served(100, 600);
    std::uint64_t term = 1;
    for (std::int64_t at = 210; at < 600; at += step, ++term) {
      const auto node = static_cast<std::uint32_t>(1 + term % 5);
      t.at(at).state(node, kLeader, term).at(at + 1).state(node, kFollower, term);
    }
    return t.signature();
  };
  CHECK(tale(20) == "liveness: leader churn");
  CHECK(tale(100).empty());
}

TEST_CASE("liveness: nothing is demanded where no core, no client or no time is") {
  LivenessFacts few = five();
  few.up.resize(2);
  CHECK(vacuous(Tale(few).at(120).invoke().verdict()));
  LivenessFacts ring = five();  // each talks to its two neighbours only
  for (std::uint32_t a = 1; a <= 5; ++a) {
    for (std::uint32_t b = 1; b <= 5; ++b) {
      const std::uint32_t apart = (a + 5 - b) % 5;
      if (apart == 2 || apart == 3) ring.blocked.emplace_back(NodeId{a}, NodeId{b});
    }
  }
  CHECK(vacuous(Tale(ring).at(120).invoke().verdict()));
  LivenessFacts mute = five();
  mute.blocked.emplace_back(NodeId{3}, NodeId{9});
  CHECK(vacuous(Tale(mute).at(120).invoke().verdict()));
  LivenessFacts brief = five();
  brief.end = {12'000'000'000};
  CHECK(vacuous(Tale(brief).at(105).invoke().verdict()));
  CHECK(vacuous(Tale(five()).verdict()));
  Tale disks(five());
  for (const std::uint32_t n : {1U, 2U, 3U}) disks.event(n, TraceKind::store_refused, {1});
  disks.at(120).invoke();
  CHECK(vacuous(disks.verdict()));
  CHECK(disks.verdict().explanation.find("node 2 refused to serve from its disk") != std::string::npos);
  Tale crashed(five());
  for (const std::uint32_t n : {1U, 2U, 3U}) crashed.event(n, TraceKind::node_crashed, {1, 1});
  CHECK(vacuous(crashed.at(120).invoke().verdict()));
  Tale quarantined(five());
  for (const std::uint32_t n : {1U, 2U, 3U}) quarantined.event(n, TraceKind::raft_restored, {1, 0, 5, 2, 9});
  CHECK(vacuous(quarantined.at(120).invoke().verdict()));
  quarantined.event(1, TraceKind::raft_commit, {9, 1, 1, 1});
  CHECK(quarantined.signature() == "liveness: no leader");
}

TEST_CASE("liveness: the configuration that servers hold decides what a quorum is") {
  LivenessFacts f = five();
  f.up.resize(2);
  Tale t(f);  // two of five; but they moved to a configuration of 1 and 2 alone
  for (const std::uint32_t n : {1U, 2U}) t.event(n, TraceKind::raft_config, {8, 0b110, 0, 0, 0});
  t.at(120).invoke();
  CHECK(t.signature() == "liveness: no leader");
  for (const std::uint32_t n : {1U, 2U}) t.event(n, TraceKind::raft_config, {9, 0b110, 0b111000, 0, 1});
  CHECK(vacuous(t.verdict()));
}

TEST_CASE("sometimes: what never happened in a sweep is named") {
  FlatMap<std::string, std::uint64_t> counts;
  counts["raft: leader elected"] = 3;
  counts["raft: snapshot installed"] = 0;
  const std::vector<std::string> one{"raft: leader elected"};
  const std::vector<std::string> all{"raft: leader elected", "raft: snapshot installed", "kv: cas refused"};
  CHECK(check_sometimes(counts, one).outcome == Outcome3::pass);
  const Verdict v = check_sometimes(counts, all);
  CHECK(v.outcome == Outcome3::fail);
  CHECK(v.signature == "sometimes: raft: snapshot installed never happened");
  CHECK(v.explanation == "never happened: raft: snapshot installed, kv: cas refused");
}

}  // namespace wn::checkers
