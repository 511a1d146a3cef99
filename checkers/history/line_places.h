#pragma once
// LinePlaces: the lines that the events of a history stood in, as runs: a plain file is one run.
#include <algorithm>
#include <cstdint>
#include <vector>

namespace wn::checkers {

class LinePlaces {
 public:
  // Positions ascend.
  void add(std::uint64_t position, std::uint64_t line) {
    if (!runs_.empty()) {
      Run& last = runs_.back();
      const std::uint64_t since = position - last.position;
      if (line == last.line + (last.flat ? 0 : since)) return;
      if (since == 1 && line == last.line) {
        last.flat = true;
        return;
      }
    }
    runs_.push_back({position, line, false});
  }
  // From 1; 0: unknown (a history that was not read from text).
  std::uint64_t line_of(std::uint64_t position) const {
    auto after = std::ranges::upper_bound(runs_, position, {}, &Run::position);
    if (after == runs_.begin()) return 0;
    --after;
    return after->line + (after->flat ? 0 : position - after->position);
  }
  std::uint64_t bytes() const { return runs_.capacity() * sizeof(Run); }

 private:
  struct Run {
    std::uint64_t position = 0, line = 0;
    bool flat = false;  // all of the run stand in one line
  };
  std::vector<Run> runs_;
};

}  // namespace wn::checkers
