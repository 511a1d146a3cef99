#include "runtime/actor/stack_memory.h"

#include <algorithm>
#include <cstring>

#include "runtime/base/check.h"

namespace wn::actor {

namespace {

constexpr std::size_t kCanaryWords = 8;
constexpr std::size_t kAlignment = 64;

std::uint64_t canary_word(std::size_t i) { return 0x5AFE57ACCA11AB1EULL ^ (i * 0x9E3779B97F4A7C15ULL); }

}  // namespace

PlainStacks::PlainStacks(std::uint32_t count, std::size_t bytes_each, std::pmr::memory_resource* memory)
    : memory_(memory), count_(count), bytes_each_((std::max(bytes_each, kStackBytesMin) + 63) / 64 * 64) {
  WN_CHECK(count > 0);
  WN_CHECK_LE(count, kStacksMax);
  block_ = static_cast<std::byte*>(memory_->allocate(count_ * bytes_each_, kAlignment));
  std::memset(block_, 0, count_ * bytes_each_);
}

PlainStacks::~PlainStacks() { memory_->deallocate(block_, count_ * bytes_each_, kAlignment); }

StackBlock PlainStacks::at(std::uint32_t index) const {
  WN_CHECK_LT(index, count_);
  return {.bottom = block_ + index * bytes_each_, .bytes = bytes_each_};
}

void put_canary(StackBlock stack) {
  auto* words = reinterpret_cast<std::uint64_t*>(stack.bottom);
  for (std::size_t i = 0; i < kCanaryWords; ++i) words[i] = canary_word(i);
}

bool canary_holds(StackBlock stack) {
  const auto* words = reinterpret_cast<const std::uint64_t*>(stack.bottom);
  std::uint64_t difference = 0;
  for (std::size_t i = 0; i < kCanaryWords; ++i) difference |= words[i] ^ canary_word(i);
  return difference == 0;
}

std::size_t high_water_bytes(StackBlock stack) {
  const auto* words = reinterpret_cast<const std::uint64_t*>(stack.bottom);
  const std::size_t count = stack.bytes / sizeof(std::uint64_t);
  std::size_t at = kCanaryWords;
  while (at < count && words[at] == 0) ++at;
  return (count - at) * sizeof(std::uint64_t);
}

}  // namespace wn::actor
