#pragma once
// The node's image and journal, read and written. Internal to the room.
#include "runtime/groups/rules.h"

namespace wn::groups {

Bytes image_of(const State& s);
[[nodiscard]] Errc restore_image(State& s, ByteView image);
[[nodiscard]] Errc replay(State& s, ByteView record);

}  // namespace wn::groups
