#pragma once
// Site: what one run makes on the machine before anything runs: a scratch folder, a list of leftovers-to-be,
// a network. All of it is gone when the Site is.
#include <filesystem>
#include <optional>
#include <string>

#include "scenarios/cluster/cluster.h"
#include "scenarios/cluster/net_plan.h"
#include "scenarios/cluster/registry.h"

namespace wn::cluster {

class Site {
 public:
  // Also removes what dead runs have left, and says so.
  static Result<Site> make(const ClusterOptions& options, const std::string& run);
  Site(Site&&) = default;
  Site& operator=(Site&&) = delete;
  ~Site();

  const NetPlan& net() const { return net_; }
  bool namespaces() const { return !net_.hub.empty(); }
  bool netem() const { return netem_; }
  const std::filesystem::path& scratch() const { return scratch_; }
  const std::filesystem::path& sockets() const { return sockets_; }
  CommandLog& log() { return *log_; }
  int registry_descriptor() const { return registry_->descriptor(); }
  // How many packets the hub has dropped for partitions.
  std::uint64_t dropped_packets();

 private:
  Site() = default;
  Result<void> make_network(const ClusterOptions& options, const std::string& run);
  Result<void> try_namespaces(const faults::Plan& plan, const std::string& run);
  void remove_network();

  std::filesystem::path scratch_;
  std::filesystem::path sockets_;
  std::unique_ptr<CommandLog> log_;
  std::optional<Registry> registry_;
  NetPlan net_;
  bool netem_ = false;
};

// A free UDP port of 127.0.0.1 for each node, all different.
Result<std::vector<std::uint16_t>> free_ports(std::size_t count);

}  // namespace wn::cluster
