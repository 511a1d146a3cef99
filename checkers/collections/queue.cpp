// Queues with unique values, in O(n); O(n log n) where info dequeues and empty answers meet.
//
// Narrow every value's two operations first (values.h). Without empty answers the history is linearizable iff
// there are no two values v, w with enq(v) before enq(w) in real time, and w certainly out before v is
// (deq(w) before deq(v), or v never dequeued). Why pairs suffice: "enq(v) before enq(w)" and "deq(v) before
// deq(w)" are interval orders; of a cycle of the union that alternates a -E-> b -D-> c -E-> d, the interval
// order E has a -E-> d or c -E-> b, and either shortens it, down to two values. "deq(v) before enq(w)"
// implies enq(v) before enq(w) once narrowed. Both sequences in an order of the values that extends the
// union, each at its time, interleave: any cycle of these with real time would need enq(v) before enq(w) with
// v after w. (Henzinger, Sezgin & Vafeiadis, "Aspect-oriented linearizability proofs", CONCUR 2013.)
//
// Empty answers: a value is certainly inside in the gaps from its in_to to its out_from. Where no value is,
// at gap g, values with out_from <= g can live wholly before g and all others wholly after it, without a new
// constraint between two of them; so an empty answer is explained iff it has such a gap, each by itself
// (Lee & Mathur 2025 remove such values one at a time: "linearizability-preserving").
//
// Info enqueues of values that never came out are left out (values.h). An info dequeue ends the life of at
// most one value that stays, from its invocation on, with no deadline of its own. A stayer v needs one when
// some dequeued w was enqueued certainly later: one that was invoked before the earliest end of such a
// deq(w), deadline(v). Only counts matter: for every gap d, the stayers that must be gone by d are no more
// than info dequeues invoked by d (Hall's condition on nested sets). An empty answer at gap g makes every
// stayer with in_to <= g be gone by g. So with room(d) = info dequeues by d - deadlines by d: when room(d) <
// 0 there is no order; else let b(d) be the in_to of the (room(d)+1)-th stayer with a later deadline: an
// empty answer may not lie at a gap from b(d) to d. Such gaps are forbidden for each d by itself: the last
// chosen gap not after d is what counts.
#include <algorithm>

#include "checkers/collections/shortcuts.h"
#include "checkers/collections/values.h"

namespace wn::checkers::collections {
namespace {

class Queue {
 public:
  Queue(const Shortcut& how, const Part& part, Matching& m) : how_(how), part_(part), m_(m) {}

  Finding decide() {
    if (!find_pairs()) return finding_;
    if (m_.empties.empty() && m_.pending_takes.empty()) return {};
    covered_.assign(part_.ranks + 1, 0);
    if (!match_deadlines()) return finding_;
    if (!m_.empties.empty() && !how_.broken(CollectionDefect::queue_empty_anywhere)) check_empties();
    return finding_;
  }

 private:
  std::string name(const Life& life) const {
    return how_.history.atoms.to_json(Atom{part_.ops[life.insert].value});
  }

  void fail_pair(const Life& v, const Life& w) {
    finding_ = {Finding::Kind::fail,
                "value out of order",
                "The value " + name(v) + " went in before " + name(w) + " did, and " + name(w) +
                    " came out before it",
                {v.insert, w.insert, w.take},
                true};
    if (v.taken()) finding_.ops.push_back(v.take);
  }

  // From right to left: among values whose enqueue begins later, the one that is out first.
  bool find_pairs() {
    std::vector<std::uint32_t> begins(part_.ranks, kNone), ends(part_.ranks, kNone);
    for (std::uint32_t i = 0; i < m_.lives.size(); ++i) {
      begins[m_.lives[i].in_from] = i;
      ends[m_.lives[i].in_to] = i;
    }
    if (m_.stayers > 0) deadline_.assign(m_.lives.size(), kForever);
    std::uint32_t first = kNone;
    for (std::uint32_t rank = part_.ranks; rank-- > 0;) {
      if (const std::uint32_t v = ends[rank]; v != kNone && first != kNone) {
        const Life& life = m_.lives[v];
        const std::uint32_t out = m_.lives[first].out_to;
        if (!life.taken() && out != kForever && !how_.broken(CollectionDefect::queue_forgets_stayers)) {
          deadline_[v] = out - 1;
          if (m_.pending_takes.empty()) return fail_pair(life, m_.lives[first]), false;
        }
        if (life.taken() && out < life.out_from && !how_.broken(CollectionDefect::queue_ignores_order))
          return fail_pair(life, m_.lives[first]), false;
      }
      if (const std::uint32_t w = begins[rank]; w != kNone) {
        if (first == kNone || m_.lives[w].out_to < m_.lives[first].out_to) first = w;
      }
    }
    return true;
  }

  // Info dequeues by gap against deadlines by gap.
  bool match_deadlines() {
    if (m_.stayers == 0 || m_.pending_takes.empty()) return true;
    std::vector<std::uint32_t> due;
    for (std::uint32_t i = 0; i < m_.lives.size(); ++i) {
      if (!m_.lives[i].taken() && deadline_[i] != kForever) due.push_back(i);
    }
    std::sort(due.begin(), due.end(), [this](std::uint32_t a, std::uint32_t b) {
      return deadline_[a] != deadline_[b] ? deadline_[a] < deadline_[b] : a < b;
    });
    if (how_.broken(CollectionDefect::queue_takes_for_free)) return true;
    for (std::size_t k = 0; k < due.size(); ++k) {
      const bool there =
          k < m_.pending_takes.size() && part_.ops[m_.pending_takes[k]].invoked <= deadline_[due[k]];
      if (there) continue;
      fail_stayers(due, k);
      return false;
    }
    return true;
  }

  // The k+1 values of the earliest deadlines have too few info dequeues; each with a later value that is out.
  void fail_stayers(const std::vector<std::uint32_t>& due, std::size_t k) {
    finding_ = {Finding::Kind::fail,
                "value out of order",
                std::to_string(k + 1) + " values stay inside while later ones come out, and no more than " +
                    std::to_string(k) + " unanswered operations can have taken one of them",
                {},
                true};
    std::vector<std::uint32_t> taker(part_.ranks, kNone);
    for (std::uint32_t i = 0; i < m_.lives.size(); ++i) {
      if (m_.lives[i].taken()) taker[m_.lives[i].out_to] = i;
    }
    for (std::size_t i = 0; i <= k; ++i) {
      const Life& later = m_.lives[taker[deadline_[due[i]] + 1]];
      finding_.ops.insert(finding_.ops.end(), {m_.lives[due[i]].insert, later.insert, later.take});
    }
    for (const std::uint32_t take : m_.pending_takes) {
      if (part_.ops[take].invoked <= deadline_[due[k]]) finding_.ops.push_back(take);
    }
  }

  // How many values are certainly inside, by gap.
  void cover() {
    const bool fixed = m_.pending_takes.empty();
    for (const Life& life : m_.lives) {
      if (!life.taken() && !fixed) continue;
      const std::uint32_t to = life.taken() ? life.out_from : part_.ranks;
      if (life.in_to >= to) continue;
      ++covered_[life.in_to];
      --covered_[to];
    }
    for (std::size_t g = 1; g < covered_.size(); ++g) covered_[g] += covered_[g - 1];
    if (!fixed && m_.stayers > 0) forbid();
  }

  // Marks gaps where an empty answer would ask for more info dequeues than there are.
  void forbid() {
    std::vector<std::uint32_t> stayers;
    std::vector<std::uint32_t> called_at(part_.ranks, 0);
    for (std::uint32_t i = 0; i < m_.lives.size(); ++i) {
      if (!m_.lives[i].taken()) stayers.push_back(i);
    }
    std::sort(stayers.begin(), stayers.end(),
              [this](std::uint32_t a, std::uint32_t b) { return m_.lives[a].in_to < m_.lives[b].in_to; });
    std::vector<std::uint32_t> place(m_.lives.size(), 0);
    std::vector<std::uint32_t> by_deadline = stayers;
    std::sort(by_deadline.begin(), by_deadline.end(), [this](std::uint32_t a, std::uint32_t b) {
      return deadline_[a] != deadline_[b] ? deadline_[a] < deadline_[b] : a < b;
    });
    for (std::uint32_t k = 0; k < stayers.size(); ++k) place[stayers[k]] = k;
    for (const std::uint32_t take : m_.pending_takes) ++called_at[part_.ops[take].invoked];
    // A Fenwick tree counts stayers of later deadlines by in_to.
    std::vector<std::uint32_t> tree(stayers.size() + 1, 0);
    for (std::uint32_t k = 1; k <= stayers.size(); ++k) tree[k] = k & (~k + 1);
    std::vector<std::uint32_t> bound(part_.ranks, kForever);
    std::uint64_t room = 0;
    std::size_t next = 0, left = stayers.size();
    for (std::uint32_t g = 0; g < part_.ranks; ++g) {
      room += called_at[g];
      for (; next < by_deadline.size() && deadline_[by_deadline[next]] <= g; ++next) {
        --room;  // match_deadlines saw that this stays 0 or more
        --left;
        for (std::size_t k = place[by_deadline[next]] + 1; k < tree.size(); k += k & (~k + 1)) --tree[k];
      }
      if (left > room) bound[g] = m_.lives[stayers[nth(tree, room)]].in_to;
    }
    for (std::uint32_t g = part_.ranks - 1; g-- > 0;) bound[g] = std::min(bound[g], bound[g + 1]);
    for (std::uint32_t g = 0; g < part_.ranks; ++g) covered_[g] += bound[g] <= g ? 1 : 0;
  }

  // Place of the element with `skip` elements before it.
  static std::size_t nth(const std::vector<std::uint32_t>& tree, std::uint64_t skip) {
    std::size_t at = 0, step = 1;
    while (step * 2 < tree.size()) step *= 2;
    for (; step > 0; step /= 2) {
      if (at + step < tree.size() && tree[at + step] <= skip) {
        at += step;
        skip -= tree[at];
      }
    }
    return at;
  }

  void check_empties() {
    cover();
    std::vector<std::uint32_t> free(covered_.size() + 1, 0);  // free gaps before this one
    for (std::size_t g = 0; g < covered_.size(); ++g) free[g + 1] = free[g] + (covered_[g] == 0 ? 1 : 0);
    for (const std::uint32_t op : m_.empties) {
      const Op& empty = part_.ops[op];
      if (free[empty.returned] > free[empty.invoked]) continue;
      finding_ = crowded(how_.history, part_, m_, op, empty.invoked, empty.returned, INT64_MAX, "not empty",
                         "The object was found empty, which it cannot have been");
      return;
    }
  }

  const Shortcut& how_;
  const Part& part_;
  Matching& m_;
  Finding finding_;
  std::vector<std::uint32_t> deadline_;  // the last gap by which a stayer must be gone
  std::vector<std::int32_t> covered_;
};

}  // namespace

Finding queue(const Shortcut& how, const Part& part) {
  Matching m = match(how.history, part);
  if (m.violation.kind != Finding::Kind::pass) return m.violation;
  if (!m.unique) return Finding::undecided();
  return Queue(how, part, m).decide();
}

}  // namespace wn::checkers::collections
