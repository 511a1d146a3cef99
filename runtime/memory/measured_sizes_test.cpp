// The default size classes against what documents and trees really ask for. `memory_test "*measured*" -s`
// prints the histogram's own choice, which class_table.cpp was taken from.
#include <catch2/catch_test_macros.hpp>

#include "runtime/memory/resource.h"
#include "runtime/memory/testing/realm_sizes.h"

namespace wn::memory {
namespace {

TEST_CASE("classes: the default ones waste at most an eighth on the measured worknodes") {
  RecordingResource recorder(std::pmr::new_delete_resource());
  const testing::SampleRealm realm(3000, &recorder);
  SizeHistogram histogram = recorder.histogram();
  CHECK(histogram.items() > realm.worknodes());
  CHECK(waste_permille(default_classes(), histogram) <= 125);
  // One item of each rung in the background, so that sizes nobody has measured do not fall far.
  for (std::uint32_t rung = 64; rung <= kClassBytesMax / 2; rung *= 2) {
    histogram.record(rung);
    if (rung * 2 <= kClassBytesMax / 4) histogram.record(std::size_t{rung} * 3 / 2);
  }
  const auto choice = choose_classes(histogram, {.waste_permille_max = 30, .classes_max = 34});
  REQUIRE(choice.has_value());
  std::string sizes;
  for (ClassIndex c = 0; c < choice->classes.count(); ++c) {
    sizes += std::to_string(choice->classes.shape(c).item_bytes) + ", ";
  }
  std::string counts;
  for (std::uint32_t b = 0; b < SizeHistogram::kBuckets; ++b) {
    if (histogram.count_at(b) > 1) {
      counts +=
          std::to_string(SizeHistogram::bucket_bytes(b)) + ":" + std::to_string(histogram.count_at(b)) + " ";
    }
  }
  INFO("measured classes: " << sizes << "\nwaste per mille " << choice->waste_permille
                            << "\nitems by size: " << counts);
  CHECK(choice->waste_permille <= 125);
}

TEST_CASE("memory: a whole realm lives in slabs and gives everything back") {
  Memory memory(*Budget::plan({.bytes = 32 << 20}), std::pmr::new_delete_resource());
  SlabResource slabs(memory);
  {
    const testing::SampleRealm realm(1000, &slabs);
    CHECK(memory.bytes_held() > 1000 * 100);
    memory.check_now();
  }
  for (ClassIndex c = 0; c < memory.classes().count(); ++c) CHECK(memory.use_of(c).used == 0);
  memory.check_now();
}

}  // namespace
}  // namespace wn::memory
