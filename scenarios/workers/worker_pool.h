#pragma once
// WorkerPool: forked processes that answer requests one at a time.
//
// Invariants: every submitted ticket gets exactly one answer, unless it is cancelled; a worker that dies
// (failed check, signal, exit) answers with `crashed` and is replaced before the next request.
// Limits: kJobsMax workers; a request or a reply of at most kMessageBytesMax bytes (a longer reply counts as
// a crash, a longer request is refused). Thread rule: one pool, one thread.
// The pool ends only processes that it started, each by its own id.
#include <cstdint>
#include <functional>
#include <memory>
#include <optional>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/base/result.h"

namespace wn::scenarios {

inline constexpr unsigned kJobsMax = 1024;
inline constexpr std::size_t kMessageBytesMax = std::size_t{512} << 20;
inline constexpr std::size_t kCrashTextMax = std::size_t{64} << 10;

// The processors that this process may use.
unsigned available_cores();

struct Answer {
  std::uint64_t ticket = 0;
  bool crashed = false;
  std::string text;  // the reply; when crashed, the first line of what the worker said, or its signal
};

class WorkerPool {
 public:
  using Handler = std::function<std::string(std::string_view request)>;

  // REQUIRES 1 <= jobs <= kJobsMax. Workers are forked when they are first needed.
  WorkerPool(unsigned jobs, Handler handler);
  ~WorkerPool();  // kills and reaps its workers
  WorkerPool(const WorkerPool&) = delete;
  WorkerPool& operator=(const WorkerPool&) = delete;

  unsigned jobs() const;
  unsigned busy() const;
  bool has_idle() const { return busy() < jobs(); }
  // REQUIRES has_idle(). Errors: too_large, or io_error when no process can be made.
  Result<void> submit(std::uint64_t ticket, std::string_view request);
  // The next answer, or nothing when `timeout_ms` passes first or nothing is under way.
  std::optional<Answer> wait(int timeout_ms);
  // Ends the work on a ticket. True when it was under way; no answer comes for it then.
  bool cancel(std::uint64_t ticket);

 private:
  struct Worker;
  unsigned jobs_;
  Handler handler_;
  std::vector<std::unique_ptr<Worker>> workers_;
};

}  // namespace wn::scenarios
