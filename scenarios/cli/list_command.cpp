#include <fmt/format.h>

#include <algorithm>

#include "checkers/portfolio/portfolio.h"
#include "faults/nemesis/nemesis.h"
#include "runtime/config/limit_table.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/cli/json_io.h"
#include "scenarios/exhaustive/models.h"
#include "scenarios/explore/strategy.h"
#include "scenarios/workloads/workload.h"

namespace wn::scenarios {
namespace {

Result<std::vector<ListItem>> list_scenarios() {
  const auto catalog = find_catalog();
  if (!catalog) return fail(Errc::not_found, "scenarios/catalog: not found here or beside the program");
  const auto scenarios = load_scenarios({catalog->string()});
  if (!scenarios) return fail(scenarios.error());
  std::vector<ListItem> items;
  for (const Scenario& scenario : *scenarios) items.push_back({scenario.path.string(), scenario.title});
  return items;
}

}  // namespace

std::vector<ListItem> list_faults() {
  std::vector<ListItem> items;
  for (const faults::Nemesis& nemesis : faults::nemeses()) {
    items.push_back(
        {std::string(nemesis.name),
         fmt::format("[{}{}] {}", nemesis.family, nemesis.stock ? "" : ", by name only", nemesis.words)});
  }
  return items;
}

std::vector<ListItem> list_workloads() {
  std::vector<ListItem> items;
  for (const WorkloadKind& kind : workload_kinds())
    items.push_back({std::string(kind.name), std::string(kind.words)});
  return items;
}

std::vector<ListItem> list_checkers() {
  return {
      {"linearizability",
       "by key, against a model; pass and fail are proofs, unknown when the budget runs out"},
      {"isolation", "strict serializability of list-append transactions"},
      {"raft-safety", "one leader a term, log matching, leader completeness, commits never change"},
      {"durability", "nothing acknowledged is lost, nothing refused appears"},
      {"liveness", "once faults freeze, a connected core with a quorum serves clients"},
      {"convergence", "realm: replicas that know the same are the same, and in the end all are"},
      {"tree", "realm: no cycle, one parent, nothing out of reach, at every replica"},
      {"causality", "realm: updates in causal order, once; a later write wins"},
      {"capability", "realm: nothing took effect without a right that was valid at that time"},
      {"eventual", "realm: nothing acknowledged is lost, replicas agree, sessions see their own work"},
      {"accountability", "signed realm: nobody honest is called a liar"},
      {"supervision", "realm: who fails is looked after, who asks is answered"},
      {"sequential", "realm, LOCAL: one order of a node's operations that every process's order is part of"},
      {"session", "realm, EVENTUAL: read your writes, monotonic reads and writes, writes follow reads"},
      {"causal", "realm, EVENTUAL: no effect without its cause; concurrent writes have one order"},
      {"replication",
       "realm, EVENTUAL: each type is its sequential model over the updates that were visible"},
      {"groups", "realm, STRONG: replicas of a group agree; a worknode is served by its owner alone"},
      {"sometimes", "what a sweep must have exercised at least once"},
  };
}

std::vector<ListItem> list_models() {
  std::vector<ListItem> items;
  for (const checkers::ModelWord& model : checkers::model_words()) {
    items.push_back({std::string(model.name), fmt::format("{} [{}]", model.summary, model.consistency)});
  }
  return items;
}

std::vector<ListItem> list_consistencies() {
  std::vector<ListItem> items;
  for (checkers::ConsistencyWord& word : checkers::consistency_words())
    items.push_back({std::move(word.name), std::move(word.summary)});
  return items;
}

std::vector<ListItem> list_limits() {
  const Limits defaults;
  std::vector<ListItem> items;
  for (const config::LimitRow& row : config::limit_table()) {
    items.push_back({std::string(row.name),
                     fmt::format("[{}; {} to {}] {}", config::amount_text(defaults.*row.field, row.unit),
                                 config::amount_text(row.least, row.unit),
                                 config::amount_text(row.most, row.unit), row.at_the_limit)});
  }
  return items;
}

std::vector<ListItem> list_exhaustive() {
  std::vector<ListItem> items;
  for (const exhaustive::ModelInfo& model : exhaustive::models())
    items.push_back({std::string(model.name), std::string(model.words)});
  return items;
}

Result<ExitCode> list_command(Console& console, const ListArguments& arguments) {
  if (auto usable = check_output_path(arguments.json); !usable) return fail(usable.error());
  std::vector<ListItem> items;
  if (arguments.what == "scenarios") {
    auto listed = list_scenarios();
    if (!listed) return fail(listed.error());
    items = *std::move(listed);
  } else if (arguments.what == "faults") {
    items = list_faults();
  } else if (arguments.what == "workloads") {
    items = list_workloads();
  } else if (arguments.what == "strategies") {
    for (const explore::StrategyWord& word : explore::strategy_words())
      items.push_back({std::string(word.name), std::string(word.words)});
  } else if (arguments.what == "checkers") {
    items = list_checkers();
  } else if (arguments.what == "models") {
    items = list_models();
  } else if (arguments.what == "consistencies") {
    items = list_consistencies();
  } else if (arguments.what == "limits") {
    items = list_limits();
  } else if (arguments.what == "models-exhaustive") {
    items = list_exhaustive();
  } else {
    return fail(Errc::invalid_argument,
                "worknode list: expected scenarios, faults, workloads, strategies, checkers, models, "
                "models-exhaustive, consistencies or limits, got \"" +
                    arguments.what + "\"");
  }
  if (!arguments.json.empty()) {
    auto written = write_output(console, arguments.json, list_json(arguments.what, items));
    if (!written) return fail(written.error());
    if (arguments.json == "-") return ExitCode::pass;
  }
  std::size_t width = 0;
  for (const ListItem& item : items) width = std::max(width, item.name.size());
  for (const ListItem& item : items) console.print(fmt::format("{:<{}}  {}\n", item.name, width, item.about));
  return ExitCode::pass;
}

}  // namespace wn::scenarios
