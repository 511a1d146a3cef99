#include "scenarios/runner/recorder.h"

#include <algorithm>

#include "checkers/history/history.h"
#include "faults/plan/names.h"
#include "runtime/base/check.h"

namespace wn::scenarios {

using checkers::Atom;
using checkers::Function;
using checkers::MicroOperation;
using checkers::Outcome;
using faults::OpFunction;

namespace {

// A function has one name, in plans and in histories.
Function function_of(OpFunction function) { return checkers::function_named(faults::to_string(function)); }

bool of_realm(const faults::Operation& operation) {
  return operation.property != 0 || operation.function >= OpFunction::add || operation.mode != Mode::eventual;
}

bool reads(OpFunction function) {
  return function == OpFunction::get || function == OpFunction::query || function == OpFunction::call;
}

}  // namespace

Atom Recorder::list_of(const std::vector<std::int64_t>& elements, bool always) {
  if (!always && elements.empty()) return checkers::kNil;
  if (!always && elements.size() == 1) return recorder_.atoms().number(elements[0]);
  std::vector<Atom> atoms;
  atoms.reserve(elements.size());
  for (const std::int64_t element : elements) atoms.push_back(recorder_.atoms().number(element));
  return recorder_.atoms().list(atoms);
}

Atom Recorder::key_of(const faults::Operation& operation) {
  checkers::Interner& atoms = recorder_.atoms();
  if (!of_realm(operation)) return atoms.number(operation.key);
  if (operation.mode == Mode::strong) return atoms.text(faults::strong_name(operation.key));
  if (operation.mode == Mode::local) {
    const NodeId node = operation.server ? operation.server : home_(operation.process);
    return atoms.text(faults::local_path(node, operation.key, operation.property));
  }
  if (operation.function == OpFunction::revoke || operation.function == OpFunction::publish)
    return checkers::kNil;
  return operation.property == 0 ? atoms.text(faults::worknode_name(operation.key))
                                 : atoms.text(faults::property_path(operation.key, operation.property));
}

Atom Recorder::value_of(const faults::Operation& operation) {
  checkers::Interner& atoms = recorder_.atoms();
  switch (operation.function) {
    case OpFunction::get:
    case OpFunction::remove:
    case OpFunction::txn:
    case OpFunction::trash:
    case OpFunction::restore:
    case OpFunction::call:
    case OpFunction::crash:
      return checkers::kNil;
    case OpFunction::nest: {
      // Two statements: the order in which arguments are evaluated is the compiler's.
      const Atom key = atoms.number(operation.other);
      const std::array<Atom, 2> pair{key, atoms.number(operation.value)};
      return atoms.list(pair);
    }
    case OpFunction::move:
      return atoms.number(operation.other);
    default:
      return atoms.number(operation.value);
  }
}

std::vector<MicroOperation> Recorder::micro_operations(const faults::Operation& operation,
                                                       const OperationResult* result) {
  std::vector<MicroOperation> out;
  out.reserve(operation.txn.size());
  for (std::size_t i = 0; i < operation.txn.size(); ++i) {
    const faults::MicroOp& op = operation.txn[i];
    MicroOperation& micro = out.emplace_back();
    micro.append = op.append;
    micro.key = recorder_.atoms().number(op.key);
    if (op.append) {
      micro.value = recorder_.atoms().number(op.value);
    } else if (result != nullptr && i < result->reads.size()) {
      const auto list = micro.list.emplace(result->reads[i].size());
      std::ranges::transform(result->reads[i], list.begin(),
                             [&](std::int64_t element) { return recorder_.atoms().number(element); });
    }
  }
  return out;
}

void Recorder::on_invoke(std::uint32_t process, const faults::Operation& operation) {
  WN_CHECK(!open_.contains(process));
  const std::int64_t now = now_().ns;
  checkers::Interner& atoms = recorder_.atoms();
  if (operation.function == OpFunction::txn) {
    open_[process] = recorder_.invoke_txn(process, micro_operations(operation, nullptr), now);
    return;
  }
  const Atom value = value_of(operation);
  const Atom expected =
      operation.function == OpFunction::cas ? atoms.number(operation.expected) : checkers::kNil;
  open_[process] =
      recorder_.invoke(process, function_of(operation.function), key_of(operation), value, now, expected);
}

void Recorder::on_complete(std::uint32_t process, const faults::Operation& operation,
                           const OperationResult& result) {
  const auto open = open_.find(process);
  WN_CHECK(open != open_.end());
  const checkers::HistoryRecorder::Handle handle = open->second;
  open_.erase(open);
  ++counts_[static_cast<std::size_t>(result.outcome)];
  if (result.outcome == Outcome::ok && result.first_try) ++first_try_ok_;
  const std::int64_t now = now_().ns;
  if (operation.function == OpFunction::txn) {
    const bool seen = result.outcome == Outcome::ok;
    recorder_.complete_txn(handle, result.outcome, now,
                           micro_operations(operation, seen ? &result : nullptr));
    return;
  }
  const bool read = reads(operation.function) && result.outcome == Outcome::ok && result.found;
  recorder_.complete(handle, result.outcome, now,
                     read ? list_of(result.elements, of_realm(operation) && operation.mode != Mode::strong)
                          : checkers::kNil);
}

}  // namespace wn::scenarios
