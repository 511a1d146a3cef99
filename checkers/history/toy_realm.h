#pragma once
// Test support: a toy of a replicated store, with switches for what can go wrong, to measure checkers by. It
// shares nothing with the real one: replicas pull updates from each other in causal order; registers are
// last-writer-wins by Lamport stamps, counters sums, sets add-wins by observed removal, texts lists in which
// an element goes behind the one that it was put behind.
//
// Three replicas; clients 10 * n and 10 * n + 1 ask replica n. Everything is drawn from the seed.
#include <algorithm>
#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "checkers/history/recorder.h"
#include "runtime/base/random.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

enum class ToyBug : std::uint8_t {
  none,
  wall_clock,      // registers are stamped by clocks that differ
  by_arrival,      // the register that arrives last wins
  any_order,       // updates are pulled in any order
  ack_and_forget,  // one put in four is acknowledged and not carried out
  remove_wins,     // an exclude takes away includes that it had not seen
  removal_lost,    // an exclude has no effect at one replica in two
  half_counted,    // one addition in four is counted at its own replica only
  text_by_arrival,
};

class ToyRealm {
 public:
  static constexpr std::uint32_t kReplicas = 3;
  using Sink = std::function<void(const TraceEvent&)>;

  ToyRealm(std::uint64_t seed, ToyBug bug, Sink sink = {})
      : random_(seed), bug_(bug), sink_(std::move(sink)), replicas_(kReplicas + 1) {
    for (std::uint32_t n = 1; n <= kReplicas; ++n) tell(n, TraceKind::realm_restored, {n, 0, 0, 0, 0});
  }

  History run(std::uint32_t steps) {
    for (std::uint32_t i = 0; i < steps; ++i) {
      Draw draw = random_.at("toy.step", 0, i);
      const auto node = static_cast<std::uint32_t>(1 + draw.below(kReplicas));
      if (draw.below(3) == 0)
        pull(node, draw);
      else
        ask(node, static_cast<std::uint32_t>(node * 10 + draw.below(2)), draw);
    }
    for (std::uint32_t round = 0; round < 2 * log_.size() * kReplicas && !even(); ++round) {
      Draw draw = random_.at("toy.settle", 0, round);
      pull(1 + round % kReplicas, draw);
    }
    for (std::uint32_t n = 1; n <= kReplicas; ++n) {
      for (std::size_t key = 0; key < kKeys.size(); ++key) read(n, n * 10, key);
    }
    return recorder_.take();
  }

 private:
  static constexpr std::array<const char*, 5> kKeys{"w1.title", "w2.title", "w1.count", "w1.tags", "w1.text"};
  using Dot = std::pair<std::uint32_t, std::uint64_t>;
  struct Update {
    Dot dot;
    std::size_t key = 0;
    Function function = Function::put;
    std::int64_t value = 0;
    std::uint64_t stamp = 0;
    std::set<Dot> seen;  // exclude: the includes
    Dot behind{};        // append
  };
  struct Letter {
    Dot dot, behind;
    std::uint64_t stamp = 0;
    std::int64_t value = 0;
  };
  struct Replica {
    std::vector<std::size_t> applied;  // of log_
    std::set<std::size_t> known;
    std::uint64_t counter = 0, lamport = 0;
    std::array<std::pair<std::uint64_t, std::uint32_t>, 2> best{};  // stamp, origin
    std::array<std::int64_t, 2> title{};                            // 0: none
    std::int64_t count = 0;
    std::map<std::int64_t, std::set<Dot>> tags;
    std::set<Dot> gone;
    std::vector<Letter> text;
  };

  void tell(std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field) {
    if (sink_) sink_({.at = SimTime{++now_}, .node = NodeId{node}, .kind = kind, .field = field});
  }
  bool even() const {
    return std::ranges::all_of(
        replicas_, [&](const Replica& r) { return &r == replicas_.data() || r.known.size() == log_.size(); });
  }

  void pull(std::uint32_t node, Draw& draw) {
    const auto peer = static_cast<std::uint32_t>(1 + (node + draw.below(kReplicas - 1)) % kReplicas);
    std::vector<std::size_t> fresh;
    for (const std::size_t i : replicas_[peer].applied) {
      if (!replicas_[node].known.contains(i)) fresh.push_back(i);
    }
    if (fresh.empty()) return;
    std::uint64_t many = 1 + draw.below(3);
    for (; many > 0 && !fresh.empty(); --many) {
      const std::size_t which = bug_ == ToyBug::any_order ? draw.below(fresh.size()) : 0;
      apply(node, fresh[which]);
      fresh.erase(fresh.begin() + static_cast<std::ptrdiff_t>(which));
    }
  }

  void ask(std::uint32_t node, std::uint32_t client, Draw& draw) {
    const std::size_t key = draw.below(kKeys.size());
    if (draw.below(2) == 0) return read(node, client, key);
    Replica& r = replicas_[node];
    Update u;
    u.key = key;
    u.value = static_cast<std::int64_t>(++values_);
    u.stamp = r.lamport + 1;
    if (bug_ == ToyBug::wall_clock) u.stamp = static_cast<std::uint64_t>(now_) + 300 * (node - 1);
    if (key == 2) u.function = Function::add;
    if (key == 3) {
      u.function = Function::include;
      const std::uint64_t roll = draw.below(5);
      if (!r.tags.empty() && roll < 3) {
        if (roll > 0) u.function = Function::exclude;  // else: put in once more
        const auto at = std::next(r.tags.begin(), static_cast<std::ptrdiff_t>(draw.below(r.tags.size())));
        u.value = at->first;
        if (roll > 0) u.seen = at->second;
      }
    }
    if (key == 4) {
      u.function = Function::append;
      if (!r.text.empty()) u.behind = r.text.back().dot;
    }
    const auto op = recorder_.invoke(client, u.function, recorder_.atoms().text(kKeys[key]),
                                     recorder_.atoms().number(u.value), ++now_);
    ++numbers_[client];
    recorder_.complete(op, Outcome::ok, ++now_);
    if (bug_ == ToyBug::ack_and_forget && key < 2 && draw.below(4) == 0) return;
    u.dot = {node, ++r.counter};
    log_.push_back(u);
    apply(node, log_.size() - 1);
    tell(node, TraceKind::realm_served, {client, numbers_[client], u.dot.second, r.applied.size(), 0});
  }

  void read(std::uint32_t node, std::uint32_t client, std::size_t key) {
    const Replica& r = replicas_[node];
    std::vector<std::int64_t> shown;
    if (key < 2 && r.title[key] != 0) shown.push_back(r.title[key]);
    if (key == 2) shown.push_back(r.count);
    if (key == 3) {
      for (const auto& [value, dots] : r.tags) shown.push_back(value);
    }
    if (key == 4) {
      for (const Letter& letter : r.text) shown.push_back(letter.value);
    }
    Interner& atoms = recorder_.atoms();
    const auto op = recorder_.invoke(client, Function::get, atoms.text(kKeys[key]), kNil, ++now_);
    tell(node, TraceKind::realm_served, {client, ++numbers_[client], 0, r.applied.size(), 0});
    std::vector<Atom> list;
    for (const std::int64_t value : shown) list.push_back(atoms.number(value));
    const Atom result = list.empty() ? kNil : atoms.list(list);
    recorder_.complete(op, Outcome::ok, ++now_, result);
  }

  void apply(std::uint32_t node, std::size_t number) {
    const Update& u = log_[number];
    Replica& r = replicas_[node];
    r.applied.push_back(number);
    r.known.insert(number);
    tell(node, TraceKind::realm_update, {u.dot.first, u.dot.second, 2, u.key, u.stamp});
    r.lamport = std::max(r.lamport, u.stamp);
    Draw draw = random_.at("toy.bug", node, number);
    if (u.key < 2) {
      const std::pair rank(u.stamp, u.dot.first);
      if (rank <= r.best[u.key] && bug_ != ToyBug::by_arrival) return;
      r.best[u.key] = rank;
      r.title[u.key] = u.value;
    } else if (u.function == Function::add) {
      const bool lost = bug_ == ToyBug::half_counted && node != u.dot.first && number % 4 == 0;
      r.count += lost ? 0 : u.value;
    } else if (u.function == Function::include) {
      if (!r.gone.contains(u.dot)) r.tags[u.value].insert(u.dot);
    } else if (u.function == Function::exclude) {
      if (bug_ == ToyBug::removal_lost && node != u.dot.first && draw.below(2) == 0) return;
      std::set<Dot> out = u.seen;
      if (bug_ == ToyBug::remove_wins) out.insert(r.tags[u.value].begin(), r.tags[u.value].end());
      r.gone.insert(out.begin(), out.end());
      for (const Dot& dot : out) r.tags[u.value].erase(dot);
      if (r.tags[u.value].empty()) r.tags.erase(u.value);
    } else {
      insert(r, u);
    }
  }

  // Behind its place, and behind what younger ones have put there.
  void insert(Replica& r, const Update& u) {
    auto at = r.text.begin();
    if (u.behind != Dot{}) {
      at = std::ranges::find(r.text, u.behind, &Letter::dot);
      if (at != r.text.end()) ++at;
    }
    if (bug_ == ToyBug::text_by_arrival) at = r.text.end();
    while (at != r.text.end() && std::pair(at->stamp, at->dot.first) > std::pair(u.stamp, u.dot.first)) ++at;
    r.text.insert(at, {u.dot, u.behind, u.stamp, u.value});
  }

  Random random_;
  ToyBug bug_;
  Sink sink_;
  HistoryRecorder recorder_;
  std::vector<Update> log_;
  std::vector<Replica> replicas_;
  std::map<std::uint32_t, std::uint64_t> numbers_;
  std::int64_t now_ = 0;
  std::uint64_t values_ = 0;
};

}  // namespace wn::checkers
