#pragma once
// The state of a StateMachine, plain; state_machine.cpp and image.cpp work on it.
#include "runtime/kv/key_table.h"
#include "runtime/kv/session_table.h"
#include "runtime/kv/state_machine.h"

namespace wn::kv {

struct Contents {
  explicit Contents(const Options& o) : options(o), sessions(o.sessions_max) {}
  Options options;
  LogIndex applied;
  KeyTable keys;
  SessionTable sessions;
};

std::uint64_t digest_of(const Contents& contents);
Bytes encode_image(const Contents& contents);
// Fills `fresh`, which must be new. Nothing of it may be used after an error.
Result<void> decode_image(ByteView image, Contents& fresh);

}  // namespace wn::kv
