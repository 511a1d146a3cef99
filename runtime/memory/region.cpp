// Regions: a tree of them, and the release of a subtree by slabs.
#include "runtime/memory/memory.h"

namespace wn::memory {

Memory::Region* Memory::region_of(RegionId id) const {
  if (id.index > budget_.options.regions_max) return nullptr;
  Region& region = regions_[id.index];
  return region.open && region.generation == id.generation ? &region : nullptr;
}

bool Memory::is_open(RegionId id) const { return region_of(id) != nullptr; }

std::uint32_t Memory::slabs_of(RegionId id) const {
  const Region* const region = region_of(id);
  return region == nullptr ? 0 : region->slabs;
}

std::expected<RegionId, Fault> Memory::open_region(RegionId parent_id) {
  Region* const parent = region_of(parent_id);
  if (parent == nullptr) return std::unexpected(Fault::stale_region);
  if (free_region_ == 0) return std::unexpected(Fault::no_region_left);
  const std::uint32_t index = free_region_;
  Region& region = regions_[index];
  free_region_ = region.first_child;
  region.open = true;
  ++region.generation;
  region.slabs = 0;
  region.first_slab = kNoPage;
  region.parent = parent_id.index;
  region.first_child = 0;
  region.previous = 0;
  region.next = parent->first_child;
  if (region.next != 0) regions_[region.next].previous = index;
  parent->first_child = index;
  region.current.fill(slabs_);
  region.partial.fill(kNoPage);
  ++regions_open_;
  return RegionId{.index = index, .generation = region.generation};
}

void Memory::release_slabs(Region& region, Released& released) {
  while (region.first_slab != kNoPage) {
    Slab& slab = slab_at(region.first_slab);
    ++released.slabs;
    released.items += slab.live();
    released.bytes += budget_.classes.shape(slab.class_index).bytes();
    slab.home = Home::full;  // in no list of partial ones: those go with the region
    end_slab(slab);
  }
}

// Leaves first, without recursion: down to a region without regions inside, which goes, then on from the one
// that it was in.
std::expected<Released, Fault> Memory::release(RegionId id) {
  if (region_of(id) == nullptr) return std::unexpected(Fault::stale_region);
  WN_CHECK(id.index != 0);
  Released released;
  std::uint32_t at = id.index;
  while (true) {
    Region& region = regions_[at];
    if (region.first_child != 0) {
      at = region.first_child;
      continue;
    }
    release_slabs(region, released);
    ++released.regions;
    Region& parent = regions_[region.parent];
    if (region.previous != 0) regions_[region.previous].next = region.next;
    if (region.next != 0) regions_[region.next].previous = region.previous;
    if (parent.first_child == at) parent.first_child = region.next;
    region.open = false;
    region.first_child = free_region_;
    free_region_ = at;
    --regions_open_;
    if (at == id.index) return released;
    at = region.parent;
  }
}

}  // namespace wn::memory
