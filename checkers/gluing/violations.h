#pragma once
// What a set of sections violates, the plain way. Internal to the room.
#include <optional>
#include <set>
#include <tuple>

#include "checkers/gluing/sections.h"

namespace wn::checkers::gluing {

enum Kind : Number {
  kName = 1,
  kCounter,
  kMove,
  kRevocation,
  kEquivocation,
  kLens,
  kClock,
  kTwist,
  kKindEnd
};
// Kind, subject, detail as in an obstruction; of moves, lenses, clocks and twists the kind alone.
using Issue = std::tuple<Number, Id, Number>;
using Issues = std::set<Issue>;

class Judge {
 public:
  explicit Judge(const Cover& cover);
  Issues violations(Set set) const;

  // Claims and who makes them; of names and moves those that count.
  std::map<Row<9>, Set> names;
  std::map<Row<8>, Set> moves;
  std::map<Row<8>, Set> counters;
  std::map<Row<4>, Set> revocations, uses;
  Number rights_of(const Key& counter) const;

 private:
  void loops(Set set, Issues& out) const;
  bool fields_mixed(Set set) const;
  bool clocks_apart(Set set) const;
  bool choices_turned(Set set) const;
  const Cover& cover_;
};

}  // namespace wn::checkers::gluing
