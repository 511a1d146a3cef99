#pragma once
// A closed-loop load: each of `clients` keeps `window` operations under way and asks for the next when one is
// answered. Times are from asking to the answer, on the loop's thread; what is asked before the end of the
// warm-up is not counted. One thread drives all clients. Closed loops hide waiting behind a slow server
// (coordinated omission): these figures are comparisons of systems under the same load, not response times
// under a given rate.
#include <cstdint>
#include <functional>
#include <string>

#include "runtime/base/time.h"
#include "runtime/real/loop.h"
#include "scenarios/cluster/histogram.h"

namespace wn::cluster_bench {

struct LoadOptions {
  std::uint32_t clients = 64;
  std::uint32_t window = 1;
  Duration warm = milliseconds(500);
  Duration time = seconds(3);
};

class Target {
 public:
  using Done = std::function<void(bool ok)>;
  virtual ~Target() = default;
  // `slot` < window: at most one operation of a client's slot is under way. `done` is called once, later.
  virtual void ask(std::uint32_t client, std::uint32_t slot, std::uint64_t number, Done done) = 0;
};

struct LoadResult {
  std::uint64_t done = 0;
  std::uint64_t failed = 0;
  Duration took;
  Duration client_processor;  // of this thread
  Duration server_processor;  // of all servers; filled in by who knows them
  cluster::Histogram latency;
  double per_second() const {
    return took.ns > 0 ? static_cast<double>(done) * 1e9 / static_cast<double>(took.ns) : 0;
  }
};

// `begun` is called at the end of the warm-up, `ended` at the end.
LoadResult run_load(real::Loop& loop, Target& target, const LoadOptions& options,
                    const std::function<void()>& begun = {}, const std::function<void()>& ended = {});

}  // namespace wn::cluster_bench
