#pragma once
// Configurations of the frontier search and sets of them of which none is better than another.
//
// A configuration is the object's value and two marks for each open operation (a slot). Fewer marks are
// better in every respect: whatever can follow a configuration can follow one with the same value and a
// subset of its marks.
//                  first mark                    second mark
//   observer       not yet satisfied             -
//   write          used up                       it still has to be accounted for at its return
//   cas            has taken effect              has not (so that only equal ones compare)
//   info           used up                       -
#include <array>
#include <bit>
#include <cstdint>
#include <vector>

namespace wn::checkers::frontier {

template <std::size_t kWords>
struct Marks {
  std::array<std::uint64_t, kWords> word{};

  bool test(std::uint32_t i) const { return (word[i >> 6] >> (i & 63) & 1) != 0; }
  void set(std::uint32_t i) { word[i >> 6] |= 1ULL << (i & 63); }
  void clear(std::uint32_t i) { word[i >> 6] &= ~(1ULL << (i & 63)); }
  void add(const Marks& m) {
    for (std::size_t w = 0; w < kWords; ++w) word[w] |= m.word[w];
  }
  void remove(const Marks& m) {
    for (std::size_t w = 0; w < kWords; ++w) word[w] &= ~m.word[w];
  }
  void meet(const Marks& m) {
    for (std::size_t w = 0; w < kWords; ++w) word[w] &= m.word[w];
  }
  bool meets(const Marks& m) const {
    std::uint64_t any = 0;
    for (std::size_t w = 0; w < kWords; ++w) any |= word[w] & m.word[w];
    return any != 0;
  }
  bool within(const Marks& m) const {
    std::uint64_t beyond = 0;
    for (std::size_t w = 0; w < kWords; ++w) beyond |= word[w] & ~m.word[w];
    return beyond == 0;
  }
  std::uint32_t count() const {
    int n = 0;
    for (const std::uint64_t w : word) n += std::popcount(w);
    return static_cast<std::uint32_t>(n);
  }
  friend bool operator==(const Marks&, const Marks&) = default;
};

template <std::size_t kWords>
struct Configuration {
  Marks<kWords> first, second;
  std::uint32_t value = 0;

  bool better_or_equal(const Configuration& c) const {
    return value == c.value && first.within(c.first) && second.within(c.second);
  }
};

// A set of configurations none of which is better than or equal to another. Those that can compare at all
// (same value, same cas done) hang on one list of a hash table.
template <std::size_t kWords>
class Antichain {
 public:
  using Item = Configuration<kWords>;

  Antichain() : heads_(64) {}

  void restart(const Marks<kWords>& exact) {
    exact_ = exact;
    items_.clear();
    next_.clear();
    alive_ = 0;
    lists_ = 0;
    ++epoch_;
  }
  // False when something as good is there.
  bool insert(const Item& c) {
    Head& head = find(c);
    if (head.epoch == epoch_) {
      std::uint32_t* link = &head.first;
      while (*link != kEnd) {
        const std::uint32_t i = *link;
        ++compared_;
        if (items_[i].better_or_equal(c)) return false;
        if (c.better_or_equal(items_[i])) {
          *link = next_[i];
          next_[i] = kGone;
          --alive_;
        } else {
          link = &next_[i];
        }
      }
    } else {
      head = {.epoch = epoch_, .first = kEnd, .key = key(c)};
      ++lists_;
    }
    next_.push_back(head.first);
    head.first = static_cast<std::uint32_t>(items_.size());
    items_.push_back(c);
    ++alive_;
    if (lists_ * 2 > heads_.size()) grow();
    return true;
  }
  bool covers(const Item& c) {
    const Head& head = find(c);
    if (head.epoch != epoch_) return false;
    for (std::uint32_t i = head.first; i != kEnd; i = next_[i]) {
      ++compared_;
      if (items_[i].better_or_equal(c)) return true;
    }
    return false;
  }

  // By index, those that better ones replaced included.
  std::size_t size() const { return items_.size(); }
  bool replaced(std::size_t i) const { return next_[i] == kGone; }
  const Item& operator[](std::size_t i) const { return items_[i]; }
  std::size_t alive() const { return alive_; }
  std::uint64_t compared() const { return compared_; }
  std::uint64_t bytes() const {
    return items_.capacity() * (sizeof(Item) + 4) + heads_.capacity() * sizeof(Head);
  }

 private:
  static constexpr std::uint32_t kEnd = 0xFFFFFFFF;
  static constexpr std::uint32_t kGone = 0xFFFFFFFE;
  struct Head {
    std::uint64_t epoch = 0;
    std::uint32_t first = kEnd;
    Item key = {};
  };
  Item key(const Item& c) const {
    Item k;
    k.value = c.value;
    for (std::size_t w = 0; w < kWords; ++w) k.first.word[w] = c.first.word[w] & exact_.word[w];
    return k;
  }
  Head& find(const Item& c) {
    std::uint64_t h = (c.value + 1) * 0x9E3779B97F4A7C15ULL;
    for (std::size_t w = 0; w < kWords; ++w) {
      h = (h ^ (h >> 29) ^ (c.first.word[w] & exact_.word[w])) * 0xBF58476D1CE4E5B9ULL;
    }
    h ^= h >> 31;
    const std::uint64_t mask = heads_.size() - 1;
    for (std::uint64_t slot = h & mask;; slot = (slot + 1) & mask) {
      Head& head = heads_[slot];
      if (head.epoch != epoch_) return head;
      bool same = head.key.value == c.value;
      for (std::size_t w = 0; w < kWords; ++w) {
        same &= head.key.first.word[w] == (c.first.word[w] & exact_.word[w]);
      }
      if (same) return head;
    }
  }
  void grow() {
    std::vector<Head> old(heads_.size() * 2);
    old.swap(heads_);
    for (const Head& head : old) {
      if (head.epoch == epoch_) find(head.key) = head;
    }
  }

  Marks<kWords> exact_;
  std::vector<Item> items_;
  std::vector<std::uint32_t> next_;
  std::vector<Head> heads_;
  std::uint64_t epoch_ = 1, alive_ = 0, lists_ = 0, compared_ = 0;
};

}  // namespace wn::checkers::frontier
