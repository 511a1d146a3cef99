#include "checkers/streaming/segment.h"

#include <algorithm>

namespace wn::checkers {

Atom translate(Atom atom, const Interner& from, Interner& to) {
  switch (from.kind(atom)) {
    case Interner::Kind::nil:
      return kNil;
    case Interner::Kind::number:
      return to.number(from.number_of(atom));
    case Interner::Kind::text:
      return to.text(from.text_of(atom));
    case Interner::Kind::other:
      return to.other(from.text_of(atom));
    case Interner::Kind::list: {
      std::vector<Atom> elements;
      for (const Atom e : from.list_of(atom)) elements.push_back(translate(e, from, to));
      return to.list(elements);
    }
  }
  return kNil;
}

Operation translate(const Operation& op, const Interner& from, Interner& to) {
  Operation out = op;
  out.key = translate(op.key, from, to);
  out.value = translate(op.value, from, to);
  out.expected = translate(op.expected, from, to);
  out.result = translate(op.result, from, to);
  for (MicroOperation& m : out.txn) {
    m.key = translate(m.key, from, to);
    m.value = translate(m.value, from, to);
    if (m.seen) m.seen = translate(*m.seen, from, to);
    if (!m.list) continue;
    std::vector<Atom> list = m.list.to_vector();
    for (Atom& e : list) e = translate(e, from, to);
    m.list = list;
  }
  return out;
}

std::uint32_t Segment::invoke(const Operation& op) {
  operations_.push_back(op);
  return static_cast<std::uint32_t>(operations_.size() - 1);
}

void Segment::restart(Atom start) {
  operations_.clear();
  start_ = start;
  whole_ = true;
}

void Segment::drop() {
  operations_ = {};
  whole_ = false;
}

History Segment::history(const Interner& atoms, Function write) const {
  History h;
  std::vector<std::uint64_t> moments;
  for (const Operation& op : operations_) {
    moments.push_back(op.invoked);
    if (op.completed != kNever) moments.push_back(op.completed);
  }
  std::ranges::sort(moments);
  if (start_ != kNil) {
    Operation first;
    first.process = 0xFFFFFFFE;
    first.function = write;
    first.outcome = Outcome::ok;
    first.key = operations_.empty() ? kNil : translate(operations_.front().key, atoms, h.atoms);
    first.value = translate(start_, atoms, h.atoms);
    first.invoked = 0;
    first.completed = 1;
    h.operations.push_back(std::move(first));
  }
  const std::uint64_t base = start_ != kNil ? 2 : 0;
  const auto rank = [&](std::uint64_t position) {
    return base + static_cast<std::uint64_t>(std::ranges::lower_bound(moments, position) - moments.begin());
  };
  for (const Operation& op : operations_) {
    Operation& out = h.operations.emplace_back(translate(op, atoms, h.atoms));
    out.invoked = rank(op.invoked);
    if (op.completed != kNever) out.completed = rank(op.completed);
  }
  h.positions = base + moments.size();
  return h;
}

void Segment::mark(AtomMarks& marks) const {
  marks.mark(start_);
  for (const Operation& op : operations_) {
    for (const Atom a : {op.key, op.value, op.expected, op.result}) marks.mark(a);
  }
}

}  // namespace wn::checkers
