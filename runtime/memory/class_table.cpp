// The default classes: what choose_classes() gave, with 34 classes, for the live items of 3,000 worknodes
// (testing/realm_sizes.h: the real tree and documents) and one item of each rung from 64 B to 512 KiB. Of
// what it hands out for those it wastes 52 per mille, most of it on values below 64 B, the least class.
// measured_sizes_test.cpp takes the histogram again and checks the waste.
#include "runtime/base/check.h"
#include "runtime/memory/size_classes.h"

namespace wn::memory {

SizeClasses default_classes() {
  static constexpr std::uint32_t kBytes[] = {
      64,    80,    128,   176,   224,    288,    352,    400,    704,    1040,   1408,  1792,
      2240,  2656,  3008,  3280,  3632,   4096,   6144,   8192,   12288,  16384,  24576, 32768,
      49152, 57344, 65536, 98304, 131072, 196608, 240640, 262144, 524288, 1048576};
  auto made = SizeClasses::make(kBytes);
  WN_CHECK(made.has_value());
  return *made;
}

}  // namespace wn::memory
