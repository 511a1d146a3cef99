// The release of subtrees: what goes, what stays, and how much work it is.
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "runtime/memory/memory.h"

namespace wn::memory {
namespace {

Budget budget_of(std::uint64_t bytes, std::uint32_t regions) {
  auto budget = Budget::plan({.bytes = bytes, .regions_max = regions});
  REQUIRE(budget.has_value());
  return *budget;
}

TEST_CASE("region: release goes through slabs, not items") {
  Memory memory(budget_of(8 << 20, 4), std::pmr::new_delete_resource());
  const std::uint32_t slots = memory.classes().shape(memory.classes().class_of(64)).slots;
  REQUIRE(slots >= 50);
  for (const std::uint32_t items : {1U, slots, 10 * slots, 1000 * slots}) {
    const RegionId region = *memory.open_region();
    std::vector<RawHandle> handles;
    for (std::uint32_t i = 0; i < items; ++i) handles.push_back(memory.allocate_bytes(64, region)->handle);
    const std::uint64_t headroom = memory.headroom();
    const auto released = memory.release(region);
    REQUIRE(released.has_value());
    CHECK(released->items == items);
    CHECK(released->slabs == (items + slots - 1) / slots);
    CHECK(memory.headroom() == headroom + released->bytes);
    for (const RawHandle handle : handles) REQUIRE_FALSE(memory.find(handle).has_value());
    memory.check_now();
  }
}

TEST_CASE("region: a subtree takes the regions inside it along, and nothing else") {
  Memory memory(budget_of(4 << 20, 8), std::pmr::new_delete_resource());
  const RegionId outer = *memory.open_region();
  const RegionId inner = *memory.open_region(outer);
  const RegionId innermost = *memory.open_region(inner);
  const RegionId beside = *memory.open_region();
  const RawHandle in_root = memory.allocate_bytes(100)->handle;
  const RawHandle in_outer = memory.allocate_bytes(100, outer)->handle;
  const RawHandle in_innermost = memory.allocate_bytes(300'000, innermost)->handle;
  const RawHandle in_beside = memory.allocate_bytes(100, beside)->handle;
  const auto released = memory.release(outer);
  REQUIRE(released.has_value());
  CHECK(released->regions == 3);
  CHECK(released->items == 2);
  CHECK_FALSE(memory.find(in_outer).has_value());
  CHECK_FALSE(memory.find(in_innermost).has_value());
  CHECK(memory.find(in_root).has_value());
  CHECK(memory.find(in_beside).has_value());
  CHECK_FALSE(memory.is_open(inner));
  CHECK(memory.is_open(beside));
  CHECK(memory.regions_open() == 1);
  CHECK(memory.open_region(inner) == std::unexpected(Fault::stale_region));
  CHECK(memory.release(outer) == std::unexpected(Fault::stale_region));
  memory.check_now();
}

TEST_CASE("region: a handle stays stale when its pages serve another region, class or size") {
  Memory memory(budget_of(1 << 20, 2), std::pmr::new_delete_resource());
  std::vector<RawHandle> old;
  for (const std::size_t bytes : {64U, 100U, 512U, 4096U, 64U, 20'000U, 70'000U}) {
    const RegionId region = *memory.open_region();
    std::vector<RawHandle> now;
    while (const auto item = memory.allocate_bytes(bytes, region)) now.push_back(item->handle);
    for (const RawHandle handle : old) REQUIRE_FALSE(memory.find(handle).has_value());
    for (const RawHandle handle : now) REQUIRE(memory.find(handle).has_value());
    REQUIRE(memory.release(region).has_value());
    old.insert(old.end(), now.begin(), now.end());
  }
}

TEST_CASE("region: the limit on regions is refused by name, and a released one can be opened again") {
  Memory memory(budget_of(1 << 20, 3), std::pmr::new_delete_resource());
  std::vector<RegionId> regions;
  while (const auto region = memory.open_region()) regions.push_back(*region);
  CHECK(regions.size() == 3);
  CHECK(memory.open_region() == std::unexpected(Fault::no_region_left));
  REQUIRE(memory.release(regions[1]).has_value());
  const auto again = memory.open_region();
  REQUIRE(again.has_value());
  CHECK(*again != regions[1]);
  CHECK_FALSE(memory.is_open(regions[1]));
}

TEST_CASE("region: an idle region of one small item holds one page") {
  Memory memory(budget_of(1 << 20, 3), std::pmr::new_delete_resource());
  const RegionId region = *memory.open_region();
  REQUIRE(memory.allocate_bytes(200, region).has_value());
  CHECK(memory.bytes_held() == kPageBytes);
}

}  // namespace
}  // namespace wn::memory
