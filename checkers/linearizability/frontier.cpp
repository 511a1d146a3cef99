#include "checkers/linearizability/frontier.h"

#include <algorithm>
#include <utility>

#include "checkers/linearizability/frontier_open.h"

namespace wn::checkers {
namespace {

using namespace frontier;
using Defect = LinearizabilityDefect;

enum class Found : std::uint8_t { order, contradiction, left_out, steps, memory, time };

template <std::size_t kWords>
class Search {
 public:
  using Item = Configuration<kWords>;

  Search(const Plan& plan, Budget& budget, Defect defect)
      : plan_(plan), budget_(budget), defect_(defect), open_(plan, defect) {}

  // The index of the event at which nothing was left is in `stuck_at`.
  Found run(std::size_t width, std::uint32_t& stuck_at) {
    open_.restart();
    width_ = width;
    left_out_ = false;
    frontier_.assign(1, Item{.first = {}, .second = {}, .value = open_.start()});
    for (std::uint32_t event = 0; event < plan_.last_return; ++event) {
      const std::uint32_t op = plan_.events[event] / 2;
      if (plan_.events[event] % 2 == 0) {
        open_.invoke(op);
        for (Item& c : frontier_) open_.add_marks(op, c);
        continue;
      }
      if (!take_return(op, event)) return stopped_;
      if (frontier_.empty()) {
        stuck_at = event;
        return left_out_ ? Found::left_out : Found::contradiction;
      }
      bury(op, event);
    }
    return Found::order;
  }

 private:
  bool take_return(std::uint32_t r, std::uint32_t event) {
    const Op& op = plan_.ops[r];
    bool idle = true;  // nothing to do, and no mark to take away
    for (const Item& c : frontier_) idle &= !c.first.test(op.slot) && !c.second.test(op.slot);
    const bool last_chance = op.kind == Kind::write && open_.worth_using(r, event);
    if (idle && !last_chance) {
      open_.complete(r);
      return spend(1 + frontier_.size() / 16);
    }
    done_.restart(open_.exact());
    todo_.restart(open_.exact());
    for (const Item& c : frontier_) sort_out(r, c, last_chance);
    for (std::size_t i = 0; i < todo_.size(); ++i) {
      if (todo_.replaced(i)) continue;
      if (done_.alive() >= width_) {
        left_out_ = true;
        break;
      }
      const Item c = todo_[i];
      expand(r, c);
      if (!spend(1 + open_.writes().size() + open_.cas().size())) return false;
    }
    open_.complete(r);
    next_.clear();
    todo_.restart(open_.exact());
    for (std::size_t i = 0; i < done_.size(); ++i) {
      if (done_.replaced(i)) continue;
      Item c = done_[i];
      c.first.clear(op.slot);
      c.second.clear(op.slot);
      todo_.insert(c);
    }
    for (std::size_t i = 0; i < todo_.size(); ++i) {
      if (!todo_.replaced(i)) next_.push_back(todo_[i]);
    }
    narrow();
    frontier_.swap(next_);
    return true;
  }

  void sort_out(std::uint32_t r, const Item& c, bool last_chance) {
    const Op& op = plan_.ops[r];
    const bool marked = c.first.test(op.slot);
    if (op.kind == Kind::observe) {
      (marked ? todo_ : done_).insert(c);
    } else if (op.kind == Kind::cas) {
      (marked ? done_ : todo_).insert(c);
    } else if (marked) {
      done_.insert(c);
    } else {
      const bool excused = !c.second.test(op.slot);
      if (excused) {
        Item gone = c;
        gone.first.set(op.slot);
        done_.insert(gone);
      }
      const bool chance = last_chance && defect_ != Defect::no_last_chance;
      if (!excused || chance) todo_.insert(c);
    }
  }

  // Everything that may take effect next before `r` returns.
  void expand(std::uint32_t r, const Item& c) {
    const auto& writes = open_.writes();
    for (std::size_t i = 0; i < writes.size();) {
      const std::uint32_t value = open_.value_of(writes[i]);
      std::uint32_t chosen = kNone;
      for (; i < writes.size() && open_.value_of(writes[i]) == value; ++i) {
        const bool free = !c.first.test(plan_.ops[writes[i]].slot);
        if (free && (chosen == kNone || defect_ == Defect::last_deadline_first)) chosen = writes[i];
      }
      if (chosen == kNone) continue;
      Item next = c;
      open_.write(chosen, next);
      arrive(r, chosen, c, next);
    }
    const auto& cas = open_.cas();
    for (std::size_t i = 0; i < cas.size();) {
      const Op& group = plan_.ops[cas[i]];
      std::uint32_t chosen = kNone;
      for (; i < cas.size() && plan_.ops[cas[i]].pre == group.pre && plan_.ops[cas[i]].to == group.to; ++i) {
        if (chosen == kNone && !c.first.test(plan_.ops[cas[i]].slot)) chosen = cas[i];
      }
      if (chosen == kNone || group.pre != c.value) continue;
      Item next = c;
      open_.swap(chosen, next);
      arrive(r, chosen, c, next);
    }
  }

  void arrive(std::uint32_t r, std::uint32_t mover, const Item& before, const Item& after) {
    const Op& op = plan_.ops[r];
    const bool last = op.kind == Kind::observe ? !after.first.test(op.slot) : mover == r;
    if (last) {
      done_.insert(after);
      return;
    }
    if (!useful(mover, before, after) || done_.covers(after)) return;
    todo_.insert(after);
  }

  // Reduction f.
  bool useful(std::uint32_t mover, const Item& before, const Item& after) const {
    const Op& m = plan_.ops[mover];
    if (m.kind == Kind::cas && !m.optional()) return true;
    const bool excuses = m.kind == Kind::write && before.second.meets(open_.write_marks());
    if (before.value == after.value) {
      return excuses && defect_ != Defect::no_excuse_by_same_value && open_.enables(after);
    }
    return open_.satisfied_by(after.value, before.first) || open_.enables(after);
  }

  // The values that died with the return of `r` become one.
  void bury(std::uint32_t r, std::uint32_t event) {
    const Op& op = plan_.ops[r];
    for (const std::uint32_t v : {op.pre, op.not_pre}) {
      if (v == kNone || plan_.last_observed[v] > event) continue;
      open_.bury(v);
      for (Item& c : frontier_) {
        if (c.value == v) c.value = kDead;
      }
    }
  }

  // The planted bug of reduction e.
  void compare_without_liabilities() {
    for (std::size_t i = 0; i < next_.size(); ++i) {
      for (std::size_t k = next_.size(); k-- > i + 1;) {
        if (next_[i].value != next_[k].value || !next_[i].first.within(next_[k].first)) continue;
        next_.erase(next_.begin() + static_cast<std::ptrdiff_t>(k));
      }
    }
  }

  void narrow() {
    if (defect_ == Defect::liabilities_ignored) compare_without_liabilities();
    if (next_.size() <= width_) return;
    left_out_ = true;
    std::vector<std::pair<std::uint32_t, std::uint32_t>> order;
    for (std::uint32_t i = 0; i < next_.size(); ++i) {
      order.emplace_back(open_.cost(next_[i]), i);
    }
    std::ranges::nth_element(order, order.begin() + static_cast<std::ptrdiff_t>(width_));
    order.resize(width_);
    std::ranges::sort(order, {}, [](const auto& o) { return o.second; });
    std::size_t kept = 0;
    for (const auto& o : order) next_[kept++] = next_[o.second];
    next_.resize(kept);
  }

  bool spend(std::uint64_t steps) {
    const std::uint64_t compared = done_.compared() + todo_.compared();
    steps += (compared - compared_) / 16;
    compared_ = compared;
    if (budget_.steps < steps) {
      budget_.steps = 0;
      stopped_ = Found::steps;
      return false;
    }
    budget_.steps -= steps;
    since_asked_ += steps;
    if (since_asked_ < 4096) return true;
    since_asked_ = 0;
    if (budget_.stopped()) {
      stopped_ = Found::time;
      return false;
    }
    const std::uint64_t held =
        done_.bytes() + todo_.bytes() + (frontier_.capacity() + next_.capacity()) * sizeof(Item);
    if (held > budget_.bytes / 2) {  // vectors double
      stopped_ = Found::memory;
      return false;
    }
    return true;
  }

  const Plan& plan_;
  Budget& budget_;
  Defect defect_;
  Open<kWords> open_;
  std::vector<Item> frontier_, next_;
  Antichain<kWords> done_, todo_;
  std::size_t width_ = 0;
  bool left_out_ = false;
  std::uint64_t compared_ = 0, since_asked_ = 0;
  Found stopped_ = Found::order;
};

template <std::size_t kWords>
SearchResult judge(const History& history, const Partition& p, const Plan& plan, Budget& budget,
                   Defect defect) {
  Search<kWords> search(plan, budget, defect);
  std::uint32_t stuck_at = 0;
  SearchResult out;
  for (std::size_t width = 32;; width *= 16) {
    const bool widest = width > 8192;
    switch (search.run(widest ? ~std::size_t{0} : width, stuck_at)) {
      case Found::order:
        out.answer = SearchAnswer::linearizable;
        return out;
      case Found::contradiction:
        out.answer = SearchAnswer::refuted;
        out.refutation = explain_stuck(history, p, p.steps[plan.ops[plan.events[stuck_at] / 2].step]);
        return out;
      case Found::left_out:
        continue;
      case Found::steps:
        out.why = "the step budget ran out";
        return out;
      case Found::memory:
        out.why = "the memory budget ran out";
        return out;
      case Found::time:
        out.why = "time was up";
        return out;
    }
  }
}

}  // namespace

SearchResult judge_by_frontier(const History& history, const Partition& partition, std::size_t contents,
                               Scratch& scratch, Budget& budget, Defect defect) {
  const Plan p = plan(partition, contents, scratch, defect == Defect::failed_cas_is_blind);
  if (p.slots <= 64) return judge<1>(history, partition, p, budget, defect);
  if (p.slots <= 128) return judge<2>(history, partition, p, budget, defect);
  if (p.slots <= 256) return judge<4>(history, partition, p, budget, defect);
  if (p.slots <= kSlotsMax) return judge<8>(history, partition, p, budget, defect);
  SearchResult out;
  out.why = "more than 512 operations of one key are open at once";
  return out;
}

}  // namespace wn::checkers
