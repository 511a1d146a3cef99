#pragma once
// The collections as models of the search: small states, an operation each.
#include <algorithm>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "checkers/collections/part.h"
#include "checkers/history/interner.h"

namespace wn::checkers::collections {

using Elements = std::vector<std::uint32_t>;

inline std::uint64_t hash_of(const Elements& elements) {
  std::uint64_t h = elements.size();
  for (const std::uint32_t e : elements) h = (h ^ e) * 0x9E3779B97F4A7C15ULL + 1;
  return h ^ (h >> 31);
}

// Queue (first in, first out) and stack (last in, first out): oldest first.
struct SequenceModel {
  using State = Elements;
  using Operation = Op;
  bool newest_first = false;

  State initial() const { return {}; }
  std::uint64_t hash(const State& state) const { return hash_of(state); }
  bool observes(const Op& op) const { return op.act == Act::take && !op.pending() && op.value == 0; }
  std::optional<State> apply(const Op& op, const State& state) const {
    if (op.act == Act::insert) {
      State after = state;
      after.push_back(op.value);
      return after;
    }
    if (state.empty()) return op.pending() || op.value == 0 ? std::optional(state) : std::nullopt;
    const std::uint32_t out = newest_first ? state.back() : state.front();
    if (!op.pending() && op.value != out) return std::nullopt;
    State after = state;
    after.erase(newest_first ? after.end() - 1 : after.begin());
    return after;
  }
};

// Priorities in ascending order; equal ones are alike.
struct PriorityModel {
  bool turned = false;  // they are negated: the largest comes first
  using State = std::vector<std::int64_t>;
  using Operation = Op;

  State initial() const { return {}; }
  std::uint64_t hash(const State& state) const {
    std::uint64_t h = state.size();
    for (const std::int64_t e : state) h = (h ^ static_cast<std::uint64_t>(e)) * 0x9E3779B97F4A7C15ULL + 1;
    return h ^ (h >> 31);
  }
  bool observes(const Op& op) const { return op.act == Act::take && !op.pending() && op.value == 0; }
  std::optional<State> apply(const Op& op, const State& state) const {
    if (op.act == Act::insert) {
      State after = state;
      after.insert(std::upper_bound(after.begin(), after.end(), op.amount), op.amount);
      return after;
    }
    if (state.empty()) return op.pending() || op.value == 0 ? std::optional(state) : std::nullopt;
    if (!op.pending() && (op.value == 0 || op.amount != state.front())) return std::nullopt;
    return State(state.begin() + 1, state.end());
  }
};

// Elements in ascending order of their ids.
struct SetModel {
  using State = Elements;
  using Operation = Op;
  const Interner* atoms = nullptr;

  State initial() const { return {}; }
  std::uint64_t hash(const State& state) const { return hash_of(state); }
  bool observes(const Op& op) const { return op.act == Act::contains || op.act == Act::read; }
  std::optional<State> apply(const Op& op, const State& state) const {
    if (op.act == Act::read) {
      Elements seen;
      if (op.value != 0) {
        for (const Atom a : atoms->list_of(Atom{op.value})) seen.push_back(a.id);
      }
      std::sort(seen.begin(), seen.end());
      seen.erase(std::unique(seen.begin(), seen.end()), seen.end());
      return seen == state ? std::optional(state) : std::nullopt;
    }
    const auto at = std::lower_bound(state.begin(), state.end(), op.value);
    const bool there = at != state.end() && *at == op.value;
    if (op.act == Act::contains)
      return there == (op.answer == Answer::yes) ? std::optional(state) : std::nullopt;
    const bool changes = there == (op.act == Act::take);
    if (!changes) return op.answer == Answer::yes ? std::nullopt : std::optional(state);
    State after = state;
    const auto place = after.begin() + (at - state.begin());
    if (there) {
      after.erase(place);
    } else {
      after.insert(place, op.value);
    }
    return after;
  }
};

struct LockState {
  std::uint64_t holder = 0;
  std::uint64_t depth = 0;
  std::int64_t token = INT64_MIN;
  friend bool operator==(const LockState&, const LockState&) = default;
};

struct LockModel {
  using State = LockState;
  using Operation = Op;
  bool reentrant = false;

  State initial() const { return {}; }
  std::uint64_t hash(const State& s) const {
    return (s.holder * 31 + s.depth) * 0x9E3779B97F4A7C15ULL ^ static_cast<std::uint64_t>(s.token);
  }
  std::optional<State> apply(const Op& op, const State& s) const {
    State after = s;
    if (op.act == Act::release) {
      if (s.depth == 0 || s.holder != op.holder) return std::nullopt;
      if (--after.depth == 0) after.holder = 0;
      return after;
    }
    if (s.depth > 0 && !(reentrant && s.holder == op.holder)) return std::nullopt;
    // A holder that acquires again may be shown its token again.
    if (op.has_token && (s.depth > 0 ? op.amount < s.token : op.amount <= s.token)) return std::nullopt;
    after.holder = op.holder;
    ++after.depth;
    if (op.has_token) after.token = op.amount;
    return after;
  }
};

struct SemaphoreModel {
  using State = std::int64_t;  // permits that are held
  using Operation = Op;
  std::int64_t permits = 1;

  State initial() const { return 0; }
  std::uint64_t hash(State s) const { return static_cast<std::uint64_t>(s); }
  std::optional<State> apply(const Op& op, State s) const {
    const State after = op.act == Act::acquire ? s + op.amount : s - op.amount;
    return after >= 0 && after <= permits ? std::optional(after) : std::nullopt;
  }
};

struct CounterModel {
  using State = std::int64_t;
  using Operation = Op;

  State initial() const { return 0; }
  std::uint64_t hash(State s) const { return static_cast<std::uint64_t>(s); }
  bool observes(const Op& op) const { return op.act == Act::read; }
  std::optional<State> apply(const Op& op, State s) const {
    if (op.act == Act::read) return op.amount == s ? std::optional(s) : std::nullopt;
    return s + op.amount;
  }
};

}  // namespace wn::checkers::collections
