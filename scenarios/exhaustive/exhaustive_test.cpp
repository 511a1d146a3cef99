// The engine on models with known answers; the Raft model at scopes of a second, whole and with planted bugs.
#include <catch2/catch_test_macros.hpp>
#include <set>

#include "scenarios/exhaustive/models.h"
#include "scenarios/exhaustive/raft_story.h"
#include "scenarios/exhaustive/search.h"

namespace wn::exhaustive {
namespace {

// Two jugs of 3 and 5 litres; 4 litres are called a violation.
class Jugs final : public Model {
 public:
  Hash128 start(std::vector<std::uint32_t>& to) override {
    to = {0, 0};
    return hash(to);
  }
  void expand(Words s, Sink& sink) override {
    for (std::uint32_t action = 1; action <= 6; ++action) {
      apply(s, action, next_);
      if (next_[1] == 4) return sink.broken(action, "four litres");
      sink.reached(action, hash(next_));
    }
  }
  void apply(Words s, std::uint32_t action, std::vector<std::uint32_t>& to) override {
    const std::uint32_t a = s[0], b = s[1];
    const std::uint32_t into_b = std::min(a, 5 - b), into_a = std::min(b, 3 - a);
    const std::vector<std::uint32_t> all[] = {
        {3, b}, {a, 5}, {0, b}, {a, 0}, {a - into_b, b + into_b}, {a + into_a, b - into_a}};
    to = all[action - 1];
  }
  std::size_t bytes() const override { return 0; }

 private:
  static Hash128 hash(const std::vector<std::uint32_t>& s) { return {s[0] * 6 + s[1] + 1, 1}; }
  std::vector<std::uint32_t> next_;
};

Findings run(const RaftScope& scope, std::uint64_t states = 2'000'000) {
  RaftModel model(scope);
  return search(model, {.states = states});
}

TEST_CASE("a shortest path is found, by the known number of steps") {
  Jugs jugs;
  const Findings found = search(jugs, {});
  REQUIRE(found.ending == Ending::violated);
  CHECK(found.path == std::vector<std::uint32_t>{2, 6, 3, 6, 2, 6});
}

TEST_CASE("each limit ends a search by its own name") {
  RaftModel model({.commands = 0, .crashes = 0});
  CHECK(search(model, {.states = 100}).ending == Ending::states_spent);
  CHECK(search(model, {.bytes = 1 << 20}).ending == Ending::bytes_spent);
  CHECK(search(model, {.depth = 3}).ending == Ending::depth_reached);
  CHECK(search(model, {.stop = [] { return true; }}).ending == Ending::stopped);
}

TEST_CASE("one term and two: every state of the cluster keeps every claim") {
  const Findings one = run({.terms = 1, .commands = 2, .crashes = 1});
  CHECK(one.ending == Ending::complete);
  const Findings two = run({.terms = 2, .commands = 0, .crashes = 1});
  CHECK(two.ending == Ending::complete);
  CHECK(run({.terms = 2, .commands = 0, .crashes = 0, .duplicates = false}).ending == Ending::complete);
}

TEST_CASE("the stock scope is visited whole") {
  const Findings found = run({});
  CHECK(found.ending == Ending::complete);
  CHECK(found.states > 900'000);
}

TEST_CASE("as many states as the core's rules written down again have") {
  // reports/peers/rust/stateright counts them too, with an engine and a Raft of its own.
  CHECK(run({.commands = 1, .crashes = 0, .symmetry = false}).states == 229'150);
}

// Which clusters there are, their messages aside.
class Kinds final : public Model {
 public:
  explicit Kinds(const RaftScope& scope) : model_(scope) {}
  Hash128 start(std::vector<std::uint32_t>& to) override {
    const Hash128 hash = model_.start(to);
    note(to);
    return hash;
  }
  void expand(Words state, Sink& sink) override { model_.expand(state, sink); }
  void apply(Words state, std::uint32_t action, std::vector<std::uint32_t>& to) override {
    model_.apply(state, action, to);
    note(to);
  }
  std::size_t bytes() const override { return model_.bytes(); }
  std::set<std::pair<std::uint64_t, std::uint64_t>> found;

 private:
  void note(Words state) {
    model_.kind(state, kind_);
    found.emplace(kind_.key.low, kind_.key.high);
  }
  RaftModel model_;
  Kind kind_;
};

TEST_CASE("neither forgetting messages nor covering loses a single cluster") {
  for (const bool duplicates : {false, true}) {
    for (const bool one_a_link : {false, true}) {
      RaftScope scope{.commands = 0, .duplicates = duplicates, .one_a_link = one_a_link};
      INFO(duplicates << one_a_link);
      Kinds all(scope);
      const Findings each = search(all, {});
      REQUIRE(each.ending == Ending::complete);
      scope.cover = true;
      const Findings few = run(scope);
      REQUIRE(few.ending == Ending::complete);
      CHECK(few.kinds == all.found.size());
      CHECK(few.states < each.states);
      if (!duplicates && !one_a_link) continue;  // seconds
      scope.forget = false;
      const Findings unforgotten = run(scope);
      REQUIRE(unforgotten.ending == Ending::complete);
      CHECK(unforgotten.kinds == few.kinds);
    }
  }
}

TEST_CASE("what covering finds is told by its shortest way") {
  const Explored found =
      explore("raft",
              {.raft = {.one_a_link = false, .cover = true, .defect = Defect::vote_not_persisted},
               .crdt = {},
               .capability = {}},
              {});
  REQUIRE(found.findings.ending == Ending::violated);
  CHECK(found.findings.shortest);
  CHECK(found.story.size() == 7);
}

TEST_CASE("renamed nodes are the same cluster: symmetry keeps the verdict and divides the states") {
  const RaftScope scope{.terms = 1, .commands = 1, .crashes = 0};
  RaftScope all = scope;
  all.symmetry = false;
  const Findings few = run(scope);
  const Findings many = run(all);
  REQUIRE(few.ending == Ending::complete);
  REQUIRE(many.ending == Ending::complete);
  CHECK(few.depth == many.depth);
  CHECK(many.states > 2 * few.states);
  CHECK(many.states <= 6 * few.states);
}

TEST_CASE("planted bugs of the core have short counterexamples") {
  const Findings votes = run({.defect = Defect::vote_not_persisted});
  REQUIRE(votes.ending == Ending::violated);
  CHECK(std::string(votes.claim).starts_with("Election Safety"));
  CHECK(votes.path.size() == 7);
  const RaftScope reads{.commands = 0, .crashes = 0, .reads = 1, .defect = Defect::read_without_quorum};
  const Findings stale = run(reads);
  REQUIRE(stale.ending == Ending::violated);
  CHECK(std::string(stale.claim).starts_with("Linearizable reads"));
  RaftScope honest = reads;
  honest.terms = 1;
  honest.defect = Defect::none;
  CHECK(run(honest).ending == Ending::complete);
}

TEST_CASE("a counterexample is told in sentences and as a script") {
  RaftModel model({.defect = Defect::vote_not_persisted});
  const Findings found = search(model, {});
  const RaftStory story = tell(model, found.path);
  REQUIRE(story.steps.size() == found.path.size());
  CHECK(story.steps.front().find("election timeout passes") != std::string::npos);
  CHECK(story.script.find("defect=vote-not-persisted") != std::string::npos);
}

}  // namespace
}  // namespace wn::exhaustive
