#pragma once
// Value: a small immutable value (nothing, bool, 64-bit integer, string, bytes) as a view; and StoredValue,
// the same in 16 bytes inside a document's memory: up to 14 bytes in place, longer ones in one block.
#include <compare>
#include <cstdint>
#include <cstring>
#include <memory_resource>
#include <string_view>

#include "runtime/base/bytes.h"
#include "runtime/base/digest.h"

namespace wn::crdt {

// The numbers are part of the stored format.
enum class Kind : std::uint8_t { none = 0, boolean = 1, integer = 2, string = 3, bytes = 4 };

// A view: bytes and strings point into what it was made from. Orders by kind, then value.
class Value {
 public:
  Value() = default;
  static Value of(bool v) { return Value(Kind::boolean, v ? 1 : 0, {}); }
  static Value of(std::int64_t v) { return Value(Kind::integer, v, {}); }
  static Value of(std::string_view v) { return Value(Kind::string, 0, v); }
  static Value of(const char* v) { return of(std::string_view(v)); }
  static Value of(ByteView v) { return Value(Kind::bytes, 0, as_text(v)); }

  Kind kind() const { return kind_; }
  bool boolean() const { return number_ != 0; }
  std::int64_t integer() const { return number_; }
  std::string_view string() const { return text_; }
  ByteView bytes() const { return as_bytes(text_); }
  std::size_t size() const { return text_.size(); }
  void absorb_into(Digest& digest) const;
  friend auto operator<=>(const Value&, const Value&) = default;
  friend bool operator==(const Value&, const Value&) = default;

 private:
  Value(Kind kind, std::int64_t number, std::string_view text) : kind_(kind), number_(number), text_(text) {}
  Kind kind_ = Kind::none;
  std::int64_t number_ = 0;
  std::string_view text_;
};

// Inside the room. A plain struct: whoever holds it calls release() with the memory that it was made from.
struct StoredValue {
  static constexpr std::size_t kInline = 14;
  Kind kind = Kind::none;
  std::uint8_t inline_size = 0;  // 0xFF = in a block
  std::uint8_t raw[kInline] = {};

  static StoredValue store(const Value& value, std::pmr::memory_resource* memory);
  void release(std::pmr::memory_resource* memory);
  Value view() const;
  std::size_t block_bytes() const;  // held outside these 16
};
static_assert(sizeof(StoredValue) == 16);

}  // namespace wn::crdt
