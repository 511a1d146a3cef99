#pragma once
// The lines of `worknode branch` and `worknode explain`, as values, checked.
#include <cstdint>
#include <optional>
#include <string>

#include "runtime/base/time.h"

namespace wn::scenarios {

struct BranchArguments {
  std::string input;       // a run folder, a plan, or a scenario
  std::uint64_t seed = 0;  // of a scenario: its own; of the family of futures otherwise (0 stands for 1)
  std::optional<Duration> at;
  std::optional<std::uint64_t> at_event;
  bool on_sometimes = false;
  std::uint64_t futures = 0;  // 0: 1000, or 32 of each place of --on-sometimes
  bool resample = false;
  unsigned jobs = 0;  // 0: all processors
  Duration budget = seconds(60);
  std::string out = "futures";
  std::uint64_t keep = 10;  // failing plans that are stored
  std::string json;
};

struct ExplainArguments {
  std::string input;  // a run folder or a plan
  std::uint64_t seed = 1;
  std::uint64_t futures = 40;
  std::uint32_t points = 16;
  unsigned jobs = 0;
  Duration budget = seconds(300);
  std::string json;
  std::string html;
};

}  // namespace wn::scenarios
