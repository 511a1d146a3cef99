#pragma once
// Letter: a frame on its way out, with what the network is told of it. Internal to the room.
#include "runtime/base/bytes.h"

namespace wn::byzantine {

struct Letter {
  Bytes frame;
  std::uint8_t type = 0;  // wire::FrameType
};

// The payload of a sound frame; empty: it is none.
ByteView payload_of(const Letter& letter);
// A sound frame around this payload. REQUIRES payload.size() <= wire::kPayloadBytesMax.
Letter letter_of(std::uint8_t type, ByteView payload);

}  // namespace wn::byzantine
