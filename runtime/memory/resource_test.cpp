// Containers of the standard library in budgeted memory.
#include "runtime/memory/resource.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <deque>
#include <map>
#include <memory>
#include <new>
#include <string>
#include <vector>

#include "runtime/base/testing/heap_counter.h"
#include "runtime/memory/magazine.h"
#include "runtime/memory/reservation.h"

namespace wn::memory {
namespace {

Budget budget_of(std::uint64_t bytes, std::vector<ClassShare> shares = {}) {
  auto budget = Budget::plan({.bytes = bytes, .blocks = 4, .regions_max = 4, .shares = std::move(shares)});
  REQUIRE(budget.has_value());
  return *budget;
}

void work(Memory& memory, SlabResource& slabs) {
  std::pmr::map<std::uint64_t, std::pmr::string> map(&slabs);
  std::pmr::vector<std::uint64_t> vector(&slabs);
  std::pmr::deque<std::uint32_t> deque(&slabs);
  for (std::uint64_t i = 0; i < 2000; ++i) {
    map.emplace(i * 7919 % 2003, "a property that does not fit in the string itself");
    vector.push_back(i);
    deque.push_back(static_cast<std::uint32_t>(i));
    if (i % 3 == 0) map.erase(map.begin());
    if (i % 2 == 0) deque.pop_front();
  }
  const auto region = memory.open_region();
  for (int i = 0; i < 500; ++i) (void)memory.allocate_bytes(300, *region);
  (void)memory.release(*region);
  constexpr Need kNeeds[] = {{.bytes = 64, .items = 20}, {.bytes = 4096, .items = 2}};
  auto reservation = Reservation::make(memory, kNeeds);
  (void)memory.free(reservation->take(64).handle);
  (void)memory.blocks().free(*memory.blocks().allocate());
}

TEST_CASE("resource: containers, regions and reservations ask nothing of the heap after the start") {
  Memory memory(budget_of(8 << 20), std::pmr::new_delete_resource());
  SlabResource slabs(memory);
  const std::uint64_t before = wn::testing::heap_allocations();
  work(memory, slabs);
  work(memory, slabs);
  CHECK(wn::testing::heap_allocations() == before);
  memory.check_now();
  for (ClassIndex c = 0; c < memory.classes().count(); ++c) CHECK(memory.use_of(c).used == 0);
  const auto witness = std::make_unique<int>(1);  // the counter counts
  CHECK(wn::testing::heap_allocations() == before + 1);
  CHECK(*witness == 1);
}

TEST_CASE("resource: a vector grows to a piece of many megabytes") {
  Memory memory(budget_of(64 << 20), std::pmr::new_delete_resource());
  SlabResource slabs(memory);
  {
    std::pmr::vector<std::uint64_t> vector(&slabs);
    for (std::uint64_t i = 0; i < 2'000'000; ++i) vector.push_back(i);
    CHECK(vector[1'999'999] == 1'999'999);
  }
  CHECK(slabs.can_take(16 << 20));
}

TEST_CASE("resource: alignment up to 64 bytes is kept") {
  Memory memory(budget_of(2 << 20), std::pmr::new_delete_resource());
  SlabResource slabs(memory);
  for (const std::size_t alignment : {8U, 16U, 32U, 64U}) {
    for (std::size_t bytes = 1; bytes < 6000; bytes += 37) {
      void* const piece = slabs.allocate(bytes, alignment);
      CHECK(reinterpret_cast<std::uintptr_t>(piece) % alignment == 0);
      slabs.deallocate(piece, bytes, alignment);
    }
  }
  CHECK_THROWS_AS(slabs.allocate(64, 128), std::bad_alloc);
}

TEST_CASE("resource: what can_take says is what happens, and exhaustion is bad_alloc") {
  Memory memory(budget_of(1 << 20), std::pmr::new_delete_resource());
  SlabResource slabs(memory);
  std::vector<void*> pieces;
  while (slabs.can_take(1000)) pieces.push_back(slabs.allocate(1000));
  CHECK_THROWS_AS(slabs.allocate(1000), std::bad_alloc);
  CHECK_THROWS_AS(slabs.allocate(std::size_t{kRunBytesMax} + 1), std::bad_alloc);
  for (void* piece : pieces) slabs.deallocate(piece, 1000);
  CHECK(slabs.can_take(1000));
}

TEST_CASE("resource: a quota refuses beyond its bytes and counts what comes back") {
  Memory memory(budget_of(1 << 20), std::pmr::new_delete_resource());
  SlabResource slabs(memory);
  LimitedResource quota(&slabs, 1000);
  void* const piece = quota.allocate(900);
  CHECK(quota.used() == 900);
  CHECK_FALSE(quota.can_take(101));
  CHECK_THROWS_AS(quota.allocate(101), std::bad_alloc);
  quota.deallocate(piece, 900);
  CHECK(quota.can_take(1000));
  CHECK(quota.high_water() == 900);
}

TEST_CASE("resource: a class keeps its share when others want all, and holds no more than its limit") {
  const std::vector<ClassShare> shares = {{.item_bytes = 64, .kept_bytes = 64 * 1024},
                                          {.item_bytes = 65536, .max_bytes = 256 * 1024}};
  Memory memory(budget_of(2 << 20, shares), std::pmr::new_delete_resource());
  std::uint32_t large = 0;
  while (memory.allocate_bytes(65536)) ++large;
  CHECK(large == 4);
  for (const std::size_t bytes : {16'384U, 4096U}) {
    while (memory.allocate_bytes(bytes)) {
    }
  }
  CHECK_FALSE(memory.can_take(4096));
  std::uint32_t small = 0;
  while (memory.allocate_bytes(64)) ++small;
  CHECK(small >= 900);
  CHECK(small <= 1024);
  memory.check_now();
}

TEST_CASE("magazine: items are distinct while they are out, and all go back at its end") {
  Memory memory(budget_of(1 << 20), std::pmr::new_delete_resource());
  const ClassIndex c = memory.classes().class_of(300);
  {
    Magazine magazine(memory, c);
    std::vector<void*> out;
    for (int round = 0; round < 3; ++round) {
      while (void* const item = magazine.take()) out.push_back(item);
      CHECK(out.size() > 2000);
      std::vector<void*> sorted = out;
      std::sort(sorted.begin(), sorted.end());
      CHECK(std::adjacent_find(sorted.begin(), sorted.end()) == sorted.end());
      for (void* item : out) magazine.give(item);
      out.clear();
      CHECK(memory.use_of(c).used <= Magazine::kCapacity);
    }
  }
  CHECK(memory.use_of(c).used == 0);
  memory.check_now();
}

TEST_CASE("resource: a recorder counts the items that are live, by size") {
  RecordingResource recorder(std::pmr::new_delete_resource());
  void* const first = recorder.allocate(100);
  void* const second = recorder.allocate(112);
  CHECK(recorder.histogram().count_at(SizeHistogram::bucket_of(100)) == 2);
  recorder.deallocate(first, 100);
  CHECK(recorder.histogram().items() == 1);
  CHECK(recorder.histogram().bytes() == 112);
  recorder.deallocate(second, 112);
  CHECK(recorder.histogram().items() == 0);
}

}  // namespace
}  // namespace wn::memory
