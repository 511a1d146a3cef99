#include "checkers/collections/search_part.h"

#include <algorithm>
#include <numeric>
#include <tuple>
#include <type_traits>

#include "checkers/collections/search_model.h"
#include "checkers/collections/search_models.h"

namespace wn::checkers::collections {
namespace {

constexpr std::size_t kStateTextMax = 4096;  // states longer than this many elements are not spelled out
constexpr std::size_t kStatesMax = 10'000;   // nor are those of longer orders

auto meaning(CollectionModel model, const Op& op) {
  const bool unknown = op.act == Act::take && op.pending();
  const bool by_value =
      model == CollectionModel::set || model == CollectionModel::queue || model == CollectionModel::stack;
  const bool empty = model == CollectionModel::priority_queue && op.act == Act::take && op.value == 0;
  return std::tuple(op.act, by_value ? op.value : 0, op.amount, op.answer,
                    model == CollectionModel::lock ? op.holder : 0, op.has_token, unknown, empty);
}

// Operations that mean the same to the model get one number.
void label(CollectionModel model, const std::vector<Op>& ops, std::vector<SearchOperation>& times) {
  std::vector<std::uint32_t> order(ops.size());
  std::iota(order.begin(), order.end(), 0U);
  std::sort(order.begin(), order.end(), [&](std::uint32_t a, std::uint32_t b) {
    const auto x = meaning(model, ops[a]);
    const auto y = meaning(model, ops[b]);
    return x != y ? x < y : a < b;
  });
  std::uint32_t next = 0;
  for (std::size_t i = 0; i < order.size(); ++i) {
    if (i > 0 && meaning(model, ops[order[i]]) != meaning(model, ops[order[i - 1]])) ++next;
    times[order[i]].label = next;
  }
}

std::string spell(const History& history, const Elements& elements) {
  std::string text = "[";
  for (std::size_t i = 0; i < elements.size() && i < kStateTextMax; ++i) {
    if (i > 0) text += ' ';
    history.atoms.append_json(Atom{elements[i]}, text);
  }
  return text + "]";
}
// Priorities are turned round when the largest comes first (split.cpp).
std::string spell(const std::vector<std::int64_t>& elements, bool turned) {
  std::string text = "[";
  for (std::size_t i = 0; i < elements.size() && i < kStateTextMax; ++i)
    text += (i > 0 ? " " : "") + std::to_string(turned ? -elements[i] : elements[i]);
  return text + "]";
}
std::string spell(const History& history, const LockState& s) {
  if (s.depth == 0) return "free";
  const bool named = s.holder >> 32 != 0;
  const Atom name{static_cast<std::uint32_t>(s.holder)};
  return "held by " + (named ? history.atoms.to_json(name) : "process " + std::to_string(s.holder));
}
std::string spell(const History&, std::int64_t s) { return std::to_string(s); }

template <class M>
Searched run(const History& history, CollectionModel model, const M& object, const Part& part,
             std::span<const std::uint32_t> which, const Budget& budget, std::uint64_t& spent) {
  std::vector<Op> ops;
  std::vector<SearchOperation> times;
  for (const std::uint32_t i : which) {
    const Op& op = part.ops[i];
    ops.push_back(op);
    times.push_back({op.invoked, op.pending() ? kNever : op.returned, 0, false});
  }
  label(model, ops, times);
  std::vector<typename M::State> states;
  const JustInTimeResult found =
      search_history(object, std::span<const Op>(ops), times, budget, spent, &states);
  Searched result;
  result.outcome = found.outcome;
  for (const std::uint32_t i : found.placed) result.placed.push_back(which[i]);
  for (const std::uint32_t i : found.stuck) result.stuck.push_back(which[i]);
  if (found.outcome == Outcome3::fail && states.size() <= kStatesMax) {
    for (const auto& state : states) {
      if constexpr (std::is_same_v<M, PriorityModel>) {
        result.states.push_back(spell(state, object.turned));
      } else {
        result.states.push_back(spell(history, state));
      }
    }
  }
  return result;
}

}  // namespace

Searched search_part(const History& history, CollectionModel model, const Part& part,
                     std::span<const std::uint32_t> which, const CollectionOptions& options,
                     const Budget& budget, std::uint64_t& spent) {
  switch (model) {
    case CollectionModel::set:
      return run(history, model, SetModel{&history.atoms}, part, which, budget, spent);
    case CollectionModel::queue:
      return run(history, model, SequenceModel{false}, part, which, budget, spent);
    case CollectionModel::stack:
      return run(history, model, SequenceModel{true}, part, which, budget, spent);
    case CollectionModel::priority_queue:
      return run(history, model, PriorityModel{options.largest_first}, part, which, budget, spent);
    case CollectionModel::lock:
      return run(history, model, LockModel{options.reentrant}, part, which, budget, spent);
    case CollectionModel::semaphore:
      return run(history, model, SemaphoreModel{static_cast<std::int64_t>(options.permits)}, part, which,
                 budget, spent);
    case CollectionModel::counter:
      return run(history, model, CounterModel{}, part, which, budget, spent);
  }
  return {Outcome3::unknown, {}, {}, {}};
}

}  // namespace wn::checkers::collections
