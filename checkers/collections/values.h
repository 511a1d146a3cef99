#pragma once
// What went in and what came out, matched by value.
#include <cstdint>
#include <string>
#include <vector>

#include "checkers/collections/part.h"

namespace wn::checkers::collections {

// The life of one value, with times made as narrow as the value's own two operations allow: it goes in before
// it comes out, so `in` ends no later than `out` does and `out` begins no earlier than `in` does.
struct Life {
  std::uint32_t insert = kNone, take = kNone;  // operations of the part
  std::uint32_t in_from = 0, in_to = 0;        // ranks
  std::uint32_t out_from = 0, out_to = 0;      // kForever: never taken out by an operation that says so
  std::int64_t priority = 0;
  bool taken() const { return take != kNone; }
};

struct Matching {
  std::vector<Life> lives;
  std::vector<std::uint32_t> empties;        // operations that found the object empty
  std::vector<std::uint32_t> pending_takes;  // by invocation
  std::uint32_t stayers = 0;                 // lives that no ok operation ended
  bool unique = true;                        // no value went in twice
  Finding violation;                         // of one value by itself; kind pass: none
};

// Values that only a pending insert speaks of are left out: taking such a value out of an order of
// operations, with a pending take that may have got it, leaves an order that the object allows.
Matching match(const History& history, const Part& part);

// Why no value can be absent at any gap from `from` to before `to`: the lives that together cover them all
// (of priorities below `below`), as a violation with `op` in it; `why` says what the operation needs.
Finding crowded(const History& history, const Part& part, const Matching& m, std::uint32_t op,
                std::uint32_t from, std::uint32_t to, std::int64_t below, std::string signature,
                std::string why);

// The stayers that must be out by some gap, and the pending takes that can have got them: `due` are gaps by
// life (kForever: none). Gives the earliest pending takes to the earliest gaps; a stayer that got one has
// out_from set. False: there are not enough, whatever is chosen.
bool hand_out(const Part& part, Matching& m, const std::vector<std::uint32_t>& due);

// Smallest value over keys from some key on; keys below `size`.
class SuffixMin {
 public:
  explicit SuffixMin(std::uint32_t size) : least_(size + 1, kForever) {}
  void put(std::uint32_t key, std::uint32_t value) {
    for (std::size_t i = least_.size() - 1 - key; i < least_.size(); i += i & (~i + 1))
      least_[i] = value < least_[i] ? value : least_[i];
  }
  std::uint32_t from(std::uint32_t key) const {  // over keys >= key
    std::uint32_t best = kForever;
    if (key + 1 >= least_.size()) return best;
    for (std::size_t i = least_.size() - 1 - key; i > 0; i &= i - 1)
      best = least_[i] < best ? least_[i] : best;
    return best;
  }

 private:
  std::vector<std::uint32_t> least_;
};

}  // namespace wn::checkers::collections
