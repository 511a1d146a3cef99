#pragma once
// Memory: all memory of a node, taken in one piece at the start, handed out by size class.
//
// allocate() gives an item and its handle; find() turns a handle back into the item or refuses it; free()
// gives the item back. Items belong to a region, and release() gives a region's items back at once, with
// those of the regions inside it, by slabs: their handles become stale and no destructor runs.
//
// Costs: allocate, free and find are O(1); a slab begins and ends in O(kRunOrderMax); release is O(slabs of
// the region). Free items are never written to, so a write through a stale pointer cannot break the
// allocator. Alignment: 16 bytes, or 64 when the class is a multiple of 64. Errors: Fault. Handles that came
// from elsewhere are refused, never followed. Pointers given to free_at() are trusted as the allocator's own:
// a wrong one is our bug (WN_CHECK). Thread rule: one thread; a node is one event loop. Source: Bonwick, "The
// Slab Allocator", USENIX'94; mimalloc (Leijen et al. 2019) for small slabs with their own free lists;
// TigerBeetle's TigerStyle for taking everything at the start.
#include <array>
#include <cstddef>
#include <cstdint>
#include <expected>
#include <memory_resource>
#include <new>
#include <string>
#include <type_traits>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/memory/budget.h"
#include "runtime/memory/fixed_pool.h"
#include "runtime/memory/handle.h"
#include "runtime/memory/poison.h"
#include "runtime/memory/runs.h"

namespace wn::memory {

struct Item {
  RawHandle handle;
  void* memory = nullptr;
};

// One line of the account: level 1, or one class of level 2.
struct PoolUse {
  std::uint32_t item_bytes = 0;
  std::uint64_t slabs = 0;
  std::uint64_t bytes = 0;             // held in slabs
  std::uint64_t high_water_bytes = 0;  // the most that was ever held
  std::uint64_t items = 0;             // places in those slabs
  std::uint64_t used = 0;              // places in use
};

// What release() gave back, and how many slabs it went through to do so.
struct Released {
  std::uint64_t regions = 0;
  std::uint64_t slabs = 0;
  std::uint64_t items = 0;
  std::uint64_t bytes = 0;  // of slabs
};

class Memory {
 public:
  // Takes budget.options.bytes from `source` in one piece (std::bad_alloc is the source's to throw).
  Memory(const Budget& budget, std::pmr::memory_resource* source);
  ~Memory();
  Memory(const Memory&) = delete;
  Memory& operator=(const Memory&) = delete;

  // An item of a class of classes(), for the root region or another.
  std::expected<Item, Fault> allocate(ClassIndex c) { return take(regions_[0], c); }
  std::expected<Item, Fault> allocate(ClassIndex c, RegionId region);
  // The same by size.
  std::expected<Item, Fault> allocate_bytes(std::size_t bytes, RegionId region = kRootRegion);
  std::expected<void, Fault> free(RawHandle handle);
  // The item's memory, with or without asking whether it is of that class.
  std::expected<void*, Fault> find(RawHandle handle) const;
  std::expected<void*, Fault> find(RawHandle handle, ClassIndex c) const;

  // By pointer, for memory resources. free_at() REQUIRES memory that is allocated here in a class that holds
  // `bytes`.
  void free_at(void* memory, std::size_t bytes);
  bool owns(const void* memory) const;

  // Objects. create() fails only for want of memory; get() refuses a stale handle and one of another class.
  template <class T, class... Args>
  std::expected<Handle<T>, Fault> create(RegionId region, Args&&... args);
  template <class T>
  std::expected<T*, Fault> get(Handle<T> handle) const;
  template <class T>
  std::expected<void, Fault> destroy(Handle<T> handle);

  // Regions. A region inside another goes with it. Refused: no_region_left, stale_region.
  std::expected<RegionId, Fault> open_region(RegionId parent = kRootRegion);
  // REQUIRES a region other than the root.
  std::expected<Released, Fault> release(RegionId region);
  bool is_open(RegionId region) const;
  std::uint32_t regions_open() const { return regions_open_; }
  // Slabs that the region itself holds, without those inside it.
  std::uint32_t slabs_of(RegionId region) const;

  // Would an allocation of this size in the region succeed now? May give empty slabs of other classes back.
  bool can_take(std::size_t bytes, RegionId region = kRootRegion);
  // Bytes of level 2 that no slab holds. Free places in slabs come on top of it.
  std::uint64_t headroom() const { return std::uint64_t{runs_.free_pages()} * kPageBytes; }

  FixedPool& blocks() { return blocks_; }  // level 1
  const SizeClasses& classes() const { return budget_.classes; }
  const Budget& budget() const { return budget_; }
  // What the tables beside the pages take.
  static std::uint64_t table_bytes(std::uint32_t pages, const Options& options);
  // The account, which walks all slabs: for reports.
  PoolUse use_of(ClassIndex c) const;
  std::uint64_t bytes_held() const { return std::uint64_t{runs_.pages() - runs_.free_pages()} * kPageBytes; }
  std::uint64_t high_water_bytes() const { return std::uint64_t{high_water_pages_} * kPageBytes; }
  // The account pool by pool, as a table for people.
  std::string describe() const;
  // Checks every list against every slab; for tests. O(pages + slots).
  void check_now() const;

 private:
  static constexpr std::uint32_t kFreeTag = 1U << 31;
  enum class Home : std::uint8_t {
    none,     // no slab starts at this page
    root,     // the small slab that the root region allocates this class from now; it stays when empty
    current,  // the slab that its region allocates this class from now; it goes when empty
    partial,  // has free places, is in its region's list
    full
  };
  // The free slots of a slab are a queue: the ring's places allocations … queue_end - 1. A slot comes back at
  // the end, so it is the longest unused one that goes out: consecutive calls do not wait for each other's
  // slot, and a stale handle stays detectable longest. The ring lies behind the tags.
  struct alignas(64) Slab {
    std::uint32_t* tags = nullptr;
    std::byte* items = nullptr;
    std::uint32_t allocations = 0;  // of all slabs that ever started at this page; wraps
    std::uint32_t queue_end = 0;    // frees of all those, plus slots; wraps
    std::uint32_t slots = 0;        // 0 when no slab starts here
    std::uint32_t ring_mask = 0;
    std::uint32_t item_bytes = 0;
    std::uint8_t class_index = 0;
    Home home = Home::none;
    std::uint32_t region = 0;
    std::uint32_t next = kNoPage;  // among the partial ones of its class and region
    std::uint32_t previous = kNoPage;
    std::uint32_t region_next = kNoPage;  // among all of its region
    std::uint32_t region_previous = kNoPage;
    std::uint8_t* ring() const { return static_cast<std::uint8_t*>(static_cast<void*>(tags + slots)); }
    bool full() const { return allocations == queue_end; }
    std::uint32_t live() const { return slots - (queue_end - allocations); }
  };
  static_assert(sizeof(Slab) == 64);
  struct Region {
    std::uint32_t generation = 0;
    bool open = false;
    std::uint32_t slabs = 0;
    std::uint32_t first_slab = kNoPage;
    std::uint32_t parent = 0;
    std::uint32_t first_child = 0;  // 0: none; also the next of the free ones
    std::uint32_t next = 0;         // sibling
    std::uint32_t previous = 0;
    std::array<Slab*, kClassesMax> current{};  // slabs_[0], which is no slab, when there is none
    std::array<std::uint32_t, kClassesMax> partial{};
  };
  struct ClassState {
    std::uint32_t slabs = 0;
    std::uint32_t slabs_high_water = 0;
    std::uint32_t root_slabs = 0;
    std::uint32_t root_slabs_kept = 0;
    std::uint32_t slabs_max = ~0U;
  };

  std::expected<Item, Fault> take(Region& region, ClassIndex c) {
    WN_CHECK(c < kClassesMax);
    Slab& slab = *region.current[c];
    if (slab.full()) [[unlikely]]
      return take_slowly(region, c);
    return take_from(slab);
  }
  Item take_from(Slab& slab) {
    const std::uint32_t place = slab.allocations++;
    const std::uint32_t slot = slab.ring()[place & slab.ring_mask];
    const std::uint32_t generation = (place + 1) & ~kFreeTag;
    slab.tags[slot] = generation;
    std::byte* const item = slab.items + std::uint64_t{slot} * slab.item_bytes;
    unpoison(item, slab.item_bytes);
    return {RawHandle::of(static_cast<std::uint64_t>(&slab - slabs_), slot, generation), item};
  }
  void put_back(Slab& slab, std::uint32_t slot) {
    const std::uint32_t place = slab.queue_end++;
    slab.tags[slot] = kFreeTag;
    slab.ring()[place & slab.ring_mask] = static_cast<std::uint8_t>(slot);
    poison(slab.items + std::uint64_t{slot} * slab.item_bytes, slab.item_bytes);
    if (slab.home != Home::root) [[unlikely]]
      settle(slab);
  }
  // A handle's slab, or the one that is none (slabs_[0]).
  Slab& slab_of(RawHandle handle) const {
    const std::uint64_t n = handle.slab();
    return slabs_[n <= pages_ ? n : 0];
  }
  static bool names(const Slab& slab, RawHandle handle) {  // a live item
    return handle.slot() < slab.slots && slab.tags[handle.slot()] == handle.generation();
  }
  Slab& slab_at(std::uint32_t page) const { return slabs_[std::uint64_t{page} + 1]; }
  std::uint32_t page_of(const Slab& slab) const { return static_cast<std::uint32_t>(&slab - slabs_) - 1; }
  Region* region_of(RegionId id) const;

  std::expected<Item, Fault> take_slowly(Region& region, ClassIndex c);
  bool refill(Region& region, ClassIndex c);
  Slab* begin_slab(Region& region, ClassIndex c);
  void end_slab(Slab& slab);
  std::uint32_t take_run(std::uint32_t order);
  void reclaim();
  void settle(Slab& slab);
  void link_partial(Slab& slab);
  void unlink_partial(Slab& slab);
  void keep_shares();
  void check_region(std::uint32_t index) const;
  std::expected<void, Fault> free_oddly(RawHandle handle);
  std::expected<void*, Fault> find_oddly(RawHandle handle) const;
  void release_slabs(Region& region, Released& released);

  // What the hot path reads, together.
  Slab* slabs_ = nullptr;  // the first is none, then one for each page
  Region* regions_ = nullptr;
  std::uint32_t pages_ = 0;
  std::uint32_t class_count_ = 0;
  std::byte* base_ = nullptr;           // of page 0
  std::uint32_t* owners_ = nullptr;     // for each page, the first page of its slab
  std::uint32_t* side_tags_ = nullptr;  // for each page four, and room for a ring of four
  RunPool runs_;
  FixedPool blocks_;
  std::uint32_t free_region_ = 0;
  std::uint32_t regions_open_ = 0;
  std::uint32_t high_water_pages_ = 0;
  std::array<ClassState, kClassesMax> states_{};
  Budget budget_;
  std::pmr::memory_resource* source_;
  void* whole_ = nullptr;
};

inline std::expected<void, Fault> Memory::free(RawHandle handle) {
  Slab& slab = slab_of(handle);
  if (!names(slab, handle)) [[unlikely]]
    return free_oddly(handle);
  put_back(slab, handle.slot());
  return {};
}

inline std::expected<void*, Fault> Memory::find(RawHandle handle) const {
  const Slab& slab = slab_of(handle);
  if (!names(slab, handle)) [[unlikely]]
    return find_oddly(handle);
  return slab.items + std::uint64_t{handle.slot()} * slab.item_bytes;
}

inline std::expected<void*, Fault> Memory::find(RawHandle handle, ClassIndex c) const {
  const auto found = find(handle);
  if (found && slab_of(handle).class_index != c) [[unlikely]]
    return std::unexpected(Fault::wrong_class);
  return found;
}

template <class T, class... Args>
std::expected<Handle<T>, Fault> Memory::create(RegionId region, Args&&... args) {
  static_assert(alignof(T) <= 16 && sizeof(T) <= kClassBytesMax);
  const auto item = allocate_bytes(sizeof(T), region);
  if (!item) return std::unexpected(item.error());
  ::new (item->memory) T(std::forward<Args>(args)...);
  return Handle<T>{item->handle};
}

template <class T>
std::expected<T*, Fault> Memory::get(Handle<T> handle) const {
  const auto found = find(handle.raw, budget_.classes.class_of(sizeof(T)));
  if (!found) [[unlikely]]
    return std::unexpected(found.error());
  return static_cast<T*>(*found);
}

template <class T>
std::expected<void, Fault> Memory::destroy(Handle<T> handle) {
  const auto object = get(handle);
  if (!object) [[unlikely]]
    return std::unexpected(object.error());
  (*object)->~T();
  return free(handle.raw);
}

}  // namespace wn::memory
