#include "scenarios/runner/recorder.h"

#include "runtime/base/check.h"

namespace wn::scenarios {

using checkers::Atom;
using checkers::Function;
using checkers::MicroOperation;
using checkers::Outcome;
using faults::OpFunction;

namespace {

Function function_of(OpFunction function) {
  switch (function) {
    case OpFunction::get:
      return Function::get;
    case OpFunction::put:
      return Function::put;
    case OpFunction::cas:
      return Function::cas;
    case OpFunction::remove:
      return Function::remove;
    case OpFunction::append:
      return Function::append;
    case OpFunction::txn:
      return Function::txn;
  }
  return Function::other;
}

bool carries_value(OpFunction function) {
  return function == OpFunction::put || function == OpFunction::cas || function == OpFunction::append;
}

}  // namespace

Atom Recorder::list_of(const std::vector<std::int64_t>& elements) {
  if (elements.empty()) return checkers::kNil;
  if (elements.size() == 1) return recorder_.atoms().number(elements[0]);
  std::vector<Atom> atoms;
  atoms.reserve(elements.size());
  for (const std::int64_t element : elements) atoms.push_back(recorder_.atoms().number(element));
  return recorder_.atoms().list(atoms);
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
      std::vector<Atom>& list = micro.list.emplace();
      for (const std::int64_t element : result->reads[i]) list.push_back(recorder_.atoms().number(element));
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
  const Atom value = carries_value(operation.function) ? atoms.number(operation.value) : checkers::kNil;
  const Atom expected =
      operation.function == OpFunction::cas ? atoms.number(operation.expected) : checkers::kNil;
  open_[process] = recorder_.invoke(process, function_of(operation.function), atoms.number(operation.key),
                                    value, now, expected);
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
  const bool read = operation.function == OpFunction::get && result.outcome == Outcome::ok && result.found;
  recorder_.complete(handle, result.outcome, now, read ? list_of(result.elements) : checkers::kNil);
}

}  // namespace wn::scenarios
