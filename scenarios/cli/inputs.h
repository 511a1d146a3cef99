#pragma once
// What the commands read: scenarios named on the line, and runs or plans to replay, shrink or report.
#include <filesystem>
#include <optional>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/digest.h"
#include "runtime/base/result.h"
#include "scenarios/cli/json_io.h"
#include "scenarios/runner/scenario.h"

namespace wn::scenarios {

inline constexpr std::size_t kScenariosMax = 10'000;

// Files give themselves, folders their *.toml; each file once. Errors: the first that is no scenario.
Result<std::vector<Scenario>> load_scenarios(const std::vector<std::string>& paths);

// The same scenario without the bug that it plants: the same seeds, topology, operations and faults.
Scenario without_defect(const Scenario& scenario);

// A plan with what was stored beside it.
struct StoredRun {
  faults::Plan plan;
  std::filesystem::path plan_file;
  std::filesystem::path folder;  // empty when a lone plan was named
  std::optional<Digest> digest;  // of the stored run of this very plan
  std::vector<std::pair<NodeId, Digest>> node_digests;
  std::filesystem::path trace;     // trace.bin; empty when there is none
  std::filesystem::path skeleton;  // what the stored run came to (scenarios/drift); empty when there is none
  std::string build_id;            // of the build that left the folder
  std::string config_hash;
  std::string scenario;  // path of the scenario, when known
};
// A run folder, or a plan file (.txtpb). A plan that is "plan.txtpb" of a run folder has its digest too.
Result<StoredRun> load_run_or_plan(const std::string& path);

// What differs between the stored run and this program: one line each.
std::vector<std::string> differences(const StoredRun& stored);

// The scenario files that come with the program: <root>/scenarios/catalog, looked for beside the current
// folder and beside the program.
std::optional<std::filesystem::path> find_catalog();

// For `worknode list`.
std::vector<ListItem> list_faults();
std::vector<ListItem> list_workloads();
std::vector<ListItem> list_checkers();
std::vector<ListItem> list_models();
std::vector<ListItem> list_limits();  // an operator's: default, range, what happens

}  // namespace wn::scenarios
