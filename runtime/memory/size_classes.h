#pragma once
// SizeClasses: the sizes that slabs are cut into, the shape of the slab of each, and the look-up from a size.
//
// Classes ascend; those up to 4 KiB are multiples of 16 bytes, those above of 1 KiB. 64 B, 4 KiB, 64 KiB,
// 256 KiB and 1 MiB are always among them. Above 1 MiB, up to kRunBytesMax, sizes are rounded up to powers of
// two and get a run of pages of their own. Look-up is O(1) up to 1 MiB.
// Thread rule: a value; const use from anywhere. Source: Berger et al., "Composing High-Performance Memory
// Allocators", PLDI'01 (classes as data); the choice is a shortest path over the measured histogram.
#include <array>
#include <cstddef>
#include <cstdint>
#include <span>

#include "runtime/base/result.h"
#include "runtime/memory/histogram.h"

namespace wn::memory {

inline constexpr std::uint32_t kPageBytes = 4096;
inline constexpr std::uint32_t kBlockBytes = 64 * 1024;  // level 1: what large slabs are made of
inline constexpr std::uint32_t kRunOrderMax = 14;        // a run is 2^order pages
inline constexpr std::uint32_t kRunBytesMax = kPageBytes << kRunOrderMax;  // 64 MiB, the largest item
inline constexpr std::uint32_t kClassesMax = 48;
inline constexpr std::uint32_t kSlotsMax = 256;          // a handle has 8 bits for the slot
inline constexpr std::uint32_t kSideTagBytesMin = 1024;  // items from here on keep their tags off the slab
inline constexpr std::array<std::uint32_t, 5> kRequiredClasses = {64, 4096, 65536, 262144, 1048576};

using ClassIndex = std::uint32_t;
inline constexpr ClassIndex kNoClass = ~0U;

// The slab of a class: 2^order pages, first the tags and the queue of its slots (small items only), then the
// items.
struct SlabShape {
  std::uint32_t item_bytes = 0;
  std::uint32_t inverse = 0;       // ceil(2^32 / item_bytes): exact division of offsets below 1 MiB
  std::uint32_t items_offset = 0;  // where the first item is, a multiple of 64
  std::uint16_t slots = 0;
  std::uint8_t order = 0;
  std::uint32_t bytes() const { return kPageBytes << order; }
};
// REQUIRES 16 <= item_bytes <= kRunBytesMax, and a power of two of pages above kClassBytesMax.
SlabShape shape_of(std::uint32_t item_bytes);

class SizeClasses {
 public:
  // REFUSES sizes that do not ascend, are not multiples as above, lack a required class or are too many.
  static Result<SizeClasses> make(std::span<const std::uint32_t> item_bytes);

  std::uint32_t count() const { return count_; }
  const SlabShape& shape(ClassIndex c) const { return shapes_[c]; }
  // The class whose items hold `bytes` (0 counts as 1); kNoClass above kRunBytesMax.
  ClassIndex class_of(std::size_t bytes) const {
    if (bytes <= kFineMax) [[likely]]
      return fine_[(bytes + kFineBytes - 1) / kFineBytes];
    return bytes <= kClassBytesMax ? coarse_[(bytes + kCoarseBytes - 1) / kCoarseBytes] : run_class(bytes);
  }

 private:
  SizeClasses() = default;
  ClassIndex run_class(std::size_t bytes) const;

  std::uint32_t count_ = 0;
  std::uint32_t shared_ = 0;  // those up to 1 MiB
  std::array<SlabShape, kClassesMax> shapes_{};
  std::array<std::uint8_t, kFineMax / kFineBytes + 1> fine_{};
  std::array<std::uint8_t, kClassBytesMax / kCoarseBytes + 1> coarse_{};
};

// How classes are chosen: as few as keep the measured waste within `waste_permille_max`; when that takes more
// than `classes_max`, the best that many.
struct ClassRules {
  std::uint32_t waste_permille_max = 125;  // of the bytes handed out, what was not asked for
  std::uint32_t classes_max = 32;          // those up to 1 MiB; 5 … kClassesMax - 6
};
struct ClassChoice {
  SizeClasses classes;
  std::uint32_t waste_permille = 0;  // by the histogram, inside items; slabs' tails not counted
};
Result<ClassChoice> choose_classes(const SizeHistogram& histogram, const ClassRules& rules = {});

// Of the bytes that these classes would hand out for this histogram, how many per mille were not asked for.
std::uint32_t waste_permille(const SizeClasses& classes, const SizeHistogram& histogram);

// What choose_classes() gave for the histogram of the worknode runtime (class_table.cpp says how it was
// taken).
SizeClasses default_classes();

}  // namespace wn::memory
