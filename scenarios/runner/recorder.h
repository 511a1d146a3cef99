#pragma once
// Recorder: what the simulated clients tell, as a history with true times.
#include <cstdint>
#include <functional>
#include <map>

#include "checkers/history/recorder.h"
#include "runtime/base/time.h"
#include "scenarios/workloads/operation_listener.h"

namespace wn::scenarios {

class Recorder final : public OperationListener {
 public:
  // `now` gives the true time; it must outlive the recorder.
  explicit Recorder(std::function<SimTime()> now) : now_(std::move(now)) {}

  void on_invoke(std::uint32_t process, const faults::Operation& operation) override;
  void on_complete(std::uint32_t process, const faults::Operation& operation,
                   const OperationResult& result) override;

  checkers::History take() { return recorder_.take(); }
  std::uint64_t count(checkers::Outcome outcome) const { return counts_[static_cast<std::size_t>(outcome)]; }
  std::uint64_t first_try_ok() const { return first_try_ok_; }
  std::uint64_t completed_ok() const { return count(checkers::Outcome::ok); }

 private:
  checkers::Atom list_of(const std::vector<std::int64_t>& elements);
  std::vector<checkers::MicroOperation> micro_operations(const faults::Operation& operation,
                                                         const OperationResult* result);

  std::function<SimTime()> now_;
  checkers::HistoryRecorder recorder_;
  std::map<std::uint32_t, checkers::HistoryRecorder::Handle> open_;  // by process
  std::array<std::uint64_t, 4> counts_{};
  std::uint64_t first_try_ok_ = 0;
};

}  // namespace wn::scenarios
