#pragma once
// Rateless coded symbols: an endless sequence made of a set, of which about 1.16 to 1.4 symbols for each
// difference (fewer per difference the more there are; a few more below a hundred) tell a peer what its own
// set lacks and has besides. Nobody needs to know beforehand how much differs.
//
// Source: Yang, Gilad, Alizadeh, "Practical Rateless Set Reconciliation", SIGCOMM'24 (arXiv 2402.02668). A
// symbol holds the XOR of its items, the XOR of their keyed checks, and how many they are. The difference of
// the two sides' symbols is the symbol of the difference of the sets; one that holds a single item (its check
// is the item's) gives that item away, which is then taken out of all others ("peeling").
//
// Which symbols: all items are in symbol 0; in symbol i with probability b / (i + b). The paper's main code
// has b = 2 for all and needs 1.35 symbols for each of many differences; it also shows that several kinds of
// items do better. Here, found by simulation: three in ten have b = 1, one in ten b = 9, the others 2. Those
// with b = 1 have 2 below symbol 16 and for leaps of more than 32 times: a few items that are nowhere but in
// the same first symbols would block the end for long.
// Measured: sync_bench.
//
// The next index is drawn without roots or floating point. That none comes up to j has probability
// [(i+1) … (i+b)] / [(j+1) … (j+b)]: the first of b events with survivals (i+m)/(j+m), each of which one
// uniform number inverts; the least of them is found by multiplying across, so one division is enough.
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

constexpr std::uint32_t kind_of(std::uint64_t spread) {
  const std::uint64_t byte = (spread * 0xD6E8FEB86659FD93ULL) >> 56;
  return byte < 77 ? 1 : byte < 231 ? 2 : 9;
}

constexpr std::uint64_t random_at(std::uint64_t spread, std::uint32_t step) {  // SplitMix64
  std::uint64_t z = spread + 0x9E3779B97F4A7C15ULL * step;
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

// Event m after index i for a uniform u in [1, 2^32]: at ceil(top / u).
struct NextEvent {
  std::uint64_t top = 0;
  std::uint64_t u = 1;
  constexpr NextEvent(std::uint64_t i, std::uint64_t m, std::uint64_t random32)
      : top(((i + m) << 32) - m * (random32 + 1)), u(random32 + 1) {}
  constexpr bool before(const NextEvent& other) const {
    return static_cast<unsigned __int128>(top) * other.u < static_cast<unsigned __int128>(other.top) * u;
  }
};

inline constexpr std::uint64_t kDense = 16;

constexpr void advance(Place& place, std::uint64_t spread) {
  const std::uint64_t i = place.next;
  const std::uint32_t events = kind_of(spread);
  std::uint64_t random = random_at(spread, ++place.steps);
  NextEvent first(i, 1, random & 0xFFFFFFFFU);
  // Far: more than 32 times as far as here.
  if (events > 1 || i < kDense || (first.top >> 5) >= (i + 1) * first.u) {
    if (const NextEvent second(i, 2, random >> 32); second.before(first)) first = second;
  }
  for (std::uint32_t m = 3; m <= events; ++m) {
    random = m % 2 == 1 ? random_at(spread, ++place.steps) : random >> 32;
    if (const NextEvent event(i, m, random & 0xFFFFFFFFU); event.before(first)) first = event;
  }
  const std::uint64_t next = (first.top + first.u - 1) / first.u;
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
