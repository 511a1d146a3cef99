#pragma once
// What a delta says, looked at before it is merged; beside speaks_for() of types.h. Pure.
#include "runtime/crdt/types.h"

namespace wn::crdt {

// Whether it tells of events of `first`'s replica from `first` on: of what a replica that has made none of
// these has not said. Believed by that one, its own next event would be known before it is made. True also
// for what is no delta.
bool names_from(ByteView delta, Dot first, const Options& options);

}  // namespace wn::crdt
