#pragma once
// What a Backend drives: one process. All calls come from the process's event loop, one at a time, and run to
// completion.
#include <functional>
#include <memory>

#include "runtime/backend/backend.h"
#include "runtime/base/inspector.h"

namespace wn {

class Process {
 public:
  virtual ~Process() = default;
  virtual void on_start() = 0;
  // `frame` may be damaged or hostile. `from` is what the transport says.
  virtual void on_message(NodeId from, const Bytes& frame) = 0;
  virtual void on_timer(std::uint32_t slot) = 0;
  virtual void on_disk(DiskCompletion completion) = 0;
  // A command from the outside: the experiment's runner, or an operator.
  virtual void on_control(const Bytes& command) = 0;
  // Says what the process holds (role, term, queues, stores …), for a debugger. Changes nothing.
  virtual void inspect(Inspector&) const {}
};

// Called at each start of the node: first boot and every restart. The disk behind `backend` is all that
// survives from one incarnation to the next. The Backend outlives the Process.
using ProcessFactory = std::function<std::unique_ptr<Process>(NodeId id, Backend& backend)>;

}  // namespace wn
