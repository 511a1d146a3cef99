#pragma once
// The laws that all lenses of a type must keep together, tried out before a version is published, on every
// address that the schemas name.
//
//   identity    what version v itself stores under its fields stays where it is in v
//   there and back  from the shape of u to that of v and back is where it began (GetPut, PutGet)
//   one way     to v over u is to v
//   apart       two addresses of u are two addresses of v
// Values need no trial: each step is one-to-one on all of them (value_map.h).
//
// holonomy() is the same question about any loop of lenses, also such that do not follow one chain (two
// realms that grew apart, a shortcut from version 1 to 3): going round must change nothing.
#include <optional>
#include <span>

#include "runtime/schema/schema.h"
#include "runtime/schema/walk.h"

namespace wn::schema {

struct LawFault {
  FieldNumber number;  // where the address is in `from`
  Version from, to;
};
std::optional<LawFault> check_laws(std::span<const Schema> chain);

// One lens of a loop, gone through forth or back.
struct LoopStep {
  const Lens* lens = nullptr;
  Direction direction = Direction::forward;
};
// Goes round from `start`, whose fields are tried; the first field that does not come home as it was.
std::optional<FieldNumber> holonomy(const Schema& start, std::span<const LoopStep> loop);

}  // namespace wn::schema
