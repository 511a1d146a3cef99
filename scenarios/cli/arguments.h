#pragma once
// The command line as values, checked: what a command gets is in range. Pure but for the text of --help.
// Errors are one line that names the option and what was expected (exit 2).
#include <cstdint>
#include <optional>
#include <string>
#include <variant>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/base/time.h"
#include "scenarios/cli/bench_arguments.h"
#include "scenarios/cli/branch_arguments.h"
#include "scenarios/cli/client_arguments.h"
#include "scenarios/cli/exhaust_arguments.h"
#include "scenarios/cli/export_arguments.h"

namespace wn::scenarios {

inline constexpr std::uint64_t kSeedsMax = 100'000'000;  // of one sweep, over all scenarios
inline constexpr std::uint32_t kShardsMax = 100'000;
inline constexpr std::int64_t kTimeLimitMax = 7LL * 24 * 3600;  // seconds
inline constexpr std::size_t kInputsMax = 10'000;

struct SeedRange {
  std::uint64_t first = 0;
  std::uint64_t count = 1;
};
struct Shard {
  std::uint32_t index = 1;  // from 1
  std::uint32_t of = 1;
};

// "200" is seeds 0 to 199, "10..19" both ends included, "7..7" one seed.
Result<SeedRange> parse_seeds(const std::string& text);
Result<Shard> parse_shard(const std::string& text);  // "2/4"
// A decimal number in [low, high]; `what` names it in the error.
Result<std::uint64_t> parse_number(const std::string& text, const std::string& what, std::uint64_t low,
                                   std::uint64_t high);
// "60s", "1500ms", "2m": more than nothing, at most a week.
Result<Duration> parse_time_limit(const std::string& text, const std::string& what);
Result<std::uint64_t> parse_bytes(const std::string& text,
                                  const std::string& what);  // "512MiB", "1GiB", "4096"

// Errors name the strategies that there are.
Result<void> check_strategy(const std::string& name);

struct RunArguments {
  std::string scenario;
  std::uint64_t seed = 0;
  std::string out = "runs";
  std::string json;
  bool no_trace = false;
  bool no_explain = false;
};
struct ChaosArguments {
  std::vector<std::string> scenarios;
  SeedRange seeds{.first = 0, .count = 100};
  unsigned jobs = 0;  // 0: all processors
  Shard shard;
  std::optional<Duration> time_limit;
  Duration shrink_limit = seconds(60);
  bool fail_fast = false;
  bool no_shrink = false;
  bool no_explain = false;
  bool fixed = false;
  bool no_folders = false;
  bool no_live = false;
  std::string junit;
  std::string json;
  std::string results;
  std::string digests;
  std::string out = "runs";
  std::string strategy = "random";
  std::string stop_early;  // "yes", "no"; empty: as the strategy has it
  bool no_exploration = false;
  std::uint32_t depth = 3;
};
struct MergeArguments {
  std::vector<std::string> results;
  std::string json;
  std::string junit;
};
struct ReplayArguments {
  std::string input;
  std::optional<Duration> until;
  std::optional<std::uint64_t> seed;
  bool verify = false;
  bool all = false;
  bool no_explain = false;
  bool prompt = false;         // a debugger's, from standard input
  bool against_model = false;  // also of a simulated run; real ones are held against it in any case
  std::string json;
};
struct ShrinkArguments {
  std::string input;
  std::string output;
  std::string regression;  // its name, when it is kept as one; `output` is then where it goes
  Duration time_limit = seconds(60);
  std::uint64_t steps = 0;  // 0: the stock limit
  unsigned jobs = 0;
  std::string json;
};
struct CheckArguments {
  std::vector<std::string> histories;
  std::string model;
  std::string consistency;
  std::string checker = "native";
  std::string elle_jar, elle_plots;
  std::uint64_t steps = 50'000'000;
  bool steps_given = false;
  std::uint64_t memory_bytes = 1ULL << 30;
  std::optional<Duration> time_limit;
  bool exact = false;
  bool explain = false;
  bool failed_cas_silent = false;
  bool wfr_keys = false, sequential_keys = false, linearizable_keys = false;
  std::uint64_t permits = 1;
  std::uint32_t k = 2;
  unsigned jobs = 1;
  bool follow = false;
  Duration idle = seconds(5);
  std::string picture;
  std::string json;
};
struct ReportArguments {
  std::vector<std::string> runs;
  std::string output;
};
struct ListArguments {
  std::string what;
  std::string json;
};
struct DemoArguments {
  std::string name;
  bool fixed = false;
  std::uint64_t seeds = 0;  // 0: the stock number
  unsigned jobs = 0;
  std::string out = "runs";
};
struct NodeArguments {
  std::string config;
  std::string new_identity;
  bool check = false;
  bool print_config = false;
};
struct ClusterArguments {
  std::string scenario;
  std::uint32_t nodes = 0;  // 0: as the scenario has it
  std::uint64_t seed = 0;
  std::optional<Duration> duration;
  std::string out = "runs";
  std::string json;
  bool namespaces = false;
  bool plain = false;
  bool sim = false;
  bool keep_data = false;
  bool dry_run = false;
  std::string hosts;
};
struct HelpArguments {
  std::string text;  // what to print; exit 0
};

using Arguments =
    std::variant<HelpArguments, RunArguments, ChaosArguments, MergeArguments, ReplayArguments,
                 ShrinkArguments, CheckArguments, ReportArguments, ListArguments, DemoArguments,
                 NodeArguments, ClusterArguments, ClientArguments, BenchArguments, SimBenchArguments,
                 BranchArguments, ExplainArguments, ExhaustArguments, ExportArguments>;

Result<Arguments> parse_arguments(int argc, const char* const* argv);
// A line that begins with get, put, call or watch.
Result<Arguments> parse_client_arguments(int argc, const char* const* argv);
// The rest of the line behind "bench".
Result<Arguments> parse_bench_arguments(int argc, const char* const* argv);
Result<Arguments> parse_sim_bench_arguments(int argc, const char* const* argv);  // unless "cluster" follows
// Lines that begin with branch, and with explain.
Result<Arguments> parse_branch_arguments(int argc, const char* const* argv);
Result<Arguments> parse_explain_arguments(int argc, const char* const* argv);
// The rest of the line behind "exhaust".
Result<Arguments> parse_exhaust_arguments(int argc, const char* const* argv);
// The rest of the line behind "export".
Result<Arguments> parse_export_arguments(int argc, const char* const* argv);
// The rest of the line behind "cluster".
Result<Arguments> parse_cluster_arguments(int argc, const char* const* argv);

}  // namespace wn::scenarios
