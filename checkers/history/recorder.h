#pragma once
// HistoryRecorder: builds a history while a run goes on. Cheap: an operation is one element of a vector.
// Positions are given in call order, which is real-time order in a world with one thread.
// Rule (Jepsen's): a process has one operation open at a time and none after `info`; the caller retires the
// process id. complete() of a completed handle is our bug (CHECK).
#include <cstdint>
#include <string>
#include <vector>

#include "checkers/history/history.h"

namespace wn::checkers {

class HistoryRecorder {
 public:
  using Handle = std::uint32_t;

  Interner& atoms() { return history_.atoms; }

  Handle invoke(std::uint32_t process, Function function, Atom key, Atom value, std::int64_t time_ns,
                Atom expected = kNil);
  Handle invoke_txn(std::uint32_t process, std::vector<MicroOperation> txn, std::int64_t time_ns);
  // `result`: what a read saw when ok. For a cas, `fail` means "the precondition did not hold".
  void complete(Handle handle, Outcome outcome, std::int64_t time_ns, Atom result = kNil);
  void complete_txn(Handle handle, Outcome outcome, std::int64_t time_ns, std::vector<MicroOperation> txn);

  const History& history() const { return history_; }
  History take() { return std::move(history_); }

 private:
  History history_;
};

}  // namespace wn::checkers
