#pragma once
// What values of a realm's properties are made of, as numbers.
#include <cstdint>
#include <utility>
#include <vector>

#include "checkers/history/interner.h"
#include "checkers/history/key_name.h"

namespace wn::checkers {

// (element, 0), or (key of the map, element); of a register the value, of a counter the sum or amount.
using NumberPair = std::pair<std::int64_t, std::int64_t>;

// The numbers in a number or a list; other things in it are left out.
std::vector<std::int64_t> numbers_of(const Interner& atoms, Atom atom);
// In the order of the value.
std::vector<NumberPair> pairs_of(const Interner& atoms, Shape shape, Atom atom);

}  // namespace wn::checkers
