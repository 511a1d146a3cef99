// Counters that only grow, by one and the same amount: O(n log n).
//
// The count at every moment can be kept the least possible: an increment takes effect when it returns, or
// when a read returns that needs it; then, of the increments that are open, the one that returns first
// (exchange it with any other that an order takes: that one is open as long). A read is right iff the least
// count when it is called is no more than what it saw, and enough increments are open when it returns.
// Increments without an answer return last of all, and need not happen. Two signs or different amounts are
// for the search.
#include <algorithm>
#include <queue>

#include "checkers/collections/shortcuts.h"

namespace wn::checkers::collections {
namespace {

struct Event {
  std::uint32_t at = 0, op = 0;
  bool returns = false;
};

}  // namespace

Finding counter(const Shortcut& how, const Part& part) {
  std::int64_t unit = 0;
  std::vector<Event> events;
  events.reserve(part.ops.size() * 2);
  for (std::uint32_t i = 0; i < part.ops.size(); ++i) {
    const Op& op = part.ops[i];
    if (op.act == Act::insert && unit == 0) unit = op.amount;
    if (op.act == Act::insert && op.amount != unit) return Finding::undecided();
    events.push_back({op.invoked, i, false});
    if (!op.pending()) events.push_back({op.returned, i, true});
  }
  std::sort(events.begin(), events.end(), [](const Event& a, const Event& b) { return a.at < b.at; });
  std::vector<bool> done(part.ops.size(), false);
  const auto later = [&](std::uint32_t a, std::uint32_t b) {
    const std::uint32_t x = part.ops[a].returned, y = part.ops[b].returned;
    if (x == y) return a > b;
    return how.broken(CollectionDefect::counter_any_step) ? x < y : x > y;
  };
  std::priority_queue<std::uint32_t, std::vector<std::uint32_t>, decltype(later)> open(later);
  std::int64_t count = 0;
  std::vector<std::int64_t> at_call(part.ops.size(), 0);
  for (const Event& e : events) {
    const Op& op = part.ops[e.op];
    if (op.act == Act::insert) {
      if (!e.returns) {
        open.push(e.op);
      } else if (!done[e.op]) {
        done[e.op] = true;
        count += unit;
      }
      continue;
    }
    if (!e.returns) {
      at_call[e.op] = count;
      continue;
    }
    const auto impossible = [&](const std::string& why) {
      return Finding{Finding::Kind::fail,
                     "impossible count",
                     "A read saw " + std::to_string(op.amount) + ", but " + why,
                     {e.op},
                     false};
    };
    if (unit == 0 ? op.amount != 0 : op.amount % unit != 0)
      return impossible("all amounts are " + std::to_string(unit));
    const bool low = unit > 0 ? op.amount < at_call[e.op] : op.amount > at_call[e.op];
    if (low) return impossible("the count had been at least " + std::to_string(at_call[e.op]) + " before");
    while (unit > 0 ? count < op.amount : count > op.amount) {
      while (!open.empty() && done[open.top()]) open.pop();
      if (open.empty()) return impossible("it cannot have been more than " + std::to_string(count));
      done[open.top()] = true;
      count += unit;
    }
  }
  return {};
}

}  // namespace wn::checkers::collections
