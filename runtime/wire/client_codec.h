#pragma once
// The key-value service's values <-> bytes: commands as the log's entries hold them (record.proto), requests
// and replies as frames (client.proto).
//
// Decoders are total on hostile bytes, and share the input's memory with the keys and values that they give
// out. They check shape (enums, counts, node ids); kv::validate() checks the limits of a command.
#include "runtime/base/bytes.h"
#include "runtime/base/result.h"
#include "runtime/kv/protocol.h"
#include "runtime/wire/frame.h"

namespace wn::wire {

Bytes encode(const kv::Command& command);
// ok or bad_input. `out` is cleared first; its vectors keep their capacity.
[[nodiscard]] Errc decode(const Bytes& bytes, kv::Command& out);

// REQUIRES a message that fits a frame: commands that kv::validate() accepts and that fit
// raft::kEntryBytesMax do.
Bytes encode(const kv::ClientRequest& request);
Bytes encode(const kv::ClientReply& reply);

// A request, and its command as it came: a log entry ready to be proposed, sharing the frame's memory.
struct IncomingRequest {
  kv::ClientRequest request;
  Bytes command;
};
// ok, corrupt, unsupported, too_large, or bad_input (another type of frame, or an invalid message).
[[nodiscard]] Errc decode(const Bytes& frame, IncomingRequest& out);
[[nodiscard]] Errc decode(const Bytes& frame, kv::ClientReply& out);
// The same for a frame that open_frame() has already accepted.
[[nodiscard]] Errc decode_opened(const Bytes& frame, const FrameView& view, IncomingRequest& out);

}  // namespace wn::wire
