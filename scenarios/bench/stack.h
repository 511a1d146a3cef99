#pragma once
// The whole stack in one call, without checkers: servers, clients and an admin in a simulated world. For
// benches and tests of how the rooms fit together; runs that are judged go through scenarios/runner.
#include <cstdint>

#include "faults/plan/plan.h"
#include "runtime/backend/process.h"
#include "scenarios/workloads/operation_listener.h"

namespace wn::scenarios {

struct StackShape {
  std::uint32_t servers = 5;
  std::uint32_t spares = 0;
  std::uint32_t clients = 5;
  std::uint64_t operations_per_second = 10;  // over all clients
  std::uint32_t keys = 5;
  Duration duration = seconds(60);
  std::uint64_t seed = 1;
  bool check_invariants = false;
};

// Servers 1 … n, then spares, then clients, and an admin last. A mix of gets, puts, cas and appends.
faults::Plan stack_plan(const StackShape& shape);
// `plan` must outlive the factory.
ProcessFactory stack_factory(const faults::Plan& plan, const StackShape& shape, OperationListener* listener);

// Counts outcomes.
class OutcomeCounter final : public OperationListener {
 public:
  void on_invoke(std::uint32_t, const faults::Operation&) override { ++invoked; }
  void on_complete(std::uint32_t, const faults::Operation&, const OperationResult& result) override {
    if (result.outcome == checkers::Outcome::ok) ++ok;
    if (result.outcome == checkers::Outcome::fail) ++failed;
    if (result.outcome == checkers::Outcome::info) ++unknown;
    if (result.first_try) ++first_try;
  }
  std::uint64_t invoked = 0, ok = 0, failed = 0, unknown = 0, first_try = 0;
};

}  // namespace wn::scenarios
