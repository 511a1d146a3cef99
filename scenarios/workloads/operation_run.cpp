#include "scenarios/workloads/operation_run.h"

#include "faults/plan/describe.h"

namespace wn::scenarios {

const faults::Operation* OperationRun::begin_next() {
  if (next_ == operations_.size()) return nullptr;
  const faults::Operation& operation = operations_[next_];
  const Instant due = started_ + (operation.at - started_at_);
  if (backend_.clock.monotonic_now() < due) {
    backend_.clock.arm(timer_, due);
    return nullptr;
  }
  open_ = true;
  // 0: EVENTUAL, or a service without modes.
  const std::uint64_t mode =
      operation.mode == Mode::eventual ? 0 : static_cast<std::uint64_t>(operation.mode);
  backend_.probe.emit(TraceKind::op_invoked,
                      {operation.id, static_cast<std::uint64_t>(operation.function), operation.key, mode, 0});
  if (listener_ != nullptr) listener_->on_invoke(process(), operation);
  return &operation;
}

void OperationRun::sent(std::uint32_t attempt, NodeId target) {
  backend_.probe.emit(TraceKind::op_sent, {current().id, attempt, target.value, 0, 0});
}

void OperationRun::complete(const OperationResult& result, std::uint64_t reply) {
  const faults::Operation& operation = operations_[next_++];
  open_ = false;
  backend_.probe.emit(TraceKind::op_completed,
                      {operation.id, static_cast<std::uint64_t>(result.outcome), result.attempts, reply, 0});
  if (result.attempts > 1 && result.outcome == checkers::Outcome::ok) {
    backend_.probe.sometimes("client: done after a retry");
  }
  if (listener_ != nullptr) listener_->on_complete(process(), operation, result);
  if (result.outcome == checkers::Outcome::info) {
    backend_.probe.sometimes("client: outcome unknown");
    ++lives_;
  }
}

void OperationRun::inspect(Inspector& to) const {
  to.number("process", process());
  to.number("operations_done", next_);
  to.number("operations_left", operations_.size() - next_);
  to.flag("open", open_);
  if (next_ == operations_.size()) return;
  const InspectedGroup group(to, open_ ? "operation" : "next_operation");
  to.number("operation", operations_[next_].id);
  to.moment("at", operations_[next_].at);
  to.text("call", faults::describe(operations_[next_]));
}

}  // namespace wn::scenarios
