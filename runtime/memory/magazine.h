#pragma once
// Magazine: free items of one class at hand, as pointers, in front of a Memory: for code that allocates and
// frees one kind of object all the time and keeps no handles. Taking and giving are a ring's two counters;
// the memory is asked for (or given back) a batch when the ring runs empty (or full).
//
// Its items count as used in the memory's account until the magazine ends. give() trusts its pointer as
// free_at() does: a pointer given twice is our bug, and is noticed only when the batch goes back. Where it
// must be noticed at once, use handles. Errors: Fault::exhausted. Thread rule: one thread. Limit: kCapacity
// items are held back. Source: Bonwick & Adams, "Magazines and Vmem", USENIX'01.
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>

#include "runtime/memory/memory.h"

namespace wn::memory {

class Magazine {
 public:
  static constexpr std::uint32_t kCapacity = 64;
  static constexpr std::uint32_t kBatch = 16;

  // REQUIRES a class of memory.classes(); `memory` outlives the magazine, and so does the region.
  Magazine(Memory& memory, ClassIndex c, RegionId region = kRootRegion)
      : memory_(&memory), class_(c), region_(region) {}
  ~Magazine() { give_back(kCapacity); }
  Magazine(const Magazine&) = delete;
  Magazine& operator=(const Magazine&) = delete;

  // nullptr when the memory is exhausted.
  void* take() {
    if (taken_ == given_ && !load()) [[unlikely]]
      return nullptr;
    void* const item = ring_[taken_ % kCapacity];
    ++taken_;
    return item;
  }
  // REQUIRES an item that take() gave and that was not given back.
  void give(void* item) {
    if (given_ - taken_ == kCapacity) [[unlikely]]
      give_back(kBatch);
    ring_[given_ % kCapacity] = item;
    ++given_;
  }

 private:
  bool load();
  void give_back(std::uint32_t most);

  std::uint32_t taken_ = 0;  // wraps; taken_ … given_ - 1 are at hand
  std::uint32_t given_ = 0;  // wraps
  std::array<void*, kCapacity> ring_{};
  Memory* memory_;
  ClassIndex class_;
  RegionId region_;
};

}  // namespace wn::memory
