// Start and end of the whole; allocation and freeing beyond the hot path.
#include "runtime/memory/memory.h"

#include <algorithm>
#include <bit>
#include <memory>

namespace wn::memory {
namespace {

constexpr std::uint32_t kSideWords = 5;  // for each page: four tags, and a ring of four bytes
constexpr std::uint64_t kLineBytes = 64;
constexpr std::uint32_t kIdleOrderMax = 2;  // 16 KiB: a larger slab is given back as soon as it is empty

constexpr std::uint64_t rounded(std::uint64_t bytes) { return (bytes + 63) / 64 * 64; }

template <class T>
T* cut(std::byte*& from, std::uint64_t count) {
  T* const begin = static_cast<T*>(static_cast<void*>(from));
  std::uninitialized_value_construct_n(begin, count);
  from += rounded(count * sizeof(T));
  return begin;
}

}  // namespace

std::uint64_t Memory::table_bytes(std::uint32_t pages, const Options& options) {
  const std::uint64_t n = pages;
  return rounded((n + 1) * sizeof(Slab)) +
         rounded((std::uint64_t{options.regions_max} + 1) * sizeof(Region)) +
         rounded(n * sizeof(std::uint32_t)) + rounded(n * kSideWords * sizeof(std::uint32_t)) +
         rounded(n * sizeof(RunPool::Entry)) + rounded(options.blocks * sizeof(std::uint32_t));
}

Memory::Memory(const Budget& budget, std::pmr::memory_resource* source)
    : pages_(budget.pages), class_count_(budget.classes.count()), budget_(budget), source_(source) {
  const Options& options = budget_.options;
  whole_ = source_->allocate(options.bytes, kBlockBytes);
  base_ = static_cast<std::byte*>(whole_);
  std::byte* at = base_ + std::uint64_t{pages_} * kPageBytes;
  std::byte* const blocks = at;
  at += budget_.block_bytes;
  if (options.touch) {
    for (std::byte* page = base_; page < at; page += kPageBytes) *page = std::byte{0};
  }
  slabs_ = cut<Slab>(at, std::uint64_t{pages_} + 1);
  regions_ = cut<Region>(at, std::uint64_t{options.regions_max} + 1);
  owners_ = cut<std::uint32_t>(at, pages_);
  side_tags_ = cut<std::uint32_t>(at, std::uint64_t{pages_} * kSideWords);
  runs_ = RunPool(cut<RunPool::Entry>(at, pages_), pages_);
  blocks_ = FixedPool(blocks, cut<std::uint32_t>(at, options.blocks), kBlockBytes, options.blocks);
  WN_CHECK(at <= base_ + options.bytes);
  for (std::uint32_t i = options.regions_max; i > 0; --i) {
    regions_[i].first_child = free_region_;
    free_region_ = i;
  }
  Region& root = regions_[0];
  root.open = true;
  root.current.fill(slabs_);
  root.partial.fill(kNoPage);
  poison(base_, std::uint64_t{pages_} * kPageBytes);
  keep_shares();
}

Memory::~Memory() {
  unpoison(whole_, budget_.options.bytes);
  source_->deallocate(whole_, budget_.options.bytes, kBlockBytes);
}

void Memory::keep_shares() {
  for (const ClassShare& share : budget_.options.shares) {
    const ClassIndex c = budget_.classes.class_of(share.item_bytes);
    const std::uint64_t slab_bytes = budget_.classes.shape(c).bytes();
    ClassState& state = states_[c];
    if (share.max_bytes != 0) {
      state.slabs_max =
          static_cast<std::uint32_t>(std::min<std::uint64_t>(share.max_bytes / slab_bytes, ~0U));
    }
    const std::uint64_t kept = share.kept_bytes / slab_bytes;
    for (std::uint64_t i = 0; i < kept; ++i) {
      Slab* const slab = begin_slab(regions_[0], c);
      if (slab == nullptr) break;  // the pages do not divide that well
      link_partial(*slab);
    }
    state.root_slabs_kept = state.root_slabs;
  }
}

std::expected<Item, Fault> Memory::allocate(ClassIndex c, RegionId id) {
  WN_CHECK(c < class_count_);
  Region* const region = region_of(id);
  if (region == nullptr) return std::unexpected(Fault::stale_region);
  return take(*region, c);
}

std::expected<Item, Fault> Memory::allocate_bytes(std::size_t bytes, RegionId id) {
  const ClassIndex c = budget_.classes.class_of(bytes);
  if (c == kNoClass) return std::unexpected(Fault::too_large);
  return allocate(c, id);
}

std::expected<Item, Fault> Memory::take_slowly(Region& region, ClassIndex c) {
  if (!refill(region, c)) return std::unexpected(Fault::exhausted);
  return take_from(*region.current[c]);
}

// Sees to it that the region's current slab of the class has a free place.
bool Memory::refill(Region& region, ClassIndex c) {
  Slab* const slab = region.current[c];
  Slab* next = nullptr;
  if (region.partial[c] != kNoPage) {
    next = &slab_at(region.partial[c]);
    unlink_partial(*next);
  } else {
    next = begin_slab(region, c);
    if (next == nullptr) return false;
  }
  if (slab->home != Home::none) slab->home = Home::full;
  const bool stays = &region == regions_ && budget_.classes.shape(c).order <= kIdleOrderMax;
  next->home = stays ? Home::root : Home::current;
  region.current[c] = next;
  return true;
}

std::uint32_t Memory::take_run(std::uint32_t order) {
  std::uint32_t page = runs_.take(order);
  if (page == kNoPage) {
    reclaim();
    page = runs_.take(order);
  }
  return page;
}

// Gives back the empty slabs that the root region keeps at hand.
void Memory::reclaim() {
  Region& root = regions_[0];
  for (ClassIndex c = 0; c < class_count_; ++c) {
    Slab& slab = *root.current[c];
    if (slab.home == Home::none || slab.live() != 0) continue;
    if (states_[c].root_slabs <= states_[c].root_slabs_kept) continue;
    root.current[c] = slabs_;
    end_slab(slab);
  }
}

Memory::Slab* Memory::begin_slab(Region& region, ClassIndex c) {
  ClassState& state = states_[c];
  if (state.slabs >= state.slabs_max) return nullptr;
  const SlabShape& shape = budget_.classes.shape(c);
  const std::uint32_t page = take_run(shape.order);
  if (page == kNoPage) return nullptr;
  Slab& slab = slab_at(page);
  WN_CHECK(slab.home == Home::none && slab.full());
  std::byte* const begin = base_ + std::uint64_t{page} * kPageBytes;
  // Colour (Bonwick): what the slab has to spare shifts its tags by lines, so that those of different slabs
  // do not all meet in the same sets of the cache.
  const std::uint32_t spare = shape.bytes() - shape.items_offset - shape.slots * shape.item_bytes;
  std::byte* const front = begin + (page >> shape.order) % (spare / kLineBytes + 1) * kLineBytes;
  const bool tags_aside = shape.items_offset == 0;
  unpoison(front, shape.items_offset);
  slab.items = (tags_aside ? begin : front) + shape.items_offset;
  slab.slots = shape.slots;
  slab.ring_mask = std::bit_ceil(slab.slots) - 1;
  slab.tags = tags_aside ? side_tags_ + std::uint64_t{page} * kSideWords
                         : static_cast<std::uint32_t*>(static_cast<void*>(front));
  std::fill_n(slab.tags, slab.slots, kFreeTag);
  for (std::uint32_t i = 0; i < slab.slots; ++i) {
    slab.ring()[slab.queue_end++ & slab.ring_mask] = static_cast<std::uint8_t>(i);
  }
  slab.class_index = static_cast<std::uint8_t>(c);
  slab.item_bytes = shape.item_bytes;
  slab.region = static_cast<std::uint32_t>(&region - regions_);
  slab.region_previous = kNoPage;
  slab.region_next = region.first_slab;
  if (region.first_slab != kNoPage) slab_at(region.first_slab).region_previous = page;
  region.first_slab = page;
  ++region.slabs;
  // A slab of one place is found by its first page; only pages that a pointer may be in are marked.
  const std::uint32_t marked = shape.slots == 1 ? 1 : 1U << shape.order;
  std::fill_n(owners_ + page, marked, page);
  ++state.slabs;
  state.slabs_high_water = std::max(state.slabs_high_water, state.slabs);
  if (slab.region == 0) ++state.root_slabs;
  high_water_pages_ = std::max(high_water_pages_, pages_ - runs_.free_pages());
  return &slab;
}

// REQUIRES a slab that is empty or given up with its region, and no longer any region's current one.
void Memory::end_slab(Slab& slab) {
  Region& region = regions_[slab.region];
  if (slab.home == Home::partial) unlink_partial(slab);
  if (slab.region_next != kNoPage) slab_at(slab.region_next).region_previous = slab.region_previous;
  if (slab.region_previous != kNoPage) slab_at(slab.region_previous).region_next = slab.region_next;
  if (region.first_slab == page_of(slab)) region.first_slab = slab.region_next;
  --region.slabs;
  ClassState& state = states_[slab.class_index];
  --state.slabs;
  if (slab.region == 0) --state.root_slabs;
  slab.home = Home::none;
  slab.slots = 0;
  slab.queue_end = slab.allocations;
  const SlabShape& shape = budget_.classes.shape(slab.class_index);
  poison(base_ + std::uint64_t{page_of(slab)} * kPageBytes, shape.bytes());
  runs_.give(page_of(slab), shape.order);
}

// After a place came back to a slab that is not the root region's current one.
void Memory::settle(Slab& slab) {
  if (slab.live() != 0) {
    if (slab.home == Home::full) link_partial(slab);
    return;
  }
  ClassState& state = states_[slab.class_index];
  if (slab.region == 0 && state.root_slabs <= state.root_slabs_kept) {
    if (slab.home == Home::full) link_partial(slab);
    return;
  }
  if (slab.home == Home::current) regions_[slab.region].current[slab.class_index] = slabs_;
  end_slab(slab);
}

void Memory::link_partial(Slab& slab) {
  std::uint32_t& head = regions_[slab.region].partial[slab.class_index];
  slab.home = Home::partial;
  slab.previous = kNoPage;
  slab.next = head;
  if (head != kNoPage) slab_at(head).previous = page_of(slab);
  head = page_of(slab);
}

void Memory::unlink_partial(Slab& slab) {
  std::uint32_t& head = regions_[slab.region].partial[slab.class_index];
  if (slab.next != kNoPage) slab_at(slab.next).previous = slab.previous;
  if (slab.previous != kNoPage) slab_at(slab.previous).next = slab.next;
  if (head == page_of(slab)) head = slab.next;
  slab.home = Home::none;
}

std::expected<void, Fault> Memory::free_oddly(RawHandle handle) {
  Slab& slab = slab_of(handle);
  if (handle.slot() >= slab.slots) return std::unexpected(Fault::stale_handle);
  if ((slab.tags[handle.slot()] & kFreeTag) != 0) return std::unexpected(Fault::double_free);
  if (budget_.options.defect != Defect::stale_handle_reuse) return std::unexpected(Fault::stale_handle);
  put_back(slab, handle.slot());  // the planted bug: somebody else's item
  return {};
}

// The planted bug stale_handle_reuse: the generation is not compared, so a handle finds whatever lies in its
// slot now, or what lay there last.
std::expected<void*, Fault> Memory::find_oddly(RawHandle handle) const {
  if (budget_.options.defect == Defect::stale_handle_reuse) {
    const Slab& slab = slab_of(handle);
    if (handle.slot() < slab.slots) {
      std::byte* const item = slab.items + std::size_t{handle.slot()} * slab.item_bytes;
      unpoison(item, slab.item_bytes);  // it is the checkers that shall notice, not a sanitizer
      return item;
    }
  }
  return std::unexpected(Fault::stale_handle);
}

bool Memory::owns(const void* memory) const {
  const auto* const at = static_cast<const std::byte*>(memory);
  return at >= base_ && at < base_ + std::uint64_t{pages_} * kPageBytes;
}

void Memory::free_at(void* memory, std::size_t bytes) {
  WN_CHECK(owns(memory));
  const auto offset = static_cast<std::uint64_t>(static_cast<std::byte*>(memory) - base_);
  Slab& slab = slab_at(owners_[offset / kPageBytes]);
  WN_CHECK(slab.home != Home::none && bytes <= slab.item_bytes);
  const auto in_slab = static_cast<std::uint64_t>(static_cast<std::byte*>(memory) - slab.items);
  const std::uint64_t slot =
      slab.slots == 1 ? 0 : in_slab * budget_.classes.shape(slab.class_index).inverse >> 32;
  WN_CHECK(slot < slab.slots && slot * slab.item_bytes == in_slab);
  WN_CHECK((slab.tags[slot] & kFreeTag) == 0);  // freed twice otherwise
  put_back(slab, static_cast<std::uint32_t>(slot));
}

bool Memory::can_take(std::size_t bytes, RegionId id) {
  const ClassIndex c = budget_.classes.class_of(bytes);
  const Region* const region = region_of(id);
  if (c == kNoClass || region == nullptr) return false;
  const Slab& slab = *region->current[c];
  if (!slab.full() || region->partial[c] != kNoPage) return true;
  if (states_[c].slabs >= states_[c].slabs_max) return false;
  const std::uint32_t order = budget_.classes.shape(c).order;
  if (!runs_.can_take(order)) reclaim();
  return runs_.can_take(order);
}

}  // namespace wn::memory
