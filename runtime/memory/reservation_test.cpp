// All that was reserved can be taken whatever happens meanwhile, or nothing was reserved at all.
#include "runtime/memory/reservation.h"

#include <catch2/catch_test_macros.hpp>
#include <utility>
#include <vector>

namespace wn::memory {
namespace {

Budget budget_of(std::uint64_t bytes) {
  auto budget = Budget::plan({.bytes = bytes, .regions_max = 2});
  REQUIRE(budget.has_value());
  return *budget;
}

std::uint64_t used(const Memory& memory) {
  std::uint64_t items = 0;
  for (ClassIndex c = 0; c < memory.classes().count(); ++c) items += memory.use_of(c).used;
  return items;
}

TEST_CASE("reservation: what was reserved can be taken when everything else is gone") {
  Memory memory(budget_of(1 << 20), std::pmr::new_delete_resource());
  const std::vector<Need> needs = {
      {.bytes = 64, .items = 100}, {.bytes = 5000, .items = 3}, {.bytes = 60, .items = 5}};
  auto reservation = Reservation::make(memory, needs);
  REQUIRE(reservation.has_value());
  CHECK(reservation->left(64) == 105);  // needs of one class add up
  for (const std::size_t bytes : {1 << 16, 4096, 64}) {
    while (memory.allocate_bytes(static_cast<std::size_t>(bytes))) {
    }
  }
  CHECK(memory.allocate_bytes(64).error() == Fault::exhausted);
  for (int i = 0; i < 105; ++i) CHECK(memory.find(reservation->take(64).handle).has_value());
  for (int i = 0; i < 3; ++i) CHECK(memory.find(reservation->take(5000).handle).has_value());
  CHECK(reservation->left(64) == 0);
  memory.check_now();
}

TEST_CASE("reservation: one that cannot be had whole leaves nothing taken") {
  Memory memory(budget_of(512 * 1024), std::pmr::new_delete_resource());
  const std::uint64_t held = memory.bytes_held();
  const std::vector<Need> needs = {{.bytes = 64, .items = 500}, {.bytes = 200'000, .items = 3}};
  const auto refused = Reservation::make(memory, needs);
  REQUIRE_FALSE(refused.has_value());
  CHECK(errc_of(refused.error()) == Errc::overloaded);
  CHECK(used(memory) == 0);
  CHECK(memory.bytes_held() <= held + 4 * kPageBytes);  // a small empty slab stays at hand
  memory.check_now();
}

TEST_CASE("reservation: what is left goes back at the end, and what was taken stays") {
  Memory memory(budget_of(1 << 20), std::pmr::new_delete_resource());
  RawHandle taken;
  {
    auto reservation = Reservation::make(memory, std::vector<Need>{{.bytes = 300, .items = 10}});
    REQUIRE(reservation.has_value());
    taken = reservation->take(300).handle;
    Reservation moved = std::move(*reservation);
    CHECK(moved.left(300) == 9);
    CHECK(used(memory) == 10);
  }
  CHECK(used(memory) == 1);
  CHECK(memory.find(taken).has_value());
}

TEST_CASE("reservation: a region released under it takes its items along, and its end harms nobody") {
  Memory memory(budget_of(1 << 20), std::pmr::new_delete_resource());
  const RegionId region = *memory.open_region();
  {
    auto reservation = Reservation::make(memory, std::vector<Need>{{.bytes = 64, .items = 10}}, region);
    REQUIRE(reservation.has_value());
    REQUIRE(memory.release(region).has_value());
    for (int i = 0; i < 10; ++i) REQUIRE(memory.allocate_bytes(64).has_value());
  }
  CHECK(used(memory) == 10);
  memory.check_now();
}

}  // namespace
}  // namespace wn::memory
