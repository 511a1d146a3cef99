#pragma once
// In builds with AddressSanitizer a read or write of a free item is reported at once; in others these are
// nothing. Free items can be closed off whole because the allocator keeps no list inside them.
#include <cstddef>

#if defined(__SANITIZE_ADDRESS__)
#define WN_MEMORY_POISON 1
#elif defined(__has_feature)
#if __has_feature(address_sanitizer)
#define WN_MEMORY_POISON 1
#endif
#endif

#ifdef WN_MEMORY_POISON
#include <sanitizer/asan_interface.h>
#endif

namespace wn::memory {

inline void poison([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef WN_MEMORY_POISON
  __asan_poison_memory_region(memory, bytes);
#endif
}
inline void unpoison([[maybe_unused]] const void* memory, [[maybe_unused]] std::size_t bytes) {
#ifdef WN_MEMORY_POISON
  __asan_unpoison_memory_region(memory, bytes);
#endif
}

}  // namespace wn::memory
