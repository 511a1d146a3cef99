// What a handle names, what is refused, and that limits are limits.
#include "runtime/memory/memory.h"

#include <catch2/catch_test_macros.hpp>
#include <cstring>
#include <vector>

namespace wn::memory {
namespace {

Budget small_budget(std::uint64_t bytes = 1024 * 1024, Defect defect = Defect::none) {
  auto budget = Budget::plan({.bytes = bytes, .blocks = 2, .regions_max = 16, .defect = defect});
  REQUIRE(budget.has_value());
  return *budget;
}

TEST_CASE("memory: an item is found by its handle until it is freed") {
  Memory memory(small_budget(), std::pmr::new_delete_resource());
  const auto item = memory.allocate_bytes(200);
  REQUIRE(item.has_value());
  std::memset(item->memory, 7, 200);
  CHECK(memory.find(item->handle) == item->memory);
  CHECK(memory.free(item->handle).has_value());
  CHECK(memory.find(item->handle) == std::unexpected(Fault::stale_handle));
  CHECK(errc_of(Fault::stale_handle) == Errc::precondition);
  memory.check_now();
}

TEST_CASE("memory: a second free is refused, and so is one through a handle whose slot lives again") {
  Memory memory(small_budget(), std::pmr::new_delete_resource());
  const RawHandle first = memory.allocate_bytes(64)->handle;
  REQUIRE(memory.free(first).has_value());
  CHECK(memory.free(first) == std::unexpected(Fault::double_free));
  auto second = memory.allocate_bytes(64);  // slots come round in turn
  while (second.has_value() && second->handle.slot() != first.slot()) {
    REQUIRE(memory.free(second->handle).has_value());
    second = memory.allocate_bytes(64);
  }
  REQUIRE(second.has_value());
  REQUIRE(second->handle.slab() == first.slab());
  CHECK(memory.free(first) == std::unexpected(Fault::stale_handle));
  CHECK(memory.find(first) == std::unexpected(Fault::stale_handle));
  CHECK(memory.find(second->handle) == second->memory);
}

TEST_CASE("memory: a typed handle refuses an item of another class") {
  struct Small {
    std::uint64_t value;
  };
  struct Large {
    std::uint64_t values[64];
  };
  Memory memory(small_budget(), std::pmr::new_delete_resource());
  const auto small = memory.create<Small>(kRootRegion, 5U);
  REQUIRE(small.has_value());
  CHECK((*memory.get(*small))->value == 5);
  const Handle<Large> forged{small->raw};
  CHECK(memory.get(forged) == std::unexpected(Fault::wrong_class));
  CHECK(memory.destroy(forged) == std::unexpected(Fault::wrong_class));
  CHECK(memory.destroy(*small).has_value());
  CHECK(memory.get(*small) == std::unexpected(Fault::stale_handle));
}

TEST_CASE("memory: every handle that differs in one bit is refused") {
  Memory memory(small_budget(), std::pmr::new_delete_resource());
  std::vector<RawHandle> live;
  for (int i = 0; i < 50; ++i) live.push_back(memory.allocate_bytes(100)->handle);
  for (int bit = 0; bit < 64; ++bit) {
    const RawHandle forged{live[20].bits ^ (std::uint64_t{1} << bit)};
    CHECK(memory.find(forged) == std::unexpected(Fault::stale_handle));
  }
  CHECK(memory.find(RawHandle{}) == std::unexpected(Fault::stale_handle));
  CHECK(memory.free(RawHandle{}) == std::unexpected(Fault::stale_handle));
}

TEST_CASE("memory: when the budget is used up allocation is refused, and works again after a free") {
  for (const std::size_t bytes : {64U, 208U, 4096U, 65536U}) {
    Memory memory(small_budget(), std::pmr::new_delete_resource());
    std::vector<RawHandle> taken;
    while (true) {
      const bool could = memory.can_take(bytes);
      const auto item = memory.allocate_bytes(bytes);
      CHECK(could == item.has_value());
      if (!item) {
        CHECK(item.error() == Fault::exhausted);
        break;
      }
      taken.push_back(item->handle);
    }
    CHECK(taken.size() * bytes > memory.budget().pages * std::uint64_t{kPageBytes} * 3 / 4);
    memory.check_now();
    REQUIRE(memory.free(taken.back()).has_value());
    CHECK(memory.allocate_bytes(bytes).has_value());
    CHECK(memory.allocate_bytes(bytes).error() == Fault::exhausted);
  }
}

TEST_CASE("memory: what all classes gave back serves any class again") {
  Memory memory(small_budget(), std::pmr::new_delete_resource());
  for (int round = 0; round < 3; ++round) {
    for (const std::size_t bytes : {64U, 208U, 1000U, 4096U, 65536U}) {
      std::vector<RawHandle> taken;
      while (const auto item = memory.allocate_bytes(bytes)) taken.push_back(item->handle);
      CHECK(taken.size() * bytes > memory.budget().pages * std::uint64_t{kPageBytes} * 3 / 4);
      for (const RawHandle handle : taken) REQUIRE(memory.free(handle).has_value());
      memory.check_now();
    }
  }
}

TEST_CASE("memory: more than the largest item is refused by its own name") {
  Memory memory(small_budget(), std::pmr::new_delete_resource());
  CHECK(memory.allocate_bytes(std::size_t{kRunBytesMax} + 1) == std::unexpected(Fault::too_large));
  CHECK_FALSE(memory.can_take(std::size_t{kRunBytesMax} + 1));
}

TEST_CASE("memory: the planted bug lets a stale handle find another item") {
  Memory memory(small_budget(1024 * 1024, Defect::stale_handle_reuse), std::pmr::new_delete_resource());
  const RawHandle first = memory.allocate_bytes(64)->handle;
  REQUIRE(memory.free(first).has_value());
  auto second = memory.allocate_bytes(64);
  while (second->handle.slot() != first.slot()) second = memory.allocate_bytes(64);
  CHECK(memory.find(first) == second->memory);
}

TEST_CASE("memory: the account names every pool") {
  Memory memory(small_budget(), std::pmr::new_delete_resource());
  const RawHandle handle = memory.allocate_bytes(64)->handle;
  REQUIRE(memory.blocks().allocate().has_value());
  const PoolUse use = memory.use_of(memory.classes().class_of(64));
  CHECK(use.used == 1);
  CHECK(use.slabs == 1);
  CHECK(use.high_water_bytes == kPageBytes);
  const std::string text = memory.describe();
  CHECK(text.find("level 1") != std::string::npos);
  CHECK(text.find("budget") != std::string::npos);
  REQUIRE(memory.free(handle).has_value());
  CHECK(memory.use_of(memory.classes().class_of(64)).used == 0);
}

}  // namespace
}  // namespace wn::memory
