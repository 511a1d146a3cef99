#include "checkers/history/values.h"

namespace wn::checkers {

std::vector<std::int64_t> numbers_of(const Interner& atoms, Atom atom) {
  std::vector<std::int64_t> out;
  if (atoms.kind(atom) == Interner::Kind::number) out.push_back(atoms.number_of(atom));
  if (atoms.kind(atom) != Interner::Kind::list) return out;
  for (const Atom e : atoms.list_of(atom)) {
    if (atoms.kind(e) == Interner::Kind::number) out.push_back(atoms.number_of(e));
  }
  return out;
}

std::vector<NumberPair> pairs_of(const Interner& atoms, Shape shape, Atom atom) {
  const std::vector<std::int64_t> numbers = numbers_of(atoms, atom);
  std::vector<NumberPair> out;
  const std::size_t each = shape == Shape::map ? 2 : 1;
  for (std::size_t i = 0; i + each <= numbers.size(); i += each)
    out.emplace_back(numbers[i], each == 2 ? numbers[i + 1] : 0);
  return out;
}

}  // namespace wn::checkers
