#pragma once
// Rateless coded symbols: an endless sequence made of a set, such that about 1.35 to 1.4 symbols for each
// difference, and in any case no more than a few times that, tell a peer what its own set lacks and has
// besides. Nobody needs to know beforehand how much differs.
//
// Source: Yang, Gilad, Alizadeh, "Practical Rateless Set Reconciliation", SIGCOMM'24 (arXiv 2402.02668),
// section 4: item x is in symbol i with probability 1 / (1 + i/2), all in symbol 0. A symbol holds the XOR of
// its items, the XOR of their keyed checks, and how many they are. The difference of the two sides' symbols
// is the symbol of the difference of the sets; one that holds a single item (its check is the item's) gives
// that item away, which is then taken out of all others ("peeling").
//
// The next index is drawn here without roots or floating point. No further symbol up to j has probability
// (i+1)(i+2) / ((j+1)(j+2)) = [(i+1)/(j+1)] [(i+2)/(j+2)]: the first of two events with those survivals, each
// inverted by one division.
//
// Thread rule: values.
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/sync/view.h"

namespace wn::sync {

struct Symbol {
  ItemId sum;
  std::uint64_t check = 0;
  std::int64_t count = 0;

  friend constexpr bool operator==(const Symbol&, const Symbol&) = default;
  constexpr bool zero() const { return *this == Symbol{}; }
  constexpr void add(const ItemId& item, std::uint64_t item_check, std::int64_t times) {
    sum ^= item;
    check ^= item_check;
    count += times;
  }
  constexpr void subtract(const Symbol& other) {
    sum ^= other.sum;
    check ^= other.check;
    count -= other.count;
  }
};

// An item's way through the symbols.
struct Place {
  std::uint32_t next = 0;  // the symbol it goes into next
  std::uint32_t steps = 0;
};
inline constexpr std::uint32_t kSymbolIndexMax = 1U << 30;

constexpr void advance(Place& place, std::uint64_t spread) {
  // SplitMix64 at `steps`.
  std::uint64_t z = spread + 0x9E3779B97F4A7C15ULL * (++place.steps);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  z ^= z >> 31;
  const std::uint64_t i = place.next;
  const std::uint64_t u = (z & 0xFFFFFFFFU) + 1, v = (z >> 32) + 1;
  const std::uint64_t one = (((i + 1) << 32) + u - 1) / u - 1;
  const std::uint64_t two = (((i + 2) << 32) + v - 1) / v - 2;
  const std::uint64_t next = one < two ? one : two;
  place.next = static_cast<std::uint32_t>(next <= i                ? i + 1
                                          : next < kSymbolIndexMax ? next
                                                                   : kSymbolIndexMax);
}

// Makes the symbols of a view, in order, on demand. The items are gone through once for each stretch that is
// asked for, in slices: cheaper than a heap over their next symbols, whose every step is a cache miss.
class Encoder {
 public:
  // `keyed` must outlive this. REQUIRES keyed.ready() when extend() is called.
  Encoder(const KeyedView& keyed, std::pmr::memory_resource* memory);

  // The symbols made so far.
  std::span<const Symbol> symbols() const { return {symbols_.data(), made_}; }
  // Works towards having `to` symbols. Returns the work done, about one for each item looked at and each put
  // into a symbol; no more than `work` and one item's.
  std::size_t extend(std::uint32_t to, std::size_t work);

 private:
  const KeyedView* keyed_;
  std::pmr::vector<Place> places_;
  std::pmr::vector<Symbol> symbols_;
  std::size_t made_ = 0;    // complete
  std::size_t target_ = 0;  // of the stretch in work
  std::size_t at_ = 0;      // the item in work
};

struct DecoderOptions {
  std::uint32_t symbols_max = 1U << 20;
  // A planted bug for tests: a symbol that counts one item is believed though its check is not the item's.
  bool symbols_unchecked = false;
};

// Takes a peer's symbols beside our own and finds the difference. Work is bounded by what was received: no
// more items come out than symbols went in, each is taken out of a logarithmic number of symbols, and what a
// set cannot have made is refused: an item twice, one of ours that we do not have, one of theirs that we
// have.
class Decoder {
 public:
  Decoder(const DecoderOptions& options, const KeyedView& ours, std::pmr::memory_resource* memory);

  // The next symbol of the peer's and our own of the same number. too_large: symbols_max is reached.
  Errc add(const Symbol& theirs, const Symbol& ours);
  // Peels on. Returns the work done, one for each symbol touched; at most about `work`.
  std::size_t peel(std::size_t work);
  // All that differs has been found (peel() has nothing left, and symbol 0 is empty).
  bool done() const;
  bool idle() const { return queue_.empty() || refusal_ != Errc::ok; }
  // corrupt: the peer's symbols are those of no set; nothing found is to be believed.
  Errc refusal() const { return refusal_; }

  std::uint32_t symbols() const { return static_cast<std::uint32_t>(cells_.size()); }
  // What only the peer has, and which of ours (by place in the view) it lacks. In the order found.
  std::span<const ItemId> missing() const { return missing_; }
  std::span<const std::uint32_t> surplus() const { return surplus_; }

 private:
  struct Found {
    ItemId item;
    ItemHash hash;
    Place place;
    std::int64_t times = 0;
  };
  bool lone(const Symbol& cell) const { return cell.count == 1 || cell.count == -1; }
  std::size_t take(const Symbol& cell);
  bool admit(const Found& found);

  DecoderOptions options_;
  const KeyedView* ours_;
  std::pmr::vector<Symbol> cells_;
  std::pmr::vector<Found> found_;
  std::pmr::vector<std::uint32_t> later_;  // a heap over found_, the one with the next symbol first
  std::pmr::vector<std::uint32_t> queue_;  // cells that may hold a lone item
  std::pmr::vector<ItemId> missing_;
  std::pmr::vector<std::uint32_t> surplus_;
  Errc refusal_ = Errc::ok;
};

}  // namespace wn::sync
