#pragma once
// True time of a real run: the machine's CLOCK_MONOTONIC minus the run's epoch. Every process of a run on one
// machine reads the same clock, so events of several processes can be put in order.
#include <ctime>
#include <optional>

#include "runtime/base/time.h"

namespace wn::cluster {

inline std::int64_t monotonic_ns() {
  timespec now{};
  ::clock_gettime(CLOCK_MONOTONIC, &now);
  return std::int64_t{now.tv_sec} * 1'000'000'000 + now.tv_nsec;
}

class TrueClock {
 public:
  explicit TrueClock(std::int64_t epoch_ns) : epoch_ns_(epoch_ns) {}
  SimTime now() const { return held_ ? *held_ : SimTime{monotonic_ns() - epoch_ns_}; }
  // A handler is done at one moment, as in the simulator: from hold() to release() now() is the same.
  void hold() { held_ = SimTime{monotonic_ns() - epoch_ns_}; }
  void release() { held_.reset(); }
  std::int64_t epoch_ns() const { return epoch_ns_; }

 private:
  std::int64_t epoch_ns_;
  std::optional<SimTime> held_;
};

}  // namespace wn::cluster
