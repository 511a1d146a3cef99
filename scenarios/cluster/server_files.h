#pragma once
// What a server's folder holds before it starts: config.toml, identity.key, an empty data folder and the file
// that its events go to.
#include <filesystem>

#include "faults/plan/plan.h"
#include "scenarios/cluster/net_plan.h"

namespace wn::cluster {

Result<void> make_server_files(const faults::Plan& plan, const NetPlan& net, NodeId node,
                               const std::filesystem::path& folder);
// Of these, config.toml and identity.key alone: for a server that somebody else starts.
Result<void> write_server_config(const faults::Plan& plan, const NetPlan& net, NodeId node,
                                 const std::filesystem::path& folder);
// What all test programs read of the plan.
Result<void> write_servers_plan(const faults::Plan& plan, const std::filesystem::path& file);
// The folder is there, and empty.
Result<void> make_empty(const std::filesystem::path& folder);

}  // namespace wn::cluster
