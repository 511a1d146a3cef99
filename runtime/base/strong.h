#pragma once
// Strong<Tag, Rep>: a number that cannot be mistaken for another number.
// Two values of one strong type compare and order; arithmetic is spelled out where it means something.
#include <compare>
#include <cstdint>

namespace wn {

template <class Tag, class Rep>
struct Strong {
  using rep = Rep;
  Rep value{};

  constexpr Strong() = default;
  constexpr explicit Strong(Rep v) : value(v) {}
  friend constexpr auto operator<=>(Strong, Strong) = default;
};

}  // namespace wn
