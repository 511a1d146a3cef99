#include "checkers/polygraph/constraints.h"

#include <algorithm>

namespace wn::checkers::polygraph {

void Constraints::add_known() {
  for (std::uint32_t t = 0; t < unique_.size() && rules_.readers; ++t) {
    for (const auto [key, source] : unique_.reads(t)) {
      if (source == kInitialTxn && !rules_.initial) continue;
      const std::uint32_t next = versions_.next(source, key);
      if (next != kNoTxn32 && next != t) graph_.overwritten(t, next);
    }
  }
  for (std::uint32_t key = 0; key < unique_.keys.size() && rules_.initial; ++key) {
    const auto chains = versions_.chains(key);
    const std::uint32_t last = chains[0].last;
    for (const Chain& chain : chains.subspan(1)) {
      decided(key, chains[0], chain);
      if (last != kInitialTxn) graph_.overwrites(last, chain.first);
      for (const std::uint32_t r : versions_.readers(last, key)) graph_.overwritten(r, chain.first);
    }
  }
}

bool Constraints::closes_cycle(const Reach& reach, std::uint32_t key, const Chain& a, const Chain& b) const {
  if (reach.before(graph_.start(b.first), graph_.commit(a.last))) return true;
  if (!rules_.prune_readers) return false;
  return std::ranges::any_of(versions_.readers(a.last, key), [&](std::uint32_t r) {
    return reach.before(graph_.commit(b.first), graph_.start(r));
  });
}

Constraints::Way Constraints::way(const Reach& reach, const Pair& pair) const {
  const Chain& a = chain(pair.key, pair.a);
  const Chain& b = chain(pair.key, pair.b);
  const bool not_b = closes_cycle(reach, pair.key, b, a);
  const bool not_a = closes_cycle(reach, pair.key, a, b);
  if (not_a && not_b) return Way::none;
  return not_b ? Way::a_first : not_a ? Way::b_first : Way::open;
}

// Only edges that do not follow from those before; `added` are the commits that `a` got edges to.
void Constraints::force(const Reach& reach, std::uint32_t key, const Chain& a, const Chain& b,
                        std::vector<std::uint32_t>& added) {
  const std::uint32_t start = graph_.start(b.first);
  const std::uint32_t commit = graph_.commit(b.first);
  const auto follows_from = [&](std::uint32_t event) {
    return std::ranges::any_of(added, [&](std::uint32_t e) { return e == event || reach.before(e, event); });
  };
  // `a`'s last commit and those who read it have an edge to each of `added` (to its start, and to itself), so
  // what lies behind one of those is behind them.
  const bool has_start = reach.before(graph_.commit(a.last), start) || follows_from(start);
  const bool has_commit = follows_from(commit);
  if (!has_start) graph_.overwrites(a.last, b.first);
  if (!has_commit) {
    bool all = true;
    for (const std::uint32_t r : versions_.readers(a.last, key)) {
      if (reach.before(graph_.start(r), commit)) continue;
      if (rules_.readers) graph_.overwritten(r, b.first);
      all = false;
    }
    if (!all || !has_start) added.push_back(commit);
  }
  if (!has_start || !has_commit) decided(key, a, b);
}

Constraints::Round Constraints::first_round(const Reach& reach, const Budget& budget) {
  std::vector<std::uint32_t> place(graph_.events());
  for (std::uint32_t i = 0; i < reach.order().size(); ++i) place[reach.order()[i]] = i;
  Round round = Round::nothing;
  std::vector<std::uint32_t> sorted;
  for (std::uint32_t key = 0; key < unique_.keys.size(); ++key) {
    const auto chains = versions_.chains(key);
    sorted.clear();
    for (std::uint32_t c = 1; c < chains.size(); ++c) sorted.push_back(c);
    std::ranges::sort(sorted, {}, [&](std::uint32_t c) { return place[graph_.commit(chains[c].first)]; });
    std::vector<std::uint32_t> added;
    for (std::size_t i = 0; i < sorted.size(); ++i) {
      if (budget.stopped()) return Round::time_up;
      added.clear();
      for (std::size_t j = i + 1; j < sorted.size(); ++j) {
        if (++pairs_ > kPairsMax) return Round::too_many;
        const Pair pair{.key = key, .a = sorted[i], .b = sorted[j]};
        const Way w = rules_.prune ? way(reach, pair) : Way::open;
        if (w == Way::none) {
          impossible_ = pair;
          return Round::impossible;
        }
        if (w == Way::a_first) force(reach, key, chains[pair.a], chains[pair.b], added);
        if (w == Way::b_first) {
          std::vector<std::uint32_t> none;
          force(reach, key, chains[pair.b], chains[pair.a], none);
        }
        if (w == Way::open) left_.push_back(pair);
        if (w != Way::open) round = Round::forced;
        if (left_.size() > kLeftMax || left_.size() * sizeof(Pair) > budget.bytes) return Round::too_many;
      }
    }
  }
  return round;
}

Constraints::Round Constraints::later_round(const Reach& reach, const Budget& budget) {
  Round round = Round::nothing;
  std::size_t kept = 0;
  for (std::size_t i = 0; i < left_.size(); ++i) {
    if (i % 4096 == 0 && budget.stopped()) return Round::time_up;
    const Pair pair = left_[i];
    const Way w = way(reach, pair);
    std::vector<std::uint32_t> added;
    if (w == Way::none) {
      impossible_ = pair;
      return Round::impossible;
    }
    if (w == Way::a_first) force(reach, pair.key, chain(pair.key, pair.a), chain(pair.key, pair.b), added);
    if (w == Way::b_first) force(reach, pair.key, chain(pair.key, pair.b), chain(pair.key, pair.a), added);
    if (w == Way::open)
      left_[kept++] = pair;
    else
      round = Round::forced;
  }
  left_.resize(kept);
  return round;
}

Constraints::Round Constraints::prune(const Reach& reach, const Budget& budget) {
  if (begun_) return later_round(reach, budget);
  begun_ = true;
  return first_round(reach, budget);
}

bool Constraints::follows(std::uint32_t source, std::uint32_t writer, std::uint32_t key) const {
  if (versions_.next(source, key) == writer) return true;
  return std::ranges::any_of(
      decided_, [&](const Decided& d) { return d.key == key && d.from == source && d.to == writer; });
}

}  // namespace wn::checkers::polygraph
