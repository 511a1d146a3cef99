#pragma once
// A blocking client of a TestWorld, and short names for tests.
#include "runtime/groups/test_world.h"

namespace wn::groups {

inline WorknodeId worknode(std::uint64_t n) { return {.high = 0, .low = n}; }

inline raft::MemberList members(std::initializer_list<std::uint32_t> ids) {
  raft::MemberList out;
  for (const std::uint32_t id : ids) out.push_back(NodeId{id});
  return out;
}

inline constexpr GroupId kGenesis{1};

// One group, the genesis group, on these nodes.
inline Options one_group(std::initializer_list<std::uint32_t> on) {
  Options options;
  options.groups.push_back({.group = kGenesis, .root = worknode(1), .members = members(on), .worknodes = {}});
  return options;
}

// A blocking client: asks until it is decided, at most for `patience`.
class TestClient {
 public:
  TestClient(TestWorld& world, std::uint32_t id) : world_(world), id_(id) {}

  Answer call(Function function, std::uint64_t on, std::int64_t value = 0, std::int64_t expected = 0,
              Duration patience = seconds(20)) {
    Command command{.context = 0,
                    .client = NodeId{id_},
                    .operation = ++operations_,
                    .worknode = worknode(on),
                    .function = function,
                    .value = value,
                    .expected = expected};
    return ask(patience, [&](std::uint32_t node, std::uint64_t context, std::uint32_t attempt) {
      command.context = context;
      command.attempt = attempt;
      if (hint_.epoch > command.epoch) {
        command.group = hint_.group;
        command.epoch = hint_.epoch;
      }
      world_.submit(node, command);
    });
  }
  Answer change(Change change, Duration patience = seconds(30)) {
    return ask(patience, [&](std::uint32_t node, std::uint64_t context, std::uint32_t) {
      change.context = context;
      world_.change(node, change);
    });
  }
  std::uint32_t at = 1;  // whom it asks first

 private:
  template <class Send>
  Answer ask(Duration patience, Send&& send) {
    const Instant until = world_.now() + patience;
    hint_ = {};
    Answer last{.code = AnswerCode::unknown};
    for (std::uint32_t attempt = 1; world_.now() < until; ++attempt) {
      const std::uint64_t context = (std::uint64_t{id_} << 32) | ++contexts_;
      send(at, context, attempt);
      const auto got = wait_for(context);
      if (got) last = *got;
      if (got && got->code == AnswerCode::wrong_group) hint_ = {.group = got->group, .epoch = got->epoch};
      if (got && (got->code == AnswerCode::done || got->code == AnswerCode::refused)) return *got;
      // Hints may be old: now and then somebody else is asked.
      const bool hinted =
          got && got->node && got->node.value != at && got->node.value <= world_.size() && attempt % 4 != 0;
      at = hinted ? got->node.value : static_cast<std::uint32_t>(1 + attempt % world_.size());
      world_.run(milliseconds(hinted ? 1 : 50));
    }
    return last;
  }
  std::optional<Answer> wait_for(std::uint64_t context) {
    const Instant until = world_.now() + seconds(3);
    while (true) {
      for (const auto& [node, answer] : world_.answers) {
        if (answer.context != context) continue;
        const Answer found = answer;
        world_.answers.clear();
        return found;
      }
      world_.answers.clear();
      if (!world_.step(until)) {
        world_.run_until(until);
        return std::nullopt;
      }
    }
  }

  TestWorld& world_;
  std::uint32_t id_;
  Location hint_;
  std::uint64_t operations_ = 0;
  std::uint64_t contexts_ = 0;
};

}  // namespace wn::groups
