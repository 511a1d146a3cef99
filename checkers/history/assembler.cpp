#include "checkers/history/assembler.h"

namespace wn::checkers {
namespace {

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

}  // namespace

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

Assembler::Fault Assembler::add(const ValueTree& tree, std::uint32_t root, std::uint64_t number) {
  tree_ = &tree;
  Line line;
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
  if (line.process == kNoNode) return at(root, "this operation has no \"process\"");
  const ValueNode& process = tree.at(line.process);
  // :nemesis and its like are no clients.
  if (process.kind == ValueNode::Kind::text || process.kind == ValueNode::Kind::keyword) return {};
  if (process.kind != ValueNode::Kind::number || process.number < 0 || process.number >= 0xFFFFFFFFLL) {
    return at(line.process, "expected \"process\" to be a number from 0 to 4294967294, or a name");
  }
  if (line.type == kNoNode) return at(root, "this operation has no \"type\"");
  const std::string_view type_name = name(line.type);
  Type type = Type::invoke;
  if (type_name == "ok") {
    type = Type::ok;
  } else if (type_name == "fail") {
    type = Type::fail;
  } else if (type_name == "info") {
    type = Type::info;
  } else if (type_name != "invoke") {
    return at(line.type, "expected \"type\" to be invoke, ok, fail or info");
  }
  if (line.f == kNoNode) return at(root, "this operation has no \"f\"");
  if (name(line.f).empty()) return at(line.f, "expected \"f\" to be the name of a function");
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
  const Function function = function_named(name(line.f));
  Process& state = processes_[id];
  return type == Type::invoke ? invoke(line, state, id, function, number)
                              : complete(line, state, type, function, number);
}

Assembler::Fault Assembler::invoke(const Line& line, Process& process, std::uint32_t id, Function function,
                                   std::uint64_t number) {
  if (process.state == Process::State::open) {
    return at(line.process, "process " + std::to_string(id) + " invokes again; its operation of line " +
                                std::to_string(process.line) + " is still open");
  }
  if (process.state == Process::State::retired) {
    return at(line.process, "process " + std::to_string(id) + " invokes after its info of line " +
                                std::to_string(process.line) + "; a process ends with info");
  }
  if (history_.operations.size() >= kOperationsMax)
    return at(line.process, "more than 200,000,000 operations");
  process = {static_cast<std::uint32_t>(history_.operations.size()), number, Process::State::open};
  Operation& op = history_.operations.emplace_back();
  op.process = id;
  op.function = function;
  op.key = atom(line.key);
  op.invoked = history_.positions++;
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

Assembler::Fault Assembler::complete(const Line& line, Process& process, Type type, Function function,
                                     std::uint64_t number) {
  if (process.state != Process::State::open) {
    const std::string id = std::to_string(tree_->at(line.process).number);
    if (process.line == 0) return at(line.process, "process " + id + " completes what it never invoked");
    return at(line.process, "process " + id + " has no open operation; its last one completed in line " +
                                std::to_string(process.line));
  }
  Operation& op = history_.operations[process.operation];
  if (function != op.function) {
    return at(line.f, "expected the completion of " + std::string(to_string(op.function)) + " (line " +
                          std::to_string(process.line) + "), found " + std::string(name(line.f)));
  }
  const Atom key = atom(line.key);
  if (key != kNil && key != op.key) {
    return at(line.key, "expected the key of line " + std::to_string(process.line) + ", " +
                            history_.atoms.to_json(op.key) + ", found " + history_.atoms.to_json(key));
  }
  op.outcome = type == Type::ok ? Outcome::ok : type == Type::fail ? Outcome::fail : Outcome::info;
  op.completed = history_.positions++;
  if (line.time != kNoNode) op.completed_ns = tree_->at(line.time).number;
  process.state = type == Type::info ? Process::State::retired : Process::State::free;
  process.line = number;
  return type == Type::ok ? result(line, op) : Fault{};
}

Assembler::Fault Assembler::result(const Line& line, Operation& op) {
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
      return at(line.value, "expected the value that was invoked, " + history_.atoms.to_json(op.value) +
                                ", or null, found " + history_.atoms.to_json(value));
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
