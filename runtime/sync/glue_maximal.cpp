// The largest sets of sections that violate nothing: from the whole, branch on what a violated rule lets go.
#include <algorithm>
#include <bit>

#include "runtime/sync/glue_rules.h"

namespace wn::sync {
namespace {

class Search {
 public:
  Search(const Cover& cover, const std::pmr::vector<Rule>& rules, std::pmr::memory_resource* memory)
      : cover_(cover),
        rules_(rules),
        memory_(memory),
        drops_(memory),
        readings_(memory),
        seen_(memory),
        out_(memory) {}

  Maximal run() {
    const std::size_t count = cover_.sections.size();
    std::pmr::vector<SectionSet> open(memory_);
    if (count > 0) open.push_back(~SectionSet{0} >> (64 - count));
    for (std::size_t steps = 0; !open.empty(); ++steps) {
      const SectionSet set = open.back();
      open.pop_back();
      if (out_.sets.size() == kMaximalSectionsMax || (steps >= kMaximalStepsMax && !out_.sets.empty())) {
        out_.cut = true;
        break;
      }
      if (consistent(set)) {
        keep(grown(set));
        continue;
      }
      for (const SectionSet drop : drops_) {
        const SectionSet rest = set & ~drop;
        const auto at = std::ranges::lower_bound(seen_, rest);
        if (at != seen_.end() && *at == rest) continue;
        seen_.insert(at, rest);
        open.push_back(rest);
      }
    }
    std::ranges::sort(out_.sets, [](SectionSet a, SectionSet b) {
      const int more = std::popcount(a) - std::popcount(b);
      return more != 0 ? more > 0 : a < b;
    });
    return std::move(out_);
  }

 private:
  // Else `drops_` says what may go.
  bool consistent(SectionSet set) {
    for (const Rule& rule : rules_) {
      if (violates(rule, set, drops_)) return false;
    }
    Obstruction loop = nothing_yet(ObstructionKind::clock, memory_);
    const bool bad = (!cover_.clocks.empty() && clock_loop(cover_, set, loop, readings_)) ||
                     (!cover_.lenses.empty() && lens_loop(cover_, set, loop)) ||
                     (!cover_.twists.empty() && twist_loop(cover_, set, loop));
    if (!bad) return true;
    drops_.clear();
    for (const LoopStep& step : loop.loop) drops_.push_back(SectionSet{1} << step.from);
    return false;
  }

  SectionSet grown(SectionSet set) {
    for (std::size_t i = 0; i < cover_.sections.size(); ++i) {
      const SectionSet more = set | SectionSet{1} << i;
      if (more != set && consistent(more)) set = more;
    }
    return set;
  }

  void keep(SectionSet set) {
    if (std::ranges::find(out_.sets, set) == out_.sets.end()) out_.sets.push_back(set);
  }

  const Cover& cover_;
  const std::pmr::vector<Rule>& rules_;
  std::pmr::memory_resource* memory_;
  Drops drops_;
  std::pmr::vector<std::int64_t> readings_;
  std::pmr::vector<SectionSet> seen_;
  Maximal out_;
};

}  // namespace

Maximal maximal_sets(const Cover& cover, const std::pmr::vector<Rule>& rules,
                     std::pmr::memory_resource* memory) {
  return Search(cover, rules, memory).run();
}

}  // namespace wn::sync
