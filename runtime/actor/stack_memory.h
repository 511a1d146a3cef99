#pragma once
// Where fibers' stacks come from. The room makes no system call, so guard pages are somebody else's:
// runtime/real gives stacks from mmap with a page below each that faults when touched. PlainStacks takes them
// from a memory_resource for simulations and tests; there an overflow is noticed by a canary when the fiber
// gives up the processor, which is later than a guard page would.
#include <cstddef>
#include <cstdint>
#include <memory_resource>
#include <span>

namespace wn::actor {

struct StackBlock {
  std::byte* bottom = nullptr;  // lowest address; 16-byte aligned. The memory reads as zeros
  std::size_t bytes = 0;        // a multiple of 16, at least kStackBytesMin
  bool guarded = false;         // touching what lies below faults: no canary is needed
};
inline constexpr std::size_t kStackBytesMin = 4096;
inline constexpr std::uint32_t kStacksMax = 1U << 20;

class StackMemory {
 public:
  StackMemory() = default;
  StackMemory(const StackMemory&) = delete;
  StackMemory& operator=(const StackMemory&) = delete;
  virtual ~StackMemory() = default;
  virtual std::uint32_t count() const = 0;
  virtual StackBlock at(std::uint32_t index) const = 0;  // REQUIRES index < count()
};

class PlainStacks final : public StackMemory {
 public:
  // REQUIRES 0 < count <= kStacksMax; bytes_each is rounded up to 16 and to kStackBytesMin.
  PlainStacks(std::uint32_t count, std::size_t bytes_each, std::pmr::memory_resource* memory);
  ~PlainStacks() override;
  std::uint32_t count() const override { return count_; }
  StackBlock at(std::uint32_t index) const override;

 private:
  std::pmr::memory_resource* memory_;
  std::uint32_t count_;
  std::size_t bytes_each_;
  std::byte* block_;
};

// The canary: words at the bottom of a stack that nobody may overwrite; and how far down a stack was ever
// used. (A frame that left only zeros behind is not seen, so the mark may be low by that frame.)
void put_canary(StackBlock stack);
bool canary_holds(StackBlock stack);
std::size_t high_water_bytes(StackBlock stack);

}  // namespace wn::actor
