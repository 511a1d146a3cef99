// Locks and semaphores whose holders release what they acquired before, by program order: O(n).
//
// Held from the moment that an acquire takes effect to the one that its release does: at the least from the
// acquire's return to the release's call. When every release is called after a completed acquire of the same
// holder that it can free, all acquires may take effect just before they return and all releases just after
// they are called; what is held is then the least that it can be at every moment, and never below nothing. So
// the history is linearizable iff that many permits are there at every moment. An acquire without an answer
// need not have happened, a release without an answer may have happened at once.
//
// For a lock this is: the least holds do not overlap; their order is then the only one, and tokens must grow
// along it. Anything else (a release while its acquire is open, of somebody else's acquire) is for the
// search.
#include <algorithm>
#include <map>

#include "checkers/collections/shortcuts.h"

namespace wn::checkers::collections {
namespace {

struct Step {
  std::uint32_t at = 0, op = 0;
};

// Returns of acquires and calls of releases, in order.
std::vector<Step> steps_of(const Part& part) {
  std::vector<Step> steps;
  steps.reserve(part.ops.size());
  for (std::uint32_t i = 0; i < part.ops.size(); ++i) {
    const Op& op = part.ops[i];
    if (op.act == Act::acquire && op.pending()) continue;
    steps.push_back({op.act == Act::acquire ? op.returned : op.invoked, i});
  }
  std::sort(steps.begin(), steps.end(), [](const Step& a, const Step& b) { return a.at < b.at; });
  return steps;
}

// What one holder holds, and its steps since it last held nothing.
struct Holding {
  std::int64_t permits = 0;
  std::vector<std::uint32_t> steps;
};

}  // namespace

Finding semaphore(const Shortcut& how, const Part& part) {
  std::map<std::uint64_t, Holding> holdings;
  std::int64_t held = 0;
  const auto permits = static_cast<std::int64_t>(std::min<std::uint64_t>(how.options.permits, INT64_MAX));
  for (const Step& step : steps_of(part)) {
    const Op& op = part.ops[step.op];
    Holding& mine = holdings[op.holder];
    if (op.act == Act::release) {
      if (mine.permits < op.amount && !how.broken(CollectionDefect::permits_early_release))
        return Finding::undecided();
      mine.permits -= op.amount;
      held -= op.amount;
      mine.steps.push_back(step.op);
      if (mine.permits == 0) mine.steps.clear();
      continue;
    }
    mine.permits += op.amount;
    held += op.amount;
    mine.steps.push_back(step.op);
    if (held <= permits) continue;
    Finding finding{Finding::Kind::fail,
                    "too many permits",
                    std::to_string(held) + " permits were held at once, of " + std::to_string(permits),
                    {},
                    true};
    for (const auto& [holder, holding] : holdings)
      finding.ops.insert(finding.ops.end(), holding.steps.begin(), holding.steps.end());
    return finding;
  }
  return {};
}

Finding lock(const Shortcut& how, const Part& part) {
  std::uint64_t holder = 0, depth = 0;
  std::uint32_t by = kNone, token_by = kNone;
  std::int64_t token = INT64_MIN;
  for (const Step& step : steps_of(part)) {
    const Op& op = part.ops[step.op];
    const bool mine = depth > 0 && holder == op.holder;
    if (op.act == Act::release) {
      if (!mine && !how.broken(CollectionDefect::permits_early_release)) return Finding::undecided();
      if (mine && op.pending() && how.options.reentrant) return Finding::undecided();
      if (depth > 0) --depth;
      continue;
    }
    if (depth > 0 && !(mine && how.options.reentrant)) {
      return {
          Finding::Kind::fail, "two holders", "The lock was acquired while it was held", {by, step.op}, true};
    }
    if (op.has_token && (mine ? op.amount < token : op.amount <= token)) {
      if (how.options.reentrant) return Finding::undecided();  // two acquires of one holder may change places
      return {Finding::Kind::fail,
              "token does not grow",
              "A later holder was given the token " + std::to_string(op.amount) + " after " +
                  std::to_string(token),
              {token_by, step.op},
              false};
    }
    if (op.has_token) {
      token = op.amount;
      token_by = step.op;
    }
    holder = op.holder;
    if (depth++ == 0) by = step.op;
  }
  return {};
}

}  // namespace wn::checkers::collections
