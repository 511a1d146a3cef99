#include "scenarios/cluster/site.h"

#include <arpa/inet.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <unistd.h>

#include <charconv>
#include <cstring>

namespace wn::cluster {
namespace {

namespace fs = std::filesystem;

void tell(const ClusterOptions& options, const std::string& line) {
  if (options.say) options.say(line);
}

// "… counter packets 12 bytes 3456 drop …"
std::uint64_t packets_in(const std::string& text) {
  constexpr std::string_view kBefore = "counter packets ";
  const std::size_t at = text.find(kBefore);
  if (at == text.npos) return 0;
  std::uint64_t out = 0;
  std::from_chars(text.data() + at + kBefore.size(), text.data() + text.size(), out);
  return out;
}

struct Sockets {
  std::vector<int> open;
  ~Sockets() {
    for (const int one : open) ::close(one);
  }
};

}  // namespace

// All are bound before any is let go, so that they differ.
Result<std::vector<std::uint16_t>> free_ports(std::size_t count) {
  Sockets sockets;
  std::vector<std::uint16_t> out;
  for (std::size_t i = 0; i < count; ++i) {
    const int one = ::socket(AF_INET, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    sockaddr_in address{};
    address.sin_family = AF_INET;
    address.sin_addr.s_addr = htonl(INADDR_LOOPBACK);
    socklen_t size = sizeof address;
    if (one >= 0) sockets.open.push_back(one);
    if (one < 0 || ::bind(one, reinterpret_cast<const sockaddr*>(&address), size) != 0 ||
        ::getsockname(one, reinterpret_cast<sockaddr*>(&address), &size) != 0)
      return fail(Errc::overloaded, std::string("no free port on 127.0.0.1: ") + std::strerror(errno));
    out.push_back(ntohs(address.sin_port));
  }
  return out;
}

Result<Site> Site::make(const ClusterOptions& options, const std::string& run) {
  Site site;
  std::error_code error;
  site.scratch_ = fs::absolute(options.runs / ("." + run), error);
  site.log_ = std::make_unique<CommandLog>(site.scratch_ / "commands.log");
  const auto make_folder = [](const fs::path& folder) -> Result<void> {
    std::error_code trouble;
    fs::create_directories(folder, trouble);
    if (!trouble) return {};
    return fail(trouble == std::errc::no_space_on_device ? Errc::no_space : Errc::io_error,
                folder.string() + ": " + trouble.message());
  };
  const fs::path runtime = runtime_folder();
  for (const Leftover& leftover : remove_leftovers(runtime, *site.log_)) {
    tell(options, "removed what the run " + leftover.run +
                      " had left: " + std::to_string(leftover.spaces.size()) + " namespaces");
  }
  auto registry = Registry::open(runtime, run);
  if (!registry) return fail(registry.error());
  site.registry_ = *std::move(registry);
  site.sockets_ = runtime / run;
  for (const auto& [kind, path] : {std::pair{"folder", site.sockets_}, std::pair{"scratch", site.scratch_}}) {
    if (auto noted = site.registry_->note(kind, path.string()); !noted) return fail(noted.error());
    if (auto made = make_folder(path); !made) return fail(made.error());
  }
  if (auto made = site.make_network(options, run); !made) return fail(made.error());
  return site;
}

Result<void> Site::make_network(const ClusterOptions& options, const std::string& run) {
  const faults::Plan& plan = options.plan.plan;
  if (!options.hosts.empty()) {
    std::vector<std::pair<NodeId, std::string>> servers;
    for (const HostEntry& host : options.hosts) servers.emplace_back(host.node, host.address);
    net_ = remote_of(plan, servers);
    return {};
  }
  if (options.network != Network::plain) {
    const bool root = ::geteuid() == 0;
    auto made = root ? try_namespaces(plan, run)
                     : Result<void>(fail(Errc::unsupported, "only root may make network namespaces"));
    if (made) {
      netem_ = run_command(netem_probe(net_), *log_).value_or(CommandResult{}).exit_code == 0;
      return {};
    }
    remove_network();
    if (options.network == Network::namespaces)
      return fail(Errc::unsupported, "--namespaces: " + made.error().message);
    tell(options, "network: plain loopback, for " + made.error().message);
  }
  const auto ports = free_ports(plan.nodes.size());
  if (!ports) return fail(ports.error());
  net_ = loopback_of(plan, *ports);
  return {};
}

Result<void> Site::try_namespaces(const faults::Plan& plan, const std::string& run) {
  net_ = namespaces_of(plan, run);
  for (const std::string& space : spaces_of(net_)) {
    if (auto noted = registry_->note("space", space); !noted) return noted;
  }
  for (const Command& command : make_commands(net_)) {
    if (auto done = must_run(command, *log_); !done) return done;
  }
  return {};
}

void Site::remove_network() {
  std::error_code error;
  for (const Command& command : remove_commands(spaces_of(net_))) {
    if (fs::exists(fs::path("/run/netns") / command.back(), error)) (void)must_run(command, *log_);
  }
  net_ = {};
}

std::uint64_t Site::dropped_packets() {
  if (!namespaces()) return 0;
  const auto result = run_command(dropped_command(net_), *log_);
  return result ? packets_in(result->output) : 0;
}

Site::~Site() {
  if (log_ == nullptr) return;  // moved away
  remove_network();
  std::error_code ignored;
  if (!sockets_.empty()) fs::remove_all(sockets_, ignored);
  if (registry_) registry_->forget();
  fs::remove_all(scratch_, ignored);
}

}  // namespace wn::cluster
