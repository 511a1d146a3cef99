// Assembler::add_fast: as add(), for lines of the common shapes. Where anything is out of order it says false
// before it has changed anything but the interner, which add() then finds as it would have left it: both
// intern the key, then the parts of the value, in the order of the text.
#include "checkers/history/assembler.h"

namespace wn::checkers {
namespace {

using Kind = FastValue::Kind;

std::string_view name_of(const FastValue& value) {
  if (value.kind == Kind::text) return value.text;
  if (value.kind == Kind::keyword) return value.text.substr(1);
  return {};
}

}  // namespace

bool Assembler::add_fast(const FastLine& fast, bool edn, std::uint64_t line) {
  if (fast.process.kind == Kind::text || fast.process.kind == Kind::keyword) {
    for (const FastValue* v : {&fast.type, &fast.f, &fast.key, &fast.value, &fast.time}) {
      if (v->kind == Kind::list && !well_formed(v->text, edn)) return false;
    }
    settle();  // a nemesis
    return true;
  }
  if (fast.process.kind != Kind::number || fast.process.number < 0 || fast.process.number >= 0xFFFFFFFFLL) {
    return false;
  }
  const Type type = type_named(name_of(fast.type));
  const std::string_view f = name_of(fast.f);
  const bool timed = fast.time.kind == Kind::number;
  if (type == Type::none || f.empty()) return false;
  if (!timed && fast.time.kind != Kind::absent && fast.time.kind != Kind::nil) return false;
  if (timed && fast.time.number < 0) return false;
  HistoryProcess& process = processes_.at(static_cast<std::uint32_t>(fast.process.number));
  const Function function = function_named(f);
  return type == Type::invoke ? fast_invoke(fast, edn, process, function, line)
                              : fast_complete(fast, edn, process, type, function, line);
}

bool Assembler::fast_invoke(const FastLine& fast, bool edn, HistoryProcess& process, Function function,
                            std::uint64_t line) {
  const bool may = process.state == State::unknown || process.state == State::free;
  if (!may || operations_.size() >= kOperationsMax) return false;
  Atom key, value, expected;
  if (!fast_atom(fast.key, edn, key)) return false;
  micros_.clear();
  if (function == Function::txn) {
    if (!fast_txn(fast.value, edn, false, micros_)) return false;
  } else if (function == Function::cas) {
    if (fast.value.kind != Kind::list || !fast_list(fast.value.text, edn) || scratch_.size() != 2) {
      return false;
    }
    expected = scratch_[0];
    value = scratch_[1];
  } else {
    if (takes_argument(function) && fast.value.kind == Kind::absent) return false;
    if (!fast_atom(fast.value, edn, value)) return false;
  }
  settle();
  Operation& op = open(process, function, line);
  op.key = key;
  op.value = value;
  op.expected = expected;
  if (fast.time.kind == Kind::number) op.invoked_ns = fast.time.number;
  if (!micros_.empty()) {
    op.txn.reserve(micros_.size());
    for (MicroOperation& m : micros_) op.txn.push_back(std::move(m));
    txn_bytes_ += op.txn.capacity() * sizeof(MicroOperation);
  }
  return true;
}

bool Assembler::fast_complete(const FastLine& fast, bool edn, HistoryProcess& process, Type type,
                              Function function, std::uint64_t line) {
  if (process.state != State::open) return false;
  Operation& op = operations_[process.operation];
  Atom key;
  if (function != op.function || !fast_atom(fast.key, edn, key) || (key != kNil && key != op.key))
    return false;
  if (type == Type::ok && !fast_result(fast, edn, op)) return false;
  if (type != Type::ok && fast.value.kind == Kind::list && !well_formed(fast.value.text, edn)) return false;
  settle();
  close(process, op, type, line);
  if (fast.time.kind == Kind::number) op.completed_ns = fast.time.number;
  return true;
}

bool Assembler::fast_result(const FastLine& fast, bool edn, Operation& op) {
  const FastValue& value = fast.value;
  if (op.function == Function::txn) return fast_txn(value, edn, true, op.txn);
  if (op.function == Function::cas) {
    if (value.kind == Kind::nil || value.kind == Kind::absent) return true;
    return value.kind == Kind::list && fast_list(value.text, edn) && scratch_.size() == 2 &&
           scratch_[0] == op.expected && scratch_[1] == op.value;
  }
  Atom atom;
  if (!fast_atom(value, edn, atom)) return false;
  if (takes_argument(op.function)) return atom == kNil || atom == op.value;
  op.result = atom;
  return true;
}

bool Assembler::fast_atom(const FastValue& value, bool edn, Atom& out) {
  switch (value.kind) {
    case Kind::absent:
    case Kind::nil:
      out = kNil;
      return true;
    case Kind::number:
      out = atoms_.number(value.number);
      return true;
    case Kind::text:
      out = atoms_.text(value.text);
      return true;
    case Kind::keyword:
      out = atoms_.other(value.text);
      return true;
    case Kind::list:
      if (!fast_list(value.text, edn)) return false;
      out = atoms_.list(scratch_);
      return true;
  }
  return false;
}

// A list of values without parts.
bool Assembler::fast_list(std::string_view list, bool edn) {
  scratch_.clear();
  FastCursor cursor(list, edn);
  cursor.take('[');
  while (!cursor.take(']')) {
    if (!scratch_.empty() && !cursor.separator()) return false;
    FastValue element;
    if (!cursor.value(element) || element.kind == Kind::list) return false;
    fast_atom(element, edn, scratch_.emplace_back());
  }
  return cursor.done();
}

// With `completed`, `micros` are those that were invoked, and get what they saw; else they are made.
bool Assembler::fast_txn(const FastValue& value, bool edn, bool completed,
                         std::vector<MicroOperation>& micros) {
  if (value.kind == Kind::nil || value.kind == Kind::absent) return !completed || micros.empty();
  if (value.kind != Kind::list) return false;
  FastCursor cursor(value.text, edn);
  cursor.take('[');
  std::size_t count = 0;
  while (!cursor.take(']')) {
    if (count != 0 && !cursor.separator()) return false;
    MicroOperation fresh;
    if (completed && count == micros.size()) return false;
    MicroOperation& micro = completed ? micros[count] : fresh;
    if (!fast_micro(cursor, edn, completed, micro)) return false;
    if (!completed) micros.push_back(std::move(fresh));
    ++count;
  }
  return cursor.done() && (!completed || count == micros.size());
}

bool Assembler::fast_micro(FastCursor& cursor, bool edn, bool completed, MicroOperation& micro) {
  FastValue what, key, value;
  if (!cursor.take('[') || !cursor.value(what) || !cursor.separator() || !cursor.value(key) ||
      !cursor.separator() || !cursor.value(value) || !cursor.take(']') || key.kind == Kind::list) {
    return false;
  }
  const std::string_view name = name_of(what);
  Atom at;
  fast_atom(key, edn, at);
  const bool append = name == "append", write = name == "w";
  if (!append && !write && name != "r") return false;
  if (completed && (append != micro.append || write != micro.write || at != micro.key)) return false;
  if (append || write) {
    Atom argument;
    if (!fast_atom(value, edn, argument)) return false;
    if (completed) return argument == micro.value;
    micro.append = append;
    micro.write = write;
    micro.value = argument;
  }
  micro.key = at;
  if (append || write || value.kind == Kind::nil) return true;
  if (!completed) return value.kind != Kind::list || well_formed(value.text, edn);
  if (value.kind != Kind::list) {
    Atom seen;
    fast_atom(value, edn, seen);
    micro.seen = seen;
    return true;
  }
  if (!fast_list(value.text, edn)) return false;
  micro.list = AtomList(AtomList::Span(scratch_));
  txn_bytes_ += micro.list.bytes();
  return true;
}

}  // namespace wn::checkers
