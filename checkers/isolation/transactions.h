#pragma once
// Transactions: the history as list-append transactions with the order of versions of each key, recovered
// from reads of whole lists; and what is wrong without looking at any cycle.
#include <cstdint>
#include <map>
#include <optional>
#include <string>
#include <vector>

#include "checkers/history/history.h"

namespace wn::checkers {

inline constexpr std::uint32_t kNoTxn = 0xFFFFFFFF;

struct Read {
  Atom key;
  std::vector<Atom> before;  // what the transaction found, its own appends taken off
};

struct Txn {
  std::uint64_t operation = 0;
  std::uint64_t begin = 0, end = kNever;
  bool ok = false;                             // else info
  std::vector<Read> reads;                     // first external read of each key; ok only
  std::vector<std::pair<Atom, Atom>> appends;  // key, element
};

struct Version {
  Atom element;
  std::uint32_t writer = kNoTxn;
};

struct KeyOrder {
  bool usable = true;             // false: something else writes it, or elements repeat
  std::vector<Version> versions;  // as in the longest read
  std::map<Atom, std::pair<std::uint32_t, bool>>
      writers;                            // element -> transaction, last of its own on the key
  std::map<Atom, std::uint64_t> refused;  // element -> failed operation
};

struct Flaw {
  std::string name;
  std::string explanation;
  std::vector<std::uint64_t> operations;
};

struct Transactions {
  std::vector<Txn> txns;
  std::map<Atom, KeyOrder> keys;
  std::optional<Flaw> anomaly;  // found on the way
};

Transactions read_transactions(const History& history);

}  // namespace wn::checkers
