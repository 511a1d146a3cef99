#pragma once
// SequentialModel: an object as a state machine, and how a user says what the object is. A model with a State
// and an Operation of its own choice is handed to search_history() (search_model.h); a model made at run
// time, say in Python, is a UserModel (user_model.h).
//
// A model is deterministic: apply(operation, state) is the state after the operation, or nothing when the
// operation cannot answer what it answered in that state. It depends on nothing else. An info operation (the
// caller knows none of its answer) gives the state after it, whatever it answered.
//
//   struct Account {
//     using State = std::int64_t;
//     using Operation = wn::checkers::Operation;
//     State initial() const { return 0; }
//     std::optional<State> apply(const Operation& operation, const State& balance) const;
//     std::uint64_t hash(const State& balance) const;
//   };
//
// Optional: `bool observes(const Operation&) const`, true only of operations that change no state whatever
// the state is (reads): the search never branches on them.
#include <concepts>
#include <cstdint>
#include <optional>

namespace wn::checkers {

template <class M>
concept SequentialModel =
    requires(const M& m, const typename M::State& state, const typename M::Operation& operation) {
      { m.initial() } -> std::convertible_to<typename M::State>;
      { m.apply(operation, state) } -> std::convertible_to<std::optional<typename M::State>>;
      { m.hash(state) } -> std::convertible_to<std::uint64_t>;
      { state == state } -> std::convertible_to<bool>;
    };

template <class M>
concept ObservingModel = SequentialModel<M> && requires(const M& m, const typename M::Operation& operation) {
  { m.observes(operation) } -> std::convertible_to<bool>;
};

}  // namespace wn::checkers
