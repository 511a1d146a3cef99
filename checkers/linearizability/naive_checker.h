#pragma once
// Test support: a naive checker that tries every order of a small history (at most 32 operations a key). It
// shares nothing with the checker: it works on operations and plain values.
#include <map>
#include <optional>
#include <set>
#include <vector>

#include "checkers/history/history.h"

namespace wn::checkers::naive {

using Value = std::vector<std::int64_t>;  // empty: nothing

inline Value value_of(const Interner& atoms, Atom a) {
  if (a == kNil) return {};
  if (atoms.kind(a) == Interner::Kind::number) return {atoms.number_of(a)};
  Value out;
  if (atoms.kind(a) == Interner::Kind::text) {
    for (const char c : atoms.text_of(a)) out.push_back(c);
  } else {
    for (const Atom e : atoms.list_of(a)) out.push_back(atoms.number_of(e));
  }
  return out;
}

class Naive {
 public:
  explicit Naive(const History& h) : h_(h) {}
  bool linearizable() {
    std::set<std::uint32_t> keys;
    for (const Operation& op : h_.operations) keys.insert(op.key.id);
    for (const std::uint32_t key : keys) {
      ops_.clear();
      for (const Operation& op : h_.operations) {
        if (op.key.id == key) ops_.push_back(&op);
      }
      seen_.clear();
      if (!place(0, {})) return false;
    }
    return true;
  }

 private:
  static bool must(const Operation& op) { return op.outcome != Outcome::info; }
  static std::uint64_t end(const Operation& op) { return must(op) ? op.completed : kNever; }

  // The state after the operation, or nothing when it cannot take effect here.
  std::optional<Value> apply(const Operation& op, const Value& state) const {
    const Interner& atoms = h_.atoms;
    const Value argument = value_of(atoms, op.value);
    switch (op.function) {
      case Function::read:
      case Function::get:
        if (op.outcome == Outcome::ok && value_of(atoms, op.result) != state) return {};
        return state;
      case Function::cas: {
        const bool matches = value_of(atoms, op.expected) == state;
        if (op.outcome == Outcome::fail) return matches ? std::nullopt : std::optional(state);
        if (op.outcome == Outcome::ok && !matches) return {};
        return matches ? argument : state;
      }
      case Function::append: {
        if (op.outcome == Outcome::fail) return state;
        Value longer = state;
        longer.insert(longer.end(), argument.begin(), argument.end());
        return longer;
      }
      case Function::remove:
        return op.outcome == Outcome::fail ? state : Value{};
      default:
        return op.outcome == Outcome::fail ? state : argument;
    }
  }

  bool place(std::uint32_t done, const Value& state) {
    std::uint64_t first_end = kNever;
    bool all = true;
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if ((done >> i & 1) != 0) continue;
      all &= !must(*ops_[i]);
      first_end = std::min(first_end, end(*ops_[i]));
    }
    if (all) return true;
    if (!seen_.emplace(done, state).second) return false;
    for (std::size_t i = 0; i < ops_.size(); ++i) {
      if ((done >> i & 1) != 0 || ops_[i]->invoked > first_end) continue;
      const auto next = apply(*ops_[i], state);
      if (next && place(done | 1U << i, *next)) return true;
    }
    return false;
  }

  const History& h_;
  std::vector<const Operation*> ops_;
  std::set<std::pair<std::uint32_t, Value>> seen_;
};

}  // namespace wn::checkers::naive
