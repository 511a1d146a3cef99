#pragma once
// Visited: a set of 128-bit hashes in one open-addressing table, at most 7/10 full; a hash is never taken
// out. Memory is 16 bytes a slot, and while it grows that of both tables.
#include <cstdint>
#include <vector>

#include "scenarios/exhaustive/search.h"

namespace wn::exhaustive {

class Visited {
 public:
  Visited() : slots_(std::size_t{1} << 16) {}
  void prefetch(const Hash128& hash) const { __builtin_prefetch(&slots_[place(hash)], 1); }
  // True when it was not there.
  bool insert(const Hash128& hash) {
    if (10 * (count_ + 1) > 7 * slots_.size()) grow();
    return put(hash);
  }
  std::uint64_t size() const { return count_; }
  std::uint64_t bytes() const { return slots_.size() * sizeof(Hash128); }
  // What the next insertion may need at most.
  std::uint64_t bytes_when_grown() const { return 3 * bytes(); }
  bool is_full() const { return 10 * (count_ + 1) > 7 * slots_.size(); }

 private:
  std::size_t place(const Hash128& hash) const { return hash.low & (slots_.size() - 1); }
  bool put(const Hash128& hash) {
    const std::size_t mask = slots_.size() - 1;
    for (std::size_t at = place(hash);; at = (at + 1) & mask) {
      Hash128& slot = slots_[at];
      if (slot == hash) return false;
      if (slot.low != 0 || slot.high != 0) continue;
      slot = hash;
      ++count_;
      return true;
    }
  }
  void grow() {
    std::vector<Hash128> old(slots_.size() * 2);
    old.swap(slots_);
    count_ = 0;
    for (const Hash128& hash : old) {
      if (hash.low != 0 || hash.high != 0) put(hash);
    }
  }

  std::vector<Hash128> slots_;
  std::uint64_t count_ = 0;
};

}  // namespace wn::exhaustive
