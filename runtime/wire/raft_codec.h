#pragma once
// raft::Message <-> frame (raft.proto). Written by hand because a heartbeat must cost tens of nanoseconds.
//
// encode() makes exactly one allocation, the frame. decode() is total on hostile bytes, allocates nothing in
// the steady state, and shares the frame's memory with the entries and chunk data that it gives out. Decoded
// values are validated whole: known type, ids in range, at most kEntriesPerFrameMax entries with ascending
// implied indices and matching checksums, ascending member lists of at most raft::kMembersMax.
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/result.h"
#include "runtime/raft/types.h"
#include "runtime/wire/frame.h"

namespace wn::wire {

inline constexpr std::size_t kEntriesPerFrameMax = 4096;

// REQUIRES a message within the limits (the core's options keep it so).
Bytes encode(const raft::Message& message);
// Bytes that encode() would give.
std::size_t encoded_bytes(const raft::Message& message);

class RaftDecoder {
 public:
  // ok, corrupt, unsupported, too_large, or bad_input (a sound frame that is no valid Raft message).
  // `out.entries` is valid until the next decode.
  [[nodiscard]] Errc decode(const Bytes& frame, raft::Message& out);
  // The same for a frame that open_frame() has already accepted.
  [[nodiscard]] Errc decode_opened(const Bytes& frame, const FrameView& view, raft::Message& out);

 private:
  std::vector<raft::Entry> entries_;
};

}  // namespace wn::wire
