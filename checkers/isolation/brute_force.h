#pragma once
// Test support: whether a small history is serializable, strictly so, or explained by snapshots, by trying
// all orders. Written from the definitions, without versions, graphs or cycles.
#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "checkers/history/history.h"

namespace wn::checkers::isolation {

class BruteForce {
 public:
  // `real_time`: the order keeps real time. `snapshots`: a transaction reads at one place of the order and
  // writes at a later one, and nobody else writes its keys between (snapshot isolation; with real time: the
  // snapshot is not older than what ended before the transaction began, Berenson et al. 1995).
  BruteForce(const History& history, bool real_time, bool snapshots)
      : h_(history), real_time_(real_time), snapshots_(snapshots) {
    for (std::uint32_t i = 0; i < h_.operations.size(); ++i)
      if (h_.operations[i].outcome != Outcome::fail) ops_.push_back(i);
    begun_.assign(h_.operations.size(), false);
    done_.assign(h_.operations.size(), false);
  }

  bool possible() { return step(); }

 private:
  using State = std::map<Atom, std::vector<Atom>>;  // a register is its history of values

  bool ok(std::uint32_t op) const { return h_.operations[op].outcome == Outcome::ok; }

  // May `op` take its next step now? What ended before it began must be done.
  bool allowed(std::uint32_t op) const {
    if (!real_time_) return true;
    return std::ranges::all_of(ops_, [&](std::uint32_t o) {
      return done_[o] || !ok(o) || h_.operations[o].completed > h_.operations[op].invoked;
    });
  }

  // All reads of an acknowledged transaction fit the state that it began with and its own writes.
  bool reads_fit(std::uint32_t op) const {
    State own;
    for (const MicroOperation& m : h_.operations[op].txn) {
      auto it = own.find(m.key);
      if (it == own.end()) {
        const auto now = state_.find(m.key);
        it = own.emplace(m.key, now == state_.end() ? std::vector<Atom>{} : now->second).first;
      }
      if (m.append || m.write) {
        it->second.push_back(m.value);
      } else if (ok(op)) {
        const bool list = m.list.has_value();
        const std::vector<Atom> saw = m.list.to_vector();
        const Atom last = it->second.empty() ? kNil : it->second.back();
        if (list ? saw != it->second : m.seen.value_or(kNil) != last) return false;
      }
    }
    return true;
  }

  bool writes_key(std::uint32_t op, Atom key) const {
    return std::ranges::any_of(h_.operations[op].txn, [&](const MicroOperation& m) {
      return m.key == key && (m.append || m.write);
    });
  }

  bool finish(std::uint32_t op) {
    if (snapshots_) {
      for (const std::uint32_t o : ops_) {
        if (o == op || !begun_[o] || done_[o]) continue;
        for (const MicroOperation& m : h_.operations[op].txn)
          if ((m.append || m.write) && writes_key(o, m.key)) return false;  // the other one comes too late
      }
    }
    const State before = state_;
    for (const MicroOperation& m : h_.operations[op].txn)
      if (m.append || m.write) state_[m.key].push_back(m.value);
    done_[op] = true;
    const bool good = step();
    done_[op] = false;
    state_ = before;
    return good;
  }

  // Info transactions may never happen, so all is well once the acknowledged ones are done.
  bool step() {
    if (std::ranges::all_of(ops_, [&](std::uint32_t o) { return done_[o] || !ok(o); })) return true;
    for (const std::uint32_t op : ops_) {
      if (done_[op]) continue;
      if (begun_[op]) {
        if (finish(op)) return true;
        continue;
      }
      if (!allowed(op) || !reads_fit(op)) continue;
      begun_[op] = true;
      const bool good = snapshots_ ? step() : finish(op);
      begun_[op] = false;
      if (good) return true;
    }
    return false;
  }

  const History& h_;
  bool real_time_, snapshots_;
  std::vector<std::uint32_t> ops_;
  std::vector<bool> begun_, done_;
  State state_;
};

}  // namespace wn::checkers::isolation
