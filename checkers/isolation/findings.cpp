#include "checkers/isolation/findings.h"

namespace wn::checkers::isolation {

const std::vector<MicroOperation>* micros_of(const History& history, const Operation& op,
                                             std::vector<MicroOperation>& scratch) {
  if (op.function == Function::txn) return &op.txn;
  scratch.clear();
  MicroOperation& m = scratch.emplace_back();
  m.key = op.key;
  m.value = op.value;
  switch (op.function) {
    case Function::append:
      m.append = true;
      return &scratch;
    case Function::write:
      m.write = true;
      return &scratch;
    case Function::read:
    case Function::get:
      m.value = kNil;
      if (op.result == kNil) return &scratch;
      if (history.atoms.kind(op.result) == Interner::Kind::list) {
        m.list = AtomList(history.atoms.list_of(op.result));
      } else {
        m.seen = op.result;
      }
      return &scratch;
    default:
      return nullptr;
  }
}

}  // namespace wn::checkers::isolation
