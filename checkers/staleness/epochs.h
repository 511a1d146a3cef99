#pragma once
// Epochs: is a register 1- or 2-atomic? After LBT of Golab, Hurwitz, Li (ICDCS 2013), in own words. Private.
//
// The order is made from its end. Some write w is the last; whatever begins after first_end(w) (w and its
// reads have one by then that is over) must come behind it: so no other write may, and reads that do show w
// or the one write that comes right before w. That one is then forced, and what must come behind it, and so
// on, until nothing is: an epoch. Its writes are gone with all their reads and nothing else, so what is left
// is 2-atomic if the whole was: an epoch that works is never taken back, only the choice of its last write.
// That one was open when the last write began: at most c choices. They are tried side by side with limits
// that double, so that a long way into a dead end costs no more than the way out. For k = 1 no write is
// forced: a foreign read is a dead end.
#include <cstdint>
#include <vector>

#include "checkers/history/budget.h"
#include "checkers/staleness/registers.h"

namespace wn::checkers::staleness {

// Tests leave a rule out and see that it is missed.
struct EpochRules {
  bool later_writes = true;   // no write begins after w must have taken effect
  bool later_reads = true;    // reads that begin after it come behind it
  bool readers_count = true;  // w has taken effect when a read of it is over (else: when it is over itself)
  bool try_all = true;        // every choice of the last write
};

class Epochs {
 public:
  Epochs(const Register& reg, std::uint32_t k, const EpochRules& rules);

  enum class Answer : std::uint8_t { yes, no, stopped };
  Answer run(const Budget& budget);
  std::uint64_t steps() const { return steps_; }
  // When `no`: operations of the last dead end.
  const std::vector<std::uint64_t>& witness() const { return witness_; }

 private:
  enum class Trial : std::uint8_t { works, dead, longer };
  Trial attempt(std::uint32_t last, std::uint64_t limit);
  std::uint64_t effect(std::uint32_t write) const;
  bool gone(std::uint32_t mark) const { return mark == kGone || mark == trial_; }
  void dead_end(std::uint32_t write, const std::vector<std::uint64_t>& others);

  static constexpr std::uint32_t kGone = ~std::uint32_t{0};

  const Register& reg_;
  std::uint32_t k_;
  EpochRules rules_;
  std::vector<std::uint32_t> first_read_, reads_of_;  // reads of each write
  std::vector<std::uint32_t> by_effect_;              // writes, ascending
  std::vector<std::uint32_t> write_mark_, read_mark_;
  std::vector<std::uint32_t> taken_writes_, taken_reads_;  // of the trial
  std::uint32_t trial_ = 0;
  std::size_t top_write_ = 0, top_read_ = 0, top_effect_ = 0;  // all above are gone
  std::uint64_t steps_ = 0;
  std::vector<std::uint64_t> witness_;
};

}  // namespace wn::checkers::staleness
