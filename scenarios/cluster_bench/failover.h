#pragma once
// kill -9 of the leader of three servers, until a write that was asked after the kill succeeds; the victim is
// started again between two trials. Writes are tried every few milliseconds at all servers that are left.
#include <string>

#include "runtime/base/result.h"
#include "scenarios/cluster_bench/cluster_bench.h"

namespace wn::cluster_bench {

// Ours: election timeouts of half to all of `election_ms`, by the key-value service, whose leader its client
// knows. etcd: its own spread, from election_ms to twice that.
Result<Failover> ours_failover(const std::string& program, const std::string& folder,
                               std::uint32_t election_ms, std::uint32_t trials);
Result<Failover> etcd_failover(const std::string& etcd_load, const std::string& folder,
                               std::uint32_t election_ms, std::uint32_t trials);

}  // namespace wn::cluster_bench
