// Classes as data: the look-up, the shapes of slabs, and the choice from a histogram.
#include "runtime/memory/size_classes.h"

#include <algorithm>
#include <catch2/catch_test_macros.hpp>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/memory/budget.h"
#include "runtime/memory/fixed_pool.h"
#include "runtime/memory/runs.h"

namespace wn::memory {
namespace {

std::vector<std::uint32_t> sizes_of(const SizeClasses& classes) {
  std::vector<std::uint32_t> out;
  for (ClassIndex c = 0; c < classes.count(); ++c) out.push_back(classes.shape(c).item_bytes);
  return out;
}

TEST_CASE("classes: a size finds the smallest class that holds it") {
  const SizeClasses classes = default_classes();
  const std::vector<std::uint32_t> sizes = sizes_of(classes);
  CHECK(std::is_sorted(sizes.begin(), sizes.end()));
  const auto agrees = [&](std::size_t bytes) {
    const auto it = std::lower_bound(sizes.begin(), sizes.end(), bytes);
    return classes.class_of(bytes) == static_cast<ClassIndex>(it - sizes.begin());
  };
  for (std::size_t bytes = 0; bytes <= 10'000; ++bytes) REQUIRE(agrees(bytes));
  for (const std::uint32_t size : sizes) {
    REQUIRE(agrees(size - 1));
    REQUIRE(agrees(size));
    if (size < kRunBytesMax) REQUIRE(agrees(size + 1));
  }
  CHECK(classes.class_of(std::size_t{kRunBytesMax} + 1) == kNoClass);
}

TEST_CASE("classes: the sizes that the design names are among them") {
  const std::vector<std::uint32_t> sizes = sizes_of(default_classes());
  for (const std::uint32_t size : {64U, 4096U, 65536U, 262144U, 1048576U}) {
    CHECK(std::find(sizes.begin(), sizes.end(), size) != sizes.end());
  }
  CHECK_FALSE(SizeClasses::make(std::vector<std::uint32_t>{64, 128, 4096, 65536, 1048576}).has_value());
  CHECK_FALSE(
      SizeClasses::make(std::vector<std::uint32_t>{64, 65, 4096, 65536, 262144, 1048576}).has_value());
  CHECK_FALSE(
      SizeClasses::make(std::vector<std::uint32_t>{64, 4096, 4112, 65536, 262144, 1048576}).has_value());
}

TEST_CASE("classes: no slab wastes more than an eighth, and every slot divides back") {
  for (const std::uint32_t size : sizes_of(default_classes())) {
    const SlabShape shape = shape_of(size);
    const std::uint32_t used = shape.items_offset + shape.slots * size;
    INFO(size);
    CHECK(used <= shape.bytes());
    CHECK((shape.bytes() - std::uint64_t{shape.slots} * size) * 8 <= shape.bytes());
    CHECK(shape.slots <= kSlotsMax);
    for (std::uint64_t slot = 0; slot < shape.slots; ++slot) {
      REQUIRE((slot * size * shape.inverse) >> 32 == slot);
    }
  }
}

// The least waste of any choice of at most `most` classes, by trying them all.
std::uint64_t best_by_trying(const SizeHistogram& histogram, const std::vector<std::uint32_t>& optional,
                             std::uint32_t most) {
  std::uint64_t best = ~std::uint64_t{0};
  for (std::uint32_t set = 0; set < 1U << optional.size(); ++set) {
    std::vector<std::uint32_t> sizes(kRequiredClasses.begin(), kRequiredClasses.end());
    for (std::size_t i = 0; i < optional.size(); ++i) {
      if ((set >> i & 1) != 0) sizes.push_back(optional[i]);
    }
    if (sizes.size() > most) continue;
    std::sort(sizes.begin(), sizes.end());
    const auto classes = SizeClasses::make(sizes);
    REQUIRE(classes.has_value());
    best = std::min<std::uint64_t>(best, waste_permille(*classes, histogram));
  }
  return best;
}

TEST_CASE("classes: the choice wastes as little as the best of all choices") {
  const Random random(11);
  for (std::uint32_t round = 0; round < 40; ++round) {
    SizeHistogram histogram;
    std::vector<std::uint32_t> optional;
    for (std::uint32_t i = 0; i < 7; ++i) {
      Draw draw = random.at("memory.classes", round, i);
      const auto size = static_cast<std::uint32_t>(80 + draw.below(245) * 16);
      const std::uint64_t items = 1 + draw.below(1000);
      histogram.record(size, items);
      if (std::find(optional.begin(), optional.end(), size) == optional.end()) optional.push_back(size);
    }
    for (const std::uint32_t most : {5U, 7U, 9U}) {
      const auto choice = choose_classes(histogram, {.waste_permille_max = 0, .classes_max = most});
      REQUIRE(choice.has_value());
      CHECK(choice->waste_permille == best_by_trying(histogram, optional, most));
    }
  }
}

TEST_CASE("classes: a choice takes no more classes than the waste asked for needs") {
  SizeHistogram histogram;
  for (std::uint32_t size = 64; size <= 4096; size += 16) histogram.record(size, 10);
  std::uint32_t before = 0;
  for (const std::uint32_t waste : {300U, 200U, 125U, 60U}) {
    const auto choice = choose_classes(histogram, {.waste_permille_max = waste, .classes_max = 40});
    REQUIRE(choice.has_value());
    CHECK(choice->waste_permille <= waste);
    CHECK(choice->classes.count() > before);
    before = choice->classes.count();
  }
  CHECK_FALSE(choose_classes(histogram, {.classes_max = 4}).has_value());
}

TEST_CASE("runs: pages are never given twice, and all come back as one") {
  constexpr std::uint32_t kPages = 1000;
  std::vector<RunPool::Entry> entries(kPages);
  RunPool runs(entries.data(), kPages);
  std::vector<bool> taken(kPages, false);
  std::vector<std::pair<std::uint32_t, std::uint32_t>> held;
  const Random random(3);
  for (std::uint64_t i = 0; i < 20'000; ++i) {
    Draw draw = random.at("memory.runs", 0, i);
    const auto order = static_cast<std::uint32_t>(draw.below(7));
    if (draw.below(2) == 0) {
      const bool could = runs.can_take(order);
      const std::uint32_t page = runs.take(order);
      REQUIRE(could == (page != kNoPage));
      if (page == kNoPage) continue;
      for (std::uint32_t p = page; p < page + (1U << order); ++p) {
        REQUIRE_FALSE(taken.at(p));
        taken[p] = true;
      }
      held.emplace_back(page, order);
    } else if (!held.empty()) {
      const std::uint64_t n = draw.below(held.size());
      for (std::uint32_t p = 0; p < 1U << held[n].second; ++p) taken[held[n].first + p] = false;
      runs.give(held[n].first, held[n].second);
      held[n] = held.back();
      held.pop_back();
    }
    REQUIRE(runs.free_pages() == static_cast<std::uint32_t>(std::count(taken.begin(), taken.end(), false)));
  }
  for (const auto& [page, order] : held) runs.give(page, order);
  CHECK(runs.free_pages() == kPages);
  CHECK(runs.can_take(9));  // 1000 pages hold one run of 512
  CHECK(runs.runs_left(9) == 1);
}

TEST_CASE("fixed pool: a stale block and a second free are refused, and the pool is bounded") {
  std::vector<std::byte> memory(4 * 64);
  std::vector<std::uint32_t> tags(4);
  FixedPool pool(memory.data(), tags.data(), 64, 4);
  std::vector<PoolHandle> held;
  while (const auto block = pool.allocate()) held.push_back(*block);
  CHECK(held.size() == 4);
  CHECK(pool.allocate() == std::unexpected(Fault::exhausted));
  CHECK(pool.free(held[1]).has_value());
  CHECK(pool.free(held[1]) == std::unexpected(Fault::double_free));
  CHECK(pool.resolve(held[1]) == std::unexpected(Fault::stale_handle));
  const auto again = pool.allocate();
  REQUIRE(again.has_value());
  CHECK(pool.free(held[1]) == std::unexpected(Fault::stale_handle));
  CHECK(*pool.resolve(*again) == memory.data() + 64);
  CHECK(pool.resolve(PoolHandle{}) == std::unexpected(Fault::stale_handle));
  CHECK(pool.used() == 4);
  CHECK(pool.high_water() == 4);
}

TEST_CASE("budget: what does not fit is refused before anything is taken, and what fits adds up") {
  CHECK_FALSE(Budget::plan({.bytes = 1000}).has_value());
  CHECK_FALSE(Budget::plan({.bytes = 1 << 20, .blocks = 100}).has_value());
  CHECK_FALSE(Budget::plan({.bytes = 1 << 20, .regions_max = kRegionsMax + 1}).has_value());
  CHECK_FALSE(Budget::plan({.bytes = 1 << 20, .shares = {{.item_bytes = 65}}}).has_value());
  CHECK_FALSE(
      Budget::plan({.bytes = 1 << 20, .shares = {{.item_bytes = 64, .kept_bytes = 2 << 20}}}).has_value());
  for (const std::uint64_t bytes : {std::uint64_t{300'000}, std::uint64_t{1} << 20, std::uint64_t{1} << 30}) {
    const auto budget = Budget::plan({.bytes = bytes, .blocks = 1, .regions_max = 10});
    REQUIRE(budget.has_value());
    const std::uint64_t sum =
        budget->table_bytes + budget->block_bytes + std::uint64_t{budget->pages} * kPageBytes;
    CHECK(sum <= bytes);
    CHECK(sum + 4 * kPageBytes + bytes / 256 >= bytes);  // little is left over
    CHECK(budget->describe().find("level 2") != std::string::npos);
  }
}

}  // namespace
}  // namespace wn::memory
