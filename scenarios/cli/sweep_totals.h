#pragma once
// What a sweep came to. Pure sums over the results of single seeds: the order in which results arrive, and
// how they were spread over shards, never changes the totals.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "checkers/history/verdict.h"
#include "runtime/base/flat_map.h"
#include "scenarios/cli/exit_code.h"
#include "scenarios/explore/behaviours.h"
#include "scenarios/shrink/shrink.h"

namespace wn::scenarios {

// A scenario must have run this many seeds before a claim that never came true counts against it.
inline constexpr std::uint64_t kSometimesSeedsMin = 20;

// One seed of one scenario: a line of a results file, and what a worker sends.
struct SeedResult {
  std::string scenario;  // the path as given, which names it for people and for replays
  std::uint64_t seed = 0;
  checkers::Outcome3 outcome = checkers::Outcome3::pass;
  std::string signature;
  std::string digest;         // hex
  std::string trouble;        // an error of our own; then nothing else holds
  std::uint64_t wall_us = 0;  // of the run and its judges
  std::uint64_t cpu_us = 0;   // of the worker, the making of the plan included
  std::uint64_t simulated_us = 0;
  std::uint64_t events = 0;
  std::uint64_t messages = 0;
  std::uint64_t faults = 0;
  std::uint64_t operations_ok = 0;
  std::uint64_t operations_fail = 0;
  std::uint64_t operations_info = 0;
  std::uint64_t first_try_ok = 0;
  FlatMap<std::string, std::uint64_t> sometimes;
  std::string print;         // explore::Fingerprint, encoded: of a worker's answer, not of a results file
  std::uint64_t cut_ns = 0;  // likewise: where a run ended early, at a violation

  bool failed() const { return outcome == checkers::Outcome3::fail; }
};

// What the totals must know about a scenario besides its seeds.
struct SweptScenario {
  std::string scenario;  // as in SeedResult
  std::string config_hash;
  std::string build_id;
  std::vector<std::string> sometimes;  // claims that must come true in some seed
  std::string strategy = "random";     // that chose the plans (scenarios/explore)
  std::string folders;                 // where run folders of failures are left; empty: nowhere
  friend bool operator==(const SweptScenario&, const SweptScenario&) = default;
};

// The command that shows a failing seed of this scenario again: of the stock swarm the seed says all, of
// other strategies the plan, in the run folder that the sweep left.
std::string replay_command(const SweptScenario& about, std::uint64_t seed);

// What the seeds of one scenario, or of a shard's part of them, did: a line of a results file.
struct SweptBehaviours {
  std::string scenario;
  explore::Behaviours seen;
};

// Where the failing plan and its short form are; filled by the sweep that has them.
struct FailureFiles {
  std::string plan;
  std::string shrunk_plan;
  std::optional<PlanSize> shrunk;
};

struct ScenarioTotals {
  SweptScenario about;
  std::uint64_t seeds = 0;
  std::uint64_t passed = 0;
  std::uint64_t failed = 0;
  FlatMap<std::string, std::uint64_t> sometimes;
  explore::Behaviours seen;
  std::vector<std::string> missing() const;  // required, enough seeds, never came true
};

struct Failure {
  std::string scenario;
  std::uint64_t seed = 0;
  std::string signature;
  FailureFiles files;
};

struct Group {
  std::string signature;
  std::uint64_t count = 0;
  const Failure* lowest = nullptr;  // lowest seed of the first scenario by name
};

class SweepTotals {
 public:
  void add(const SweptScenario& scenario);
  // A result for the same scenario and seed is counted once; a second one must agree (else nondeterminism).
  void add(const SeedResult& result);
  // Of shards that share no seed: what they saw is summed.
  void add(const SweptBehaviours& behaviours);
  void set_files(const std::string& scenario, std::uint64_t seed, FailureFiles files);

  std::uint64_t seeds() const { return seen_.size(); }
  std::uint64_t passed() const { return passed_; }
  std::uint64_t failed() const { return failed_; }
  std::uint64_t unknown() const { return unknown_; }
  std::string strategy() const;  // "random" unless some scenario was explored by another
  std::uint64_t troubled() const { return troubled_; }
  std::uint64_t nondeterministic() const { return nondeterministic_; }
  std::uint64_t twice() const { return twice_; }
  std::uint64_t events() const { return events_; }
  std::uint64_t core_us() const { return core_us_; }
  std::uint64_t simulated_us() const { return simulated_us_; }
  std::uint64_t operations_ok() const { return operations_ok_; }
  double behaviours() const;  // distinct ones, summed over the scenarios
  double seeds_per_core_hour() const;
  double events_per_second() const;  // of one core

  struct Outcome {
    std::string digest;
    checkers::Outcome3 outcome{};
    std::string signature;
    std::string trouble;
    std::uint64_t wall_us = 0;
  };
  using Key = std::pair<std::string, std::uint64_t>;  // scenario, seed
  const std::map<Key, Outcome>& outcomes() const { return seen_; }
  std::vector<Failure> failures() const;                                  // by scenario, then seed
  std::vector<Group> groups(const std::vector<Failure>& failures) const;  // most frequent first
  std::vector<ScenarioTotals> scenarios() const;                          // by name
  std::vector<std::string> troubles() const;
  std::vector<SeedResult> diverging() const;
  bool sometimes_missing() const;
  ExitCode exit_code() const;

 private:
  std::map<Key, Outcome> seen_;
  std::map<Key, Failure> failures_;
  std::map<std::string, ScenarioTotals> scenarios_;
  std::map<Key, SeedResult> diverging_;
  std::uint64_t passed_ = 0, failed_ = 0, unknown_ = 0, troubled_ = 0, nondeterministic_ = 0, twice_ = 0;
  std::uint64_t events_ = 0, core_us_ = 0, simulated_us_ = 0, operations_ok_ = 0;
};

}  // namespace wn::scenarios
