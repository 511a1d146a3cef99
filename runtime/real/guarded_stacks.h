#pragma once
// GuardedStacks: stacks for fibers from one mapping, a page without access below each. Taken at start-up,
// given back at the end; between, no system call. Pages are touched by use alone, so an unused stack costs
// address space.
#include <cstddef>
#include <cstdint>

#include "runtime/actor/stack_memory.h"
#include "runtime/base/result.h"

namespace wn::real {

class GuardedStacks final : public actor::StackMemory {
 public:
  // bytes_each is rounded up to whole pages. invalid_argument: no stacks or more than actor::kStacksMax;
  // overloaded: the system has not that much address space, or not that many mappings.
  static Result<GuardedStacks> make(std::uint32_t count, std::size_t bytes_each);
  GuardedStacks(GuardedStacks&& other) noexcept;
  GuardedStacks& operator=(GuardedStacks&&) = delete;
  ~GuardedStacks() override;

  std::uint32_t count() const override { return count_; }
  actor::StackBlock at(std::uint32_t index) const override;

 private:
  GuardedStacks(std::byte* block, std::uint32_t count, std::size_t bytes_each, std::size_t page)
      : block_(block), count_(count), bytes_each_(bytes_each), page_(page) {}
  std::size_t stride() const { return bytes_each_ + page_; }

  std::byte* block_;
  std::uint32_t count_;
  std::size_t bytes_each_;
  std::size_t page_;
};

}  // namespace wn::real
