// The engine on models with known answers; the Raft model at scopes of a second, whole and with planted bugs.
#include <catch2/catch_test_macros.hpp>

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
  CHECK(found.states > 1'000'000);
}

TEST_CASE("a state that can do less than another need not be explored") {
  const RaftScope scope{.commands = 0, .crashes = 0, .duplicates = false, .one_a_link = false};
  RaftScope covered = scope;
  covered.cover = true;
  const Findings all = run(scope);
  const Findings some = run(covered);
  CHECK(all.ending == Ending::complete);
  CHECK(some.ending == Ending::complete);
  CHECK(some.states - some.covered < all.states);
  covered.defect = Defect::vote_not_persisted;
  covered.crashes = 1;
  CHECK(run(covered).path.size() == 7);
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
