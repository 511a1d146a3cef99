// Stacks with unique values, in O(n log n).
//
// Narrow every value's two operations first (values.h); a value is certainly inside in the gaps from its
// in_to to its out_from. Two steps make a set of values smaller without changing the answer:
//   split   at a gap g where no value is certainly inside: values with out_from <= g, and the rest. Legal
//           orders of both, one after the other, are one of all: no operation moves against real time (see
//           priority.cpp); and leaving out whole values keeps an order legal.
//   peel    a value that can be pushed before and popped after everything else: in_from < every in_to and
//           out_to > every out_from. It goes round any order of the others.
// One of them applies to every linearizable set of two or more: in an order of it the first push either
// belongs to the last pop (peel) or its pop leaves the stack empty with more to come: a free gap, with values
// on both sides of it or, when all of them can be on one side, the gap before the last out_from is as good.
// So a set to which neither applies is a violation, and no choice needs to be taken back (Lee & Mathur,
// OOPSLA 2025, call such values linearizability-preserving).
//
// Gaps to split at need be looked for just after an out_from only; a component is a run of values in order of
// out_from. An empty answer needs a free gap, each by itself. Pending pops and stayers: as in priority.cpp.
#include <algorithm>
#include <numeric>

#include "checkers/collections/shortcuts.h"
#include "checkers/collections/stack_tree.h"
#include "checkers/collections/values.h"

namespace wn::checkers::collections {
namespace {

constexpr std::uint64_t kShrinkWork = 4;  // a witness is shrunk for as long as so many checks of all take

using Lives = std::vector<Life>;

// Decides a set of lives, sorted by out_from, all different. Gives the values that are left where nothing
// applies; empty: linearizable.
class Peeler {
 public:
  Peeler(const Shortcut& how, const Lives& lives)
      : how_(how), lives_(lives), tree_(times(lives)), alive_(lives.size() + 2) {
    std::iota(alive_.begin(), alive_.end(), 0U);
    before_ = alive_;
    starts_.reserve(lives.size());
    for (std::uint32_t i = 0; i < lives.size(); ++i) {
      const auto at = std::lower_bound(lives.begin(), lives.begin() + i, lives[i].in_to,
                                       [](const Life& life, std::uint32_t t) { return life.out_from < t; });
      starts_.push_back(static_cast<std::uint32_t>(at - lives.begin()));
      tree_.add(starts_[i], i, 1);
    }
  }

  std::vector<std::uint32_t> run() {
    if (lives_.size() < 2) return {};
    work_ = {{0, static_cast<std::uint32_t>(lives_.size())}};
    while (!work_.empty()) {
      auto [low, high] = work_.back();
      work_.pop_back();
      if (!reduce(low, high)) return left();
    }
    return {};
  }

 private:
  static std::vector<StackTree::Times> times(const Lives& lives) {
    std::vector<StackTree::Times> all;
    all.reserve(lives.size());
    for (const Life& life : lives) all.push_back({life.in_from, life.in_to, life.out_to});
    return all;
  }

  // Splits or peels [low, high) until it is empty or a part of it waits in work_.
  bool reduce(std::uint32_t low, std::uint32_t high) {
    for (;;) {
      const std::uint32_t first = next(low);
      const std::uint32_t last = previous(high);  // one after the last
      if (first + 1 >= last) return true;
      if (!how_.broken(CollectionDefect::stack_never_splits)) {
        const std::uint32_t free = tree_.first_free(first, last - 1);
        if (free != kNone) {
          work_.push_back({free + 1, last});
          low = first;
          high = free + 1;
          continue;
        }
      }
      const std::uint32_t in = tree_.first_in_to(first, last);
      const bool careless = how_.broken(CollectionDefect::stack_outer_by_push);
      const std::uint32_t out = careless ? 0 : lives_[last - 1].out_from;
      const std::uint32_t outer = tree_.outermost(first, last, in, out);
      if (outer == kNone) {
        stuck_ = {first, last};
        return false;
      }
      tree_.remove(outer);
      tree_.add(starts_[outer], outer, -1);
      alive_[outer] = outer + 1;
      before_[outer + 1] = outer;
    }
  }

  std::uint32_t next(std::uint32_t place) { return find(alive_, place); }
  std::uint32_t previous(std::uint32_t place) { return find(before_, place); }
  static std::uint32_t find(std::vector<std::uint32_t>& link, std::uint32_t place) {
    while (link[place] != place) {
      link[place] = link[link[place]];
      place = link[place];
    }
    return place;
  }

  std::vector<std::uint32_t> left() {
    std::vector<std::uint32_t> places;
    for (std::uint32_t p = next(stuck_.first); p < stuck_.second; p = next(p + 1)) places.push_back(p);
    return places;
  }

  const Shortcut& how_;
  const Lives& lives_;
  StackTree tree_;
  std::vector<std::uint32_t> alive_;   // the next place that has its value, from this one on
  std::vector<std::uint32_t> before_;  // one after the last place that has its value, up to this one
  std::vector<std::uint32_t> starts_;  // the first place that a value covers
  std::vector<std::pair<std::uint32_t, std::uint32_t>> work_;
  std::pair<std::uint32_t, std::uint32_t> stuck_;
};

class Stack {
 public:
  Stack(const Shortcut& how, const Part& part, Matching& m) : how_(how), part_(part), m_(m) {}

  Finding decide() {
    const Finding with = check(true);
    if (with.kind == Finding::Kind::pass || m_.pending_takes.empty() || m_.stayers == 0) return with;
    Finding without = check(false);
    if (without.kind == Finding::Kind::fail) return without;
    const std::vector<std::uint32_t> due = deadlines();
    if (!hand_out(part_, m_, due)) return short_of_pops(due);
    return check(true).kind == Finding::Kind::pass ? Finding{} : Finding::undecided();
  }

 private:
  // The lives in order of out_from. Stayers leave after all else, in any order.
  Lives sorted(bool stayers) const {
    Lives lives;
    std::vector<std::uint32_t> at(part_.ranks, kNone);
    for (std::uint32_t i = 0; i < m_.lives.size(); ++i) {
      const Life& life = m_.lives[i];
      if (life.out_from < part_.ranks && (life.taken() || stayers)) at[life.out_from] = i;
    }
    lives.reserve(m_.lives.size());
    for (const std::uint32_t i : at) {
      if (i != kNone) lives.push_back(m_.lives[i]);
    }
    std::uint32_t late = part_.ranks;
    for (const Life& life : m_.lives) {
      if (life.out_from != kForever || !stayers) continue;
      lives.push_back(life);
      lives.back().out_from = late++;
    }
    return lives;
  }

  Finding check(bool stayers) const {
    const Lives lives = sorted(stayers);
    const std::vector<std::uint32_t> left = Peeler(how_, lives).run();
    if (!left.empty()) return explain(lives, left);
    if (m_.empties.empty()) return {};
    std::vector<std::int32_t> covered(part_.ranks + 1, 0);
    for (const Life& life : lives) {
      const std::uint32_t to = std::min(life.out_from, part_.ranks);
      if (life.in_to >= to) continue;
      ++covered[life.in_to];
      --covered[to];
    }
    std::vector<std::uint32_t> free(part_.ranks + 1, 0);
    std::int32_t inside = 0;
    for (std::uint32_t g = 0; g < part_.ranks; ++g) {
      inside += covered[g];
      free[g + 1] = free[g] + (inside == 0 ? 1 : 0);
    }
    for (const std::uint32_t op : m_.empties) {
      const Op& empty = part_.ops[op];
      if (free[empty.returned] > free[empty.invoked]) continue;
      Matching shown;
      shown.lives = lives;
      return crowded(how_.history, part_, shown, op, empty.invoked, empty.returned, INT64_MAX, "not empty",
                     "The object was found empty, which it cannot have been");
    }
    return {};
  }

  // A stayer that was certainly pushed onto w, and before w's pop began, must be out before w is.
  std::vector<std::uint32_t> deadlines() const {
    std::vector<std::uint32_t> due(m_.lives.size(), kForever);
    std::vector<std::uint32_t> begins(part_.ranks, kNone), ends(part_.ranks, kNone);
    for (std::uint32_t i = 0; i < m_.lives.size(); ++i) {
      if (m_.lives[i].taken()) {
        ends[m_.lives[i].in_to] = i;
      } else {
        begins[m_.lives[i].in_from] = i;
      }
    }
    SuffixMin popped(part_.ranks);
    for (const std::uint32_t op : m_.empties) popped.put(part_.ops[op].invoked, part_.ops[op].returned - 1);
    for (std::uint32_t rank = 0; rank < part_.ranks; ++rank) {
      if (const std::uint32_t w = ends[rank]; w != kNone)
        popped.put(m_.lives[w].out_from, m_.lives[w].out_to - 1);
      if (const std::uint32_t v = begins[rank]; v != kNone) due[v] = popped.from(m_.lives[v].in_to);
    }
    return due;
  }

  Finding explain(const Lives& lives, std::vector<std::uint32_t> left) const {
    shrink(lives, left);
    Finding finding{Finding::Kind::fail,
                    "value out of order",
                    "The order in which these " + std::to_string(left.size()) +
                        " values went in and came out is not that of a stack",
                    {},
                    true};
    for (const std::uint32_t i : left) {
      finding.ops.push_back(lives[i].insert);
      if (lives[i].taken()) finding.ops.push_back(lives[i].take);
    }
    return finding;
  }

  // Leaves out values for as long as the others are not linearizable (delta debugging, Zeller 2002).
  void shrink(const Lives& lives, std::vector<std::uint32_t>& left) const {
    std::uint64_t work = kShrinkWork * (left.size() + 4096);
    for (std::size_t piece = (left.size() + 1) / 2; piece > 0 && left.size() > 2;) {
      bool smaller = false;
      for (std::size_t from = 0; from < left.size() && left.size() > 2;) {
        if (left.size() > work) return;
        work -= left.size();
        Lives some;
        const std::size_t to = std::min(from + piece, left.size());
        for (std::size_t i = 0; i < left.size(); ++i) {
          if (i < from || i >= to) some.push_back(lives[left[i]]);
        }
        if (Peeler(how_, some).run().empty()) {
          from = to;
        } else {
          left.erase(left.begin() + static_cast<std::ptrdiff_t>(from),
                     left.begin() + static_cast<std::ptrdiff_t>(to));
          smaller = true;
        }
      }
      if (!smaller || piece > left.size()) piece /= 2;
    }
  }

  Finding short_of_pops(const std::vector<std::uint32_t>& due) const {
    Finding finding{Finding::Kind::fail,
                    "value out of order",
                    "More values stay inside while what lies under them comes out than unanswered operations "
                    "can have taken",
                    {},
                    false};
    for (std::uint32_t i = 0; i < m_.lives.size(); ++i) {
      if (!m_.lives[i].taken() && due[i] != kForever) finding.ops.push_back(m_.lives[i].insert);
    }
    finding.ops.insert(finding.ops.end(), m_.pending_takes.begin(), m_.pending_takes.end());
    return finding;
  }

  const Shortcut& how_;
  const Part& part_;
  Matching& m_;
};

}  // namespace

Finding stack(const Shortcut& how, const Part& part) {
  Matching m = match(how.history, part);
  if (m.violation.kind != Finding::Kind::pass) return m.violation;
  if (!m.unique) return Finding::undecided();
  return Stack(how, part, m).decide();
}

}  // namespace wn::checkers::collections
