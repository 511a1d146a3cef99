#include "checkers/history/history.h"

#include <array>
#include <utility>

#include "runtime/base/check.h"

namespace wn::checkers {
namespace {

// The first name of a function is the one that we write.
constexpr auto kNames = std::to_array<std::pair<std::string_view, Function>>({
    {"other", Function::other},
    {"read", Function::read},
    {"write", Function::write},
    {"cas", Function::cas},
    {"get", Function::get},
    {"put", Function::put},
    {"append", Function::append},
    {"remove", Function::remove},
    {"txn", Function::txn},
    {"enqueue", Function::enqueue},
    {"dequeue", Function::dequeue},
    {"push", Function::push},
    {"pop", Function::pop},
    {"add", Function::add},
    {"contains", Function::contains},
    {"acquire", Function::acquire},
    {"release", Function::release},
    {"increment", Function::increment},
    {"spend", Function::spend},
    {"include", Function::include},
    {"exclude", Function::exclude},
    {"nest", Function::nest},
    {"create", Function::create},
    {"move", Function::move},
    {"trash", Function::trash},
    {"restore", Function::restore},
    {"query", Function::query},
    {"call", Function::call},
    {"crash", Function::crash},
    {"revoke", Function::revoke},
    {"publish", Function::publish},
    {"delete", Function::remove},
    {"enq", Function::enqueue},
    {"deq", Function::dequeue},
    {"decrement", Function::decrement},
    {"insert", Function::add},
    {"offer", Function::enqueue},
    {"poll", Function::dequeue},
    {"lock", Function::acquire},
    {"unlock", Function::release},
    {"inc", Function::increment},
    {"dec", Function::decrement},
});

}  // namespace

std::string_view to_string(Function function) {
  for (const auto& [name, f] : kNames) {
    if (f == function) return name;
  }
  return "other";
}

std::string_view to_string(Outcome outcome) {
  switch (outcome) {
    case Outcome::ok:
      return "ok";
    case Outcome::fail:
      return "fail";
    case Outcome::info:
      return "info";
  }
  return "info";
}

Function function_named(std::string_view name) {
  for (const auto& [known, f] : kNames) {
    if (known == name) return f;
  }
  return Function::other;
}

std::uint64_t History::bytes() const {
  return operations.capacity() * sizeof(Operation) + atoms.bytes() + places.bytes();
}

std::string describe(const History& history, std::uint64_t index) {
  WN_CHECK_LT(index, history.operations.size());
  const Operation& op = history.operations[index];
  const Interner& atoms = history.atoms;
  std::string out = "process " + std::to_string(op.process) + ": " + std::string(to_string(op.function));
  if (op.key != kNil) out += " key " + atoms.to_json(op.key);
  if (op.function == Function::cas) {
    out += " " + atoms.to_json(op.expected) + " -> " + atoms.to_json(op.value);
  } else if (op.value != kNil) {
    out += " " + atoms.to_json(op.value);
  }
  for (const MicroOperation& m : op.txn) {
    out += m.append ? " append(" : m.write ? " w(" : " r(";
    out += atoms.to_json(m.key);
    if (m.append || m.write) out += " " + atoms.to_json(m.value);
    if (m.seen) out += " " + atoms.to_json(*m.seen);
    if (m.list) {
      out += " [";
      for (std::size_t i = 0; i < m.list->size(); ++i)
        out += (i == 0 ? "" : " ") + atoms.to_json((*m.list)[i]);
      out += "]";
    }
    out += ")";
  }
  out += " => " + std::string(to_string(op.outcome));
  const bool reads = op.function == Function::read || op.function == Function::get;
  if (op.outcome == Outcome::ok && (reads || op.result != kNil)) out += " " + atoms.to_json(op.result);
  out += " [events " + std::to_string(op.invoked) + "..";
  out += op.completed == kNever ? "" : std::to_string(op.completed);
  return out + "]";
}

}  // namespace wn::checkers
