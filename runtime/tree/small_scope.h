#pragma once
// For tests: everything there is at small scope. Worknodes are 0 .. n-1; a parent is a worknode, kTop (the
// root), kBin (the trash) or kNowhere (not created yet).
//
// A shape is an initial tree. A case is a shape and a sequence of moves in the order of their stamps. Ids
// enter the tree's code by their hash alone, so cases that differ by a renaming of worknodes are one: shapes
// are taken up to renaming, and the sequences of a shape up to the renamings that leave it as it is.
#include <algorithm>
#include <array>
#include <cstdint>
#include <numeric>
#include <vector>

namespace wn::tree::small {

inline constexpr std::uint8_t kTop = 10;
inline constexpr std::uint8_t kBin = 11;
inline constexpr std::uint8_t kNowhere = 12;
inline constexpr std::size_t kNodesMax = 4;

using Shape = std::array<std::uint8_t, kNodesMax>;     // parents; kNowhere beyond n
using Renaming = std::array<std::uint8_t, kNodesMax>;  // new name of each worknode
struct Move {
  std::uint8_t node = 0;
  std::uint8_t parent = 0;
  friend constexpr auto operator<=>(const Move&, const Move&) = default;
};
using Moves = std::vector<Move>;

inline std::uint8_t renamed(std::uint8_t parent, const Renaming& names) {
  return parent < kNodesMax ? names[parent] : parent;
}
inline Shape renamed(const Shape& shape, const Renaming& names, std::size_t n) {
  Shape out = shape;
  for (std::size_t i = 0; i < n; ++i) out[names[i]] = renamed(shape[i], names);
  return out;
}

inline std::vector<Renaming> renamings(std::size_t n) {
  std::vector<Renaming> all;
  Renaming names{};
  std::iota(names.begin(), names.end(), std::uint8_t{0});
  do {
    all.push_back(names);
  } while (std::next_permutation(names.begin(), names.begin() + static_cast<std::ptrdiff_t>(n)));
  return all;
}

inline bool has_cycle(const Shape& shape, std::size_t n) {
  for (std::size_t i = 0; i < n; ++i) {
    std::uint8_t at = static_cast<std::uint8_t>(i);
    for (std::size_t steps = 0; at < kNodesMax; ++steps) {
      if (steps > n) return true;
      at = shape[at];
    }
  }
  return false;
}

// All acyclic shapes of n worknodes with these tops; `labelled` counts them before the renamings.
inline std::vector<Shape> shapes(std::size_t n, const std::vector<std::uint8_t>& tops,
                                 std::size_t& labelled) {
  std::vector<std::uint8_t> parents = tops;
  for (std::uint8_t i = 0; i < n; ++i) parents.push_back(i);
  std::vector<Shape> out;
  labelled = 0;
  const auto names = renamings(n);
  std::vector<std::size_t> digit(n, 0);
  for (bool more = true; more;) {
    Shape shape;
    shape.fill(kNowhere);
    for (std::size_t i = 0; i < n; ++i) shape[i] = parents[digit[i]];
    if (!has_cycle(shape, n)) {
      ++labelled;
      const bool least = std::all_of(names.begin(), names.end(),
                                     [&](const Renaming& r) { return shape <= renamed(shape, r, n); });
      if (least) out.push_back(shape);
    }
    more = false;
    for (std::size_t i = 0; i < n && !more; ++i) {
      more = ++digit[i] < parents.size();
      if (!more) digit[i] = 0;
    }
  }
  return out;
}

// Calls visit(moves) for every sequence of `length` moves of worknodes 0 .. n-1 under each other (and, when
// `selves`, under themselves) and under the tops, up to the renamings that leave the shape as it is.
template <class Visit>
void for_each_sequence(const Shape& shape, std::size_t n, std::size_t length,
                       const std::vector<std::uint8_t>& tops, bool selves, Visit&& visit) {
  Moves alphabet;
  for (std::uint8_t node = 0; node < n; ++node) {
    for (std::uint8_t parent = 0; parent < n; ++parent) {
      if (selves || parent != node) alphabet.push_back({node, parent});
    }
    for (const std::uint8_t top : tops) alphabet.push_back({node, top});
  }
  std::vector<Renaming> same;
  for (const Renaming& names : renamings(n)) {
    if (renamed(shape, names, n) == shape) same.push_back(names);
  }
  Moves moves(length, alphabet.front());
  std::vector<std::size_t> digit(length, 0);
  const auto is_least = [&](const Renaming& names) {
    for (const Move& move : moves) {
      const Move image{names[move.node], renamed(move.parent, names)};
      if (image != move) return move < image;
    }
    return true;
  };
  for (bool more = true; more;) {
    for (std::size_t i = 0; i < length; ++i) moves[i] = alphabet[digit[i]];
    if (std::all_of(same.begin(), same.end(), is_least)) visit(moves);
    more = false;
    for (std::size_t i = 0; i < length && !more; ++i) {
      more = ++digit[i] < alphabet.size();
      if (!more) digit[i] = 0;
    }
  }
}

}  // namespace wn::tree::small
