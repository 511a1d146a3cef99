#include "checkers/linearizability/minimal.h"

#include <algorithm>
#include <set>
#include <utility>

namespace wn::checkers {
namespace {

class Shrinker {
 public:
  Shrinker(const Partition& p, const Refutes& refutes) : best_(p), refutes_(refutes) {}

  Partition run(std::uint64_t cut) {
    Partition prefix = best_;
    for (Step& s : prefix.steps) {
      if (s.ret > cut) s.ret = kNever;
    }
    std::erase_if(prefix.steps,
                  [&](const Step& s) { return s.call > cut || (s.optional() && s.effect == Effect::none); });
    if (!accept(std::move(prefix))) return std::move(best_);
    chunks([](const Step& s) { return s.effect == Effect::none; },
           [](Partition& p, const std::vector<std::size_t>& chosen) {
             for (std::size_t i = chosen.size(); i-- > 0;) {
               p.steps.erase(p.steps.begin() + static_cast<std::ptrdiff_t>(chosen[i]));
             }
           });
    chunks([](const Step& s) { return s.effect != Effect::none && !s.optional(); },
           [](Partition& p, const std::vector<std::size_t>& chosen) {
             for (const std::size_t i : chosen) p.steps[i].ret = kNever;
             drop_unobserved(p);
           });
    return std::move(best_);
  }

 private:
  static void drop_unobserved(Partition& p) {
    for (const Step& s : p.steps) {
      if (s.not_pre != kNoContent || s.effect == Effect::append) return;
    }
    for (bool more = true; more;) {
      more = std::erase_if(p.steps, [&](const Step& s) {
               return s.optional() && std::ranges::none_of(p.steps, [&](const Step& o) {
                        return &o != &s && o.pre == s.arg && o.ret > s.call;
                      });
             }) != 0;
    }
  }

  bool accept(Partition candidate) {
    if (tries_ == 0) return false;
    --tries_;
    if (!refutes_(candidate)) return false;
    best_ = std::move(candidate);
    return true;
  }

  // Tries `change` on chunks of the steps that match, half as large each round.
  template <typename Match, typename Change>
  void chunks(const Match& match, const Change& change) {
    const auto matching = [&] {
      std::vector<std::size_t> all;
      for (std::size_t i = 0; i < best_.steps.size(); ++i) {
        if (match(best_.steps[i])) all.push_back(i);
      }
      return all;
    };
    for (std::size_t size = matching().size(); size > 0 && tries_ > 0; size /= 2) {
      for (std::size_t from = 0; tries_ > 0;) {
        const std::vector<std::size_t> all = matching();
        if (from >= all.size()) break;
        const std::size_t to = std::min(all.size(), from + size);
        Partition candidate = best_;
        change(candidate, {all.begin() + static_cast<std::ptrdiff_t>(from),
                           all.begin() + static_cast<std::ptrdiff_t>(to)});
        if (!accept(std::move(candidate))) from = to;
      }
    }
  }

  Partition best_;
  const Refutes& refutes_;
  int tries_ = kShrinkTriesMax;
};

// Wing & Gong (1993) with a memory; keeps the order that got past most returns, then the longest.
class LongestOrder {
 public:
  LongestOrder(const History& history, const Partition& p, Contents& contents)
      : history_(history), steps_(p.steps), contents_(contents) {}

  PartialOrder run() {
    visit(0, kEmptyContent);
    PartialOrder out;
    std::string state = "nil";
    std::uint64_t done = 0;
    for (const std::uint32_t s : best_) {
      done |= 1ULL << s;
      if (steps_[s].effect == Effect::set) state = piece(s);
      if (steps_[s].effect == Effect::append) state = state == "nil" ? piece(s) : state + " ++ " + piece(s);
      out.placed.push_back(steps_[s].operation);
      out.states.push_back(state);
    }
    const std::uint64_t end = first_return(done);
    for (std::uint32_t s = 0; s < steps_.size(); ++s) {
      if ((done >> s & 1) == 0 && !steps_[s].optional() && steps_[s].call < end) {
        out.stuck.push_back(steps_[s].operation);
      }
    }
    return out;
  }

 private:
  static constexpr std::size_t kVisitsMax = 5'000;

  std::uint64_t first_return(std::uint64_t done) const {
    std::uint64_t first = kNever;
    for (std::uint32_t s = 0; s < steps_.size(); ++s) {
      if ((done >> s & 1) == 0) first = std::min(first, steps_[s].ret);
    }
    return first;
  }
  void visit(std::uint64_t done, ContentId state) {
    const std::uint64_t end = first_return(done);
    if (std::pair(end, order_.size()) > best_score_) {
      best_score_ = {end, order_.size()};
      best_ = order_;
    }
    if (seen_.size() >= kVisitsMax || !seen_.emplace(done, state).second) return;
    for (std::uint32_t s = 0; s < steps_.size(); ++s) {
      const Step& step = steps_[s];
      if ((done >> s & 1) != 0 || step.call > end) continue;
      if (step.pre != kNoContent && step.pre != state) continue;
      if (step.not_pre != kNoContent && step.not_pre == state) continue;
      order_.push_back(s);
      const ContentId next = step.effect == Effect::none  ? state
                             : step.effect == Effect::set ? step.arg
                                                          : contents_.concat(state, step.arg);
      visit(done | 1ULL << s, next);
      order_.pop_back();
    }
  }
  std::string piece(std::uint32_t s) const {
    const Operation& op = history_.operations[steps_[s].operation];
    if (op.function != Function::txn) return history_.atoms.to_json(op.value);
    std::string text = "[";
    for (const MicroOperation& m : op.txn) {
      if (m.append) text += (text.size() > 1 ? "," : "") + history_.atoms.to_json(m.value);
    }
    return text + "]";
  }

  const History& history_;
  const std::vector<Step>& steps_;
  Contents& contents_;
  std::set<std::pair<std::uint64_t, ContentId>> seen_;
  std::vector<std::uint32_t> order_, best_;
  std::pair<std::uint64_t, std::size_t> best_score_{0, 0};
};

}  // namespace

Partition shrink(const Partition& partition, std::uint64_t cut, const Refutes& refutes) {
  return Shrinker(partition, refutes).run(cut);
}

PartialOrder longest_order(const History& history, const Partition& part, Contents& contents) {
  if (part.steps.size() > kOrderStepsMax || part.steps.empty()) return {};
  return LongestOrder(history, part, contents).run();
}

}  // namespace wn::checkers
