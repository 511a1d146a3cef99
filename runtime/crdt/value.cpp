#include "runtime/crdt/value.h"

namespace wn::crdt {

namespace {

constexpr std::uint8_t kInBlock = 0xFF;

// Layout of `raw` for a value in a block: 2 bytes unused, 4 bytes size, 8 bytes address.
std::uint32_t block_size(const StoredValue& v) {
  std::uint32_t size = 0;
  std::memcpy(&size, v.raw + 2, sizeof size);
  return size;
}
char* block_at(const StoredValue& v) {
  char* at = nullptr;
  std::memcpy(&at, v.raw + 6, sizeof at);
  return at;
}

}  // namespace

void Value::absorb_into(Digest& digest) const {
  digest.absorb(static_cast<std::uint64_t>(kind_));
  if (kind_ == Kind::string || kind_ == Kind::bytes) {
    digest.absorb(bytes());
  } else {
    digest.absorb(static_cast<std::uint64_t>(number_));
  }
}

StoredValue StoredValue::store(const Value& value, std::pmr::memory_resource* memory) {
  StoredValue out;
  out.kind = value.kind();
  if (value.kind() != Kind::string && value.kind() != Kind::bytes) {
    const std::int64_t number = value.integer();
    std::memcpy(out.raw + 6, &number, sizeof number);
    return out;
  }
  if (value.size() <= kInline) {
    out.inline_size = static_cast<std::uint8_t>(value.size());
    if (value.size() != 0) std::memcpy(out.raw, value.string().data(), value.size());
    return out;
  }
  const auto size = static_cast<std::uint32_t>(value.size());
  char* at = static_cast<char*>(memory->allocate(size, 1));
  std::memcpy(at, value.string().data(), size);
  out.inline_size = kInBlock;
  std::memcpy(out.raw + 2, &size, sizeof size);
  std::memcpy(out.raw + 6, &at, sizeof at);
  return out;
}

void StoredValue::release(std::pmr::memory_resource* memory) {
  if (inline_size == kInBlock) memory->deallocate(block_at(*this), block_size(*this), 1);
  *this = StoredValue{};
}

std::size_t StoredValue::block_bytes() const { return inline_size == kInBlock ? block_size(*this) : 0; }

Value StoredValue::view() const {
  if (kind == Kind::none) return {};
  if (kind != Kind::string && kind != Kind::bytes) {
    std::int64_t number = 0;
    std::memcpy(&number, raw + 6, sizeof number);
    return kind == Kind::boolean ? Value::of(number != 0) : Value::of(number);
  }
  const std::string_view text = inline_size == kInBlock
                                    ? std::string_view(block_at(*this), block_size(*this))
                                    : std::string_view(reinterpret_cast<const char*>(raw), inline_size);
  return kind == Kind::string ? Value::of(text) : Value::of(as_bytes(text));
}

}  // namespace wn::crdt
