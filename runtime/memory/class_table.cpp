// The default classes: what choose_classes() gives for the histogram below.
#include "runtime/base/check.h"
#include "runtime/memory/size_classes.h"

namespace wn::memory {

SizeClasses default_classes() {
  static constexpr std::uint32_t kBytes[] = {64,    80,    96,    112,   128,    160,    192,    208,
                                             256,   320,   384,   448,   512,    640,    768,    1024,
                                             1280,  1536,  2048,  3072,  4096,   6144,   8192,   12288,
                                             16384, 32768, 65536, 98304, 131072, 262144, 524288, 1048576};
  auto made = SizeClasses::make(kBytes);
  WN_CHECK(made.has_value());
  return *made;
}

}  // namespace wn::memory
