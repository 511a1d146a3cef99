#include "checkers/collections/collections.h"

#include <catch2/catch_test_macros.hpp>

#include "checkers/collections/search_model.h"
#include "checkers/collections/user_model.h"
#include "checkers/history/history_io.h"

namespace wn::checkers {
namespace {

History history_of(const std::string& lines) {
  auto h = read_history_text(lines, "test");
  if (!h) FAIL(h.error().to_string());
  return std::move(*h);
}

// "0 invoke enq 1" a line; "-" is null.
History short_history(const std::string& text) {
  std::string lines;
  std::size_t at = 0;
  while (at < text.size()) {
    const std::size_t end = std::min(text.find(';', at), text.size());
    std::string words[4];
    std::size_t w = 0;
    for (std::size_t i = at; i < end; ++i) {
      if (text[i] == ' ') {
        w += words[w].empty() ? 0 : 1;
      } else {
        words[w] += text[i];
      }
    }
    lines += R"({"process":)" + words[0] + R"(,"type":")" + words[1] + R"(","f":")" + words[2] +
             R"(","key":null,"value":)" + (words[3] == "-" ? "null" : words[3]) + "}\n";
    at = end + 1;
  }
  return history_of(lines);
}

Verdict judge(const std::string& text, CollectionModel model, const CollectionOptions& options = {}) {
  return check_collection(short_history(text), model, {}, options);
}

TEST_CASE("a queue whose later value is out first is out of order, and the witness says which values") {
  const Verdict v = judge(
      "0 invoke enq 1; 0 ok enq 1; 0 invoke enq 2; 0 ok enq 2; 0 invoke deq -; 0 ok deq 2;"
      "0 invoke enq 3; 0 ok enq 3",
      CollectionModel::queue);
  CHECK(v.outcome == Outcome3::fail);
  CHECK(v.signature == "linearizability: value out of order");
  CHECK(v.operations == std::vector<std::uint64_t>{0, 1, 2});
  CHECK(v.order.placed == std::vector<std::uint64_t>{0, 1});
  CHECK(v.order.states == std::vector<std::string>{"[1]", "[1 2]"});
  CHECK(v.order.stuck == std::vector<std::uint64_t>{2});
}

TEST_CASE("an info dequeue may have taken the value in the way, one for one value only") {
  const std::string puts =
      "0 invoke enq 1; 0 ok enq 1; 0 invoke enq 2; 0 ok enq 2; 0 invoke enq 3; 0 ok enq 3; 1 invoke deq -;"
      "1 info deq -; 0 invoke deq -; 0 ok deq ";
  CHECK(judge(puts + "2", CollectionModel::queue).outcome == Outcome3::pass);
  CHECK(judge(puts + "3", CollectionModel::queue).outcome == Outcome3::fail);
}

TEST_CASE("a stack and a priority queue: what is on top, what is most urgent") {
  const std::string two =
      "0 invoke push 1; 0 ok push 1; 0 invoke push 2; 0 ok push 2; 0 invoke pop -; 0 ok pop ";
  CHECK(judge(two + "2", CollectionModel::stack).outcome == Outcome3::pass);
  CHECK(judge(two + "1", CollectionModel::stack).signature == "linearizability: value out of order");
  CHECK(judge(two + "2", CollectionModel::priority_queue).outcome == Outcome3::pass);
  CHECK(judge(two + "1", CollectionModel::priority_queue).outcome == Outcome3::fail);
  CollectionOptions smallest;
  smallest.largest_first = false;
  CHECK(judge(two + "1", CollectionModel::priority_queue, smallest).outcome == Outcome3::pass);
  CHECK(judge(two + "-", CollectionModel::stack).signature == "linearizability: not empty");
}

TEST_CASE("contains=false of a value that was never inserted is right; contains=true is not") {
  const std::string other = "0 invoke insert 1; 0 ok insert 1; 0 invoke contains 2; 0 ok contains ";
  CHECK(judge(other + "[2,false]", CollectionModel::set).outcome == Outcome3::pass);
  CHECK(judge(other + "[2,true]", CollectionModel::set).signature == "linearizability: value from nowhere");
  CHECK(judge("0 invoke insert 1; 0 ok insert 1; 0 invoke contains 1; 0 ok contains false",
              CollectionModel::set)
            .signature == "linearizability: element missing");
}

TEST_CASE("a lock has one holder, and its tokens grow") {
  CHECK(
      judge("0 invoke lock -; 0 ok lock -; 1 invoke lock -; 1 ok lock -", CollectionModel::lock).signature ==
      "linearizability: two holders");
  const std::string twice =
      "0 invoke lock -; 0 ok lock 5; 0 invoke unlock -; 0 ok unlock -; 1 invoke lock -; 1 ok lock ";
  CHECK(judge(twice + "6", CollectionModel::lock).outcome == Outcome3::pass);
  CHECK(judge(twice + "5", CollectionModel::lock).signature == "linearizability: token does not grow");
  CHECK(judge("0 invoke unlock -; 0 ok unlock -", CollectionModel::lock).outcome == Outcome3::fail);
}

TEST_CASE("a counter shows neither less than was done nor more than was begun") {
  const std::string one = "0 invoke inc 1; 0 ok inc -; 1 invoke inc 1; 0 invoke read -; 0 ok read ";
  CHECK(judge(one + "0", CollectionModel::counter).signature == "linearizability: impossible count");
  CHECK(judge(one + "1", CollectionModel::counter).outcome == Outcome3::pass);
  CHECK(judge(one + "2", CollectionModel::counter).outcome == Outcome3::pass);
  CHECK(judge(one + "3", CollectionModel::counter).outcome == Outcome3::fail);
}

TEST_CASE("an operation that the model does not know makes the verdict unknown") {
  const Verdict v = judge("0 invoke enq 1; 0 ok enq 1; 0 invoke peek -; 0 ok peek 1", CollectionModel::queue);
  CHECK(v.outcome == Outcome3::unknown);
  CHECK(v.operations == std::vector<std::uint64_t>{1});
}

TEST_CASE("a budget of no steps is an honest unknown where values repeat") {
  Budget none;
  none.steps = 0;
  const History h = short_history(
      "0 invoke enq 1; 0 ok enq 1; 0 invoke enq 1; 0 ok enq 1; 0 invoke deq -; 0 ok deq 1; 0 invoke deq -;"
      "0 ok deq 1");
  CHECK(check_collection(h, CollectionModel::queue).outcome == Outcome3::pass);
  CHECK(check_collection(h, CollectionModel::queue, none).outcome == Outcome3::unknown);
}

// A model of one's own: a bounded buffer of two places; `put` is refused (fail) when it is full.
struct Buffer {
  using State = std::vector<std::uint32_t>;
  using Operation = wn::checkers::Operation;
  State initial() const { return {}; }
  std::uint64_t hash(const State& s) const { return s.empty() ? 0 : s.size() * 1000003 + s[0]; }
  std::optional<State> apply(const Operation& op, const State& s) const {
    State after = s;
    if (op.function == Function::put) {
      if (op.outcome == Outcome::fail) return s.size() == 2 ? std::optional(s) : std::nullopt;
      if (s.size() == 2) return std::nullopt;
      after.push_back(op.value.id);
      return after;
    }
    if (s.empty() || s[0] != op.result.id) return std::nullopt;
    after.erase(after.begin());
    return after;
  }
};

Outcome3 buffered(const std::string& text) {
  const History h = short_history(text);
  std::vector<SearchOperation> times;
  for (std::uint32_t i = 0; i < h.operations.size(); ++i)
    times.push_back({h.operations[i].invoked, h.operations[i].completed, i, false});
  std::uint64_t spent = 0;
  return search_history(Buffer{}, std::span<const Operation>(h.operations), times, {}, spent).outcome;
}

TEST_CASE("a model of one's own in C++: a bounded buffer refuses when it is full, and only then") {
  const std::string full = "0 invoke put 1; 0 ok put 1; 0 invoke put 2; 0 ok put 2; 0 invoke put 3; ";
  CHECK(buffered(full + "0 fail put 3; 1 invoke get -; 1 ok get 1") == Outcome3::pass);
  CHECK(buffered(full + "0 ok put 3") == Outcome3::fail);
  CHECK(buffered(full + "1 invoke get -; 1 ok get 1; 0 ok put 3") == Outcome3::pass);
  CHECK(buffered(full + "1 invoke get -; 1 ok get 2; 0 ok put 3") == Outcome3::fail);
}

// A model made at run time: a bank account that cannot be overdrawn, its state a decimal number.
UserModel account() {
  UserModel m;
  m.name = "bank account";
  m.initial = "100";
  m.process_matters = false;
  m.observes = [](const History& h, std::uint32_t i) { return h.operations[i].function == Function::read; };
  m.step = [](std::string_view state, const History& h, std::uint32_t i) -> std::optional<std::string> {
    const Operation& op = h.operations[i];
    const std::int64_t balance = std::stoll(std::string(state));
    if (op.function == Function::read)
      return h.atoms.number_of(op.result) == balance ? std::optional(std::string(state)) : std::nullopt;
    const std::int64_t amount = h.atoms.number_of(op.value);
    const std::int64_t after = balance + (op.function == Function::decrement ? -amount : amount);
    if (after < 0) return std::nullopt;
    return std::to_string(after);
  };
  return m;
}

TEST_CASE("a model made at run time: an account is never overdrawn, info operations included") {
  const std::string start = "0 invoke dec 70; 1 invoke dec 60; 2 invoke inc 40; ";
  CHECK(check_user_model(short_history(start + "0 ok dec -; 1 ok dec -; 2 info inc -"), account()).outcome ==
        Outcome3::pass);
  const Verdict v =
      check_user_model(short_history(start + "2 fail inc -; 0 ok dec -; 1 ok dec -"), account());
  CHECK(v.outcome == Outcome3::fail);
  CHECK(v.order.placed.size() == 1);
  CHECK(v.explanation.find("bank account") != std::string::npos);
  ModelStats stats;
  CHECK(check_user_model(
            short_history(start + "0 ok dec -; 1 ok dec -; 2 ok inc -; 3 invoke read -; 3 ok read 10"),
            account(), {}, &stats)
            .outcome == Outcome3::pass);
  CHECK(stats.steps > 0);
}

}  // namespace
}  // namespace wn::checkers
