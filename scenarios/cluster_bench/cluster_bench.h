#pragma once
// `worknode bench cluster`: our servers against etcd (STRONG) and Redis (LOCAL, EVENTUAL), as processes on
// loopback, in turns in one run: the same number of clients, the same payload, each write on the disk before
// it is acknowledged (Redis: appendfsync always; etcd: its default). Peers that are not installed are told as
// such. Everything it starts it ends; everything it writes is below `folder` and removed.
//
// Realm properties are 64-bit integers, so LOCAL, EVENTUAL and STRONG of the realm are measured with 8 bytes;
// `payload` is of the key-value service, etcd and Redis.
#include <functional>
#include <string>
#include <vector>

#include "runtime/base/result.h"
#include "scenarios/cluster_bench/load.h"

namespace wn::cluster_bench {

struct Options {
  std::string program;          // worknode
  std::string etcd_load;        // reports/peers/etcd; empty: etcd is left out
  std::string folder = "/tmp";  // on the disk that is meant
  std::vector<std::uint32_t> nodes = {1, 3, 5};
  LoadOptions load;
  std::uint32_t payload = 8;
  std::uint32_t rounds = 1;
  std::uint32_t failovers = 3;  // 0: none
  bool peers = true;
  std::string only;  // rows whose name contains it
};

struct Row {
  std::string system, what;  // "worknode", "STRONG put"
  std::uint32_t nodes = 0, clients = 0, window = 0, payload = 0;
  double per_second = 0;
  std::uint64_t failed = 0;
  double p50 = 0, p90 = 0, p99 = 0, p999 = 0, p9999 = 0;  // milliseconds
  double server_processor = 0;                            // seconds of all servers, for a second
  double client_processor = 0;
  std::string note;
};
struct Failover {
  std::string system;
  std::uint32_t election_ms = 0;  // the longest election timeout that is set
  std::vector<double>
      milliseconds;  // from kill -9 of the leader until a write that was asked after it succeeded
  std::string note;
};
struct Anchor {
  std::uint32_t clients = 0;
  double resident_mb = 0;
  double connect_bytes = 0;          // of one client, both ways: its handshake, and probes of its path
  double bytes_per_second = 0;       // of one active client, both ways
  double first_seconds = 0;          // the same from its beginning on, connecting included: bytes a second
  double operations_per_second = 0;  // of one active client
};
struct Report {
  std::vector<Row> rows;
  std::vector<Failover> failovers;
  std::vector<Anchor> anchors;
  std::vector<std::string> left_out;  // and why
};

// `told` hears each line of the table as it comes.
Result<Report> bench_cluster(const Options& options, const std::function<void(const std::string&)>& told);
std::string table_head();
std::string table_line(const Row& row);
std::string to_json(const Report& report, const Options& options);

}  // namespace wn::cluster_bench
