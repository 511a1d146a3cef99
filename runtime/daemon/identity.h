#pragma once
// The secret of a node on disk: a file of 64 hex digits and a newline, which nobody but its owner may read.
// Makes system calls. Thread rule: any.
#include <string>

#include "runtime/base/result.h"
#include "runtime/capability/types.h"

namespace wn::daemon {

// Errors: not_found; precondition: others may read it, or it is not this user's; bad_input: not a seed.
Result<capability::Seed> read_identity(const std::string& path);
// A new one from the kernel's randomness, durable when this returns; its public key. Never replaces a file:
// already_exists. Others: not_found (no such folder), io_error, no_space.
Result<capability::PublicKey> new_identity(const std::string& path);

}  // namespace wn::daemon
