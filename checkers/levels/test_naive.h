#pragma once
// Test support: the models by their definitions, on small histories. Every set of info transactions is tried
// as the committed ones, every commit order of them, on the values themselves.
#include <algorithm>
#include <numeric>
#include <vector>

#include "checkers/levels/test_histories.h"

namespace wn::checkers::levels {

class Naive {
 public:
  explicit Naive(const SmallTxns& txns) : all_(txns) {}

  bool level(Level level) {
    return any_choice([&] { return reads_consistent() && any_order([&] { return axiom(level); }); });
  }
  bool serializable(TxnOrder order) {
    order_ = order;
    return any_choice([&] {
      state_.assign(kKeys, 0);
      return serial(0);
    });
  }
  bool snapshot_isolation(TxnOrder order) {
    order_ = order;
    return any_choice([&] {
      state_.assign(kKeys, 0);
      version_.assign(kKeys, 0);
      snapshots_.assign(txns_.size(), {});
      return interleave(0, 0, 0);
    });
  }

 private:
  static constexpr std::size_t kKeys = 8;

  template <class F>
  bool any_choice(F f) {
    std::vector<std::size_t> infos;
    for (std::size_t i = 0; i < all_.size(); ++i) {
      if (all_[i].outcome == Outcome::info) infos.push_back(i);
    }
    for (std::uint32_t set = 0; set < 1U << infos.size(); ++set) {
      txns_.clear();
      for (std::size_t i = 0; i < all_.size(); ++i) {
        const auto at = std::ranges::find(infos, i);
        const bool in = at == infos.end() ? all_[i].outcome == Outcome::ok
                                          : (set >> static_cast<std::uint32_t>(at - infos.begin()) & 1U) != 0;
        if (in) txns_.push_back(&all_[i]);
      }
      if (f()) return true;
    }
    return false;
  }

  bool ok(std::size_t t) const { return txns_[t]->outcome == Outcome::ok; }
  bool so(std::size_t a, std::size_t b) const {
    return txns_[a]->process == txns_[b]->process && txns_[a]->begin < txns_[b]->begin;
  }
  bool must_precede(std::size_t a, std::size_t b) const {
    if (order_ == TxnOrder::none) return false;
    if (so(a, b) && ok(a)) return true;
    return order_ == TxnOrder::real_time && ok(a) && txns_[a]->end < txns_[b]->begin;
  }

  // Levels. Sources: -1 initial.
  struct Source {
    std::size_t reader = 0, place = 0;
    std::uint32_t key = 0;
    int from = -1;
  };
  int last_write(std::size_t t, std::uint32_t key) const {
    int v = -1;
    for (const SmallOp& op : txns_[t]->ops) {
      if (op.write && op.key == key) v = static_cast<int>(op.value);
    }
    return v;
  }
  bool reads_consistent() {
    sources_.clear();
    for (std::size_t t = 0; t < txns_.size(); ++t) {
      if (!ok(t)) continue;
      std::vector<std::uint32_t> own(kKeys, 0);
      for (std::size_t p = 0; p < txns_[t]->ops.size(); ++p) {
        const SmallOp& op = txns_[t]->ops[p];
        if (op.write) {
          own[op.key] = op.value;
        } else if (own[op.key] != 0) {
          if (op.value != own[op.key]) return false;
        } else {
          int from = -1;
          for (std::size_t u = 0; u < txns_.size() && op.value != 0; ++u) {
            if (u != t && last_write(u, op.key) == static_cast<int>(op.value)) from = static_cast<int>(u);
          }
          if (op.value != 0 && from < 0) return false;
          sources_.push_back({.reader = t, .place = p, .key = op.key, .from = from});
        }
      }
    }
    return true;
  }
  template <class F>
  bool any_order(F f) {
    const std::size_t n = txns_.size();
    hb_.assign(n, std::vector<bool>(n, false));
    for (std::size_t a = 0; a < n; ++a) {
      for (std::size_t b = 0; b < n; ++b) hb_[a][b] = ok(a) && so(a, b);
    }
    for (const Source& s : sources_) {
      if (s.from >= 0) hb_[static_cast<std::size_t>(s.from)][s.reader] = true;
    }
    direct_ = hb_;
    for (std::size_t k = 0; k < n; ++k) {
      for (std::size_t a = 0; a < n; ++a) {
        for (std::size_t b = 0; b < n; ++b) hb_[a][b] = hb_[a][b] || (hb_[a][k] && hb_[k][b]);
      }
    }
    std::vector<std::size_t> order(n);
    std::iota(order.begin(), order.end(), std::size_t{0});
    do {
      place_.assign(n, 0);
      for (std::size_t i = 0; i < n; ++i) place_[order[i]] = static_cast<int>(i);
      bool extends = true;
      for (std::size_t a = 0; a < n && extends; ++a) {
        for (std::size_t b = 0; b < n; ++b) extends = extends && (!direct_[a][b] || place_[a] < place_[b]);
      }
      if (extends && f()) return true;
    } while (std::ranges::next_permutation(order).found);
    return false;
  }
  bool knows(Level level, std::size_t t2, const Source& read) const {
    if (level == Level::causal) return hb_[t2][read.reader];
    if (level == Level::read_atomic) return direct_[t2][read.reader];
    return std::ranges::any_of(sources_, [&](const Source& s) {
      return s.reader == read.reader && s.place < read.place && s.from == static_cast<int>(t2);
    });
  }
  bool axiom(Level level) const {
    for (const Source& read : sources_) {
      for (std::size_t t2 = 0; t2 < txns_.size(); ++t2) {
        if (static_cast<int>(t2) == read.from || t2 == read.reader || last_write(t2, read.key) < 0) continue;
        if (!knows(level, t2, read)) continue;
        if (read.from < 0 || place_[t2] > place_[static_cast<std::size_t>(read.from)]) return false;
      }
    }
    return true;
  }

  // Serializability: one after the other.
  bool allowed(std::uint32_t done, std::size_t t) const {
    for (std::size_t u = 0; u < txns_.size(); ++u) {
      if (u != t && (done >> u & 1U) == 0 && must_precede(u, t)) return false;
    }
    return true;
  }
  bool reads_right(std::size_t t, std::vector<std::uint32_t> view) const {
    for (const SmallOp& op : txns_[t]->ops) {
      if (op.write)
        view[op.key] = op.value;
      else if (ok(t) && view[op.key] != op.value)
        return false;
    }
    return true;
  }
  bool serial(std::uint32_t done) {
    if (done + 1 == 1U << txns_.size()) return true;
    for (std::size_t t = 0; t < txns_.size(); ++t) {
      if ((done >> t & 1U) != 0 || !allowed(done, t) || !reads_right(t, state_)) continue;
      const std::vector<std::uint32_t> before = state_;
      for (const SmallOp& op : txns_[t]->ops) {
        if (op.write) state_[op.key] = op.value;
      }
      if (serial(done | 1U << t)) return true;
      state_ = before;
    }
    return false;
  }
  // Snapshot isolation: starts and commits in some order; reads from the state at the start; a commit after
  // another one's of the same key since the start is impossible.
  bool interleave(std::uint32_t started, std::uint32_t committed, std::uint32_t commits) {
    if (committed + 1 == 1U << txns_.size()) return true;
    for (std::size_t t = 0; t < txns_.size(); ++t) {
      const std::uint32_t bit = 1U << t;
      if ((started & bit) == 0) {
        if (!allowed(committed, t) || !reads_right(t, state_)) continue;
        snapshots_[t] = version_;
        if (interleave(started | bit, committed, commits)) return true;
      } else if ((committed & bit) == 0) {
        const std::vector<std::uint32_t> state = state_;
        const std::vector<std::uint32_t> version = version_;
        const std::vector<std::uint32_t> snapshot = snapshots_[t];
        bool first = true;
        for (const SmallOp& op : txns_[t]->ops) {
          if (!op.write) continue;
          first = first && (version[op.key] == snapshot[op.key]);
          state_[op.key] = op.value;
          version_[op.key] = commits + 1;
        }
        if (first && interleave(started, committed | bit, commits + 1)) return true;
        state_ = state;
        version_ = version;
        snapshots_[t] = snapshot;
      }
    }
    return false;
  }

  const SmallTxns& all_;
  std::vector<const SmallTxnSpec*> txns_;
  TxnOrder order_ = TxnOrder::none;
  std::vector<Source> sources_;
  std::vector<std::vector<bool>> direct_, hb_;
  std::vector<int> place_;
  std::vector<std::uint32_t> state_, version_;
  std::vector<std::vector<std::uint32_t>> snapshots_;
};

}  // namespace wn::checkers::levels
