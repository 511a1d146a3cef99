#include "runtime/base/bytes.h"

#include <cstring>
#include <new>
#include <utility>

#include "runtime/base/check.h"

namespace wn {

Bytes Bytes::allocate(std::size_t size) {
  Bytes out;
  if (size == 0) return out;
  void* memory = ::operator new(sizeof(Block) + size);
  out.block_ = ::new (memory) Block{.references = 1};
  out.data_ = static_cast<const std::uint8_t*>(memory) + sizeof(Block);
  out.size_ = size;
  return out;
}

void Bytes::destroy(Block* block) noexcept { ::operator delete(block); }

Bytes Bytes::copy_of(ByteView source) {
  return build(source.size(), [&](std::uint8_t* to) { std::memcpy(to, source.data(), source.size()); });
}

Bytes Bytes::slice(std::size_t offset, std::size_t length) const {
  WN_CHECK_LE(offset, size_);
  WN_CHECK_LE(length, size_ - offset);
  Bytes out;
  if (length == 0) return out;
  out = *this;
  out.data_ += offset;
  out.size_ = length;
  return out;
}

void Bytes::swap(Bytes& other) noexcept {
  std::swap(block_, other.block_);
  std::swap(data_, other.data_);
  std::swap(size_, other.size_);
}

}  // namespace wn
