#pragma once
// The HTML page of a sweep: ONE self-contained file, like a run's. What came of each scenario, failures by
// signature, what was never exercised, how failures and new behaviours came with the seeds, and how long a
// seed takes.
//
// Input: plain sums; pure. Limits: the first kSweepFailuresMax failing seeds are listed, the rest is counted.
// Errors: none; an empty sweep has a page. Thread rule: none.
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

namespace wn::reports {

inline constexpr std::size_t kSweepFailuresMax = 1'000;
inline constexpr std::size_t kSweepGroupsMax = 500;
inline constexpr std::size_t kSweepTroublesMax = 100;

struct SweepPage {
  struct Point {
    std::uint64_t seed = 0;
    double behaviours = 0;  // distinct ones that some seed up to this one showed
  };
  struct Scenario {
    std::string name;
    std::string strategy;  // that chose the plans; empty: not known
    std::uint64_t seeds = 0;
    std::uint64_t passed = 0;
    std::uint64_t failed = 0;
    std::uint64_t wall_us = 0;  // of all its seeds, on one core
    std::uint64_t events = 0;
    std::vector<std::pair<std::string, std::uint64_t>> sometimes;
    std::vector<std::string> missing;  // required claims that never came true
    std::vector<Point> curve;          // empty where behaviours were not counted
    double failure_rate_bound = -1;    // upper end of the 95% interval; -1: not known
  };
  struct Group {
    std::string signature;
    std::uint64_t count = 0;
    std::string scenario;  // of its lowest seed
    std::uint64_t seed = 0;
    std::string replay;  // one line
  };
  struct Failure {
    std::string scenario;
    std::uint64_t seed = 0;
    std::string signature;
  };
  struct Bin {
    double seconds = 0;  // its lower border
    std::uint64_t seeds = 0;
  };

  std::string title;
  std::string build_id;
  std::uint64_t seeds = 0, passed = 0, failed = 0, unknown = 0, troubled = 0, nondeterministic = 0, twice = 0;
  std::uint64_t events = 0, operations_ok = 0;
  double core_seconds = 0, simulated_seconds = 0;
  std::vector<Scenario> scenarios;
  std::vector<Group> groups;      // most frequent first
  std::vector<Failure> failures;  // by scenario, then seed
  std::vector<std::string> troubles;
  std::vector<std::pair<std::uint64_t, std::uint64_t>>
      found;  // (seeds run, failing among them), in seeds' order
  std::vector<Bin> durations;
};

std::string sweep_html(const SweepPage& page);

}  // namespace wn::reports
