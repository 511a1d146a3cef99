#pragma once
// The sweep: every seed of every scenario, over all workers, seeds interleaved over scenarios. A share of the
// seeds (5%, at least one) is run a second time, as a task of its own, and the digests are compared.
//
// The engine knows neither files nor terminals: what it does with a result is the caller's. Which seeds a
// shard runs depends on the options alone.
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/sweep_totals.h"

namespace wn::scenarios {

inline constexpr std::uint32_t kTwicePpm = 50'000;
inline constexpr double kSeedSecondsMax = 600;  // a seed that takes longer is an error of our own

struct SweepTask {
  std::size_t scenario = 0;  // index
  std::uint64_t seed = 0;
  bool again = false;  // the comparison run
  std::string trial;   // what a strategy made of it (scenarios/explore); empty: the plan of the seed
};

// Asked for each task in order, told of each result in any order: a strategy that learns.
class TrialSource {
 public:
  virtual ~TrialSource() = default;
  // Nothing while answers of tasks under way are awaited: then no further task starts.
  virtual std::optional<std::string> propose(const SweepTask& task) = 0;
  virtual void learn(const SweepTask& task, const SeedResult& result) = 0;  // of comparison runs nothing
};

struct SweepOptions {
  std::size_t scenarios = 1;
  SeedRange seeds;
  Shard shard;
  unsigned jobs = 1;
  double seconds_max = 0;  // no further task starts afterwards; 0: no limit
  bool fail_fast = false;
  TrialSource* source = nullptr;  // nullptr: seeds make their own plans
};

// Runs in a worker process. `scenario` of the result is filled in by the engine's caller.
using SeedRunner = std::function<SeedResult(const SweepTask&)>;

class SweepListener {
 public:
  virtual ~SweepListener() = default;
  virtual void on_result(const SweepTask& task, const SeedResult& result) = 0;
  virtual void on_tick(std::uint64_t done, std::uint64_t total) = 0;
};

struct SweepEnd {
  std::uint64_t total = 0;  // tasks of this shard
  std::uint64_t done = 0;
  bool out_of_time = false;
  bool stopped = false;  // fail-fast
};

// The n-th task of the whole sweep (before sharding), and how many there are.
std::uint64_t task_count(const SweepOptions& options);
SweepTask task_at(const SweepOptions& options, std::uint64_t index);
bool runs_twice(const SweepTask& task);

// Errors: no worker process can be had.
Result<SweepEnd> run_sweep(const SweepOptions& options, const std::vector<std::string>& names,
                           const SeedRunner& runner, SweepListener& listener);

}  // namespace wn::scenarios
