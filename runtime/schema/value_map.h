#pragma once
// How a lens rewrites one value, so that nothing is lost and everything comes back.
//
// A value that the other version cannot express (7 minutes-times-ten, "soon" as an integer) is *carried*: it
// becomes bytes that hold the original and the number of steps that it is away from its home. Further steps
// away count up, steps towards home count down, and at home it is itself again. Fields whose values are
// rewritten hold integers or strings, never bytes, so that a carried value is told from a native one.
//
// Each step is one-to-one on ALL values, also on those that nobody honest writes; backward undoes forward and
// forward undoes backward (value_map_test proves it on a small scope, exhaustively). Stamps are not looked
// at, so a register that is rewritten keeps its place among its siblings.
#include <optional>

#include "runtime/schema/lens.h"

namespace wn::schema {

enum class Direction : std::uint8_t { forward = 0, backward };  // to the newer version, to the older

// integer_to_string, string_to_integer or scale; every other step leaves values alone.
struct ValueStep {
  LensKind kind = LensKind::none;
  std::int64_t factor = 0;
  Direction direction = Direction::forward;
  friend bool operator==(const ValueStep&, const ValueStep&) = default;
};

Value rewrite(const ValueStep& step, const ValueView& value);

// A carried value: what it was, and how far from home (positive: it comes from an older version). nullopt for
// every other value.
struct Carried {
  std::int32_t steps = 0;
  Value original;
};
std::optional<Carried> carried(const ValueView& value);

}  // namespace wn::schema
