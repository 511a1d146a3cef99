#pragma once
// Bytes of requests and replies: Protobuf wire encoding, canonical (runtime/base/proto_wire.h), so that any
// Protobuf reader can read them. The caller puts them into a frame (runtime/wire/frame.h).
//
// Decoders are total on hostile bytes: what is not canonical, out of range or over its limit is refused and
// nothing of it is given out.
#include "runtime/realm/protocol.h"

namespace wn::realm {

Bytes encode(const Request& request);
Bytes encode(const Reply& reply);
// ok, corrupt (no canonical encoding), unsupported (an unknown function, property or code), too_large (token
// or items over their limit).
[[nodiscard]] Errc decode(ByteView bytes, Request& out);
[[nodiscard]] Errc decode(ByteView bytes, Reply& out);

}  // namespace wn::realm
