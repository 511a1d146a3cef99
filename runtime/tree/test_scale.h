#pragma once
// For tests: builds that run some 50 times slower (sanitizers, no optimisation) try a slice of the cases;
// which one is fixed. The optimised build tries all.
#include <cstdint>

namespace wn::tree {

#if defined(__SANITIZE_ADDRESS__) || defined(__SANITIZE_THREAD__) || !defined(__OPTIMIZE__)
inline constexpr bool kSlowBuild = true;
#elif defined(__has_feature)
#if __has_feature(address_sanitizer) || __has_feature(thread_sanitizer) || __has_feature(memory_sanitizer)
inline constexpr bool kSlowBuild = true;
#else
inline constexpr bool kSlowBuild = false;
#endif
#else
inline constexpr bool kSlowBuild = false;
#endif

// One case in this many.
inline constexpr std::uint32_t kSlice = kSlowBuild ? 197 : 1;
// Fewer repetitions, at least one.
constexpr std::uint32_t scaled(std::uint32_t repetitions) {
  return kSlowBuild ? (repetitions + 19) / 20 : repetitions;
}

}  // namespace wn::tree
