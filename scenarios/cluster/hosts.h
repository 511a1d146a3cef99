#pragma once
// Servers on other machines: a file says where they are and with which commands an operator there ends, stops
// and starts them; the runner gives these commands over ssh.
//
//   [[host]]
//   node = "n1"                       # a server of the plan
//   ssh = "tester@alpha"              # as ssh takes it; keys and agents are ssh's own business
//   address = "192.0.2.11:7411"       # of the daemon
//   start = ["systemctl", "start", "worknode"]
//   kill  = ["systemctl", "kill", "-s", "KILL", "worknode"]
//   pause = ["systemctl", "kill", "-s", "STOP", "worknode"]
//   go_on = ["systemctl", "kill", "-s", "CONT", "worknode"]
//   wipe  = ["rm", "-rf", "/var/lib/worknode/data"]        # optional: without it nothing is wiped
//   stop  = ["systemctl", "stop", "worknode"]              # optional: without it daemons go on after a run
//
// A run begins with servers that have nothing: where there is a `wipe`, each is killed and wiped first, so
// that what an earlier run left (killed, say) does not count; where there is none, it is made to go on.
// `stop` is given at the end, also after Ctrl-C.
//
// Partitions are made by nft on the receiving machine, in a table "wn_cluster" of our own that is removed at
// the end.
#include <filesystem>
#include <set>
#include <vector>

#include "faults/plan/plan.h"
#include "scenarios/cluster/command.h"
#include "scenarios/cluster/servers.h"

namespace wn::cluster {

struct HostEntry {
  NodeId node;
  std::string ssh;
  std::string address;  // "host:port"
  Command start, kill, pause, go_on, wipe, stop;
};

// Errors: with line and column; a host that is named twice.
Result<std::vector<HostEntry>> read_hosts(const std::filesystem::path& file);
Result<std::vector<HostEntry>> parse_hosts(std::string_view text, const std::string& file);

// What ssh is run with, for one command on that machine: each word quoted for the shell over there.
Command over_ssh(const HostEntry& host, const Command& command);

struct RemoteOptions {
  const faults::Plan& plan;
  std::vector<HostEntry> hosts;
  int driver = -1;
  CommandLog* log = nullptr;
};

class RemoteHands final : public Servers {
 public:
  explicit RemoteHands(RemoteOptions options) : options_(std::move(options)) {}
  ~RemoteHands() override;
  RemoteHands(const RemoteHands&) = delete;
  RemoteHands& operator=(const RemoteHands&) = delete;

  // Each machine is reached, its nft table is made, its daemon is as new.
  Result<void> prepare() override;
  void begin_at(std::int64_t) override {}
  void attend() override {}
  std::vector<Death> deaths() override { return {}; }
  void end_all() override;
  std::uint64_t powerless_downs() const override { return 0; }

  Result<void> cut(std::span<const faults::Link> links) override;
  Result<void> mend(std::span<const faults::Link> links) override;
  Result<void> crash(std::span<const NodeId> nodes, CrashCause cause) override;
  Result<void> start(NodeId node, std::span<const faults::Fault> in_force) override;
  Result<void> pause(NodeId node) override;
  Result<void> go_on(NodeId node) override;
  Result<void> tell(NodeId node, const faults::Fault& fault, bool begins) override;
  Result<void> tell_clients(const faults::Fault& fault, bool begins) override;
  Result<void> ask_admin(const faults::Fault& fault) override;

 private:
  const HostEntry* find(NodeId node) const;
  Result<void> run(NodeId node, const Command HostEntry::* command);
  Result<void> change(std::span<const faults::Link> links, bool begins);

  RemoteOptions options_;
  bool tables_ = false;
  std::set<NodeId> started_;
};

}  // namespace wn::cluster
