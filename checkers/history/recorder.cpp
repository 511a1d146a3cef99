#include "checkers/history/recorder.h"

#include "runtime/base/check.h"

namespace wn::checkers {

HistoryRecorder::Handle HistoryRecorder::invoke(std::uint32_t process, Function function, Atom key,
                                                Atom value, std::int64_t time_ns, Atom expected) {
  WN_CHECK_LT(history_.operations.size(), std::uint64_t{0xFFFFFFFF});
  const auto handle = static_cast<Handle>(history_.operations.size());
  Operation& op = history_.operations.emplace_back();
  op.process = process;
  op.function = function;
  op.key = key;
  op.value = value;
  op.expected = expected;
  op.invoked = history_.positions++;
  op.invoked_ns = time_ns;
  return handle;
}

HistoryRecorder::Handle HistoryRecorder::invoke_txn(std::uint32_t process, std::vector<MicroOperation> txn,
                                                    std::int64_t time_ns) {
  const Handle handle = invoke(process, Function::txn, kNil, kNil, time_ns);
  history_.operations[handle].txn = std::move(txn);
  return handle;
}

void HistoryRecorder::complete(Handle handle, Outcome outcome, std::int64_t time_ns, Atom result) {
  WN_CHECK_LT(handle, history_.operations.size());
  Operation& op = history_.operations[handle];
  WN_CHECK(op.completed == kNever);
  op.outcome = outcome;
  op.completed = history_.positions++;
  op.completed_ns = time_ns;
  op.result = result;
}

void HistoryRecorder::complete_txn(Handle handle, Outcome outcome, std::int64_t time_ns,
                                   std::vector<MicroOperation> txn) {
  complete(handle, outcome, time_ns);
  if (outcome == Outcome::ok) history_.operations[handle].txn = std::move(txn);
}

}  // namespace wn::checkers
