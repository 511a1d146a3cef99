#pragma once
// Cover: of each kind of state, the largest sets of marks seen. A state whose marks are among those of an
// earlier one of its kind can do nothing that the earlier one cannot. Sets are compared by a signature of 64
// bits first (a mark sets the bit of its number modulo 64), then mark by mark. Memory: the marks of all that
// was ever kept, 24 bytes a set of now, 40 a kind.
#include "scenarios/exhaustive/chunks.h"
#include "scenarios/exhaustive/search.h"

namespace wn::exhaustive {

class Cover {
 public:
  Cover() : slots_(std::size_t{1} << 12) {}

  // False when an earlier one covers it; else it is kept, and those that it covers are forgotten.
  bool insert(const Kind& kind) {
    std::vector<Set>& largest = sets_of(kind.key);
    const std::uint64_t signature = signature_of(kind.marks);
    for (const Set& set : largest) {
      if ((signature & ~set.signature) == 0 && includes(marks_of(set), kind.marks)) return false;
    }
    kept_ -= largest.size();
    std::erase_if(largest, [&](const Set& set) {
      return (set.signature & ~signature) == 0 && includes(kind.marks, marks_of(set));
    });
    largest.push_back({signature, pool_.append(kind.marks), static_cast<std::uint32_t>(kind.marks.size())});
    kept_ += largest.size();
    return true;
  }
  // Whether it is still one of the largest. REQUIRES that it was inserted.
  bool is_largest(const Kind& kind) {
    const std::uint64_t signature = signature_of(kind.marks);
    return std::ranges::any_of(sets_of(kind.key), [&](const Set& set) {
      return set.signature == signature && std::ranges::equal(marks_of(set), kind.marks);
    });
  }
  std::uint64_t kinds() const { return kinds_.size(); }
  std::uint64_t bytes() const {
    return pool_.bytes() + kept_ * sizeof(Set) * 3 / 2 + kinds_.capacity() * sizeof(kinds_[0]) +
           slots_.capacity() * sizeof(Slot);
  }

 private:
  struct Set {
    std::uint64_t signature = 0;
    std::uint64_t where = 0;
    std::uint32_t count = 0;
  };
  struct Slot {
    Hash128 key;
    std::uint32_t kind = kNone;
  };
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  using Marks = std::span<const std::uint32_t>;

  static std::uint64_t signature_of(Marks marks) {
    std::uint64_t out = 0;
    for (const std::uint32_t mark : marks) out |= std::uint64_t{1} << mark % 64;
    return out;
  }
  static bool includes(Marks all, Marks some) {
    return some.size() <= all.size() && std::ranges::includes(all, some);
  }
  Marks marks_of(const Set& set) const { return pool_.at(set.where, set.count); }

  std::size_t place(const Hash128& key) const {
    std::size_t at = key.low & (slots_.size() - 1);
    while (slots_[at].kind != kNone && slots_[at].key != key) at = (at + 1) & (slots_.size() - 1);
    return at;
  }
  std::vector<Set>& sets_of(const Hash128& key) {
    std::size_t at = place(key);
    if (slots_[at].kind != kNone) return kinds_[slots_[at].kind];
    if (2 * (kinds_.size() + 1) > slots_.size()) {
      std::vector<Slot> old(slots_.size() * 2);
      old.swap(slots_);
      for (const Slot& slot : old) {
        if (slot.kind != kNone) slots_[place(slot.key)] = slot;
      }
      at = place(key);
    }
    slots_[at] = {key, static_cast<std::uint32_t>(kinds_.size())};
    return kinds_.emplace_back();
  }

  std::vector<Slot> slots_;
  std::vector<std::vector<Set>> kinds_;
  Chunks<std::uint32_t> pool_;
  std::uint64_t kept_ = 0;
};

}  // namespace wn::exhaustive
