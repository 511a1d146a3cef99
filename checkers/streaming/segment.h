#pragma once
// Segment: operations of one key since the last moment at which the key was idle and its value known
// (`start`). No operation crosses such a moment, so every order of the whole history is an order of the
// segments one after the other: the history is linearizable iff each segment is, from its start.
#include <cstdint>
#include <vector>

#include "checkers/history/history.h"

namespace wn::checkers {

// A value of one interner in another one.
Atom translate(Atom atom, const Interner& from, Interner& to);
Operation translate(const Operation& op, const Interner& from, Interner& to);

class Segment {
 public:
  // Gives the number by which complete() knows it.
  std::uint32_t invoke(const Operation& op);
  void complete(std::uint32_t number, const Operation& op) { operations_[number] = op; }
  std::uint64_t size() const { return operations_.size(); }
  void restart(Atom start);
  void drop();  // forgets the operations: whole() is false until the next restart
  bool whole() const { return whole_; }

  // A history by itself: a write of `start` (unless nil) by a process of its own, then the operations.
  History history(const Interner& atoms, Function write) const;
  std::uint64_t bytes() const { return operations_.capacity() * sizeof(Operation); }
  void mark(AtomMarks& marks) const;

 private:
  std::vector<Operation> operations_;  // without transactions
  Atom start_;
  bool whole_ = true;
};

}  // namespace wn::checkers
