// What nodes say to each other about a STRONG operation: all fields, always.
#include "runtime/base/proto_fields.h"
#include "runtime/base/proto_wire.h"
#include "runtime/host/strong.h"

namespace wn::host {
namespace {

using proto::get_u32;

std::uint64_t bits(std::int64_t value) { return static_cast<std::uint64_t>(value); }

bool get_node(ProtoReader& in, std::uint32_t field, NodeId& out) { return get_u32(in, field, out.value); }
bool get_number(ProtoReader& in, std::uint32_t field, std::int64_t& out) {
  std::uint64_t wide = 0;
  if (!in.fixed64(field, wide)) return false;
  out = static_cast<std::int64_t>(wide);
  return true;
}
bool get_word(ProtoReader& in, std::uint32_t field, std::uint64_t least, std::uint64_t end,
              std::uint8_t& out) {
  std::uint64_t wide = 0;
  if (!in.varint(field, wide) || wide < least || wide >= end) return false;
  out = static_cast<std::uint8_t>(wide);
  return true;
}

}  // namespace

Bytes encode(const groups::Command& c) {
  std::vector<std::uint8_t> bytes;
  ProtoWriter out(bytes);
  out.varint(1, c.context);
  out.varint(2, c.client.value);
  out.varint(3, c.operation);
  out.varint(4, c.attempt);
  out.fixed64(5, c.worknode.high);
  out.fixed64(6, c.worknode.low);
  out.varint(7, static_cast<std::uint64_t>(c.function));
  out.fixed64(8, bits(c.value));
  out.fixed64(9, bits(c.expected));
  out.varint(10, c.group.value);
  out.varint(11, c.epoch);
  return Bytes::copy_of(ByteView(bytes));
}

Errc decode(ByteView bytes, groups::Command& out) {
  ProtoReader in(bytes);
  groups::Command c;
  std::uint8_t function = 0;
  if (!in.varint(1, c.context) || !get_node(in, 2, c.client) || !in.varint(3, c.operation) ||
      !get_u32(in, 4, c.attempt) || !in.fixed64(5, c.worknode.high) || !in.fixed64(6, c.worknode.low) ||
      !get_word(in, 7, 1, groups::kFunctionEnd, function) || !get_number(in, 8, c.value) ||
      !get_number(in, 9, c.expected) || !in.varint(10, c.group.value) || !in.varint(11, c.epoch) ||
      !in.done()) {
    return Errc::corrupt;
  }
  c.function = static_cast<groups::Function>(function);
  out = c;
  return Errc::ok;
}

Bytes encode(const groups::Answer& a) {
  std::vector<std::uint8_t> bytes;
  ProtoWriter out(bytes);
  out.varint(1, a.context);
  out.varint(2, a.client.value);
  out.varint(3, a.operation);
  out.varint(4, a.attempt);
  out.varint(5, static_cast<std::uint64_t>(a.code));
  out.varint(6, static_cast<std::uint64_t>(a.error));
  out.varint(7, a.found ? 1 : 0);
  out.fixed64(8, bits(a.value));
  out.fixed64(9, a.worknode.high);
  out.fixed64(10, a.worknode.low);
  out.varint(11, a.group.value);
  out.varint(12, a.epoch);
  out.varint(13, a.node.value);
  return Bytes::copy_of(ByteView(bytes));
}

Errc decode(ByteView bytes, groups::Answer& out) {
  ProtoReader in(bytes);
  groups::Answer a;
  std::uint8_t code = 0, error = 0, found = 0;
  if (!in.varint(1, a.context) || !get_node(in, 2, a.client) || !in.varint(3, a.operation) ||
      !get_u32(in, 4, a.attempt) || !get_word(in, 5, 1, groups::kAnswerCodeEnd, code) ||
      !get_word(in, 6, 0, kErrcEnd, error) || !get_word(in, 7, 0, 2, found) || !get_number(in, 8, a.value) ||
      !in.fixed64(9, a.worknode.high) || !in.fixed64(10, a.worknode.low) || !in.varint(11, a.group.value) ||
      !in.varint(12, a.epoch) || !get_node(in, 13, a.node) || !in.done()) {
    return Errc::corrupt;
  }
  a.code = static_cast<groups::AnswerCode>(code);
  a.error = static_cast<Errc>(error);
  a.found = found == 1;
  out = a;
  return Errc::ok;
}

}  // namespace wn::host
