#pragma once
// Handles: 64-bit names of items in budgeted memory, to be kept where a pointer would go stale unseen.
//
// Bits, from the top: 25 slab (its first page, plus one), 8 slot in the slab, 31 generation. A slot's tag is
// 32 bits: the generation, under a top bit that is set only while the slot is free; so one comparison with
// the handle's generation says that the slot is live and that it still is the same allocation. The generation
// is the slab's count of allocations, which goes on over all lives of its page: a handle kept over exactly a
// multiple of 2^31 further allocations of the same slab, in the same slot, would pass again. 0 is "none" and
// is never given out. Thread rule: values. Source: TigerBeetle's and EnTT's index-and-generation keys, in
// slab form.
#include <compare>
#include <cstdint>
#include <string_view>

#include "runtime/base/result.h"

namespace wn::memory {

// Why memory refuses. Small, so that a refusal allocates nothing; errc_of() gives the kind that the other
// rooms decide by, and error_of() the Error for a person.
enum class Fault : std::uint8_t {
  stale_handle,   // what it named was freed, or its region was released
  double_free,    // the slot that it names is free already
  wrong_class,    // it names an item of another size class than its type's
  exhausted,      // the budget, or the share of this class, is used up
  too_large,      // no class holds items of this size
  stale_region,   // the region was released
  no_region_left  // the limit on regions is reached
};
std::string_view to_string(Fault fault);
Errc errc_of(Fault fault);
Error error_of(Fault fault);

struct RawHandle {
  std::uint64_t bits = 0;
  static constexpr RawHandle of(std::uint64_t slab, std::uint64_t slot, std::uint64_t generation) {
    return {slab << 39 | slot << 31 | generation};
  }
  constexpr explicit operator bool() const { return bits != 0; }
  // 0 when the handle is none, and no slab has that number.
  constexpr std::uint64_t slab() const { return bits >> 39; }
  constexpr std::uint32_t slot() const { return static_cast<std::uint32_t>(bits >> 31) & 0xFF; }
  constexpr std::uint32_t generation() const { return static_cast<std::uint32_t>(bits) & 0x7FFFFFFF; }
  friend constexpr auto operator<=>(RawHandle, RawHandle) = default;
};

// The handle of a T: taking it for another type does not compile, and a forged one meets the class check.
template <class T>
struct Handle {
  RawHandle raw;
  constexpr explicit operator bool() const { return static_cast<bool>(raw); }
  friend constexpr auto operator<=>(Handle, Handle) = default;
};

// A region: a set of items that can be released as one. {0, 0} is the root, which lives as long as the
// memory.
struct RegionId {
  std::uint32_t index = 0;
  std::uint32_t generation = 0;
  friend constexpr auto operator<=>(RegionId, RegionId) = default;
};
inline constexpr RegionId kRootRegion{};

}  // namespace wn::memory
