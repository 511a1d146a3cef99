#include <sys/utsname.h>
#include <unistd.h>

#include <fstream>
#include <nlohmann/json.hpp>

#include "scenarios/cluster/cluster.h"
#include "scenarios/runner/build_info.h"

namespace wn::cluster {
namespace {

using Json = nlohmann::ordered_json;

double milliseconds_of(std::int64_t ns) { return static_cast<double>(ns) / 1e6; }

Json latency_json(const Histogram& h) {
  Json out;
  out["count"] = h.count();
  out["min_ms"] = milliseconds_of(h.least());
  for (const auto& [name, ppm] :
       {std::pair{"p50_ms", 500'000U}, std::pair{"p90_ms", 900'000U}, std::pair{"p99_ms", 990'000U},
        std::pair{"p99.9_ms", 999'000U}, std::pair{"p99.99_ms", 999'900U}})
    out[name] = milliseconds_of(h.percentile(ppm));
  out["max_ms"] = milliseconds_of(h.most());
  return out;
}

Json machine_json() {
  Json out;
  utsname names{};
  if (::uname(&names) == 0) {
    out["system"] = names.sysname;
    out["kernel"] = names.release;
    out["processor"] = names.machine;
  }
  out["cores"] = ::sysconf(_SC_NPROCESSORS_ONLN);
  out["memory_bytes"] = std::int64_t{::sysconf(_SC_PHYS_PAGES)} * ::sysconf(_SC_PAGE_SIZE);
  std::ifstream load("/proc/loadavg");
  std::string text;
  if (std::getline(load, text)) out["load"] = text.substr(0, text.find(' '));
  return out;
}

}  // namespace

std::string real_json(const ClusterRun& run) {
  const RealFacts& facts = run.facts;
  Json out;
  out["real"] = true;
  out["scenario"] = run.result.plan.scenario;
  out["seed"] = run.result.plan.seed;
  out["verdict"] = checkers::to_string(run.result.outcome);
  if (!run.result.signature.empty()) out["signature"] = run.result.signature;
  out["claims"] = Json::object();
  for (const checkers::Verdict& verdict : run.result.claims)
    out["claims"][verdict.claim] = checkers::to_string(verdict.outcome);
  out["operations"] = {{"ok", run.result.operations_ok},
                       {"fail", run.result.operations_fail},
                       {"info", run.result.operations_info}};
  out["folder"] = run.folder.string();
  out["build"] = scenarios::build_id();
  out["network"] = facts.namespaces ? "namespaces" : "plain";
  out["partitions"] = facts.partitions;
  out["packets"] = facts.packets;
  out["netem"] = facts.netem;
  out["dropped_packets"] = facts.dropped_packets;
  out["left_out"] = facts.left_out;
  out["notes"] = facts.notes;
  out["executor"] = {{"faults", facts.executor.faults},
                     {"steps", facts.executor.steps},
                     {"late_steps", facts.executor.late},
                     {"latest_ms", milliseconds_of(facts.executor.latest.ns)},
                     {"failed", facts.executor.failed},
                     {"troubles", facts.executor.troubles},
                     {"power_losses_of_stopped_servers", facts.powerless_downs}};
  out["lost_events"] = facts.lost_events;
  out["latency_from_planned"] = Json::object();
  for (const auto& [mode, histogram] : facts.latencies)
    out["latency_from_planned"][mode] = latency_json(histogram);
  out["machine"] = machine_json();
  return out.dump(2, ' ', false, Json::error_handler_t::replace) + "\n";
}

}  // namespace wn::cluster
