#pragma once
// search_history: is there an order of operations that a SequentialModel (model.h) explains? The template
// numbers states and asks the model; the search itself is search_core.h.
//
// One call is one object: split a history by key before (check_user_model does). Budget: steps are calls of
// apply(), bytes those of memo and states; `spent` adds up steps over several calls.
#include <optional>
#include <span>
#include <type_traits>
#include <vector>

#include "checkers/collections/model.h"
#include "checkers/collections/search_core.h"

namespace wn::checkers {

// States of a model, each once.
template <SequentialModel M>
class ModelStates final : public StateTable {
 public:
  using State = typename M::State;
  using Operation = typename M::Operation;

  ModelStates(const M& model, std::span<const Operation> operations)
      : model_(model), operations_(operations), table_(64, kRefused) {
    number(model.initial());
  }

  std::uint32_t apply(std::uint32_t state, std::uint32_t operation) override {
    std::optional<State> after = model_.apply(operations_[operation], states_[state]);
    if (!after) return kRefused;
    if (*after == states_[state]) return state;
    return number(std::move(*after));
  }
  std::uint64_t bytes() const override {
    return states_.capacity() * sizeof(State) + held_ + hashes_.capacity() * 8 + table_.size() * 4;
  }
  const State& at(std::uint32_t state) const { return states_[state]; }

 private:
  std::uint32_t number(State state) {
    if ((states_.size() + 1) * 2 > table_.size()) grow();
    const std::uint64_t hash = model_.hash(state) * 0x9E3779B97F4A7C15ULL;
    std::size_t at = place(hash);
    for (; table_[at] != kRefused; at = (at + 1) & (table_.size() - 1)) {
      if (hashes_[table_[at]] == hash && states_[table_[at]] == state) return table_[at];
    }
    table_[at] = static_cast<std::uint32_t>(states_.size());
    if constexpr (requires { state.capacity(); }) {
      held_ += state.capacity() * sizeof(*state.data());
    }
    states_.push_back(std::move(state));
    hashes_.push_back(hash);
    return table_[at];
  }
  std::size_t place(std::uint64_t hash) const {
    return static_cast<std::size_t>(hash >> 20) & (table_.size() - 1);
  }
  void grow() {
    table_.assign(table_.size() * 2, kRefused);
    for (std::uint32_t i = 0; i < states_.size(); ++i) {
      std::size_t at = place(hashes_[i]);
      while (table_[at] != kRefused) at = (at + 1) & (table_.size() - 1);
      table_[at] = i;
    }
  }

  const M& model_;
  std::span<const Operation> operations_;
  std::vector<State> states_;
  std::vector<std::uint64_t> hashes_;
  std::vector<std::uint32_t> table_;
  std::uint64_t held_ = 0;
};

// `times[i]` says when operations[i] was open, and its label. Observers are found by the model, when it says.
template <SequentialModel M>
JustInTimeResult search_history(const M& model, std::span<const typename M::Operation> operations,
                                std::span<SearchOperation> times, const Budget& budget, std::uint64_t& spent,
                                std::vector<typename M::State>* seen = nullptr) {
  if constexpr (ObservingModel<M>) {
    for (std::size_t i = 0; i < times.size(); ++i) times[i].observer = model.observes(operations[i]);
  }
  ModelStates<M> states(model, operations);
  JustInTimeResult result = search_order(times, states, budget, spent);
  if (seen != nullptr) {
    for (const std::uint32_t state : result.states) seen->push_back(states.at(state));
  }
  return result;
}

}  // namespace wn::checkers
