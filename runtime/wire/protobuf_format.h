#pragma once
// The Protobuf wire format by hand (protobuf.dev, "Encoding"): varints, tags, length-delimited fields.
// Writers are templates over a sink, so that one description of a message both measures it (Measure) and
// writes it (Writer). Fields that are zero are left out, as proto3 does. Reader is total on hostile bytes and
// allocates nothing.
#include <bit>
#include <cstdint>
#include <cstring>

#include "runtime/base/bytes.h"

namespace wn::wire {

enum class WireType : std::uint8_t { varint = 0, fixed64 = 1, bytes = 2, fixed32 = 5 };

constexpr std::size_t varint_bytes(std::uint64_t value) {
  return (static_cast<std::size_t>(std::bit_width(value | 1)) + 6) / 7;
}

class Measure {
 public:
  void varint(std::uint64_t value) { size_ += varint_bytes(value); }
  void fixed32(std::uint32_t) { size_ += 4; }
  void raw(ByteView bytes) { size_ += bytes.size(); }
  std::size_t size() const { return size_; }

 private:
  std::size_t size_ = 0;
};

// REQUIRES a buffer of the measured size.
class Writer {
 public:
  explicit Writer(std::uint8_t* to) : at_(to) {}
  void varint(std::uint64_t value) {
    while (value >= 0x80) {
      *at_++ = static_cast<std::uint8_t>(value | 0x80);
      value >>= 7;
    }
    *at_++ = static_cast<std::uint8_t>(value);
  }
  void fixed32(std::uint32_t value) {
    for (int i = 0; i < 4; ++i) *at_++ = static_cast<std::uint8_t>(value >> (8 * i));
  }
  void raw(ByteView bytes) {
    if (bytes.empty()) return;
    std::memcpy(at_, bytes.data(), bytes.size());
    at_ += bytes.size();
  }
  const std::uint8_t* at() const { return at_; }

 private:
  std::uint8_t* at_;
};

template <class Sink>
void put_tag(Sink& sink, std::uint32_t field, WireType type) {
  sink.varint(field << 3 | static_cast<std::uint32_t>(type));
}
template <class Sink>
void put_varint(Sink& sink, std::uint32_t field, std::uint64_t value) {
  if (value == 0) return;
  put_tag(sink, field, WireType::varint);
  sink.varint(value);
}
template <class Sink>
void put_fixed32(Sink& sink, std::uint32_t field, std::uint32_t value) {
  if (value == 0) return;
  put_tag(sink, field, WireType::fixed32);
  sink.fixed32(value);
}
template <class Sink>
void put_bytes(Sink& sink, std::uint32_t field, ByteView value) {
  if (value.empty()) return;
  put_tag(sink, field, WireType::bytes);
  sink.varint(value.size());
  sink.raw(value);
}
// A nested message, described by put(sink); written even when it is empty.
template <class Sink, class Put>
void put_message(Sink& sink, std::uint32_t field, Put&& put) {
  put_tag(sink, field, WireType::bytes);
  Measure measure;
  put(measure);
  sink.varint(measure.size());
  put(sink);
}

// Signed numbers in few bytes (sint64).
constexpr std::uint64_t zigzag(std::int64_t value) {
  return (static_cast<std::uint64_t>(value) << 1) ^ static_cast<std::uint64_t>(value >> 63);
}
constexpr std::int64_t unzigzag(std::uint64_t value) {
  return static_cast<std::int64_t>((value >> 1) ^ (~(value & 1) + 1));
}

// Reads one message's fields. Usage: while (reader.next(field, type)) { … }, then reader.ok(). Every getter
// returns false, for good, at the first byte that is not what it should be.
class Reader {
 public:
  explicit Reader(ByteView bytes) : at_(bytes.data()), end_(bytes.data() + bytes.size()) {}

  bool next(std::uint32_t& field, WireType& type) {
    if (!ok_ || at_ == end_) return false;
    std::uint64_t tag = 0;
    if (!varint(tag)) return false;
    field = static_cast<std::uint32_t>(tag >> 3);
    type = static_cast<WireType>(tag & 7);
    if (tag > 0xFFFFFFFFU || field == 0) return damaged();
    return true;
  }
  bool varint(std::uint64_t& value) {
    if (at_ != end_ && *at_ < 0x80) {
      value = *at_++;
      return true;
    }
    return long_varint(value);
  }
  // A varint of at most `most`.
  bool number(std::uint64_t& value, std::uint64_t most) {
    return varint(value) && (value <= most || damaged());
  }
  bool number(std::uint32_t& value, std::uint64_t most = 0xFFFFFFFFU) {
    std::uint64_t wide = 0;
    if (!number(wide, most)) return false;
    value = static_cast<std::uint32_t>(wide);
    return true;
  }
  bool boolean(bool& value) {
    std::uint64_t wide = 0;
    if (!number(wide, 1)) return false;
    value = wide != 0;
    return true;
  }
  bool fixed32(std::uint32_t& value) {
    if (end_ - at_ < 4) return damaged();
    value = 0;
    for (int i = 0; i < 4; ++i) value |= std::uint32_t{*at_++} << (8 * i);
    return true;
  }
  bool bytes(ByteView& value) {
    std::uint64_t size = 0;
    if (!varint(size)) return false;
    if (size > static_cast<std::uint64_t>(end_ - at_)) return damaged();
    value = {at_, static_cast<std::size_t>(size)};
    at_ += size;
    return true;
  }
  // An unknown field of a newer version. Groups (types 3 and 4) are not accepted.
  bool skip(WireType type) {
    std::uint64_t number = 0;
    ByteView view;
    switch (type) {
      case WireType::varint:
        return varint(number);
      case WireType::bytes:
        return bytes(view);
      case WireType::fixed32:
        return advance(4);
      case WireType::fixed64:
        return advance(8);
    }
    return damaged();
  }
  bool damaged() {
    ok_ = false;
    return false;
  }
  bool ok() const { return ok_; }
  bool at_end() const { return at_ == end_; }

 private:
  bool advance(std::ptrdiff_t count) {
    if (end_ - at_ < count) return damaged();
    at_ += count;
    return true;
  }
  bool long_varint(std::uint64_t& value) {
    value = 0;
    for (unsigned shift = 0; shift < 64; shift += 7) {
      if (at_ == end_) return damaged();
      const std::uint8_t byte = *at_++;
      if (shift == 63 && byte > 1) return damaged();
      value |= static_cast<std::uint64_t>(byte & 0x7F) << shift;
      if (byte < 0x80) return true;
    }
    return damaged();
  }

  const std::uint8_t* at_;
  const std::uint8_t* end_;
  bool ok_ = true;
};

}  // namespace wn::wire
