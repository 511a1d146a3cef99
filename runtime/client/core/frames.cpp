#include "runtime/client/core/frames.h"

#include <algorithm>

#include "runtime/realm/codec.h"
#include "runtime/wire/frame.h"

namespace wn::client {

Bytes frame_of(const realm::Request& request) {
  const Bytes payload = realm::encode(request);
  const std::size_t size = wire::kHeaderBytes + payload.size();
  return Bytes::build(size, [&](std::uint8_t* to) {
    std::copy_n(payload.view().data(), payload.size(), to + wire::kHeaderBytes);
    wire::seal_frame(to, wire::FrameType::realm_request, payload.size());
  });
}

bool open_reply(const Bytes& frame, realm::Reply& out) {
  wire::FrameView view;
  return wire::open_frame(frame.view(), view) == Errc::ok && view.type == wire::FrameType::realm_reply &&
         realm::decode(frame.view().subspan(wire::kHeaderBytes, view.payload_bytes), out) == Errc::ok;
}

}  // namespace wn::client
