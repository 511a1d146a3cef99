#pragma once
// Random numbers for protocols (election jitter, retry jitter). Keyed under simulation; from the operating
// system on real machines.
#include <cstdint>

#include "runtime/base/random.h"

namespace wn {

class Entropy {
 public:
  virtual ~Entropy() = default;
  // `count` is the caller's own running number of draws for this purpose.
  virtual Draw draw(Purpose purpose, std::uint64_t count) = 0;
};

}  // namespace wn
