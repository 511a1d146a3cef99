#pragma once
// Reservation: the items that a transaction may need, taken before its first side effect: all of them, or
// none and a refusal. Taking from a reservation cannot fail. What was not taken goes back when it ends. The
// items are set aside, not counted: nothing else can be given them, and the hot path of others is as it was.
// Errors: Fault::exhausted (Errc::overloaded), Fault::too_large. Thread rule: one thread.
// Source: prefilled sheaves of Linux's SLUB (LWN 2025, "Slabs, sheaves, and barns").
#include <cstddef>
#include <cstdint>
#include <expected>
#include <span>

#include "runtime/base/bounded_vector.h"
#include "runtime/memory/memory.h"

namespace wn::memory {

struct Need {
  std::size_t bytes = 0;  // of one item
  std::uint32_t items = 0;
};

class Reservation {
 public:
  static constexpr std::size_t kNeedsMax = 16;        // different sizes
  static constexpr std::uint32_t kItemsMax = 65'536;  // of one size

  // REQUIRES needs.size() <= kNeedsMax; needs of one class add up. `memory` outlives the reservation.
  static std::expected<Reservation, Fault> make(Memory& memory, std::span<const Need> needs,
                                                RegionId region = kRootRegion);
  Reservation(Reservation&& other) noexcept;
  Reservation& operator=(Reservation&& other) noexcept;
  ~Reservation() { give_back(); }

  // REQUIRES left(bytes) > 0: to take more than was reserved is our bug.
  Item take(std::size_t bytes);
  std::uint32_t left(std::size_t bytes) const;
  // Ends the reservation early.
  void give_back();

 private:
  struct Shelf {
    ClassIndex class_index = kNoClass;
    std::uint32_t items = 0;
    RawHandle first;  // the handle of the next one lies in the item itself
  };
  explicit Reservation(Memory& memory) : memory_(&memory) {}
  Shelf* shelf_of(ClassIndex c);

  Memory* memory_;
  BoundedVector<Shelf, kNeedsMax> shelves_;
};

}  // namespace wn::memory
