#pragma once
// Protobuf's wire encoding by hand, for cores that may not link Protobuf: writes canonical bytes (fields in
// ascending order, minimal varints) that any Protobuf reader accepts, and reads exactly those bytes back.
// Header-only.
//
// ProtoReader is total on hostile bytes: every call returns false at the first thing that is not canonical,
// reads stay inside the view and nothing is allocated. Format: protobuf.dev/programming-guides/encoding.
#include <cstdint>
#include <cstring>
#include <vector>

#include "runtime/base/bytes.h"

namespace wn {

namespace proto {
inline constexpr std::uint32_t kVarint = 0;
inline constexpr std::uint32_t kFixed64 = 1;
inline constexpr std::uint32_t kBytes = 2;
inline constexpr std::uint32_t kFixed32 = 5;

constexpr std::size_t varint_size(std::uint64_t value) {
  std::size_t size = 1;
  while (value >= 0x80) {
    value >>= 7;
    ++size;
  }
  return size;
}
}  // namespace proto

// Appends to a vector that the caller owns and reuses.
class ProtoWriter {
 public:
  explicit ProtoWriter(std::vector<std::uint8_t>& out) : out_(out) {}

  void varint(std::uint32_t field, std::uint64_t value) {
    tag(field, proto::kVarint);
    raw_varint(value);
  }
  void fixed32(std::uint32_t field, std::uint32_t value) {
    tag(field, proto::kFixed32);
    for (int i = 0; i < 4; ++i) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void fixed64(std::uint32_t field, std::uint64_t value) {
    tag(field, proto::kFixed64);
    for (int i = 0; i < 8; ++i) out_.push_back(static_cast<std::uint8_t>(value >> (8 * i)));
  }
  void bytes(std::uint32_t field, ByteView value) {
    head(field, value.size());
    out_.insert(out_.end(), value.begin(), value.end());
  }
  // The tag and length of a nested message whose `size` bytes the caller writes next.
  void head(std::uint32_t field, std::size_t size) {
    tag(field, proto::kBytes);
    raw_varint(size);
  }
  // An element of a packed field, whose head the caller has written.
  void raw(std::uint64_t value) { raw_varint(value); }

 private:
  void tag(std::uint32_t field, std::uint32_t type) { raw_varint((std::uint64_t{field} << 3) | type); }
  void raw_varint(std::uint64_t value) {
    while (value >= 0x80) {
      out_.push_back(static_cast<std::uint8_t>(value | 0x80));
      value >>= 7;
    }
    out_.push_back(static_cast<std::uint8_t>(value));
  }
  std::vector<std::uint8_t>& out_;
};

class ProtoReader {
 public:
  explicit ProtoReader(ByteView in) : in_(in) {}
  bool done() const { return at_ == in_.size(); }

  [[nodiscard]] bool varint(std::uint32_t field, std::uint64_t& value) {
    return tag(field, proto::kVarint) && raw_varint(value);
  }
  [[nodiscard]] bool fixed32(std::uint32_t field, std::uint32_t& value) {
    std::uint64_t wide = 0;
    if (!tag(field, proto::kFixed32) || !little_endian(4, wide)) return false;
    value = static_cast<std::uint32_t>(wide);
    return true;
  }
  [[nodiscard]] bool fixed64(std::uint32_t field, std::uint64_t& value) {
    return tag(field, proto::kFixed64) && little_endian(8, value);
  }
  // A window into the input.
  [[nodiscard]] bool bytes(std::uint32_t field, ByteView& value) {
    std::uint64_t size = 0;
    if (!tag(field, proto::kBytes) || !raw_varint(size) || size > in_.size() - at_) return false;
    value = in_.subspan(at_, size);
    at_ += size;
    return true;
  }
  // An element of a packed field, over its contents.
  [[nodiscard]] bool raw(std::uint64_t& value) { return raw_varint(value); }

 private:
  bool tag(std::uint32_t field, std::uint32_t type) {
    std::uint64_t got = 0;
    return raw_varint(got) && got == ((std::uint64_t{field} << 3) | type);
  }
  bool little_endian(std::size_t size, std::uint64_t& value) {
    if (in_.size() - at_ < size) return false;
    value = 0;
    for (std::size_t i = 0; i < size; ++i) value |= std::uint64_t{in_[at_ + i]} << (8 * i);
    at_ += size;
    return true;
  }
  bool raw_varint(std::uint64_t& value) {
    value = 0;
    for (std::uint32_t shift = 0; shift < 70; shift += 7) {
      if (at_ == in_.size()) return false;
      const std::uint8_t byte = in_[at_++];
      if (shift == 63 && byte > 1) return false;
      value |= std::uint64_t{byte & 0x7FU} << shift;
      if (byte < 0x80) return shift == 0 || byte != 0;  // minimal only
    }
    return false;
  }
  ByteView in_;
  std::size_t at_ = 0;
};

}  // namespace wn
