#pragma once
// ProtoFlat: the same canonical bytes as ProtoWriter (proto_wire.h), into memory of the caller's whose size
// it has bounded, such as an array on the stack: for small messages that are written for every operation.
// REQUIRES room for each field when it is written: kProtoFieldMax bytes, and for bytes() their size as well;
// checked, a field too much is a bug of ours. Header-only.
#include <bit>
#include <cstdint>
#include <cstring>
#include <span>

#include "runtime/base/bytes.h"
#include "runtime/base/check.h"

namespace wn {

inline constexpr std::size_t kProtoFieldMax = 16;  // a tag and a number, or a tag and a length

class ProtoFlat {
 public:
  explicit ProtoFlat(std::span<std::uint8_t> room)
      : begin_(room.data()), at_(room.data()), end_(room.data() + room.size()) {}

  void varint(std::uint32_t field, std::uint64_t value) {
    need(kProtoFieldMax);
    put(std::uint64_t{field} << 3);
    put(value);
  }
  void fixed64(std::uint32_t field, std::uint64_t value) {
    need(kProtoFieldMax);
    put((std::uint64_t{field} << 3) | 1);
    if constexpr (std::endian::native == std::endian::little) {
      std::memcpy(at_, &value, sizeof value);
      at_ += sizeof value;
    } else {
      for (int i = 0; i < 8; ++i) *at_++ = static_cast<std::uint8_t>(value >> (8 * i));
    }
  }
  void bytes(std::uint32_t field, ByteView value) {
    head(field, value.size());
    need(value.size());
    if (!value.empty()) std::memcpy(at_, value.data(), value.size());
    at_ += value.size();
  }
  // The tag and length of a nested message or packed field whose `size` bytes the caller writes next.
  void head(std::uint32_t field, std::size_t size) {
    need(kProtoFieldMax);
    put((std::uint64_t{field} << 3) | 2);
    put(size);
  }
  // An element of a packed field, whose head the caller has written.
  void raw(std::uint64_t value) {
    need(kProtoFieldMax);
    put(value);
  }
  ByteView view() const { return {begin_, static_cast<std::size_t>(at_ - begin_)}; }

 private:
  void need(std::size_t size) const { WN_CHECK(static_cast<std::size_t>(end_ - at_) >= size); }
  void put(std::uint64_t value) {
    while (value >= 0x80) {
      *at_++ = static_cast<std::uint8_t>(value | 0x80);
      value >>= 7;
    }
    *at_++ = static_cast<std::uint8_t>(value);
  }
  std::uint8_t* begin_;
  std::uint8_t* at_;
  std::uint8_t* end_;
};

}  // namespace wn
