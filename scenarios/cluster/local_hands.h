#pragma once
// The servers of a run as child processes on this machine, and the hands that hurt them: signals, files, the
// hub's nft set, and messages to the test programs and to the clients' driver.
//
// Partitions are the hub's where there are namespaces; on plain loopback the test programs and the driver
// drop the datagrams themselves. Thread rule: the runner's thread.
#include <sys/types.h>

#include <filesystem>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "scenarios/cluster/net_plan.h"
#include "scenarios/cluster/netem.h"
#include "scenarios/cluster/servers.h"
#include "scenarios/cluster/spawn.h"

namespace wn::cluster {

struct LocalOptions {
  const faults::Plan& plan;
  NetPlan net;
  std::string program;            // worknode-hurt
  std::filesystem::path folder;   // of the run's scratch: <folder>/n1 is n1's
  std::filesystem::path sockets;  // short paths: a socket's name has 107 bytes
  int driver = -1;                // channel to the clients
  CommandLog* log = nullptr;
  bool netem = false;  // the kernel of the hub has it
};

class LocalHands final : public Servers {
 public:
  explicit LocalHands(LocalOptions options);
  ~LocalHands() override;
  LocalHands(const LocalHands&) = delete;
  LocalHands& operator=(const LocalHands&) = delete;

  // Folders, identities, configurations and trace files of all servers.
  Result<void> prepare() override;

  void begin_at(std::int64_t epoch_ns) override { epoch_ns_ = epoch_ns; }

  Result<void> cut(std::span<const faults::Link> links) override;
  Result<void> mend(std::span<const faults::Link> links) override;
  Result<void> crash(std::span<const NodeId> nodes, CrashCause cause) override;
  Result<void> start(NodeId node, std::span<const faults::Fault> in_force) override;
  Result<void> pause(NodeId node) override;
  Result<void> go_on(NodeId node) override;
  Result<void> tell(NodeId node, const faults::Fault& fault, bool begins) override;
  Result<bool> network(const faults::Fault& fault, bool begins) override;
  Result<void> tell_clients(const faults::Fault& fault, bool begins) override;
  Result<void> ask_admin(const faults::Fault& fault) override;

  // Takes up connections to programs that have begun to listen.
  void attend() override;
  std::vector<Death> deaths() override;
  // SIGTERM to all, time to end in good order, then SIGKILL.
  void end_all() override;

  std::filesystem::path folder_of(NodeId node) const;
  std::filesystem::path trace_of(NodeId node) const { return folder_of(node) / "trace"; }
  std::filesystem::path log_of(NodeId node) const { return folder_of(node) / "log"; }
  std::uint64_t powerless_downs() const override { return powerless_downs_; }

 private:
  struct Server {
    Seat seat;
    pid_t pid = -1;
    int control = -1;
    bool stopped = false;
    std::uint64_t lives = 0;                              // processes that it has had
    std::vector<std::pair<faults::Fault, bool>> waiting;  // told before it listened, in order
  };
  Server* find(NodeId node);
  void drop(Server& server);
  void kill_now(Server& server);
  Result<void> lose_power(std::span<const NodeId> nodes);
  Result<void> partition_by_programs(std::span<const faults::Link> links, bool begins);
  std::filesystem::path socket_of(NodeId node) const;
  bool serves(NodeId node) const { return servers_.contains(node); }

  LocalOptions options_;
  Netem netem_;
  std::int64_t epoch_ns_ = 0;
  std::map<NodeId, Server> servers_;
  std::map<faults::Link, faults::Fault> cuts_;  // by the programs themselves
  std::uint32_t last_cut_ = 0;
  std::uint64_t powerless_downs_ = 0;  // powers lost of servers that were down: nothing left to undo it
};

}  // namespace wn::cluster
