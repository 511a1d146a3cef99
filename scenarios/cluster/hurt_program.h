#pragma once
// worknode-hurt: the daemon (runtime/daemon) with what a test needs around it: faults/live between QUIC and
// the machine, a planted defect or a lie in the service, a trace file, and a control socket. The product's
// `worknode node` has none of these.
//
//   worknode-hurt --config n1.toml --plan plan.txtpb --trace n1.trace --control n1.sock --epoch NS [--faults
//   FILE] [--life N]
//
// The daemon itself is configured by its TOML file as any other; the plan tells the rest: the node's clocks
// and disk, defects and lies. FILE holds faults that are in force when it starts; N counts the
// starts of this node. Exit codes: 0 it was told
// to end, kPowerLost the power went, 2 it cannot begin (one line on standard error), 6 it cannot go on.
#include <filesystem>
#include <span>
#include <string>

#include "faults/plan/plan.h"
#include "runtime/base/result.h"

namespace wn::cluster {

inline constexpr int kPowerLost = 77;

int hurt_main(int argc, char** argv);

// Faults in force, as FILE holds them.
Result<void> write_faults(const std::filesystem::path& file, std::span<const faults::Fault> in_force);
Result<std::vector<faults::Fault>> read_faults(const std::filesystem::path& file);

// What of a plan a server's test program is given: who there is, and what no runner can tell a process.
faults::Plan servers_part(const faults::Plan& plan);

}  // namespace wn::cluster
