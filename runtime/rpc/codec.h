#pragma once
// Bytes of what endpoints say to each other: Protobuf wire encoding, canonical (runtime/base/proto_wire.h).
// All fields are always written, in order. Decoders are total on hostile bytes: a frame is taken whole or not
// at all, views point into it, and the loops are bounded by its size.
//
//   calls    1 caller's incarnation  2 callee's, 0 = not known  3 floor: the caller waits for no call below
//   it
//            4 { 1: repeated call }
//   call     1 id  2 attempt  3 budget in ns  4 method  5 hops left  6 depth  7 response bytes  8 response
//   items
//            9 key's caller  10 key's number  11 signed answer?  12 target is a promise?
//            13, 14 target: id's halves, or call and field  15 capability  16 { 1: repeated argument }
//   argument 1 is a promise?  2 bytes, or 2 call, 3 field
//   replies  1 callee's incarnation  2 caller's  3 number of the advert  4 window, calls  5 window, bytes
//            6 { 1: repeated reply }
//   reply    1 id  2 attempt  3 time it was held, ns  4 status  5 error  6 kind  7 { 1: repeated item }
//            8 signature
//   cancels  1 caller's incarnation  2 callee's  3 floor  4 { packed ids }
#include <span>
#include <vector>

#include "runtime/base/proto_wire.h"
#include "runtime/rpc/endpoint.h"

namespace wn::rpc {

struct CallsHead {
  std::uint64_t caller = 0;  // incarnations
  std::uint64_t callee = 0;
  std::uint64_t floor = 0;
};
struct ArgumentView {
  bool is_promise = false;
  ByteView bytes;
  Promise promise;
};
struct CallView {
  std::uint64_t id = 0;
  std::uint32_t attempt = 0;
  Duration budget;
  std::uint32_t method = 0;
  std::uint32_t hops = 0;
  std::uint32_t depth = 0;
  std::uint32_t response_bytes = 0;
  std::uint32_t response_items = 0;
  IdempotencyKey key{kNobody, 0};
  bool sign = false;
  Target target;
  ByteView capability;
  std::uint32_t first_argument = 0;  // into CallsFrame::arguments
  std::uint32_t arguments = 0;
  std::uint32_t promises = 0;     // its target included
  std::size_t request_bytes = 0;  // of all arguments
};
struct CallsFrame {
  CallsHead head;
  std::vector<CallView> calls;
  std::vector<ArgumentView> arguments;
};

struct RepliesHead {
  std::uint64_t callee = 0;  // incarnations
  std::uint64_t caller = 0;
  std::uint64_t advert = 0;
  std::uint32_t window_calls = 0;
  std::uint32_t window_bytes = 0;
};
struct ReplyView {
  std::uint64_t id = 0;
  std::uint32_t attempt = 0;
  Duration held;
  std::uint64_t status = 0;  // as it came: not yet judged
  std::uint64_t error = 0;
  std::uint64_t kind = 0;
  std::uint32_t first_item = 0;  // into RepliesFrame::items
  std::uint32_t items = 0;
  std::size_t bytes = 0;  // of all items
  ByteView items_field;
  ByteView signature;
  ByteView whole;  // evidence
};
struct RepliesFrame {
  RepliesHead head;
  std::vector<ReplyView> replies;
  std::vector<ByteView> items;
};

struct CancelsFrame {
  CallsHead head;
  std::vector<std::uint64_t> ids;
};

// ok, corrupt or too_large.
[[nodiscard]] Errc decode(ByteView payload, CallsFrame& out);
[[nodiscard]] Errc decode(ByteView payload, RepliesFrame& out);
[[nodiscard]] Errc decode(ByteView payload, CancelsFrame& out);

// Fields 6 to 16 of a call: what stays the same over its attempts.
struct CallBody {
  const CallSpec* spec = nullptr;
  std::uint32_t hops = 0;
  std::uint32_t depth = 0;
  std::uint32_t response_bytes = 0;
  std::uint32_t response_items = 0;
};
void encode_body(const CallBody& body, std::vector<std::uint8_t>& out);
// One call, with its tag, behind what `list` holds.
struct CallHead {
  std::uint64_t id = 0;
  std::uint32_t attempt = 0;
  Duration budget;
  IdempotencyKey key{kNobody, 0};
};
void put_call(std::vector<std::uint8_t>& list, const CallHead& head, ByteView body);

struct ReplyOut {
  std::uint64_t id = 0;
  std::uint32_t attempt = 0;
  Duration held;
  Status status{};
  Errc error = Errc::ok;
  std::uint32_t kind = 0;
  std::span<const Bytes> items;
  ByteView signature;
};
void put_reply(std::vector<std::uint8_t>& list, const ReplyOut& reply);

Bytes calls_frame(const CallsHead& head, ByteView list);
Bytes replies_frame(const RepliesHead& head, ByteView list);
Bytes cancels_frame(const CallsHead& head, std::span<const std::uint64_t> ids);

// What a signature of an answer is of: nothing of it can be passed off as the answer to another call, nor as
// anything else that the same key signs.
struct SignedAnswer {
  std::uint64_t realm = 0;
  NodeId callee;
  NodeId caller;
  std::uint64_t incarnation = 0;  // the caller's
  std::uint64_t id = 0;
  IdempotencyKey key{kNobody, 0};
  std::uint32_t method = 0;
  std::uint64_t status = 0;
  std::uint64_t error = 0;
  std::uint64_t kind = 0;
};
void put_signed(const SignedAnswer& answer, ByteView items_field, std::vector<std::uint8_t>& out);
// Names what was signed in a trace.
std::uint64_t answer_digest(ByteView signed_bytes);
// The contents of a reply's field 7.
void put_items(std::span<const Bytes> items, std::vector<std::uint8_t>& out);

}  // namespace wn::rpc
