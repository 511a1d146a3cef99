#include "runtime/rpc/codec.h"

#include "runtime/base/digest.h"
#include "runtime/base/proto_fields.h"

namespace wn::rpc {
namespace {

using proto::get_flag;
using proto::get_u32;

constexpr std::uint64_t kNsMax = 1ULL << 62;

bool get_ns(ProtoReader& in, std::uint32_t field, Duration& value) {
  std::uint64_t wide = 0;
  if (!in.varint(field, wide) || wide > kNsMax) return false;
  value.ns = static_cast<std::int64_t>(wide);
  return true;
}
bool get_head(ProtoReader& in, CallsHead& head) {
  return in.fixed64(1, head.caller) && in.fixed64(2, head.callee) && in.varint(3, head.floor);
}

std::uint64_t ns_of(Duration d) { return d.ns > 0 ? static_cast<std::uint64_t>(d.ns) : 0; }

// Before this call's own id: it may rest on earlier ones only, so that no circle can be built.
bool get_promise(ProtoReader& in, std::uint32_t field, std::uint64_t id, Promise& promise) {
  return in.varint(field, promise.call.value) && get_u32(in, field + 1, promise.field) && promise.call &&
         promise.call.value < id && promise.field < kItemsMax;
}

Errc get_arguments(ByteView list, CallView& call, CallsFrame& out) {
  ProtoReader in(list);
  call.first_argument = static_cast<std::uint32_t>(out.arguments.size());
  while (!in.done()) {
    ByteView item;
    if (!in.bytes(1, item)) return Errc::corrupt;
    if (++call.arguments > kItemsMax) return Errc::too_large;
    ProtoReader one(item);
    ArgumentView argument;
    if (!get_flag(one, 1, argument.is_promise)) return Errc::corrupt;
    const bool good =
        argument.is_promise ? get_promise(one, 2, call.id, argument.promise) : one.bytes(2, argument.bytes);
    if (!good || !one.done()) return Errc::corrupt;
    if (argument.is_promise && ++call.promises > kPromisesMax) return Errc::too_large;
    call.request_bytes += argument.is_promise ? 16 : argument.bytes.size();
    out.arguments.push_back(argument);
  }
  return Errc::ok;
}

Errc get_call(ByteView bytes, CallView& call, CallsFrame& out) {
  ProtoReader in(bytes);
  ByteView arguments;
  bool promised = false;
  if (!in.varint(1, call.id) || !get_u32(in, 2, call.attempt) || !get_ns(in, 3, call.budget) ||
      !get_u32(in, 4, call.key.caller.value) || !in.varint(5, call.key.number) ||
      !get_u32(in, 6, call.method) || !get_u32(in, 7, call.hops) || !get_u32(in, 8, call.depth) ||
      !get_u32(in, 9, call.response_bytes) || !get_u32(in, 10, call.response_items) ||
      !get_flag(in, 11, call.sign) || !get_flag(in, 12, promised) || call.id == 0 || call.attempt == 0) {
    return Errc::corrupt;
  }
  if (promised) {
    Promise target;
    if (!get_promise(in, 13, call.id, target)) return Errc::corrupt;
    call.target = target;
    call.promises = 1;
  } else {
    WorknodeId target;
    if (!in.fixed64(13, target.high) || !in.fixed64(14, target.low)) return Errc::corrupt;
    call.target = target;
  }
  if (!in.bytes(15, call.capability) || !in.bytes(16, arguments) || !in.done()) return Errc::corrupt;
  if (call.capability.size() > kCapabilityBytesMax) return Errc::too_large;
  return get_arguments(arguments, call, out);
}

Errc get_reply(ByteView bytes, ReplyView& reply, RepliesFrame& out) {
  ProtoReader in(bytes);
  reply.whole = bytes;
  if (!in.varint(1, reply.id) || !get_u32(in, 2, reply.attempt) || !get_ns(in, 3, reply.held) ||
      !in.varint(4, reply.status) || !in.varint(5, reply.error) || !in.varint(6, reply.kind) ||
      !in.bytes(7, reply.items_field) || !in.bytes(8, reply.signature) || !in.done() || reply.id == 0 ||
      reply.attempt == 0) {
    return Errc::corrupt;
  }
  ProtoReader items(reply.items_field);
  reply.first_item = static_cast<std::uint32_t>(out.items.size());
  while (!items.done()) {
    ByteView item;
    if (!items.bytes(1, item)) return Errc::corrupt;
    ++reply.items;
    reply.bytes += item.size();
    out.items.push_back(item);
  }
  return Errc::ok;
}

template <class Item, class Each>
Errc get_list(ByteView list, std::vector<Item>& items, Each&& each) {
  ProtoReader in(list);
  while (!in.done()) {
    ByteView item;
    if (!in.bytes(1, item)) return Errc::corrupt;
    if (const Errc e = each(item, items.emplace_back()); e != Errc::ok) return e;
  }
  return Errc::ok;
}

}  // namespace

Errc decode(ByteView payload, CallsFrame& out) {
  out.calls.clear();
  out.arguments.clear();
  if (payload.size() > kFrameBytesMax) return Errc::too_large;
  ProtoReader in(payload);
  ByteView list;
  if (!get_head(in, out.head) || !in.bytes(4, list) || !in.done() || out.head.caller == 0)
    return Errc::corrupt;
  return get_list(list, out.calls, [&](ByteView item, CallView& call) { return get_call(item, call, out); });
}

Errc decode(ByteView payload, RepliesFrame& out) {
  out.replies.clear();
  out.items.clear();
  if (payload.size() > kFrameBytesMax) return Errc::too_large;
  ProtoReader in(payload);
  ByteView list;
  RepliesHead& head = out.head;
  if (!in.fixed64(1, head.callee) || !in.fixed64(2, head.caller) || !in.varint(3, head.advert) ||
      !get_u32(in, 4, head.window_calls) || !get_u32(in, 5, head.window_bytes) || !in.bytes(6, list) ||
      !in.done() || head.callee == 0 || head.caller == 0) {
    return Errc::corrupt;
  }
  return get_list(list, out.replies, [&](ByteView item, ReplyView& r) { return get_reply(item, r, out); });
}

Errc decode(ByteView payload, CancelsFrame& out) {
  out.ids.clear();
  if (payload.size() > kFrameBytesMax) return Errc::too_large;
  ProtoReader in(payload);
  ByteView packed;
  if (!get_head(in, out.head) || !in.bytes(4, packed) || !in.done() || out.head.caller == 0)
    return Errc::corrupt;
  ProtoReader ids(packed);
  while (!ids.done()) {
    std::uint64_t id = 0;
    if (!ids.raw(id)) return Errc::corrupt;
    out.ids.push_back(id);
  }
  return Errc::ok;
}

void encode_body(const CallBody& body, std::vector<std::uint8_t>& out) {
  const CallSpec& spec = *body.spec;
  ProtoWriter w(out);
  w.varint(6, spec.method.value);
  w.varint(7, body.hops);
  w.varint(8, body.depth);
  w.varint(9, body.response_bytes);
  w.varint(10, body.response_items);
  w.varint(11, spec.sign ? 1 : 0);
  if (const auto* promise = std::get_if<Promise>(&spec.target)) {
    w.varint(12, 1);
    w.varint(13, promise->call.value);
    w.varint(14, promise->field);
  } else {
    const WorknodeId id = std::get<WorknodeId>(spec.target);
    w.varint(12, 0);
    w.fixed64(13, id.high);
    w.fixed64(14, id.low);
  }
  w.bytes(15, spec.capability.value.view());
  const auto size_of = [](const Argument& argument) {
    if (const auto* promise = std::get_if<Promise>(&argument))
      return 4 + proto::varint_size(promise->call.value) + proto::varint_size(promise->field);
    const std::size_t size = std::get<Bytes>(argument).size();
    return 3 + proto::varint_size(size) + size;
  };
  std::size_t size = 0;
  for (const Argument& argument : spec.arguments) {
    const std::size_t one = size_of(argument);
    size += 1 + proto::varint_size(one) + one;
  }
  w.head(16, size);
  for (const Argument& argument : spec.arguments) {
    w.head(1, size_of(argument));
    if (const auto* promise = std::get_if<Promise>(&argument)) {
      w.varint(1, 1);
      w.varint(2, promise->call.value);
      w.varint(3, promise->field);
    } else {
      w.varint(1, 0);
      w.bytes(2, std::get<Bytes>(argument).view());
    }
  }
}

void put_call(std::vector<std::uint8_t>& list, const CallHead& head, ByteView body) {
  const auto size = [](std::uint64_t value) { return 1 + proto::varint_size(value); };
  const std::uint64_t ns = ns_of(head.budget);
  ProtoWriter w(list);
  w.head(1, size(head.id) + size(head.attempt) + size(ns) + size(head.key.caller.value) +
                size(head.key.number) + body.size());
  w.varint(1, head.id);
  w.varint(2, head.attempt);
  w.varint(3, ns);
  w.varint(4, head.key.caller.value);
  w.varint(5, head.key.number);
  list.insert(list.end(), body.begin(), body.end());
}

namespace {
std::size_t size_of_items(std::span<const Bytes> items) {
  std::size_t size = 0;
  for (const Bytes& item : items) size += 1 + proto::varint_size(item.size()) + item.size();
  return size;
}
}  // namespace

void put_items(std::span<const Bytes> items, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  for (const Bytes& item : items) w.bytes(1, item.view());
}

void put_reply(std::vector<std::uint8_t>& list, const ReplyOut& r) {
  const std::size_t items = size_of_items(r.items);
  const auto size = [](std::uint64_t value) { return 1 + proto::varint_size(value); };
  const auto status = static_cast<std::uint64_t>(r.status);
  const auto error = static_cast<std::uint64_t>(r.error);
  ProtoWriter w(list);
  w.head(1, size(r.id) + size(r.attempt) + size(ns_of(r.held)) + size(status) + size(error) + size(r.kind) +
                size(items) + items + size(r.signature.size()) + r.signature.size());
  w.varint(1, r.id);
  w.varint(2, r.attempt);
  w.varint(3, ns_of(r.held));
  w.varint(4, status);
  w.varint(5, error);
  w.varint(6, r.kind);
  w.head(7, items);
  put_items(r.items, list);
  w.bytes(8, r.signature);
}

namespace {
template <class Fill>
Bytes frame_of(std::size_t room, Fill&& fill) {
  std::vector<std::uint8_t> bytes;
  bytes.reserve(room);
  ProtoWriter w(bytes);
  fill(w);
  return Bytes::copy_of(ByteView(bytes));
}
void put_head(ProtoWriter& w, const CallsHead& head) {
  w.fixed64(1, head.caller);
  w.fixed64(2, head.callee);
  w.varint(3, head.floor);
}
}  // namespace

Bytes calls_frame(const CallsHead& head, ByteView list) {
  return frame_of(list.size() + 48, [&](ProtoWriter& w) {
    put_head(w, head);
    w.bytes(4, list);
  });
}

Bytes replies_frame(const RepliesHead& head, ByteView list) {
  return frame_of(list.size() + 64, [&](ProtoWriter& w) {
    w.fixed64(1, head.callee);
    w.fixed64(2, head.caller);
    w.varint(3, head.advert);
    w.varint(4, head.window_calls);
    w.varint(5, head.window_bytes);
    w.bytes(6, list);
  });
}

Bytes cancels_frame(const CallsHead& head, std::span<const std::uint64_t> ids) {
  std::size_t size = 0;
  for (const std::uint64_t id : ids) size += proto::varint_size(id);
  return frame_of(size + 48, [&](ProtoWriter& w) {
    put_head(w, head);
    w.head(4, size);
    for (const std::uint64_t id : ids) w.raw(id);
  });
}

void put_signed(const SignedAnswer& a, ByteView items_field, std::vector<std::uint8_t>& out) {
  ProtoWriter w(out);
  w.bytes(1, as_bytes("worknode rpc answer 1"));
  w.fixed64(2, a.realm);
  w.varint(3, a.callee.value);
  w.varint(4, a.caller.value);
  w.fixed64(5, a.incarnation);
  w.varint(6, a.id);
  w.varint(7, a.key.caller.value);
  w.varint(8, a.key.number);
  w.varint(9, a.method);
  w.varint(10, a.status);
  w.varint(11, a.error);
  w.varint(12, a.kind);
  w.bytes(13, items_field);
}

std::uint64_t answer_digest(ByteView signed_bytes) {
  Digest d;
  d.absorb(signed_bytes);
  return d.low();
}

}  // namespace wn::rpc
