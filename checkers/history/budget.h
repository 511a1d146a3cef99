#pragma once
// Budget: what a checker may spend before it says `unknown`.
#include <cstdint>
#include <functional>

namespace wn::checkers {

struct Budget {
  std::uint64_t steps = 50'000'000;  // of a search, all keys together
  std::uint64_t bytes = 1ULL << 30;  // memory of a search
  // Asked now and then (every few thousand steps); true: time is up. A checker has no clock of its own, so
  // verdicts on one history are the same everywhere unless the caller brings one. Called from the checker's
  // own threads, perhaps from several at once.
  std::function<bool()> stop = {};
  bool stopped() const { return stop && stop(); }
};

}  // namespace wn::checkers
