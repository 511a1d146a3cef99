#include "runtime/memory/size_classes.h"

#include <algorithm>
#include <bit>
#include <string>

#include "runtime/base/check.h"

namespace wn::memory {
namespace {

// In front of the items: a tag for each slot and the ring of free slots.
std::uint32_t tag_bytes(std::uint32_t item_bytes, std::uint32_t slots) {
  return item_bytes < kSideTagBytesMin ? (slots * 4 + std::bit_ceil(slots) + 63) / 64 * 64 : 0;
}

std::uint32_t slots_in(std::uint32_t item_bytes, std::uint32_t bytes) {
  std::uint32_t slots = std::min(bytes / item_bytes, kSlotsMax);
  while (tag_bytes(item_bytes, slots) + slots * item_bytes > bytes) --slots;
  return slots;
}

bool is_required(std::uint32_t bytes) {
  return std::find(kRequiredClasses.begin(), kRequiredClasses.end(), bytes) != kRequiredClasses.end();
}

}  // namespace

// The smallest slab that wastes at most a twelfth and does not begin and end at every other allocation;
// failing that, the one that wastes least.
SlabShape shape_of(std::uint32_t item_bytes) {
  WN_CHECK(item_bytes >= kFineBytes && item_bytes <= kRunBytesMax);
  const std::uint32_t slots_wanted = item_bytes <= 512 ? 7 : item_bytes <= 4 * kPageBytes ? 3 : 1;
  const std::uint32_t bytes_max = std::max(kClassBytesMax, std::bit_ceil(item_bytes));
  SlabShape best{.item_bytes = item_bytes, .inverse = 0, .items_offset = 0, .slots = 0, .order = 0};
  std::uint64_t best_waste = ~std::uint64_t{0};
  for (std::uint8_t order = 0; order <= kRunOrderMax && (kPageBytes << order) <= bytes_max; ++order) {
    const std::uint32_t bytes = kPageBytes << order;
    if (bytes < item_bytes) continue;
    const std::uint32_t slots = slots_in(item_bytes, bytes);
    const std::uint64_t waste = std::uint64_t{bytes - slots * item_bytes} * 1024 >> order;  // per page
    if (slots < slots_wanted || (waste >= best_waste)) continue;
    best_waste = waste;
    best.slots = static_cast<std::uint16_t>(slots);
    best.order = order;
    best.items_offset = tag_bytes(item_bytes, slots);
    if (waste <= std::uint64_t{kPageBytes} * 1024 / 12) break;
  }
  WN_CHECK(best.slots > 0);
  best.inverse = static_cast<std::uint32_t>(((std::uint64_t{1} << 32) + item_bytes - 1) / item_bytes);
  return best;
}

Result<SizeClasses> SizeClasses::make(std::span<const std::uint32_t> item_bytes) {
  SizeClasses made;
  constexpr std::uint32_t kRunClasses = std::countr_zero(kRunBytesMax / kClassBytesMax);
  if (item_bytes.size() > kClassesMax - kRunClasses) return fail(Errc::too_large, "too many size classes");
  std::uint32_t before = 0;
  std::uint32_t required = 0;
  for (const std::uint32_t bytes : item_bytes) {
    const std::uint32_t step = bytes <= kFineMax ? kFineBytes : kCoarseBytes;
    if (bytes <= before || bytes % step != 0 || bytes > kClassBytesMax) {
      return fail(Errc::invalid_argument,
                  "size class " + std::to_string(bytes) +
                      ": ascending multiples of 16 bytes, above 4096 of 1024, are expected");
    }
    before = bytes;
    if (is_required(bytes)) ++required;
    made.shapes_[made.count_++] = shape_of(bytes);
  }
  if (required != kRequiredClasses.size()) {
    return fail(Errc::invalid_argument, "a required size class is missing");
  }
  made.shared_ = made.count_;
  ClassIndex c = 0;
  for (std::uint32_t i = 0; i < made.fine_.size(); ++i) {
    while (made.shapes_[c].item_bytes < i * kFineBytes) ++c;
    made.fine_[i] = static_cast<std::uint8_t>(c);
  }
  c = 0;
  for (std::uint32_t i = 0; i < made.coarse_.size(); ++i) {
    while (made.shapes_[c].item_bytes < i * kCoarseBytes) ++c;
    made.coarse_[i] = static_cast<std::uint8_t>(c);
  }
  for (std::uint32_t bytes = kClassBytesMax * 2; bytes <= kRunBytesMax; bytes *= 2) {
    made.shapes_[made.count_++] = shape_of(bytes);
  }
  return made;
}

ClassIndex SizeClasses::run_class(std::size_t bytes) const {
  if (bytes > kRunBytesMax) return kNoClass;
  const auto over = static_cast<std::uint32_t>(std::bit_width((bytes - 1) / kClassBytesMax));
  return shared_ + over - 1;
}

std::uint32_t waste_permille(const SizeClasses& classes, const SizeHistogram& histogram) {
  std::uint64_t given = 0;
  for (std::uint32_t b = 0; b < SizeHistogram::kBuckets; ++b) {
    const std::uint64_t items = histogram.count_at(b);
    if (items == 0) continue;
    given += items * classes.shape(classes.class_of(SizeHistogram::bucket_bytes(b))).item_bytes;
  }
  return given == 0 ? 0 : static_cast<std::uint32_t>((given - histogram.bytes()) * 1000 / given);
}

}  // namespace wn::memory
