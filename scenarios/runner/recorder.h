#pragma once
// Recorder: what the simulated clients tell, as a history with true times.
//
// Keys are numbers (a key-value service) or texts (a realm): "w12.tags" for a property, "w12" for a worknode.
// In other modes: "s12" the STRONG register of a worknode, a value as a key-value service's; "n3.w12.title" a
// LOCAL property of node 3.
// Values in a realm: of nest [key, element], of create the new worknode, of move the new parent, of query its
// limit. What a realm's get, query or call saw is always a list; nil: the property has no value.
#include <cstdint>
#include <functional>
#include <map>

#include "checkers/history/recorder.h"
#include "runtime/base/time.h"
#include "scenarios/runner/gluings.h"
#include "scenarios/workloads/operation_listener.h"

namespace wn::scenarios {

class Recorder final : public OperationListener {
 public:
  // `now` gives the true time, `home` the server that a client asks; both must outlive the recorder.
  explicit Recorder(std::function<SimTime()> now, std::function<NodeId(NodeId)> home = {})
      : now_(std::move(now)), home_(std::move(home)) {}

  void on_invoke(std::uint32_t process, const faults::Operation& operation) override;
  void on_complete(std::uint32_t process, const faults::Operation& operation,
                   const OperationResult& result) override;

  void on_glued(NodeId node, const Bytes& sections, const Bytes& certificate) override {
    if (gluings_.size() < kGluingsMax)
      gluings_.push_back({.node = node, .at = now_(), .sections = sections, .certificate = certificate});
  }

  std::vector<Gluing> take_gluings() { return std::move(gluings_); }
  checkers::History take() { return recorder_.take(); }
  const checkers::History& history() const { return recorder_.history(); }
  const std::vector<Gluing>& gluings() const { return gluings_; }
  std::uint64_t count(checkers::Outcome outcome) const { return counts_[static_cast<std::size_t>(outcome)]; }
  std::uint64_t first_try_ok() const { return first_try_ok_; }
  std::uint64_t completed_ok() const { return count(checkers::Outcome::ok); }

 private:
  checkers::Atom list_of(const std::vector<std::int64_t>& elements, bool always);
  checkers::Atom key_of(const faults::Operation& operation);
  checkers::Atom value_of(const faults::Operation& operation);
  std::vector<checkers::MicroOperation> micro_operations(const faults::Operation& operation,
                                                         const OperationResult* result);

  std::function<SimTime()> now_;
  std::function<NodeId(NodeId)> home_;
  checkers::HistoryRecorder recorder_;
  std::map<std::uint32_t, checkers::HistoryRecorder::Handle> open_;  // by process
  std::array<std::uint64_t, 4> counts_{};
  std::uint64_t first_try_ok_ = 0;
  std::vector<Gluing> gluings_;
};

}  // namespace wn::scenarios
