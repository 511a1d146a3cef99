#include "runtime/rpc/types.h"

namespace wn::rpc {

std::string_view to_string(Status status) {
  switch (status) {
    case Status::done:
      return "done";
    case Status::failed:
      return "failed";
    case Status::denied:
      return "denied";
    case Status::timed_out:
      return "timed_out";
    case Status::cancelled:
      return "cancelled";
    case Status::overloaded:
      return "overloaded";
    case Status::too_large:
      return "too_large";
    case Status::no_hops:
      return "no_hops";
    case Status::too_deep:
      return "too_deep";
    case Status::no_calls_left:
      return "no_calls_left";
    case Status::broken_promise:
      return "broken_promise";
    case Status::unknown_method:
      return "unknown_method";
    case Status::unknown_outcome:
      return "unknown_outcome";
    case Status::key_reused:
      return "key_reused";
    case Status::stale:
      return "stale";
    case Status::introduce:
      return "introduce";
    case Status::bad_response:
      return "bad_response";
  }
  return "unknown";
}

bool took_no_effect(Status status) {
  switch (status) {
    case Status::denied:
    case Status::overloaded:
    case Status::no_hops:
    case Status::too_deep:
    case Status::no_calls_left:
    case Status::broken_promise:
    case Status::unknown_method:
    case Status::key_reused:
    case Status::introduce:
      return true;
    default:
      return false;
  }
}

std::string_view to_string(Verdict verdict) {
  switch (verdict) {
    case Verdict::malformed:
      return "malformed";
    case Verdict::wrong_type:
      return "wrong_type";
    case Verdict::too_large:
      return "too_large";
    case Verdict::too_many_items:
      return "too_many_items";
    case Verdict::bad_signature:
      return "bad_signature";
    case Verdict::unknown_call:
      return "unknown_call";
    case Verdict::wrong_status:
      return "wrong_status";
    case Verdict::equivocation:
      return "equivocation";
    case Verdict::stale:
      return "stale";
  }
  return "unknown";
}

Bytes bytes_of(WorknodeId worknode) {
  return Bytes::build(16, [&](std::uint8_t* out) {
    for (unsigned i = 0; i < 8; ++i) out[i] = static_cast<std::uint8_t>(worknode.high >> (56 - 8 * i));
    for (unsigned i = 0; i < 8; ++i) out[8 + i] = static_cast<std::uint8_t>(worknode.low >> (56 - 8 * i));
  });
}

bool worknode_from(ByteView bytes, WorknodeId& out) {
  if (bytes.size() != 16) return false;
  WorknodeId id;
  for (std::size_t i = 0; i < 8; ++i) id.high = id.high << 8 | bytes[i];
  for (std::size_t i = 8; i < 16; ++i) id.low = id.low << 8 | bytes[i];
  out = id;
  return true;
}

}  // namespace wn::rpc
