#pragma once
// What the decision about a stack asks of its values, in order of out_from: a segment tree with, at each
// place, the value's times and how many values are certainly inside just after its out_from.
#include <cstdint>
#include <vector>

#include "checkers/collections/part.h"

namespace wn::checkers::collections {

class StackTree {
 public:
  struct Times {
    std::uint32_t in_from = kForever, in_to = kForever, out_to = 0;
  };

  explicit StackTree(const std::vector<Times>& values);

  void remove(std::uint32_t place);  // its times count no more; what it covered is taken off by add()
  void add(std::uint32_t from, std::uint32_t to, std::int32_t amount);    // to the cover of places [from, to)
  std::uint32_t first_free(std::uint32_t from, std::uint32_t to) const;   // a place nobody covers; or kNone
  std::uint32_t first_in_to(std::uint32_t from, std::uint32_t to) const;  // the smallest
  // A place with in_from < `in` and out_to > `out`; or kNone.
  std::uint32_t outermost(std::uint32_t from, std::uint32_t to, std::uint32_t in, std::uint32_t out) const;

 private:
  struct Node {
    std::int32_t least_cover = 0, added = 0;
    std::uint32_t in_from = kForever, in_to = kForever, out_to = 0;
  };
  struct Range {
    std::uint32_t node, low, high;
  };
  void pull(std::uint32_t node);
  void add(const Range& at, std::uint32_t from, std::uint32_t to, std::int32_t amount);
  std::uint32_t first_free(const Range& at, std::uint32_t from, std::uint32_t to, std::int32_t above) const;
  std::uint32_t outermost(const Range& at, std::uint32_t from, std::uint32_t to, std::uint32_t in,
                          std::uint32_t out) const;

  std::uint32_t leaves_ = 1;
  std::vector<Node> nodes_;
};

}  // namespace wn::checkers::collections
