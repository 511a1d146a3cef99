#include "runtime/groups/command.h"

#include "runtime/groups/codec.h"

namespace wn::groups {

namespace {
constexpr std::uint64_t kU32 = 0xFFFF'FFFF;
}

Bytes encode(const LogCommand& c) {
  Buffer buffer;
  ProtoWriter out(buffer);
  out.varint(1, static_cast<std::uint64_t>(c.kind));
  if (c.kind == CommandKind::write) {
    out.varint(2, c.write.client.value);
    out.varint(3, c.write.operation);
    out.varint(4, c.write.attempt);
    put(out, 5, c.write.worknode);
    out.varint(7, static_cast<std::uint64_t>(c.write.function));
    out.varint(8, zigzag(c.write.value));
    out.varint(9, zigzag(c.write.expected));
    return to_bytes(buffer);
  }
  out.varint(2, c.other.value);
  out.varint(3, c.number);
  put(out, 4, c.root);
  out.varint(6, c.dissolve ? 1 : 0);
  put(out, 7, c.members);
  put(out, 8, c.set);
  out.bytes(9, c.carried.view());
  return to_bytes(buffer);
}

Errc decode(ByteView bytes, LogCommand& c) {
  ProtoReader in(bytes);
  if (!take_number(in, 1, c.kind, kCommandKindEnd - 1) || c.kind < CommandKind::write) return Errc::bad_input;
  if (c.kind == CommandKind::write) {
    std::uint64_t value = 0;
    std::uint64_t expected = 0;
    if (!take_number(in, 2, c.write.client.value, kU32) || !in.varint(3, c.write.operation) ||
        !take_number(in, 4, c.write.attempt, kU32) || !take(in, 5, c.write.worknode) ||
        !take_number(in, 7, c.write.function, kFunctionEnd - 1) || !in.varint(8, value) ||
        !in.varint(9, expected) || !in.done()) {
      return Errc::bad_input;
    }
    c.write.value = unzigzag(value);
    c.write.expected = unzigzag(expected);
    const bool writes = c.write.function > Function::get;
    return writes && c.write.client && c.write.worknode ? Errc::ok : Errc::bad_input;
  }
  ByteView carried;
  if (!in.varint(2, c.other.value) || !in.varint(3, c.number) || !take(in, 4, c.root) ||
      !take_number(in, 6, c.dissolve, 1) || !take(in, 7, c.members) || !take(in, 8, c.set) ||
      !in.bytes(9, carried) || !in.done() || carried.size() > kTransferBytesMax) {
    return Errc::bad_input;
  }
  c.carried = Bytes::copy_of(carried);
  return Errc::ok;
}

}  // namespace wn::groups
