#pragma once
// Prober: P(failure) at a moment of a run, each moment asked once. Private to this room.
#include <chrono>
#include <cstdint>
#include <map>
#include <vector>

#include "scenarios/multiverse/explain.h"

namespace wn::scenarios {

class Prober {
 public:
  explicit Prober(const ExplainOptions& options);

  // Where `run` stands.
  Result<CurvePoint> probe(LiveRun& run);
  // Behind `events` events of a run of `plan`.
  Result<CurvePoint> probe(const faults::Plan& plan, std::uint64_t events);
  // The share of failing futures where `run` stands; not kept.
  Result<Share> ask(LiveRun& run);

  // No more can be asked; or, of futures, no more than `kept_back` beyond one probability.
  bool out_of_budget(std::uint64_t kept_back = 0) const {
    if (options_.futures_max != 0 && futures_ + options_.futures + kept_back > options_.futures_max)
      return true;
    return std::chrono::steady_clock::now() >= end_;
  }
  std::uint64_t futures() const { return futures_; }
  // `curve` and all points that were asked between its first and its last one, ascending.
  std::vector<CurvePoint> along(std::vector<CurvePoint> curve) const;

 private:
  const ExplainOptions& options_;
  std::chrono::steady_clock::time_point end_;
  std::uint64_t futures_ = 0;
  std::map<std::uint64_t, CurvePoint> known_;  // by events
};

}  // namespace wn::scenarios
