#pragma once
// WriteFate: what a power loss does to one write that was never synced: nothing of it, all of it, its first
// sectors, or any of them (Pillai et al., OSDI'14, section 3). The simulated disk and the hurt real one draw
// it in the same way from the same keys, so that one plan tears the same sectors on both.
#include <cstdint>

#include "runtime/base/random.h"

namespace wn {

class WriteFate {
 public:
  // `change` numbers the write among the file's unsynced ones and [first, last) are the sectors that it
  // touches; a forsaken one (its sync failed) is mostly lost.
  WriteFate(const Random& random, std::uint32_t change, std::uint64_t first, std::uint64_t last,
            bool forsaken)
      : random_(random), change_(change) {
    Draw draw = random.at("disk.power", 0, change);
    if (forsaken && draw.below(4) != 0) return;
    const std::uint64_t sectors = last - first;
    switch (draw.below(sectors > 1 ? 4 : 2)) {
      case 0:
        break;
      case 1:
        kind_ = Kind::kept;
        break;
      case 2:
        kind_ = Kind::prefix;
        prefix_end_ = first + 1 + draw.below(sectors - 1);
        break;
      default:
        kind_ = Kind::scattered;
    }
  }
  bool lost() const { return kind_ == Kind::lost; }
  bool kept() const { return kind_ == Kind::kept; }
  bool survives(std::uint64_t sector) const {
    return kind_ == Kind::kept || (kind_ == Kind::prefix && sector < prefix_end_) ||
           (kind_ == Kind::scattered && (random_.at("disk.torn", change_, sector).u64() & 1) != 0);
  }

 private:
  enum class Kind : std::uint8_t { lost, kept, prefix, scattered };
  const Random& random_;
  std::uint32_t change_;
  Kind kind_ = Kind::lost;
  std::uint64_t prefix_end_ = 0;
};

}  // namespace wn
