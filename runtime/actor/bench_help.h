#pragma once
// Shared by the room's benches: memory on huge pages, taken before the clock starts.
#include <benchmark/benchmark.h>
#include <sys/mman.h>

#include <cstdint>
#include <memory>
#include <memory_resource>
#include <new>
#include <vector>

#include "runtime/actor/system.h"
#include "runtime/base/check.h"

namespace wn::actor::bench {

// Whole mappings, asked to be of huge pages and touched at once: a long-lived process's block.
class HugeMemory final : public std::pmr::memory_resource {
  static constexpr std::size_t kHuge = 2U << 20;
  static std::size_t rounded(std::size_t bytes) { return (bytes + kHuge - 1) / kHuge * kHuge; }
  void* do_allocate(std::size_t bytes, std::size_t) override {
    const std::size_t size = rounded(bytes) + kHuge;
    void* raw = mmap(nullptr, size, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (raw == MAP_FAILED) throw std::bad_alloc{};
    const auto address = (reinterpret_cast<std::uintptr_t>(raw) + kHuge - 1) / kHuge * kHuge;
    madvise(reinterpret_cast<void*>(address), rounded(bytes), MADV_HUGEPAGE);
    blocks_.push_back({reinterpret_cast<void*>(address), raw, size});
    return reinterpret_cast<void*>(address);
  }
  void do_deallocate(void* p, std::size_t, std::size_t) override {
    for (Block& b : blocks_) {
      if (b.given != p) continue;
      munmap(b.raw, b.size);
      b = blocks_.back();
      blocks_.pop_back();
      return;
    }
  }
  bool do_is_equal(const memory_resource& other) const noexcept override { return this == &other; }
  struct Block {
    void* given;
    void* raw;
    std::size_t size;
  };
  std::vector<Block> blocks_;
};

// A cheap mixing step, for targets that no prefetcher foresees.
inline std::uint64_t mix(std::uint64_t& x) {
  x ^= x << 13;
  x ^= x >> 7;
  x ^= x << 17;
  return x;
}

// Messages a second, and their inverse (in seconds, like all inverted rates of the library).
inline void per_message(benchmark::State& state, std::uint64_t messages) {
  state.SetItemsProcessed(static_cast<std::int64_t>(messages));
  state.counters["per_message"] =
      benchmark::Counter(static_cast<benchmark::IterationCount>(messages),
                         benchmark::Counter::kIsRate | benchmark::Counter::kInvert);
}

}  // namespace wn::actor::bench
