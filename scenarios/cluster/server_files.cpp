#include "scenarios/cluster/server_files.h"

#include <sys/stat.h>

#include <fstream>

#include "faults/plan/plan_io.h"
#include "runtime/base/check.h"
#include "runtime/base/hex.h"
#include "runtime/daemon/config.h"
#include "scenarios/cluster/hurt_program.h"
#include "scenarios/cluster/trace_buffer.h"
#include "scenarios/daemons/daemon_config.h"
#include "scenarios/workloads/tokens.h"

namespace wn::cluster {
namespace {

namespace fs = std::filesystem;

Result<void> write_text(const fs::path& file, const std::string& text, mode_t mode) {
  std::ofstream out(file, std::ios::binary);
  ::chmod(file.c_str(), mode);
  out << text;
  out.close();
  if (!out) return fail(Errc::no_space, file.string() + ": cannot be written (disk full?)");
  return {};
}

std::string address_of(const NetPlan& net, NodeId node) {
  const Seat* seat = net.find(node);
  WN_CHECK(seat != nullptr);
  return seat->address + ":" + std::to_string(seat->port);
}

}  // namespace

Result<void> make_empty(const fs::path& folder) {
  std::error_code error;
  fs::remove_all(folder, error);
  if (!error) fs::create_directories(folder, error);
  if (error) return fail(Errc::io_error, folder.string() + ": " + error.message());
  return {};
}

Result<void> make_server_files(const faults::Plan& plan, const NetPlan& net, NodeId node,
                               const fs::path& folder) {
  if (auto made = make_empty(folder / "data"); !made) return made;
  if (auto written = write_server_config(plan, net, node, folder); !written) return written;
  return TraceBuffer::make(folder / "trace");
}

Result<void> write_server_config(const faults::Plan& plan, const NetPlan& net, NodeId node,
                                 const fs::path& folder) {
  daemon::Config config = scenarios::daemon_config(plan, node);
  config.listen = address_of(net, node);
  config.identity = "identity.key";
  config.data = "data";
  for (daemon::Peer& peer : config.peers) peer.address = address_of(net, peer.id);
  constexpr mode_t kMine = 0600;
  constexpr mode_t kReadable = 0644;
  if (auto r = write_text(folder / "config.toml", daemon::write(config), kReadable); !r) return r;
  const std::string secret = hex_of(scenarios::secret_of_server(plan, node).bytes) + "\n";
  return write_text(folder / "identity.key", secret, kMine);
}

Result<void> write_servers_plan(const faults::Plan& plan, const fs::path& file) {
  return write_text(file, faults::to_text(servers_part(plan)), 0644);
}

}  // namespace wn::cluster
