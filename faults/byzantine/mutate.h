#pragma once
// Type-preserving mutation with a small scope (ByzzFuzz, OOPSLA 2023), for any message in Protobuf wire
// encoding, nested ones included: one field gets another value of its type. Numbers become one more, one
// less, 0, 1, or the value of another number of the message; opaque bytes get one other byte. The result has
// the same fields.
//
// Total: bytes that are no message get one other byte; none stay none. Deterministic. No state.
#include "runtime/base/bytes.h"
#include "runtime/base/random.h"

namespace wn::byzantine {

// How the codec writes a number that is 0.
enum class Zeros : std::uint8_t { written, left_out };

inline constexpr std::uint32_t kMutateDepthMax = 8;
inline constexpr std::size_t kMutateFieldsMax = 4096;  // in one message; one with more counts as opaque

Bytes mutate_message(ByteView message, Zeros zeros, Draw& draw);

}  // namespace wn::byzantine
