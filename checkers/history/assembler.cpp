#include "checkers/history/assembler.h"

namespace wn::checkers {

bool takes_argument(Function f) {
  switch (f) {
    case Function::write:
    case Function::put:
    case Function::append:
    case Function::spend:
    case Function::include:
    case Function::exclude:
    case Function::nest:
    case Function::create:
    case Function::move:
      return true;
    default:
      return false;
  }
}

Assembler::Type Assembler::type_named(std::string_view name) {
  return name == "invoke" ? Type::invoke
         : name == "ok"   ? Type::ok
         : name == "fail" ? Type::fail
         : name == "info" ? Type::info
                          : Type::none;
}

// The place of an operation that completed may be used again once the caller has seen it.
void Assembler::settle() {
  if (recycle_ && event_ == Event::complete) vacant_.push_back(place_);
  event_ = Event::none;
}

Operation& Assembler::open(HistoryProcess& process, Function function, std::uint64_t line) {
  if (vacant_.empty()) {
    place_ = static_cast<std::uint32_t>(operations_.size());
    operations_.emplace_back();
  } else {
    place_ = vacant_.back();
    vacant_.pop_back();
    operations_[place_] = Operation();
  }
  Operation& op = operations_[place_];
  op.process = process.id;
  op.function = function;
  op.invoked = positions_++;
  process.operation = place_;
  process.line = line;
  process.state = State::open;
  event_ = Event::invoke;
  return op;
}

void Assembler::close(HistoryProcess& process, Operation& op, Type type, std::uint64_t line) {
  op.outcome = type == Type::ok ? Outcome::ok : type == Type::fail ? Outcome::fail : Outcome::info;
  op.completed = positions_++;
  process.state = type == Type::info ? State::retired : State::free;
  process.line = line;
  place_ = process.operation;
  event_ = Event::complete;
}

std::string_view Assembler::name(std::uint32_t node) const {
  if (node == kNoNode) return {};
  const ValueNode& n = tree_->at(node);
  if (n.kind == ValueNode::Kind::text) return n.text;
  if (n.kind == ValueNode::Kind::keyword) return n.text.substr(1);
  return {};
}

Assembler::Fault Assembler::at(std::uint32_t node, std::string message) const {
  return ParseFault{node == kNoNode ? 1 : tree_->at(node).column, std::move(message)};
}

// A list of lists of three: histories of transactions often name no function.
bool Assembler::is_txn(std::uint32_t node) const {
  if (node == kNoNode || tree_->at(node).kind != ValueNode::Kind::list || tree_->at(node).count == 0)
    return false;
  for (std::uint32_t c = tree_->at(node).first; c != kNoNode; c = tree_->at(c).next) {
    if (tree_->at(c).kind != ValueNode::Kind::list || tree_->at(c).count != 3) return false;
  }
  return true;
}

Assembler::Fault Assembler::add(const ValueTree& tree, std::uint32_t root, std::uint64_t number) {
  tree_ = &tree;
  FieldNodes line;
  for (std::uint32_t k = tree.at(root).first; k != kNoNode;) {
    const std::uint32_t v = tree.at(k).next;
    const std::string_view field = name(k);
    if (field == "process") line.process = v;
    if (field == "type") line.type = v;
    if (field == "f") line.f = v;
    if (field == "key") line.key = v;
    if (field == "value") line.value = v;
    if (field == "time") line.time = v;
    k = tree.at(v).next;
  }
  return add(tree, line, root, number);
}

Assembler::Fault Assembler::add(const ValueTree& tree, const FieldNodes& fields, std::uint32_t root,
                                std::uint64_t number) {
  settle();
  tree_ = &tree;
  FieldNodes line = fields;
  if (line.process == kNoNode) return at(root, "this operation has no \"process\"");
  const ValueNode& process = tree.at(line.process);
  // :nemesis and its like are no clients.
  if (process.kind == ValueNode::Kind::text || process.kind == ValueNode::Kind::keyword) return {};
  if (process.kind != ValueNode::Kind::number || process.number < 0 || process.number >= 0xFFFFFFFFLL) {
    return at(line.process, "expected \"process\" to be a number from 0 to 4294967294, or a name");
  }
  if (line.type == kNoNode) return at(root, "this operation has no \"type\"");
  const Type type = type_named(name(line.type));
  if (type == Type::none) return at(line.type, "expected \"type\" to be invoke, ok, fail or info");
  const bool nameless_txn = line.f == kNoNode && is_txn(line.value);
  if (line.f == kNoNode && !nameless_txn) return at(root, "this operation has no \"f\"");
  if (!nameless_txn && name(line.f).empty()) return at(line.f, "expected \"f\" to be the name of a function");
  if (line.time != kNoNode) {
    const ValueNode::Kind kind = tree.at(line.time).kind;
    if (kind == ValueNode::Kind::nil) line.time = kNoNode;
    if (kind != ValueNode::Kind::nil && kind != ValueNode::Kind::number) {
      return at(line.time, "expected \"time\" to be a whole number of nanoseconds");
    }
    if (kind == ValueNode::Kind::number && tree.at(line.time).number < 0) {
      return at(line.time, "expected \"time\" to be no less than 0");
    }
  }
  const auto id = static_cast<std::uint32_t>(process.number);
  const Function function = nameless_txn ? Function::txn : function_named(name(line.f));
  HistoryProcess& state = processes_.at(id);
  return type == Type::invoke ? invoke(line, state, function, number)
                              : complete(line, state, type, function, number);
}

Assembler::Fault Assembler::invoke(const FieldNodes& line, HistoryProcess& process, Function function,
                                   std::uint64_t number) {
  const std::uint32_t id = process.id;
  if (process.state == State::open) {
    return at(line.process, "process " + std::to_string(id) + " invokes again; its operation of line " +
                                std::to_string(process.line) + " is still open");
  }
  if (process.state == State::retired) {
    return at(line.process, "process " + std::to_string(id) + " invokes after its info of line " +
                                std::to_string(process.line) + "; a process ends with info");
  }
  if (operations_.size() >= kOperationsMax) return at(line.process, "more than 200,000,000 operations");
  Operation& op = open(process, function, number);
  op.key = atom(line.key);
  if (line.time != kNoNode) op.invoked_ns = tree_->at(line.time).number;
  if (function == Function::txn) return read_txn(line.value, false, op.txn);
  if (function == Function::cas) {
    const bool pair = line.value != kNoNode && tree_->at(line.value).kind == ValueNode::Kind::list &&
                      tree_->at(line.value).count == 2;
    if (!pair) return at(line.value, "expected the value of a cas to be [old, new]");
    const std::uint32_t first = tree_->at(line.value).first;
    op.expected = atom(first);
    op.value = atom(tree_->at(first).next);
    return {};
  }
  op.value = atom(line.value);
  if (takes_argument(function) && line.value == kNoNode) {
    return at(line.f, "this " + std::string(to_string(function)) + " has no \"value\"");
  }
  return {};
}

Assembler::Fault Assembler::complete(const FieldNodes& line, HistoryProcess& process, Type type,
                                     Function function, std::uint64_t number) {
  if (process.state != State::open) {
    const std::string id = std::to_string(tree_->at(line.process).number);
    if (process.state == State::unknown)
      return at(line.process, "process " + id + " completes what it never invoked");
    return at(line.process, "process " + id + " has no open operation; its last one completed in line " +
                                std::to_string(process.line));
  }
  Operation& op = operations_[process.operation];
  if (function != op.function) {
    return at(line.f, "expected the completion of " + std::string(to_string(op.function)) + " (line " +
                          std::to_string(process.line) + "), found " + std::string(name(line.f)));
  }
  const Atom key = atom(line.key);
  if (key != kNil && key != op.key) {
    return at(line.key, "expected the key of line " + std::to_string(process.line) + ", " +
                            atoms_.to_json(op.key) + ", found " + atoms_.to_json(key));
  }
  close(process, op, type, number);
  if (line.time != kNoNode) op.completed_ns = tree_->at(line.time).number;
  return type == Type::ok ? result(line, op) : Fault{};
}

Assembler::Fault Assembler::result(const FieldNodes& line, Operation& op) {
  if (op.function == Function::txn) {
    std::vector<MicroOperation> seen;
    if (Fault fault = read_txn(line.value, true, seen)) return fault;
    if (seen.size() != op.txn.size()) {
      return at(line.value, "expected " + std::to_string(op.txn.size()) +
                                " micro-operations, as invoked, found " + std::to_string(seen.size()));
    }
    for (std::size_t i = 0; i < seen.size(); ++i) {
      const MicroOperation& a = op.txn[i];
      const MicroOperation& b = seen[i];
      if (a.append != b.append || a.write != b.write || a.key != b.key || a.value != b.value) {
        return at(line.value,
                  "micro-operation " + std::to_string(i + 1) + " is not the one that was invoked");
      }
    }
    op.txn = std::move(seen);
    return {};
  }
  if (op.function == Function::cas) {
    if (line.value == kNoNode || tree_->at(line.value).kind == ValueNode::Kind::nil) return {};
    const ValueNode& node = tree_->at(line.value);
    const bool same = node.kind == ValueNode::Kind::list && node.count == 2 &&
                      atom(node.first) == op.expected && atom(tree_->at(node.first).next) == op.value;
    if (!same) return at(line.value, "expected the value of the cas as it was invoked");
    return {};
  }
  const Atom value = atom(line.value);
  if (takes_argument(op.function)) {
    if (value != kNil && value != op.value) {
      return at(line.value, "expected the value that was invoked, " + atoms_.to_json(op.value) +
                                ", or null, found " + atoms_.to_json(value));
    }
    return {};
  }
  op.result = value;
  return {};
}

Assembler::Fault Assembler::read_txn(std::uint32_t node, bool completed, std::vector<MicroOperation>& out) {
  if (node == kNoNode || tree_->at(node).kind == ValueNode::Kind::nil) return {};  // an empty transaction
  if (tree_->at(node).kind != ValueNode::Kind::list) {
    return at(node, "expected the value of a txn to be a list of micro-operations");
  }
  out.reserve(tree_->at(node).count);
  for (std::uint32_t c = tree_->at(node).first; c != kNoNode; c = tree_->at(c).next) {
    if (Fault fault = read_micro(c, completed, out.emplace_back())) return fault;
  }
  txn_bytes_ += out.capacity() * sizeof(MicroOperation);
  return {};
}

Assembler::Fault Assembler::read_micro(std::uint32_t node, bool completed, MicroOperation& out) {
  constexpr std::string_view kShape =
      "expected a micro-operation: [\"r\", key, null or list], [\"append\", key, value] or [\"w\", key, "
      "value]";
  const ValueNode& list = tree_->at(node);
  if (list.kind != ValueNode::Kind::list || list.count != 3) return at(node, std::string(kShape));
  const std::string_view what = name(list.first);
  const std::uint32_t key = tree_->at(list.first).next;
  const std::uint32_t value = tree_->at(key).next;
  out.key = atom(key);
  if (what == "append" || what == "w") {
    out.append = what == "append";
    out.write = !out.append;
    out.value = atom(value);
    return {};
  }
  if (what != "r") return at(list.first, std::string(kShape));
  const ValueNode& seen = tree_->at(value);
  if (!completed || seen.kind == ValueNode::Kind::nil) return {};
  if (seen.kind != ValueNode::Kind::list) {
    out.seen = atom(value);
    return {};
  }
  const std::span<Atom> shown = out.list.emplace(seen.count);
  std::size_t place = 0;
  for (std::uint32_t c = seen.first; c != kNoNode; c = tree_->at(c).next) shown[place++] = atom(c);
  txn_bytes_ += out.list.bytes();
  return {};
}

}  // namespace wn::checkers
