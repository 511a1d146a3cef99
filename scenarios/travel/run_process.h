#pragma once
// A run in a process of its own, and orders to it. A process that stands still is a checkpoint: forked, its
// child walks on from there while it stays (copy-on-write). Its end of the socket is its life: when the
// traveller closes the other one, it goes.
//
// REQUIRES a program with one thread: children of fork(2) go on with a copy of everything.
#include <memory>
#include <string>
#include <utility>

#include "faults/plan/plan.h"
#include "scenarios/travel/channel.h"
#include "scenarios/travel/view.h"
#include "scenarios/travel/walker.h"

namespace wn::travel {

class RunProcess {
 public:
  // The run at its beginning, in a child of this process, which adopts and outlives all that come of it. When
  // the result is destroyed the caller waits for it: all others must be gone, or about to go, by then.
  // Errors: a bad plan; fork or socket (io_error).
  static Result<RunProcess> start(const faults::Plan& plan);
  ~RunProcess();
  RunProcess(RunProcess&& other) noexcept;
  RunProcess& operator=(RunProcess&&) = delete;

  // Errors: a bad predicate; io_error: the process died, as code under test does that fails a check of its
  // own.
  Result<Arrival> walk(const Destination& to, std::uint64_t limit);
  Result<std::string> ask(const Question& question);
  Result<std::string> judge(std::uint64_t events);
  // Another process that stands where this one does.
  Result<RunProcess> fork();

 private:
  explicit RunProcess(End end) : end_(std::move(end)) {}
  Result<std::string> exchange(const std::string& order, End* passed = nullptr);

  End end_;
  int keeper_ = -1;  // process id, of the one that start() made
};

}  // namespace wn::travel
