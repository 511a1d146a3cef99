#include "runtime/memory/reservation.h"

#include <cstring>
#include <utility>

namespace wn::memory {

std::expected<Reservation, Fault> Reservation::make(Memory& memory, std::span<const Need> needs,
                                                    RegionId region) {
  WN_CHECK(needs.size() <= kNeedsMax);
  Reservation made(memory);
  for (const Need& need : needs) {
    const ClassIndex c = memory.classes().class_of(need.bytes);
    if (c == kNoClass || need.items > kItemsMax) return std::unexpected(Fault::too_large);
    if (need.items == 0) continue;
    Shelf* shelf = made.shelf_of(c);
    if (shelf == nullptr) {
      made.shelves_.push_back({.class_index = c, .items = 0, .first = {}});
      shelf = made.shelf_of(c);
    }
    for (std::uint32_t i = 0; i < need.items; ++i) {
      const auto item = memory.allocate(c, region);
      if (!item) return std::unexpected(item.error());  // `made` gives back what it has
      std::memcpy(item->memory, &shelf->first, sizeof shelf->first);
      shelf->first = item->handle;
      ++shelf->items;
    }
  }
  return made;
}

Reservation::Reservation(Reservation&& other) noexcept
    : memory_(other.memory_), shelves_(std::exchange(other.shelves_, {})) {}

Reservation& Reservation::operator=(Reservation&& other) noexcept {
  if (this != &other) {
    give_back();
    memory_ = other.memory_;
    shelves_ = std::exchange(other.shelves_, {});
  }
  return *this;
}

Reservation::Shelf* Reservation::shelf_of(ClassIndex c) {
  for (Shelf& shelf : shelves_) {
    if (shelf.class_index == c) return &shelf;
  }
  return nullptr;
}

std::uint32_t Reservation::left(std::size_t bytes) const {
  const ClassIndex c = memory_->classes().class_of(bytes);
  for (const Shelf& shelf : shelves_) {
    if (shelf.class_index == c) return shelf.items;
  }
  return 0;
}

Item Reservation::take(std::size_t bytes) {
  Shelf* const shelf = shelf_of(memory_->classes().class_of(bytes));
  WN_CHECK(shelf != nullptr && shelf->items > 0);
  const auto found = memory_->find(shelf->first);
  WN_CHECK(found.has_value());  // the region of a reservation may not be released under it
  const Item item{.handle = shelf->first, .memory = *found};
  std::memcpy(&shelf->first, item.memory, sizeof shelf->first);
  --shelf->items;
  return item;
}

// When the region was released meanwhile, the items went with it and their handles are stale.
void Reservation::give_back() {
  for (Shelf& shelf : shelves_) {
    while (shelf.items > 0) {
      const RawHandle handle = shelf.first;
      const auto found = memory_->find(handle);
      if (!found) break;
      std::memcpy(&shelf.first, *found, sizeof shelf.first);
      WN_CHECK(memory_->free(handle).has_value());
      --shelf.items;
    }
  }
  shelves_.clear();
}

}  // namespace wn::memory
