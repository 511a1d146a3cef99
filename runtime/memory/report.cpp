// The account of a memory, and the check of its lists.
#include <string>

#include "runtime/memory/memory.h"

namespace wn::memory {
namespace {

void cell(std::string& out, const std::string& text, std::size_t width) {
  if (text.size() < width) out.append(width - text.size(), ' ');
  out += text;
  out += ' ';
}

void row(std::string& out, const std::string& name, const PoolUse& use) {
  cell(out, name, 8);
  cell(out, std::to_string(use.item_bytes), 10);
  cell(out, std::to_string(use.slabs), 8);
  cell(out, std::to_string(use.items), 10);
  cell(out, std::to_string(use.used), 10);
  cell(out, std::to_string(use.bytes), 14);
  cell(out, std::to_string(use.high_water_bytes), 14);
  out.back() = '\n';
}

}  // namespace

PoolUse Memory::use_of(ClassIndex c) const {
  WN_CHECK(c < class_count_);
  const SlabShape& shape = budget_.classes.shape(c);
  const ClassState& state = states_[c];
  PoolUse use{.item_bytes = shape.item_bytes,
              .slabs = state.slabs,
              .bytes = std::uint64_t{state.slabs} * shape.bytes(),
              .high_water_bytes = std::uint64_t{state.slabs_high_water} * shape.bytes(),
              .items = std::uint64_t{state.slabs} * shape.slots,
              .used = 0};
  for (std::uint32_t page = 0; page < pages_; ++page) {
    const Slab& slab = slab_at(page);
    if (slab.home != Home::none && slab.class_index == c) use.used += slab.live();
  }
  return use;
}

std::string Memory::describe() const {
  std::string out = budget_.describe();
  out += "    pool  item bytes   slabs      items       used          bytes     high water\n";
  row(out, "level 1",
      {.item_bytes = kBlockBytes,
       .slabs = blocks_.count(),
       .bytes = budget_.block_bytes,
       .high_water_bytes = std::uint64_t{blocks_.high_water()} * kBlockBytes,
       .items = blocks_.count(),
       .used = blocks_.used()});
  for (ClassIndex c = 0; c < class_count_; ++c) {
    if (states_[c].slabs_high_water > 0) row(out, "slab", use_of(c));
  }
  out += "level 2 held " + std::to_string(bytes_held()) + " B, at most " +
         std::to_string(high_water_bytes()) + " B; free " + std::to_string(headroom()) + " B; regions " +
         std::to_string(regions_open_) + "\n";
  return out;
}

void Memory::check_region(std::uint32_t index) const {
  const Region& region = regions_[index];
  std::uint32_t slabs = 0;
  std::uint32_t partial = 0;
  for (std::uint32_t page = region.first_slab; page != kNoPage; page = slab_at(page).region_next) {
    const Slab& slab = slab_at(page);
    WN_CHECK(slab.home != Home::none);
    WN_CHECK_EQ(slab.region, index);
    if (slab.home == Home::partial) ++partial;
    if (slab.home == Home::root || slab.home == Home::current)
      WN_CHECK(region.current[slab.class_index] == &slab);
    ++slabs;
  }
  WN_CHECK_EQ(slabs, region.slabs);
  for (ClassIndex c = 0; c < class_count_; ++c) {
    for (std::uint32_t page = region.partial[c]; page != kNoPage; page = slab_at(page).next) {
      WN_CHECK(slab_at(page).home == Home::partial && slab_at(page).class_index == c);
      WN_CHECK_GT(partial, 0U);
      --partial;
    }
  }
  WN_CHECK_EQ(partial, 0U);
}

void Memory::check_now() const {
  std::uint32_t slabs = 0;
  std::uint64_t held = 0;
  for (std::uint32_t page = 0; page < pages_; ++page) {
    const Slab& slab = slab_at(page);
    if (slab.home == Home::none) {
      WN_CHECK(slab.slots == 0 && slab.full());
      continue;
    }
    ++slabs;
    held += 1U << budget_.classes.shape(slab.class_index).order;
    std::uint32_t live = 0;
    for (std::uint32_t i = 0; i < slab.slots; ++i) live += (slab.tags[i] & kFreeTag) == 0 ? 1 : 0;
    WN_CHECK_EQ(live, slab.live());
    std::array<bool, kSlotsMax> queued{};
    for (std::uint32_t at = slab.allocations; at != slab.queue_end; ++at) {
      const std::uint8_t slot = slab.ring()[at & slab.ring_mask];
      WN_CHECK(slot < slab.slots && (slab.tags[slot] & kFreeTag) != 0);
      WN_CHECK(!queued[slot]);
      queued[slot] = true;
    }
    if (slab.home == Home::full) WN_CHECK_EQ(live, slab.slots);
  }
  std::uint32_t in_regions = 0;
  std::uint32_t open = 0;
  for (std::uint32_t i = 0; i <= budget_.options.regions_max; ++i) {
    if (!regions_[i].open) continue;
    check_region(i);
    in_regions += regions_[i].slabs;
    ++open;
  }
  WN_CHECK_EQ(open, regions_open_ + 1);
  WN_CHECK_EQ(in_regions, slabs);
  WN_CHECK_EQ(held + runs_.free_pages(), pages_);
}

}  // namespace wn::memory
