#pragma once
// Other allocators for the benchmark, found at run time when the machine has them (libmimalloc-dev,
// libjemalloc-dev): nothing is needed to build. Not for the product.
#include <dlfcn.h>

#include <cstddef>
#include <cstdlib>

namespace wn::memory::bench {

struct Peer {
  const char* name = "";
  void* (*allocate)(std::size_t) = nullptr;
  void (*free)(void*) = nullptr;
  explicit operator bool() const { return allocate != nullptr && free != nullptr; }
};

inline Peer glibc() { return {.name = "glibc", .allocate = std::malloc, .free = std::free}; }

inline Peer loaded(const char* name, const char* const (&files)[3], const char* allocate, const char* free) {
  for (const char* file : files) {
    void* const library = dlopen(file, RTLD_NOW | RTLD_LOCAL);
    if (library == nullptr) continue;
    return {.name = name,
            .allocate = reinterpret_cast<void* (*)(std::size_t)>(dlsym(library, allocate)),
            .free = reinterpret_cast<void (*)(void*)>(dlsym(library, free))};
  }
  return {.name = name};
}
inline Peer mimalloc() {
  return loaded("mimalloc", {"libmimalloc.so.2", "libmimalloc.so.3", "libmimalloc.so"}, "mi_malloc",
                "mi_free");
}
inline Peer jemalloc() {
  return loaded("jemalloc", {"libjemalloc.so.2", "libjemalloc.so", "libjemalloc.so.1"}, "malloc", "free");
}

}  // namespace wn::memory::bench
