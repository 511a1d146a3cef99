// Priority queues with unique values, in O(n log n) for sorting and nearly O(n) after.
//
// Narrow every value's two operations first (values.h); a value is certainly inside in the gaps from its
// in_to to its out_from. The history is linearizable iff every taken value v has a gap between its out_from
// and out_to where no *more urgent* value is certainly inside, and every empty answer a gap where none at all
// is. Why (decrease and conquer, Lee & Mathur 2025, by values from the least urgent on): let v be the least
// urgent and g its gap. Take an order of the others. Values with out_from <= g make a legal order by
// themselves, in which all of them are gone, and the rest makes one too; put one before the other. No
// operation moves against real time: of the rest both operations return after g (in_to > g, since the value
// is not certainly inside at g), and of the first both are called before it. Between the two v comes out; it
// hinders nobody before. An empty answer is a value less urgent than all.
//
// Pending polls end the life of at most one value each, from their invocation on. Values that nobody took
// (stayers) must then be given to them: each that covers the whole window of a less urgent value must be out
// before that window ends, so too few pending polls refute. A choice that fits these times and passes proves;
// leaving out all stayers and failing refutes. What lies between is for the search.
#include <algorithm>
#include <numeric>

#include "checkers/collections/shortcuts.h"
#include "checkers/collections/values.h"

namespace wn::checkers::collections {
namespace {

constexpr int kRoundsMax = 32;  // corrections of a choice

// Gaps that are still free, by union-find: each points to the next that may be.
class FreeGaps {
 public:
  explicit FreeGaps(std::uint32_t size) : next_(size + 1) { std::iota(next_.begin(), next_.end(), 0U); }
  std::uint32_t at_or_after(std::uint32_t gap) {
    while (next_[gap] != gap) {
      next_[gap] = next_[next_[gap]];
      gap = next_[gap];
    }
    return gap;
  }
  void cover(std::uint32_t from, std::uint32_t to) {
    for (std::uint32_t gap = at_or_after(from); gap < to; gap = at_or_after(gap)) next_[gap] = gap + 1;
  }

 private:
  std::vector<std::uint32_t> next_;
};

struct Refusal {
  std::uint32_t life = kNone;   // the value that has no gap, or
  std::uint32_t empty = kNone;  // the empty answer that has none
  bool any() const { return life != kNone || empty != kNone; }
};

class Priorities {
 public:
  Priorities(const Shortcut& how, const Part& part, Matching& m) : how_(how), part_(part), m_(m) {
    std::sort(m_.lives.begin(), m_.lives.end(),
              [](const Life& a, const Life& b) { return a.priority < b.priority; });
  }

  Finding decide() {
    const Refusal with = check(true);
    if (!with.any()) return {};
    if (m_.pending_takes.empty() || m_.stayers == 0) return explain(with, true);
    const Refusal without = check(false);
    if (without.any()) return explain(without, false);
    std::vector<std::uint32_t> due = deadlines();
    if (!hand_out(part_, m_, due)) return short_of_polls(due);
    for (int round = 0; round < kRoundsMax; ++round) {
      const Refusal refusal = check(true);
      if (!refusal.any()) return {};
      if (!correct(refusal, due) || !hand_out(part_, m_, due)) break;
    }
    return Finding::undecided();
  }

 private:
  Refusal check(bool stayers) const {
    FreeGaps free(part_.ranks);
    for (std::uint32_t i = 0; i < m_.lives.size(); ++i) {
      const Life& life = m_.lives[i];
      if (life.taken()) {
        const bool early = how_.broken(CollectionDefect::priority_reversed_windows);
        const std::uint32_t from = early ? part_.ops[life.take].invoked : life.out_from;
        if (free.at_or_after(from) >= life.out_to) return {i, kNone};
      } else if (!stayers || how_.broken(CollectionDefect::priority_forgets_stayers)) {
        continue;
      }
      free.cover(life.in_to, std::min(life.out_from, part_.ranks));
    }
    for (const std::uint32_t op : m_.empties) {
      if (free.at_or_after(part_.ops[op].invoked) >= part_.ops[op].returned) return {kNone, op};
    }
    return {};
  }

  // By when a stayer must be out: before the end of each window that it covers wholly.
  std::vector<std::uint32_t> deadlines() const {
    std::vector<std::uint32_t> due(m_.lives.size(), kForever);
    SuffixMin ends(part_.ranks);
    for (const std::uint32_t op : m_.empties) ends.put(part_.ops[op].invoked, part_.ops[op].returned - 1);
    for (std::uint32_t i = static_cast<std::uint32_t>(m_.lives.size()); i-- > 0;) {
      const Life& life = m_.lives[i];
      if (life.taken()) {
        ends.put(life.out_from, life.out_to - 1);
      } else {
        due[i] = ends.from(life.in_to);
      }
    }
    return due;
  }

  // Chooses a gap for what has none, the last that only stayers cover, and has them out by then.
  bool correct(const Refusal& refusal, std::vector<std::uint32_t>& due) const {
    const bool empty = refusal.empty != kNone;
    const std::uint32_t from = empty ? part_.ops[refusal.empty].invoked : m_.lives[refusal.life].out_from;
    const std::uint32_t to = empty ? part_.ops[refusal.empty].returned : m_.lives[refusal.life].out_to;
    const std::uint32_t more_urgent = empty ? static_cast<std::uint32_t>(m_.lives.size()) : refusal.life;
    std::vector<std::int32_t> covered(to - from + 1, 0);
    for (std::uint32_t i = 0; i < more_urgent; ++i) {
      const Life& life = m_.lives[i];
      if (!life.taken() || life.in_to >= to || life.out_from <= from || life.in_to >= life.out_from) continue;
      ++covered[std::max(life.in_to, from) - from];
      --covered[std::min(life.out_from, to) - from];
    }
    std::uint32_t chosen = kNone;
    std::int32_t sum = 0;
    for (std::uint32_t gap = from; gap < to; ++gap) {
      sum += covered[gap - from];
      if (sum == 0) chosen = gap;
    }
    if (chosen == kNone) return false;
    for (std::uint32_t i = 0; i < more_urgent; ++i) {
      if (!m_.lives[i].taken() && m_.lives[i].in_to <= chosen) due[i] = std::min(due[i], chosen);
    }
    return true;
  }

  Finding explain(const Refusal& refusal, bool stayers) const {
    Matching shown = m_;
    if (!stayers) std::erase_if(shown.lives, [](const Life& life) { return !life.taken(); });
    if (refusal.empty != kNone) {
      const Op& op = part_.ops[refusal.empty];
      return crowded(how_.history, part_, shown, refusal.empty, op.invoked, op.returned, INT64_MAX,
                     "not empty", "The object was found empty, which it cannot have been");
    }
    const Life& life = m_.lives[refusal.life];
    Finding finding = crowded(how_.history, part_, shown, life.take, life.out_from, life.out_to,
                              life.priority, "value out of order",
                              "The value " + how_.history.atoms.to_json(Atom{part_.ops[life.take].value}) +
                                  " came out while a more urgent one was inside");
    finding.ops.push_back(life.insert);
    return finding;
  }

  Finding short_of_polls(const std::vector<std::uint32_t>& due) const {
    Finding finding{Finding::Kind::fail,
                    "value out of order",
                    "More values stay inside while less urgent ones come out than unanswered operations can "
                    "have taken",
                    {},
                    true};
    std::vector<std::uint32_t> ending(part_.ranks, kNone);  // the operation that a deadline comes from
    for (const Life& life : m_.lives) {
      if (life.taken()) ending[life.out_to] = life.take;
    }
    for (const std::uint32_t op : m_.empties) ending[part_.ops[op].returned] = op;
    for (std::uint32_t i = 0; i < m_.lives.size(); ++i) {
      if (m_.lives[i].taken() || due[i] == kForever) continue;
      finding.ops.insert(finding.ops.end(), {m_.lives[i].insert, ending[due[i] + 1]});
    }
    std::vector<bool> named(part_.ops.size(), false);
    for (const std::uint32_t op : finding.ops) named[op] = true;
    for (const Life& life : m_.lives) {
      if (life.taken() && named[life.take]) finding.ops.push_back(life.insert);
    }
    finding.ops.insert(finding.ops.end(), m_.pending_takes.begin(), m_.pending_takes.end());
    finding.ops.insert(finding.ops.end(), m_.empties.begin(), m_.empties.end());
    return finding;
  }

  const Shortcut& how_;
  const Part& part_;
  Matching& m_;
};

}  // namespace

Finding priority_queue(const Shortcut& how, const Part& part) {
  Matching m = match(how.history, part);
  if (m.violation.kind != Finding::Kind::pass) return m.violation;
  if (!m.unique) return Finding::undecided();
  return Priorities(how, part, m).decide();
}

}  // namespace wn::checkers::collections
