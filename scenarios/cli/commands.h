#pragma once
// The commands, one file each. Each returns what it found; an Error is bad input (2) or an error of our own
// (6).
#include "runtime/base/result.h"
#include "scenarios/cli/arguments.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/exit_code.h"

namespace wn::scenarios {

Result<ExitCode> run_command(Console& console, const RunArguments& arguments);
Result<ExitCode> chaos_command(Console& console, const ChaosArguments& arguments);
Result<ExitCode> merge_command(Console& console, const MergeArguments& arguments);
Result<ExitCode> replay_command(Console& console, const ReplayArguments& arguments);
Result<ExitCode> shrink_command(Console& console, const ShrinkArguments& arguments);
Result<ExitCode> check_command(Console& console, const CheckArguments& arguments);
Result<ExitCode> report_command(Console& console, const ReportArguments& arguments);
Result<ExitCode> list_command(Console& console, const ListArguments& arguments);
Result<ExitCode> demo_command(Console& console, const DemoArguments& arguments);
Result<ExitCode> node_command(Console& console, const NodeArguments& arguments);
Result<ExitCode> cluster_command(Console& console, const ClusterArguments& arguments);
Result<ExitCode> client_command(Console& console, const ClientArguments& arguments);
Result<ExitCode> exhaust_command(Console& console, const ExhaustArguments& arguments);
Result<ExitCode> export_command(Console& console, const ExportArguments& arguments);
Result<ExitCode> bench_command(Console& console, const BenchArguments& arguments);
Result<ExitCode> sim_bench_command(Console& console, const SimBenchArguments& arguments);
Result<ExitCode> branch_command(Console& console, const BranchArguments& arguments);
Result<ExitCode> explain_command(Console& console, const ExplainArguments& arguments);

}  // namespace wn::scenarios
