#pragma once
// Which way to reconcile should cost least, in bytes, by what has been measured so far. Integers only.
//
// Thread rule: pure functions.
#include <cstdint>

namespace wn::sync {

enum class Method : std::uint8_t {
  none,     // the report was enough
  symbols,  // coded symbols: cheapest per difference wherever differences are spread
  ranges,   // for differences that lie together: what is equal is passed over in a few questions
  whole,    // the peer's items are listed: it has few, or nearly all of them are new
};

// What the asker knows.
struct Measured {
  std::uint64_t theirs = 0;         // items of the peer
  std::uint64_t guess = 0;          // of the difference, by the samples
  std::uint64_t parts = 0;          // ranges compared in the last round
  std::uint64_t parts_differ = 0;   // of them
  std::uint64_t open = 0;           // ranges that differ, in all
  std::uint64_t differ_theirs = 0;  // items of the peer in those
  std::uint64_t differ_ours = 0;    // and ours
};

// Bytes still to come.
std::uint64_t cost_of_symbols(std::uint64_t difference);
std::uint64_t cost_of_whole(const Measured& m);
// If the difference is spread evenly over the ranges that are open.
std::uint64_t cost_of_ranges(const Measured& m);

Method choose(const Measured& m);

}  // namespace wn::sync
