#pragma once
// Cover: of each kind of state, the largest sets of marks seen. A state whose marks are among those of an
// earlier one of its kind can do nothing that the earlier one cannot. Memory: what is kept, with the map's
// own.
#include <algorithm>
#include <cstdint>
#include <map>
#include <vector>

#include "scenarios/exhaustive/search.h"

namespace wn::exhaustive {

class Cover {
 public:
  // False when an earlier one covers it; else it is kept, and those that it covers are forgotten.
  bool insert(const Kind& kind) {
    std::vector<std::vector<std::uint64_t>>& largest = kinds_[kind.key];
    for (const auto& marks : largest) {
      if (is_within(kind.marks, marks)) return false;
    }
    std::erase_if(largest, [&](const auto& marks) { return is_within(marks, kind.marks); });
    largest.push_back(kind.marks);
    bytes_ += 48 + kind.marks.size() * sizeof(std::uint64_t);
    return true;
  }
  std::uint64_t kinds() const { return kinds_.size(); }
  std::uint64_t bytes() const { return bytes_ + kinds_.size() * 96; }

 private:
  struct Low {
    bool operator()(const Hash128& a, const Hash128& b) const {
      return a.low != b.low ? a.low < b.low : a.high < b.high;
    }
  };
  static bool is_within(const std::vector<std::uint64_t>& a, const std::vector<std::uint64_t>& b) {
    for (std::size_t i = 0; i < a.size(); ++i) {
      if ((a[i] & ~(i < b.size() ? b[i] : 0)) != 0) return false;
    }
    return true;
  }
  std::map<Hash128, std::vector<std::vector<std::uint64_t>>, Low> kinds_;
  std::uint64_t bytes_ = 0;  // never less than what is kept
};

}  // namespace wn::exhaustive
