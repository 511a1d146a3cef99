#pragma once
// Corpus: plans that did something new, and what is known so far. Private to this room.
//
// A trial whose run shows a behaviour for the first time is kept, with the moments of what was new. Which one
// is mutated next is drawn by a power schedule: how much it brought, for the work that it costs, less for
// each time that it was taken and brought nothing. Above kCorpusMax the one with the least such weight goes.
#include <vector>

#include "runtime/base/random.h"
#include "scenarios/explore/mutate.h"
#include "scenarios/explore/strategy.h"

namespace wn::explore {

inline constexpr std::size_t kMomentsMax = 32;

class Corpus {
 public:
  explicit Corpus(const scenarios::Scenario& scenario) : scenario_(scenario) {}
  // How many behaviours were new. `trial.mark` is the parent's number, 0: none.
  std::uint64_t learn(const Trial& trial, const Feedback& feedback);
  bool empty() const { return entries_.empty(); }
  std::uint64_t known() const { return known_.size(); }
  // A mutant of one of them. REQUIRES !empty().
  Trial mutant(std::uint64_t seed) const;

 private:
  struct Entry {
    std::uint64_t number = 0;
    Trial trial;  // `given`
    std::vector<Moment> moments;
    std::uint64_t brought = 0;
    std::uint64_t work = 1;
    std::uint64_t taken = 0;
  };
  std::uint64_t weight(const Entry& entry) const;
  const Entry& pick(std::uint64_t at) const;
  void keep(const Trial& trial, const Feedback& feedback, std::vector<Behaviour> fresh);

  const scenarios::Scenario& scenario_;
  std::vector<std::uint32_t> known_;  // ascending
  std::vector<Entry> entries_;        // ascending by number
  std::uint64_t numbers_ = 0;
  std::uint64_t runs_ = 0;
  std::uint64_t work_ = 0;
};

}  // namespace wn::explore
