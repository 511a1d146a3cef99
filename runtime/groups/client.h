#pragma once
// What clients ask, taken in: operations (client.cpp) and changes (change.cpp). Internal to the room.
#include "runtime/groups/rules.h"

namespace wn::groups {

void submit(Turn& t, const Command& command);
void change(Turn& t, const Change& wanted);

}  // namespace wn::groups
