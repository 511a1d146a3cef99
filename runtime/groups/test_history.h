#pragma once
// What clients saw of one register each, and whether some order explains it: the search of Wing and Gong
// (1993) with Lowe's memory of visited states. Operations whose outcome is not known may have happened at any
// time after they were invoked, or never.
#include <cstdint>
#include <set>
#include <string>
#include <tuple>
#include <vector>

#include "runtime/base/time.h"
#include "runtime/groups/types.h"

namespace wn::groups {

struct Seen {
  Instant invoked;
  Instant returned = Instant::max();  // max: not known
  Command command;
  Answer answer;  // done or refused, when it is known
  bool known() const { return returned != Instant::max(); }
};

class Explanation {
 public:
  explicit Explanation(const std::vector<Seen>& history) : history_(history) {}
  // At most 62 operations.
  bool exists() { return history_.size() < 63 && search(0, false, 0); }

 private:
  // What `seen` would have answered in this state; false if that is not what it did answer.
  static bool apply(const Seen& seen, bool& present, std::int64_t& value) {
    const Command& c = seen.command;
    const bool fits = c.function != Function::cas || (present && value == c.expected);
    if (seen.known() && (seen.answer.code == AnswerCode::done) != fits) return false;
    if (seen.known() && (c.function == Function::get || !fits)) {
      return seen.answer.found == present && (!present || seen.answer.value == value);
    }
    if (!fits || c.function == Function::get) return true;
    value = c.function == Function::add ? value + c.value : c.value;
    present = true;
    return !seen.known() || seen.answer.value == value;
  }

  bool search(std::uint64_t taken, bool present, std::int64_t value) {
    if (!visited_.insert({taken, present, value}).second) return false;
    Instant first_return = Instant::max();
    bool all = true;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if ((taken >> i & 1) != 0 || !history_[i].known()) continue;
      all = false;
      first_return = std::min(first_return, history_[i].returned);
    }
    if (all) return true;
    for (std::size_t i = 0; i < history_.size(); ++i) {
      if ((taken >> i & 1) != 0 || history_[i].invoked > first_return) continue;
      bool next_present = present;
      std::int64_t next_value = value;
      if (!apply(history_[i], next_present, next_value)) continue;
      if (search(taken | std::uint64_t{1} << i, next_present, next_value)) return true;
    }
    return false;
  }

  const std::vector<Seen>& history_;
  std::set<std::tuple<std::uint64_t, bool, std::int64_t>> visited_;
};

}  // namespace wn::groups
