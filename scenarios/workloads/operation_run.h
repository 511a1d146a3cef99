#pragma once
// OperationRun: what every simulated client host does around its protocol: invoke the operations of a plan at
// their times, one after the other, and tell trace and listener. An operation is invoked at its time, or when
// the previous one is over. One that ends as `info` retires its process, and the host goes on as the next one
// (Jepsen's rule). Emits op_invoked, op_sent and op_completed.
#include <cstdint>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/backend/backend.h"
#include "runtime/base/inspector.h"
#include "scenarios/workloads/operation_listener.h"

namespace wn::scenarios {

class OperationRun {
 public:
  // `started_at`: plan time when the process starts; operation times are true time and the host's clock
  // starts at boot. `listener` may be null. `timer` is the slot for the next operation's time.
  OperationRun(NodeId id, std::vector<faults::Operation> operations, SimTime started_at, std::uint32_t timer,
               Backend& backend, OperationListener* listener)
      : id_(id),
        operations_(std::move(operations)),
        started_at_(started_at),
        timer_(timer),
        backend_(backend),
        listener_(listener) {}

  void start() { started_ = backend_.clock.monotonic_now(); }
  // Invokes the next operation when its time has come, else arms the timer for it; nullptr: nothing to do
  // now. REQUIRES that the one before is complete.
  const faults::Operation* begin_next();
  const faults::Operation& current() const { return operations_[next_]; }
  std::uint64_t number() const { return next_ + 1; }  // of the current operation, ascending
  void sent(std::uint32_t attempt, NodeId target);
  void inspect(Inspector& to) const;
  // `reply` tells the last typed answer, where the protocol has such; 0 else.
  void complete(const OperationResult& result, std::uint64_t reply = 0);

 private:
  std::uint32_t process() const { return id_.value + lives_ * kProcessStride; }

  NodeId id_;
  std::vector<faults::Operation> operations_;
  SimTime started_at_;
  std::uint32_t timer_;
  Backend& backend_;
  OperationListener* listener_;
  Instant started_;
  std::size_t next_ = 0;  // the open one, once it has begun
  bool open_ = false;
  std::uint32_t lives_ = 0;  // processes of this host that were retired
};

}  // namespace wn::scenarios
