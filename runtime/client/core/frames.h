#pragma once
// The frames of the realm's protocol as a client sends and takes them. Total on hostile bytes.
#include "runtime/base/bytes.h"
#include "runtime/realm/protocol.h"

namespace wn::client {

Bytes frame_of(const realm::Request& request);
// False: damaged, or no reply. `out` is then unspecified.
[[nodiscard]] bool open_reply(const Bytes& frame, realm::Reply& out);

}  // namespace wn::client
