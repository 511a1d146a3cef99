#include "scenarios/cluster/cluster.h"

#include <unistd.h>

#include <algorithm>
#include <csignal>
#include <fstream>
#include <iterator>
#include <utility>

#include "faults/plan/names.h"
#include "scenarios/cluster/glued_file.h"
#include "scenarios/cluster/live_run.h"
#include "scenarios/cluster/server_files.h"
#include "scenarios/cluster/told.h"
#include "scenarios/cluster/trace_buffer.h"
#include "scenarios/runner/realm_limits.h"

namespace wn::cluster {
namespace {

namespace fs = std::filesystem;

std::string run_name() { return std::string(kNamePrefix) + std::to_string(::getpid()); }

std::string beside_this_program(const std::string& name) {
  std::error_code error;
  const fs::path self = fs::read_symlink("/proc/self/exe", error);
  return error ? name : (self.parent_path() / name).string();
}

Result<std::string> program_of(const ClusterOptions& options) {
  const std::string program =
      options.program.empty() ? beside_this_program("worknode-hurt") : options.program;
  if (::access(program.c_str(), X_OK) != 0)
    return fail(Errc::not_found, program + ": the servers' test program is not there (target worknode-hurt)");
  return fs::absolute(program).string();
}

std::string read_text(const fs::path& file) {
  std::ifstream in(file, std::ios::binary);
  return std::string(std::istreambuf_iterator<char>(in), {});
}

// The events of all, in order of true time; of one file they are already. What came after the end of the plan
// is not of the run.
Result<void> collect_trace(const LiveRun& run, const Site& site, const ClusterOptions& options,
                           scenarios::Recorded& out, RealFacts& facts) {
  const faults::Plan& plan = options.plan.plan;
  std::vector<fs::path> files{run.clients_folder() / "trace"};
  for (const faults::NodePlan& node : plan.nodes) {
    const bool server = node.role == faults::NodeRole::server || node.role == faults::NodeRole::spare;
    // Daemons on other machines keep their own.
    if (server && options.hosts.empty())
      files.push_back(site.scratch() / faults::node_name(node.id) / "trace");
  }
  out.trace = run.world_events();
  for (const fs::path& file : files) {
    auto content = read_trace_buffer(file);
    if (!content) return fail(content.error());
    out.trace.insert(out.trace.end(), content->events.begin(), content->events.end());
    facts.lost_events += content->lost;
    for (const auto& [claim, count] : content->claims) out.sometimes[claim] += count;
    auto glued = read_glued_file(file.string() + ".glued");
    if (!glued) return fail(glued.error());
    std::ranges::move(*glued, std::back_inserter(out.gluings));
  }
  out.trace_truncated = facts.lost_events != 0;
  std::ranges::stable_sort(out.trace, {}, &TraceEvent::at);
  match_messages(out.trace);
  const SimTime end{plan.duration.ns};
  std::ranges::sort(out.gluings, {}, [](const scenarios::Gluing& g) { return std::pair(g.at, g.node); });
  std::erase_if(out.gluings, [&](const scenarios::Gluing& gluing) { return gluing.at > end; });
  std::erase_if(out.trace, [&](const TraceEvent& event) { return event.at > end; });
  return {};
}

// A server that ended by itself is a failure of the run, whatever the claims say.
void judge_deaths(const LiveRun& run, scenarios::Recorded& out) {
  for (const Death& death : run.deaths()) {
    checkers::Verdict verdict;
    verdict.claim = "processes";
    verdict.outcome = checkers::Outcome3::fail;
    verdict.signature = "processes: a server ended by itself";
    verdict.explanation = faults::node_name(death.node) + " " + death.words;
    out.more.push_back(std::move(verdict));
  }
}

// What hands could not do was not the experiment that the plan is.
void judge_troubles(const RealFacts& facts, scenarios::Recorded& out) {
  if (facts.executor.failed == 0) return;
  const std::string first = facts.executor.troubles.empty() ? "" : facts.executor.troubles.front();
  checkers::Verdict verdict = scenarios::unknown_verdict("faults", "some could not be carried out");
  verdict.explanation = std::to_string(facts.executor.failed) + " times, first: " + first;
  out.more.push_back(std::move(verdict));
}

void keep_file(const fs::path& from, const fs::path& to) {
  std::error_code ignored;
  if (fs::exists(from, ignored)) fs::copy_file(from, to, fs::copy_options::overwrite_existing, ignored);
}

Result<void> keep_extras(const ClusterRun& run, const Site& site, bool data) {
  std::error_code error;
  const fs::path nodes = run.folder / "nodes";
  fs::create_directories(nodes, error);
  for (const faults::NodePlan& node : run.result.plan.nodes) {
    const std::string name = faults::node_name(node.id);
    keep_file(site.scratch() / name / "config.toml", nodes / (name + ".toml"));
    keep_file(site.scratch() / name / "log", nodes / (name + ".log"));
    if (data) fs::copy(site.scratch() / name / "data", nodes / name, fs::copy_options::recursive, error);
  }
  keep_file(site.scratch() / "clients" / "log", nodes / "clients.log");
  keep_file(site.scratch() / "commands.log", run.folder / "commands.log");
  std::ofstream out(run.folder / "real.json", std::ios::binary);
  out << real_json(run);
  out.close();
  if (!out) return fail(Errc::no_space, run.folder.string() + ": cannot write (disk full?)");
  return {};
}

RealFacts facts_of(const ClusterOptions& options, Site& site, LiveRun& run) {
  RealFacts facts;
  facts.namespaces = site.namespaces();
  facts.netem = site.netem();
  facts.partitions =
      site.namespaces() ? "nftables in the hub's namespace" : "datagrams dropped inside of the test programs";
  facts.packets = site.netem()
                      ? "tc netem in the hub's namespace; reordering and clogs inside of the test programs"
                      : "datagrams hurt inside of the test programs";
  facts.dropped_packets = site.dropped_packets();
  facts.powerless_downs = run.servers().powerless_downs();
  facts.executor = run.executor();
  facts.notes = options.plan.notes;
  facts.left_out = options.plan.dropped;
  return facts;
}

// Configurations and identities for the daemons of the hosts, for whoever puts them there.
std::vector<std::string> remote_dry_run(const ClusterOptions& options) {
  std::vector<std::string> out;
  std::vector<std::pair<NodeId, std::string>> servers;
  for (const HostEntry& host : options.hosts) servers.emplace_back(host.node, host.address);
  const NetPlan net = remote_of(options.plan.plan, servers);
  for (const HostEntry& host : options.hosts) {
    const fs::path folder = options.runs / "hosts" / faults::node_name(host.node);
    std::error_code error;
    fs::create_directories(folder, error);
    const auto written = write_server_config(options.plan.plan, net, host.node, folder);
    out.push_back(written ? folder.string() + ": config.toml and identity.key for " + host.ssh
                          : written.error().to_string());
    out.push_back(to_line(over_ssh(host, host.start)));
  }
  return out;
}

}  // namespace

Result<ClusterRun> run_cluster(const ClusterOptions& given) {
  ClusterOptions options = given;
  for (const faults::NodePlan& node : options.plan.plan.nodes) {
    const bool server = node.role == faults::NodeRole::server || node.role == faults::NodeRole::spare;
    if (options.hosts.empty() || !server) continue;
    if (std::ranges::find(options.hosts, node.id, &HostEntry::node) == options.hosts.end())
      return fail(Errc::invalid_argument, "--hosts: " + faults::node_name(node.id) + " is on no host");
  }
  if (options.hosts.empty()) {
    const auto program = program_of(options);
    if (!program) return fail(program.error());
    options.program = *program;
  }
  const faults::Plan& plan = options.plan.plan;
  if (auto checked = scenarios::check_realm_limits(plan.system); !checked) return fail(checked.error());

  const Interrupts interrupts;
  const std::int64_t began = monotonic_ns();
  auto site = Site::make(options, run_name());
  if (!site) return fail(site.error());
  if (options.say)
    options.say(site->namespaces()
                    ? "network: namespaces " + site->net().hub + " and " +
                          std::to_string(spaces_of(site->net()).size() - 1) +
                          " more, partitions by nftables, packets by " +
                          (site->netem() ? "tc netem" : "the test programs (this kernel has no netem)")
                    : "network: plain loopback, partitions inside of the test programs");
  LiveRun live(options, *site);
  if (auto ran = live.run(); !ran) return fail(ran.error());

  ClusterRun out;
  out.facts = facts_of(options, *site, live);
  scenarios::Recorded recorded;
  recorded.plan = plan;
  if (auto collected = collect_trace(live, *site, options, recorded, out.facts); !collected)
    return fail(collected.error());
  recorded.history_jsonl = read_text(live.clients_folder() / "history.jsonl");
  if (auto latencies = read_latencies(live.clients_folder() / "latency.txt"))
    out.facts.latencies = *latencies;
  judge_deaths(live, recorded);
  judge_troubles(out.facts, recorded);
  recorded.wall_seconds = static_cast<double>(monotonic_ns() - began) / 1e9;
  auto result = scenarios::judge_recorded(std::move(recorded));
  if (!result) return fail(result.error());
  out.result = *std::move(result);
  auto folder = scenarios::write_run_folder(out.result, options.runs);
  if (!folder) return fail(folder.error());
  out.folder = *folder;
  if (auto kept = keep_extras(out, *site, options.keep_data); !kept) return fail(kept.error());
  return out;
}

std::vector<std::string> dry_run(const ClusterOptions& options) {
  const faults::Plan& plan = options.plan.plan;
  if (!options.hosts.empty()) return remote_dry_run(options);
  const bool plain = options.network == Network::plain || ::geteuid() != 0;
  std::vector<std::string> out;
  const NetPlan net = plain ? loopback_of(plan, std::vector<std::uint16_t>(plan.nodes.size(), 0))
                            : namespaces_of(plan, run_name());
  for (const Command& command : make_commands(net)) out.push_back(to_line(command));
  for (const Seat& seat : net.seats) {
    const auto node = std::ranges::find(plan.nodes, seat.node, &faults::NodePlan::id);
    out.push_back(faults::node_name(seat.node) + " (" + std::string(faults::to_string(node->role)) + ") at " +
                  seat.address + (seat.port == 0 ? "" : ":" + std::to_string(seat.port)) +
                  (seat.space.empty() ? "" : " in " + seat.space));
  }
  for (const Command& command : remove_commands(spaces_of(net))) out.push_back(to_line(command));
  return out;
}

}  // namespace wn::cluster
