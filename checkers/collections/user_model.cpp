#include "checkers/collections/user_model.h"

#include <algorithm>
#include <numeric>
#include <tuple>

#include "checkers/collections/search_model.h"
#include "runtime/base/check.h"

namespace wn::checkers {
namespace {

struct UserStates {
  using State = std::string;
  using Operation = std::uint32_t;
  const UserModel& model;
  const History& history;

  State initial() const { return model.initial; }
  std::uint64_t hash(const State& state) const {
    std::uint64_t h = 0xCBF29CE484222325ULL;
    for (const char c : state) h = (h ^ static_cast<unsigned char>(c)) * 0x100000001B3ULL;
    return h;
  }
  std::optional<State> apply(std::uint32_t op, const State& state) const {
    return model.step(state, history, op);
  }
  bool observes(std::uint32_t op) const { return model.observes && model.observes(history, op); }
};

bool same(const MicroOperation& a, const MicroOperation& b) {
  return a.append == b.append && a.write == b.write && a.key == b.key && a.value == b.value &&
         a.list == b.list && a.seen == b.seen;
}

// Operations that a model cannot tell apart get one label; those with transactions each have their own.
void label(const History& history, const UserModel& model, std::span<const std::uint32_t> part,
           std::vector<SearchOperation>& times) {
  const auto meaning = [&](std::uint32_t i) {
    const Operation& op = history.operations[part[i]];
    return std::tuple(op.function, op.outcome, op.key, op.value, op.expected, op.result,
                      model.process_matters ? op.process : 0);
  };
  std::vector<std::uint32_t> order(part.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto x = meaning(a), y = meaning(b);
    return x != y ? x < y : a < b;
  });
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0) {
      const auto& before = history.operations[part[order[i - 1]]].txn;
      const auto& here = history.operations[part[order[i]]].txn;
      const bool alike = meaning(order[i]) == meaning(order[i - 1]) &&
                         std::equal(before.begin(), before.end(), here.begin(), here.end(), same);
      if (!alike) ++next;
    }
    times[order[i]].label = next;
  }
}

std::vector<std::vector<std::uint32_t>> parts_of(const History& history, const UserModel& model) {
  std::vector<std::vector<std::uint32_t>> parts;
  std::vector<std::uint32_t> part_of(history.atoms.size(), kRefused);
  for (std::uint32_t i = 0; i < history.operations.size(); ++i) {
    const Operation& op = history.operations[i];
    if (op.outcome == Outcome::fail && !model.failed_happened) continue;
    std::uint32_t& at = part_of[model.split_by_key ? op.key.id : 0];
    if (at == kRefused) {
      at = static_cast<std::uint32_t>(parts.size());
      parts.emplace_back();
    }
    parts[at].push_back(i);
  }
  return parts;
}

void explain(const History& history, const UserModel& model, std::span<const std::uint32_t> part,
             const JustInTimeResult& found, std::vector<std::string> states, Verdict& verdict) {
  verdict.outcome = Outcome3::fail;
  verdict.signature = "linearizability: no order exists";
  for (const std::uint32_t i : found.placed) verdict.order.placed.push_back(part[i]);
  for (const std::uint32_t i : found.stuck) verdict.order.stuck.push_back(part[i]);
  verdict.order.states = std::move(states);
  verdict.operations = verdict.order.stuck;
  verdict.explanation = "No order of operations is one of a " + model.name + ".";
  if (verdict.order.stuck.empty()) return;
  verdict.explanation += " After the longest that was found (" + std::to_string(found.placed.size()) +
                         " operations), nothing explains\n  " +
                         describe(history, verdict.order.stuck.front());
  verdict.at_ns = history.operations[verdict.order.stuck.front()].completed_ns;
}

}  // namespace

Verdict check_user_model(const History& history, const UserModel& model, const Budget& budget,
                         ModelStats* stats) {
  WN_CHECK(static_cast<bool>(model.step));
  Verdict verdict;
  verdict.claim = "linearizability";
  std::uint64_t spent = 0;
  const auto parts = parts_of(history, model);
  for (const auto& part : parts) {
    std::vector<SearchOperation> times;
    for (const std::uint32_t i : part) {
      const Operation& op = history.operations[i];
      times.push_back({op.invoked, op.outcome == Outcome::info ? kNever : op.completed, 0, false});
    }
    label(history, model, part, times);
    std::vector<std::string> states;
    const JustInTimeResult found = search_history(
        UserStates{model, history}, std::span<const std::uint32_t>(part), times, budget, spent, &states);
    if (found.outcome == Outcome3::fail) {
      explain(history, model, part, found, std::move(states), verdict);
      break;
    }
    if (found.outcome == Outcome3::unknown) {
      verdict.outcome = Outcome3::unknown;
      verdict.explanation = "The budget ended before an order of a " + model.name + " was found or refuted.";
    }
  }
  if (stats != nullptr) *stats = {parts.size(), spent};
  return verdict;
}

}  // namespace wn::checkers
