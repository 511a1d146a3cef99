#pragma once
// etcd and Redis as server processes on loopback.
#include <string>
#include <vector>

#include "scenarios/cluster_bench/child.h"

namespace wn::cluster_bench {

class Etcd {
 public:
  static Result<Etcd> start(std::uint32_t members, const std::string& folder, std::uint32_t election_ms);
  std::string endpoints() const;  // "127.0.0.1:1,127.0.0.1:2"
  Duration processor_time() const;
  // By asking each with etcdctl; -1: none says so.
  int leader() const;
  Child& child(std::size_t i) { return children_[i]; }
  std::size_t size() const { return children_.size(); }
  void restart(std::size_t i);

 private:
  std::vector<std::uint16_t> ports_;
  std::vector<std::vector<std::string>> commands_;
  std::string folder_;
  std::vector<Child> children_;
};

Result<Child> start_redis(std::uint16_t port, const std::string& folder);
// The path of a program, or empty.
std::string find_program(const std::string& name);
// Standard output of a command; empty when it failed.
std::string output_of(const std::string& command);

}  // namespace wn::cluster_bench
