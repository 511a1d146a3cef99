#include <fmt/format.h>

#include <nlohmann/json.hpp>

#include "scenarios/cluster_bench/cluster_bench.h"

namespace wn::cluster_bench {

std::string table_head() {
  return fmt::format(
      "{:<10} {:<19} {:>5} {:>7} {:>6} {:>7} {:>10} {:>8} {:>8} {:>8} {:>8} {:>8} {:>7} {:>7}  {}\n",
      "system", "what", "nodes", "clients", "window", "payload", "ops/s", "p50 ms", "p90", "p99", "p99.9",
      "p99.99", "srv cpu", "cli cpu", "");
}

std::string table_line(const Row& r) {
  return fmt::format(
      "{:<10} {:<19} {:>5} {:>7} {:>6} {:>7} {:>10.0f} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f} {:>8.3f} {:>7.2f} "
      "{:>7.2f}"
      "  {}\n",
      r.system, r.what, r.nodes, r.clients, r.window, r.payload, r.per_second, r.p50, r.p90, r.p99, r.p999,
      r.p9999, r.server_processor, r.client_processor,
      r.failed > 0 ? fmt::format("{} failed {}", r.failed, r.note) : r.note);
}

std::string to_json(const Report& report, const Options& options) {
  nlohmann::ordered_json out;
  out["clients"] = options.load.clients;
  out["seconds"] = static_cast<double>(options.load.time.ns) * 1e-9;
  out["rows"] = nlohmann::json::array();
  for (const Row& r : report.rows) {
    out["rows"].push_back({{"system", r.system},
                           {"what", r.what},
                           {"nodes", r.nodes},
                           {"clients", r.clients},
                           {"window", r.window},
                           {"payload", r.payload},
                           {"per_second", r.per_second},
                           {"failed", r.failed},
                           {"p50_ms", r.p50},
                           {"p90_ms", r.p90},
                           {"p99_ms", r.p99},
                           {"p999_ms", r.p999},
                           {"p9999_ms", r.p9999},
                           {"server_cpu", r.server_processor},
                           {"client_cpu", r.client_processor},
                           {"note", r.note}});
  }
  for (const Failover& f : report.failovers)
    out["failovers"].push_back({{"system", f.system},
                                {"election_timeout_ms", f.election_ms},
                                {"ms", f.milliseconds},
                                {"note", f.note}});
  for (const Anchor& a : report.anchors)
    out["anchors"].push_back({{"clients", a.clients},
                              {"resident_mb", a.resident_mb},
                              {"client_connect_bytes", a.connect_bytes},
                              {"client_bytes_per_second", a.bytes_per_second},
                              {"client_first_bytes_per_second", a.first_seconds},
                              {"client_operations_per_second", a.operations_per_second}});
  out["left_out"] = report.left_out;
  return out.dump(2) + "\n";
}

}  // namespace wn::cluster_bench
