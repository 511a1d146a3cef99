#pragma once
// The line of `worknode exhaust`, as values, checked.
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/base/time.h"
#include "scenarios/exhaustive/models.h"

namespace wn::scenarios {

struct ExhaustArguments {
  std::string model;
  exhaustive::Scopes scopes;
  std::optional<Duration> time_limit;
  std::uint64_t memory_bytes = std::uint64_t{8} << 30;
  std::uint64_t states = 2'000'000'000;
  std::uint32_t depth = 10'000;
  std::string script;  // where Raft's counterexample goes as a golden script
  std::string json;
};

}  // namespace wn::scenarios
