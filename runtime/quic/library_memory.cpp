#include "runtime/quic/library_memory.h"

#include <ngtcp2/ngtcp2.h>

#include <algorithm>
#include <cstddef>
#include <cstring>

namespace wn::quic {

namespace {

// Stands before each block and keeps its size.
constexpr std::size_t kHead = alignof(std::max_align_t);
static_assert(kHead >= sizeof(std::size_t));

LibraryMemory& of(void* user) { return *static_cast<LibraryMemory*>(user); }

std::size_t size_of(const std::uint8_t* block) {
  std::size_t size = 0;
  std::memcpy(&size, block, sizeof size);
  return size;
}

}  // namespace

LibraryMemory::LibraryMemory(std::pmr::memory_resource* memory)
    : memory_(memory), table_(std::make_unique<ngtcp2_mem>()) {
  table_->user_data = this;
  table_->malloc = [](std::size_t size, void* user) { return of(user).take(size); };
  table_->free = [](void* pointer, void* user) { of(user).give(pointer); };
  table_->realloc = [](void* pointer, std::size_t size, void* user) {
    return of(user).resize(pointer, size);
  };
  table_->calloc = [](std::size_t count, std::size_t size, void* user) {
    std::size_t all = 0;
    if (__builtin_mul_overflow(count, size, &all)) return static_cast<void*>(nullptr);
    void* out = of(user).take(all);
    if (out != nullptr) std::memset(out, 0, all);
    return out;
  };
}

LibraryMemory::~LibraryMemory() = default;

void* LibraryMemory::take(std::size_t size) {
  auto* block = static_cast<std::uint8_t*>(memory_->allocate(size + kHead, kHead));
  std::memcpy(block, &size, sizeof size);
  bytes_ += size;
  high_ = std::max(high_, bytes_);
  return block + kHead;
}

void LibraryMemory::give(void* pointer) {
  if (pointer == nullptr) return;
  std::uint8_t* block = static_cast<std::uint8_t*>(pointer) - kHead;
  const std::size_t size = size_of(block);
  bytes_ -= size;
  memory_->deallocate(block, size + kHead, kHead);
}

void* LibraryMemory::resize(void* pointer, std::size_t size) {
  void* out = take(size);
  if (pointer == nullptr) return out;
  const std::size_t old = size_of(static_cast<std::uint8_t*>(pointer) - kHead);
  std::memcpy(out, pointer, std::min(old, size));
  give(pointer);
  return out;
}

}  // namespace wn::quic
