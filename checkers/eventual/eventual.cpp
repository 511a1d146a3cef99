#include "checkers/eventual/eventual.h"

#include <algorithm>
#include <set>

#include "checkers/eventual/keys.h"

namespace wn::checkers {
namespace {

constexpr std::size_t kSumsMax = 4096;  // of the unknown additions to one counter; more: bounds alone

class Judge {
 public:
  Judge(const History& history, const EventualFacts& facts) : history_(history), facts_(facts) {
    verdict_.claim = "eventual";
  }

  Verdict judge() {
    for (const EventualKey& key : keys_of(history_, facts_)) {
      agreement(key);
      switch (key.shape) {
        case Shape::number:
          written(key);
          reg(key);
          break;
        case Shape::counter:
        case Shape::bounded:
          counter(key);
          break;
        default:
          written(key);
          elements(key);
          vanished(key);
      }
      if (verdict_.outcome == Outcome3::fail) break;
    }
    return verdict_;
  }

 private:
  void fail(const char* what, std::vector<std::uint64_t> operations) {
    if (verdict_.outcome == Outcome3::fail) return;
    verdict_.outcome = Outcome3::fail;
    verdict_.signature = std::string("eventual: ") + what;
    for (const std::uint64_t op : operations) {
      if (!verdict_.explanation.empty()) verdict_.explanation += "\n";
      verdict_.explanation += describe(history_, op);
    }
    verdict_.operations = std::move(operations);
  }

  void agreement(const EventualKey& key) {
    const EventualRead* first = nullptr;
    for (const EventualRead& r : key.reads) {
      if (!r.settled) continue;
      if (first == nullptr) first = &r;
      const bool ordered = key.shape == Shape::sequence;
      if (ordered ? r.seen != first->seen : r.sorted != first->sorted)
        return fail("replicas disagree", {first->operation, r.operation});
    }
  }

  static bool adds(Function f) {
    return f == Function::put || f == Function::include || f == Function::nest || f == Function::append;
  }

  // What is shown was asked for before, and not refused.
  void written(const EventualKey& key) {
    std::map<Element, const EventualWrite*> by_element;
    for (const EventualWrite& w : key.writes) {
      if (adds(w.function)) by_element.emplace(w.element, &w);
    }
    for (const EventualRead& r : key.reads) {
      for (const Element& e : r.seen) {
        const auto w = by_element.find(e);
        if (w == by_element.end() || w->second->invoked > r.completed)
          return fail("a value that nobody wrote", {r.operation});
        if (w->second->outcome == Outcome::fail)
          return fail("a refused write appeared", {w->second->operation, r.operation});
      }
    }
  }

  static bool excluded(const EventualKey& key, const Element& e, std::uint64_t before) {
    return std::ranges::any_of(key.writes, [&](const EventualWrite& w) {
      return w.function == Function::exclude && w.element == e && w.outcome != Outcome::fail &&
             w.invoked < before;
    });
  }

  void elements(const EventualKey& key) {
    for (const EventualWrite& w : key.writes) {
      if (!adds(w.function) || w.outcome != Outcome::ok) continue;
      for (const EventualRead& r : key.reads) {
        if (r.invoked < w.completed || r.holds(w.element)) continue;
        const bool own = r.replica != 0 && r.replica == w.replica;
        if ((!r.settled && !own) || excluded(key, w.element, r.completed)) continue;
        return fail(
            r.settled ? "an acknowledged element is missing" : "a replica misses what it acknowledged",
            {w.operation, r.operation});
      }
    }
  }

  // Each element, where a replica showed it last: a later read of that replica shows it too.
  void vanished(const EventualKey& key) {
    std::map<std::uint32_t, std::map<Element, const EventualRead*>> shown;
    for (const EventualRead& r : key.reads) {
      if (r.replica == 0 || facts_.rebased.contains(r.replica)) continue;
      auto& mine = shown[r.replica];
      for (const auto& [e, before] : mine) {
        if (r.holds(e) || before->completed > r.invoked || excluded(key, e, r.completed)) continue;
        return fail("a read element vanished", {before->operation, r.operation});
      }
      for (const Element& e : r.seen) mine.try_emplace(e, &r);
    }
  }

  void reg(const EventualKey& key) {
    for (const EventualRead& r : key.reads) {
      if (r.seen.size() > 1) return fail("a value that nobody wrote", {r.operation});
      for (const EventualWrite& later : key.writes) {
        const bool seen_here = r.replica != 0 && r.replica == later.replica;
        if (later.outcome != Outcome::ok || later.completed > r.invoked || (!r.settled && !seen_here))
          continue;
        if (r.seen.empty()) return fail("an acknowledged write is missing", {later.operation, r.operation});
        for (const EventualWrite& w : key.writes) {
          if (w.element != r.seen.front() || w.outcome != Outcome::ok) continue;
          if (w.replica == 0 || w.replica != later.replica || w.completed > later.invoked) continue;
          return fail("an overwritten value came back", {w.operation, later.operation, r.operation});
        }
      }
    }
  }

  static std::int64_t amount(const EventualWrite& w) {
    return w.function == Function::spend ? -w.element.first : w.element.first;
  }

  void counter(const EventualKey& key) {
    for (const EventualRead& r : key.reads) {
      const std::int64_t value = r.seen.empty() ? 0 : r.seen.front().first;
      if (r.seen.size() > 1) return fail("a value that nobody wrote", {r.operation});
      if (key.shape == Shape::bounded && value < 0)
        return fail("a bounded counter below zero", {r.operation});
      std::int64_t low = 0;
      std::int64_t high = 0;
      std::int64_t certain = 0;
      std::set<std::int64_t> sums{0};
      for (const EventualWrite& w : key.writes) {
        if (w.outcome == Outcome::fail || w.invoked > r.completed) continue;
        const std::int64_t by = amount(w);
        const bool own = r.replica != 0 && r.replica == w.replica;
        const bool known = w.outcome == Outcome::ok && w.completed < r.invoked && (r.settled || own);
        low += known ? by : std::min<std::int64_t>(by, 0);
        high += known ? by : std::max<std::int64_t>(by, 0);
        if (known) certain += by;
        if (known || !r.settled || sums.size() > kSumsMax) continue;
        const std::set<std::int64_t> before = sums;
        for (const std::int64_t sum : before) sums.insert(sum + by);
      }
      const bool reachable = !r.settled || sums.size() > kSumsMax || sums.contains(value - certain);
      if (value < low || value > high || !reachable)
        return fail(r.settled ? "a counter is off" : "a counter shows what cannot be", {r.operation});
    }
  }

  const History& history_;
  const EventualFacts& facts_;
  Verdict verdict_;
};

}  // namespace

Verdict check_eventual(const History& history, const EventualFacts& facts) {
  return Judge(history, facts).judge();
}

}  // namespace wn::checkers
