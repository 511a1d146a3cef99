#include "scenarios/cluster/local_hands.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/un.h>
#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <cstring>
#include <utility>

#include "faults/plan/names.h"
#include "scenarios/cluster/control.h"
#include "scenarios/cluster/hurt_program.h"
#include "scenarios/cluster/server_files.h"
#include "scenarios/cluster/true_time.h"
#include "scenarios/workloads/admin_process.h"

namespace wn::cluster {
namespace {

namespace fs = std::filesystem;

constexpr Duration kPowerPatience = seconds(3);    // until an unsynced disk is undone
constexpr Duration kEndPatience = seconds(8);      // until a daemon has ended in good order
constexpr Duration kListenPatience = seconds(2);   // until a program that was just started can be told
constexpr std::uint32_t kCutsFirst = 0x8000'0000;  // ids of partitions that the programs do

Control fault_message(const faults::Fault& fault, bool begins) {
  return {.kind = begins ? ControlKind::begin_fault : ControlKind::end_fault, .fault = fault, .text = ""};
}

int connect_to(const fs::path& file) {
  const int out = ::socket(AF_UNIX, SOCK_SEQPACKET | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
  sockaddr_un address{};
  address.sun_family = AF_UNIX;
  std::strncpy(address.sun_path, file.c_str(), sizeof address.sun_path - 1);
  if (out >= 0 && ::connect(out, reinterpret_cast<const sockaddr*>(&address), sizeof address) == 0)
    return out;
  if (out >= 0) ::close(out);
  return -1;
}

}  // namespace

LocalHands::LocalHands(LocalOptions options) : options_(std::move(options)), netem_(options_.net) {
  for (const faults::NodePlan& node : options_.plan.nodes) {
    if (node.role == faults::NodeRole::server || node.role == faults::NodeRole::spare)
      servers_[node.id].seat = *options_.net.find(node.id);
  }
}

LocalHands::~LocalHands() {
  for (auto& [node, server] : servers_) {
    if (server.pid > 0) kill_now(server);
    drop(server);
  }
}

fs::path LocalHands::folder_of(NodeId node) const { return options_.folder / faults::node_name(node); }
fs::path LocalHands::socket_of(NodeId node) const { return options_.sockets / faults::node_name(node); }

LocalHands::Server* LocalHands::find(NodeId node) {
  const auto at = servers_.find(node);
  return at == servers_.end() ? nullptr : &at->second;
}

void LocalHands::drop(Server& server) {
  if (server.control >= 0) ::close(std::exchange(server.control, -1));
  server.waiting.clear();
}

void LocalHands::kill_now(Server& server) {
  if (server.pid <= 0) return;
  ::kill(server.pid, SIGKILL);
  (void)wait_or_kill(std::exchange(server.pid, -1), seconds(10));
  server.stopped = false;
  drop(server);
}

Result<void> LocalHands::prepare() {
  for (const auto& [node, server] : servers_) {
    if (auto made = make_server_files(options_.plan, options_.net, node, folder_of(node)); !made) return made;
  }
  return write_servers_plan(options_.plan, options_.folder / "plan.txtpb");
}

Result<void> LocalHands::start(NodeId node, std::span<const faults::Fault> in_force) {
  Server* server = find(node);
  if (server == nullptr || server->pid > 0) return fail(Errc::internal, "runs already");
  std::vector<faults::Fault> all(in_force.begin(), in_force.end());
  std::erase_if(all, [this](const faults::Fault& fault) { return netem_.in_force(fault.id); });
  for (const auto& [link, fault] : cuts_) {
    if (link.from == node) all.push_back(fault);
  }
  const fs::path folder = folder_of(node);
  if (auto written = write_faults(folder / "faults", all); !written) return written;
  const Command command{options_.program,
                        "--config",
                        "config.toml",
                        "--plan",
                        (options_.folder / "plan.txtpb").string(),
                        "--trace",
                        "trace",
                        "--control",
                        socket_of(node).string(),
                        "--epoch",
                        std::to_string(epoch_ns_),
                        "--faults",
                        "faults",
                        "--life",
                        std::to_string(++server->lives)};
  std::error_code ignored;
  fs::remove(socket_of(node), ignored);
  const auto pid = spawn(command, {.space = server->seat.space, .log = log_of(node), .folder = folder});
  if (!pid) return fail(pid.error());
  server->pid = *pid;
  server->stopped = false;
  options_.log->note(to_line(command) + "  # " + faults::node_name(node) + " is process " +
                     std::to_string(*pid));
  return {};
}

void LocalHands::attend() {
  for (auto& [node, server] : servers_) {
    if (server.pid <= 0 || server.control >= 0) continue;
    server.control = connect_to(socket_of(node));
    if (server.control < 0) continue;
    for (const auto& [fault, begins] : std::exchange(server.waiting, {}))
      (void)send_control(server.control, fault_message(fault, begins));
  }
}

Result<void> LocalHands::tell(NodeId node, const faults::Fault& fault, bool begins) {
  Server* server = find(node);
  if (server == nullptr || server->pid <= 0) return {};
  attend();
  if (server->control < 0) {
    server->waiting.emplace_back(fault, begins);
    return {};
  }
  return send_control(server->control, fault_message(fault, begins));
}

Result<bool> LocalHands::network(const faults::Fault& fault, bool begins) {
  if (!options_.netem || !Netem::does(fault.kind)) return false;
  if (!begins && !netem_.in_force(fault.id)) return false;
  std::vector<Command> commands;
  if (begins) {
    auto made = netem_.begin(fault);
    if (!made) return false;  // too many links for one device: the programs do it
    commands = *std::move(made);
  } else {
    commands = netem_.end(fault.id);
  }
  for (const Command& command : commands) {
    if (auto done = must_run(command, *options_.log); !done) return fail(done.error());
  }
  return true;
}

Result<void> LocalHands::tell_clients(const faults::Fault& fault, bool begins) {
  return send_control(options_.driver, fault_message(fault, begins));
}

Result<void> LocalHands::ask_admin(const faults::Fault& fault) {
  const Bytes command = scenarios::encode_admin_command(fault);
  return send_control(options_.driver, {.kind = ControlKind::admin,
                                        .fault = {},
                                        .text = std::string(command.view().begin(), command.view().end())});
}

Result<void> LocalHands::cut(std::span<const faults::Link> links) {
  if (options_.net.hub.empty()) return partition_by_programs(links, true);
  return must_run(cut_command(options_.net, {links.begin(), links.end()}), *options_.log);
}

Result<void> LocalHands::mend(std::span<const faults::Link> links) {
  if (options_.net.hub.empty()) return partition_by_programs(links, false);
  return must_run(mend_command(options_.net, {links.begin(), links.end()}), *options_.log);
}

// A frame is dropped where it is sent; the driver drops both ways of its clients' links.
Result<void> LocalHands::partition_by_programs(std::span<const faults::Link> links, bool begins) {
  Result<void> out;
  const auto keep = [&](Result<void> result) {
    if (!result && out) out = std::move(result);
  };
  for (const faults::Link& link : links) {
    faults::Fault& fault = cuts_[link];
    if (begins) {
      fault.id = kCutsFirst + ++last_cut_;
      fault.kind = faults::FaultKind::partition;
      fault.duration = Duration::max();
      fault.links = {link};
    }
    if (serves(link.from) && serves(link.to)) {
      keep(tell(link.from, fault, begins));
    } else {
      keep(tell_clients(fault, begins));
    }
    if (!begins) cuts_.erase(link);
  }
  return out;
}

Result<void> LocalHands::crash(std::span<const NodeId> nodes, CrashCause cause) {
  if (cause == CrashCause::power_loss) return lose_power(nodes);
  Result<void> out;
  for (const NodeId node : nodes) {
    if (Server* server = find(node)) kill_now(*server);
    if (cause != CrashCause::wipe) continue;
    if (auto emptied = make_empty(folder_of(node) / "data"); !emptied) out = emptied;
  }
  return out;
}

// All at one moment: each is told before any is waited for.
Result<void> LocalHands::lose_power(std::span<const NodeId> nodes) {
  Result<void> out;
  for (const NodeId node : nodes) {
    Server* server = find(node);
    if (server == nullptr) continue;
    if (server->pid <= 0) {
      ++powerless_downs_;
      continue;
    }
    const std::int64_t until = monotonic_ns() + kListenPatience.ns;
    for (attend(); server->control < 0 && monotonic_ns() < until; attend()) ::usleep(1000);
    if (server->control < 0 ||
        !send_control(server->control, {.kind = ControlKind::power_loss, .fault = {}, .text = ""}))
      out = fail(Errc::timed_out, faults::node_name(node) + " cannot be told that its power goes");
    if (server->stopped) ::kill(server->pid, SIGCONT);
  }
  for (const NodeId node : nodes) {
    Server* server = find(node);
    if (server == nullptr || server->pid <= 0) continue;
    const Exit exit = wait_or_kill(std::exchange(server->pid, -1), kPowerPatience);
    server->stopped = false;
    drop(*server);
    if (exit.killed || exit.code != kPowerLost)
      out =
          fail(Errc::timed_out, faults::node_name(node) + " did not lose its power: it " + exit.to_string());
  }
  return out;
}

Result<void> LocalHands::pause(NodeId node) {
  Server* server = find(node);
  if (server == nullptr || server->pid <= 0) return fail(Errc::not_found, "does not run");
  if (::kill(server->pid, SIGSTOP) != 0) return fail(Errc::io_error, std::strerror(errno));
  wait_stopped(server->pid);
  server->stopped = true;
  return {};
}

Result<void> LocalHands::go_on(NodeId node) {
  Server* server = find(node);
  if (server == nullptr || server->pid <= 0) return fail(Errc::not_found, "does not run");
  server->stopped = false;
  if (::kill(server->pid, SIGCONT) != 0) return fail(Errc::io_error, std::strerror(errno));
  return {};
}

std::vector<Death> LocalHands::deaths() {
  std::vector<Death> out;
  for (auto& [node, server] : servers_) {
    if (server.pid <= 0) continue;
    const auto exit = ended(server.pid);
    if (!exit) continue;
    server.pid = -1;
    drop(server);
    out.push_back({.node = node, .words = exit->to_string() + ": " + last_words(log_of(node))});
  }
  return out;
}

void LocalHands::end_all() {
  for (auto& [node, server] : servers_) {
    if (server.pid <= 0) continue;
    ::kill(server.pid, SIGTERM);
    ::kill(server.pid, SIGCONT);
  }
  const std::int64_t until = monotonic_ns() + kEndPatience.ns;
  for (auto& [node, server] : servers_) {
    if (server.pid <= 0) continue;
    (void)wait_or_kill(std::exchange(server.pid, -1),
                       Duration{std::max<std::int64_t>(0, until - monotonic_ns())});
    drop(server);
  }
}

}  // namespace wn::cluster
