#include "runtime/real/guarded_stacks.h"

#include <sys/mman.h>
#include <unistd.h>

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"

namespace wn::real {

Result<GuardedStacks> GuardedStacks::make(std::uint32_t count, std::size_t bytes_each) {
  if (count == 0 || count > actor::kStacksMax) return fail(Errc::invalid_argument, "number of stacks");
  const auto page = static_cast<std::size_t>(sysconf(_SC_PAGESIZE));
  const std::size_t bytes = (std::max(bytes_each, actor::kStackBytesMin) + page - 1) / page * page;
  std::size_t whole = 0;
  if (__builtin_mul_overflow(bytes + page, std::size_t{count}, &whole)) {
    return fail(Errc::invalid_argument, "bytes of stacks");
  }
  void* mapped = mmap(nullptr, whole, PROT_READ | PROT_WRITE,
                      MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE | MAP_STACK, -1, 0);
  if (mapped == MAP_FAILED) return fail(Errc::overloaded, "no address space for stacks");
  GuardedStacks stacks(static_cast<std::byte*>(mapped), count, bytes, page);
  for (std::uint32_t i = 0; i < count; ++i) {
    if (mprotect(stacks.block_ + i * stacks.stride(), page, PROT_NONE) != 0) {
      return fail(Errc::overloaded, "too many mappings for guard pages");
    }
  }
  return stacks;
}

GuardedStacks::GuardedStacks(GuardedStacks&& other) noexcept
    : block_(std::exchange(other.block_, nullptr)),
      count_(std::exchange(other.count_, 0)),
      bytes_each_(other.bytes_each_),
      page_(other.page_) {}

GuardedStacks::~GuardedStacks() {
  if (block_ != nullptr) WN_CHECK(munmap(block_, count_ * stride()) == 0);
}

actor::StackBlock GuardedStacks::at(std::uint32_t index) const {
  WN_CHECK_LT(index, count_);
  return {.bottom = block_ + index * stride() + page_, .bytes = bytes_each_, .guarded = true};
}

}  // namespace wn::real
