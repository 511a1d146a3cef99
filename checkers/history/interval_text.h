#pragma once
// IntervalText: histories as lines of intervals, "[process] function value start end" after a header "#
// queue" or without one: the input of tools for collections. The lines stand in any order; starts and ends
// are times. At equal times an invocation comes first, so that what touches is taken to overlap.
#include <cstdint>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history/history.h"

namespace wn::checkers {

bool looks_like_interval(std::string_view line);

class IntervalText {
 public:
  // False: a fault at `column`, said by `message`.
  bool add(std::string_view line, std::uint64_t number, std::size_t& column, std::string& message);
  bool empty() const { return operations_.empty(); }
  // All operations, in order, with positions in place of times.
  void finish(History& history);
  Interner& atoms() { return atoms_; }
  std::uint64_t bytes() const { return operations_.capacity() * sizeof(Operation) + atoms_.bytes(); }

 private:
  Interner atoms_;
  std::vector<Operation> operations_;
  std::vector<std::uint64_t> lines_;
};

}  // namespace wn::checkers
