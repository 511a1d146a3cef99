#pragma once
// Scenario: a small TOML file that composes a topology, workloads, faults and claims. A scenario and a seed
// make a plan, and nothing but the plan decides what runs.
#include <cstdint>
#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/result.h"

namespace wn::scenarios {

struct ScenarioSpec;  // scenario_spec.h: the parsed tables

struct Scenario {
  std::string name;  // the file's stem
  std::filesystem::path path;
  std::string title;        // one line for people
  std::string config_hash;  // 16 hex digits over the file's meaning; part of every repro line
  std::shared_ptr<const ScenarioSpec> spec;
};

// Errors carry file, line, column and what was expected. At most 1 MiB is read.
Result<Scenario> load_scenario(const std::filesystem::path& path);
Result<Scenario> parse_scenario(std::string text, const std::string& name);
// A file gives itself; a directory gives its *.toml, sorted by path, recursively.
Result<std::vector<std::filesystem::path>> find_scenarios(const std::filesystem::path& path);

// Pure: the same scenario and seed give the same plan on every machine.
faults::Plan make_plan(const Scenario& scenario, std::uint64_t seed);

}  // namespace wn::scenarios
