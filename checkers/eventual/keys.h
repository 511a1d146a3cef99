#pragma once
// The history of a realm, sorted by property. Private to this room.
#include <cstdint>
#include <map>
#include <string_view>
#include <utility>
#include <vector>

#include "checkers/eventual/eventual.h"
#include "checkers/history/key_name.h"
#include "checkers/history/values.h"

namespace wn::checkers {

using Element = NumberPair;

struct EventualWrite {
  std::uint64_t operation = 0;
  std::uint32_t replica = 0;
  Function function{};
  Outcome outcome{};
  Element element;  // or first: the amount, the value
  std::uint64_t invoked = 0, completed = kNever;
};
struct EventualRead {
  std::uint64_t operation = 0;
  std::uint32_t replica = 0;
  bool settled = false;
  std::vector<Element> seen;    // in the order shown
  std::vector<Element> sorted;  // the same, ascending
  std::uint64_t invoked = 0, completed = kNever;
  bool holds(const Element& e) const;
};
struct EventualKey {
  Shape shape = Shape::other;
  Atom name;
  std::vector<EventualWrite> writes;  // those that may have an effect, and refused ones; by invocation
  std::vector<EventualRead> reads;    // ok ones, by invocation
};

std::vector<EventualKey> keys_of(const History& history, const EventualFacts& facts);

}  // namespace wn::checkers
