// The tables of a scenario but for [system]. Each function below reads one; scenarios/catalog/README.md lists
// the same keys for people.
#include "scenarios/runner/scenario_parse.h"

#include <utility>

#include "faults/nemesis/nemesis.h"
#include "faults/plan/names.h"
#include "runtime/config/toml_reader.h"
#include "scenarios/runner/realm_limits.h"
#include "scenarios/runner/scenario_system.h"

namespace wn::scenarios {
namespace {

using config::TomlFile;
using config::TomlTable;

constexpr Duration kNothing{};
constexpr Duration kInstant = nanoseconds(1);
constexpr Duration kHour = seconds(3600);
constexpr Duration kDay = seconds(86'400);
constexpr Duration kRunMax = kDay * 60;  // quiet stretches of simulated time cost little
constexpr std::int64_t kMillion = 1'000'000;

// A claim that a service cannot break is not a claim about it.
const std::vector<std::string>& known_claims(faults::Service service) {
  static const std::vector<std::string> kKv = {"linearizability", "isolation", "raft-safety",
                                               "durability",      "liveness",  "sometimes"};
  static const std::vector<std::string> kRealm = {
      "convergence",     "tree",       "causality", "capability",     "eventual",
      "supervision",     "sequential", "session",   "causal",         "replication",
      "linearizability", "gluing",     "groups",    "accountability", "sometimes"};
  return service == faults::Service::realm ? kRealm : kKv;
}
// Of a realm whose file names none.
std::vector<std::string> realm_claims(const faults::SystemPlan& system, bool liars) {
  std::vector<std::string> out = {"convergence", "tree",       "causality", "capability", "eventual",
                                  "supervision", "sequential", "session",   "causal",     "replication"};
  // What is cut of a liar's updates takes along what rests on them, which no sequential model knows of.
  if (liars) out.pop_back();
  if (system.groups > 0) out.insert(out.end(), {"linearizability", "groups"});
  if (system.signed_updates) out.emplace_back("accountability");
  return out;
}
const std::vector<std::string>& known_models() {
  static const std::vector<std::string> kModels = {"register", "cas-register", "kv", "list-append"};
  return kModels;
}

bool contains(const std::vector<std::string>& words, const std::string& word) {
  return std::find(words.begin(), words.end(), word) != words.end();
}

void read_topology(TomlTable t, TopologySpec& out) {
  t.integer("servers", out.servers, 1, kReplicasMax);
  t.integer("spares", out.spares, 0, kServersMax - 1);
  t.integer("clients", out.clients, 1, kClientsMax);
  t.integer("sites", out.sites, 1, kReplicasMax);
  t.done();
}

// After [system]: a realm has more replicas than one Raft group has members.
void check_topology(TomlTable& t, const faults::SystemPlan& system, const TopologySpec& topology) {
  const bool one_group = system.service != faults::Service::realm;
  if (one_group && topology.servers + topology.spares > kServersMax)
    t.complain_at("servers", "servers and spares together are at most 16");
  if (system.group_replicas > topology.servers)
    t.complain_at("servers", "fewer servers than group_replicas of [system]");
}

void read_network(TomlTable t, faults::NetworkPlan& out) {
  t.duration("latency_min", out.latency_min, kNothing, kHour);
  t.duration("latency_mean", out.latency_mean, kNothing, kHour);
  if (out.latency_mean < out.latency_min) t.complain_at("latency_mean", "latency_mean is below latency_min");
  t.duration("wan_latency", out.wan_latency, kNothing, kHour);
  t.integer("tail_ppm", out.tail_ppm, 0, kMillion);
  t.integer("tail_factor", out.tail_factor, 1, 10'000);
  t.integer("loss_ppm", out.loss_ppm, 0, kMillion);
  t.integer("duplicate_ppm", out.duplicate_ppm, 0, kMillion);
  t.integer("bandwidth_bytes_per_second", out.bandwidth_bytes_per_second, 0, 1LL << 50);
  t.integer("link_messages_max", out.link_messages_max, 1, kMillion);
  t.done();
}

void read_disk(TomlTable t, faults::DiskPlan& out, std::uint64_t& bytes_max) {
  t.duration("read_mean", out.read_mean, kNothing, kHour);
  t.duration("write_mean", out.write_mean, kNothing, kHour);
  t.duration("sync_mean", out.sync_mean, kNothing, kHour);
  t.integer("bytes_max", bytes_max, 4096, 1LL << 50);
  t.done();
}

void read_fault_model(TomlTable t, const TopologySpec& topology, faults::FaultModel& out) {
  // What a majority protocol claims to survive, unless the file says otherwise.
  out.crashed_max = (topology.servers - 1) / 2;
  out.partitions = true;
  t.integer("crashed_max", out.crashed_max, 0, topology.servers + topology.spares);
  t.integer("disk_faulty_max", out.disk_faulty_max, 0, topology.servers + topology.spares);
  t.boolean("partitions", out.partitions);
  t.boolean("power_loss_of_all", out.power_loss_of_all);
  t.integer("clock_drift_ppm_max", out.clock_drift_ppm_max, 0, 499'999);
  t.duration("wall_skew_max", out.wall_skew_max, kNothing, kDay);
  t.boolean("membership", out.membership);
  t.boolean("wipe", out.wipe);
  t.boolean("unhealed", out.unhealed);
  t.boolean("sync_lies", out.sync_lies);
  t.integer("byzantine_max", out.byzantine_max, 0, topology.servers);
  t.done();
}

void read_clock(TomlTable t, const faults::FaultModel& model, ClockSpec& out) {
  t.duration("initial_skew_max", out.initial_skew_max, kNothing, kDay);
  t.integer("drift_ppm_max", out.drift_ppm_max, 0, 499'999);
  if (out.initial_skew_max > model.wall_skew_max) {
    t.complain_at("initial_skew_max", "initial_skew_max is above wall_skew_max of [fault_model]");
  }
  if (out.drift_ppm_max > model.clock_drift_ppm_max) {
    t.complain_at("drift_ppm_max", "drift_ppm_max is above clock_drift_ppm_max of [fault_model]");
  }
  t.done();
}

void read_mix(TomlTable t, faults::Service service, std::vector<MixShare>& out) {
  std::uint64_t weights = 0;
  std::vector<std::string> names;
  for (const faults::OpFunction function : faults::all_functions()) {
    // A revocation and a publication name what they are about; their workloads bring them along.
    const bool own = function == faults::OpFunction::revoke || function == faults::OpFunction::publish ||
                     (service == faults::Service::realm && function == faults::OpFunction::cas);
    if (faults::serves(service, function) && !own) names.emplace_back(faults::to_string(function));
  }
  for (const std::string& name : t.other_keys()) {
    const auto function = faults::op_function_from(name);
    if (!function || !contains(names, name))
      return t.complain_at(name, "unknown operation \"" + name + "\"" + nearest(name, names));
    MixShare share{*function, 0};
    t.integer(name, share.weight, 0, kMillion);
    weights += share.weight;
    out.push_back(share);
  }
  if (t.present() && weights == 0) t.complain_at("", "a mix needs an operation with a weight above 0");
}

// Of 100 operations so many in each mode, and how clients of several modes behave.
void read_modes(TomlTable& t, const faults::SystemPlan& system, WorkloadSpec& out) {
  for (const char* key : {"local", "eventual", "strong", "roam", "weak"}) {
    if (out.kind != "modes" && t.has(key))
      t.complain_at(key, std::string(key) + " is of the workload \"modes\"");
  }
  t.integer("local", out.local, 0, 100);
  t.integer("eventual", out.eventual, 0, 100);
  t.integer("strong", out.strong, 0, 100);
  t.scaled("roam", out.roam_ppm, 0.0, 1.0, 1e6, "a chance, 0 to 1");
  t.scaled("weak", out.weak_ppm, 0.0, 1.0, 1e6, "a chance, 0 to 1");
  if (out.kind != "modes") return;
  if (out.local + out.eventual + out.strong != 100)
    t.complain_at(t.has("local") ? "local" : "kind", "local, eventual and strong are per cent: 100 together");
  if (out.strong > 0 && system.groups == 0)
    t.complain_at("kind", "STRONG operations need groups in [system]");
  if (out.roam_ppm > 0 && !system.sessions)
    t.complain_at("roam", "clients that roam need sessions in [system]");
}

void read_workload(TomlTable t, const faults::SystemPlan& system, Duration run, WorkloadSpec& out) {
  const std::string service(faults::to_string(system.service));
  t.text("kind", out.kind);
  const WorkloadKind* kind = find_workload(out.kind);
  if (kind == nullptr) {
    std::vector<std::string> names;
    for (const WorkloadKind& k : workload_kinds()) names.emplace_back(k.name);
    t.complain_at("kind", "unknown workload \"" + out.kind + "\"" + nearest(out.kind, names));
  } else if (kind->service != system.service) {
    t.complain_at("kind", "the workload \"" + out.kind + "\" is not one of a " + service + " service");
  }
  t.scaled("rate", out.rate_millihertz, 0.0, 100'000.0, 1000.0, "operations per second, 0 to 100000");
  t.integer("keys", out.keys, 1, kWorkloadKeysMax);
  t.integer("first_key", out.first_key, 0, 900'000);
  if (system.service == faults::Service::realm && out.first_key + out.keys >= system.worknodes)
    t.complain_at("keys", "first_key and keys go beyond the worknodes of [system], the root apart");
  read_mix(t.table("mix"), system.service, out.mix);
  read_modes(t, system, out);
  t.integer("txn_ops_max", out.txn_ops_max, 1, 64);
  t.duration("start", out.start, kNothing, run);
  t.duration("stop", out.stop, kInstant, run);
  t.boolean("final_reads", out.final_reads);
  t.done();
}

void read_choice_knobs(TomlTable& t, faults::NemesisChoice& out) {
  t.scaled("weight", out.weight_ppm, 0.0, 1.0, 1e6, "a chance, 0 to 1");
  t.duration("interval", out.interval, milliseconds(1), kRunMax);
  t.duration("length_min", out.length_min, milliseconds(1), kRunMax);
  t.duration("length_max", out.length_max, milliseconds(1), kRunMax);
  if (t.has("length_min") && t.has("length_max") && out.length_max < out.length_min) {
    t.complain_at("length_max", "length_max is below length_min");
  }
  t.scaled("strength", out.strength_ppm, 0.0, 1.0, 1e6, "a number, 0 to 1");
}

// What is wrong with a nemesis or family of that name in this scenario; empty when nothing is.
std::string kind_problem(const std::string& kind, const faults::Scene& scene) {
  std::vector<std::string> names;
  bool known = false;
  bool allowed = false;
  for (const faults::Nemesis& n : faults::nemeses()) {
    names.emplace_back(n.name);
    if (!contains(names, std::string(n.family))) names.emplace_back(n.family);
    if (n.name != kind && n.family != kind) continue;
    known = true;
    allowed = allowed || n.allowed(scene);
  }
  if (!known) return "unknown nemesis \"" + kind + "\"" + nearest(kind, names);
  return allowed ? "" : "\"" + kind + "\" can never happen here: [fault_model] or the topology rules it out";
}

faults::Scene scene_of(const ScenarioSpec& spec) {
  faults::Plan plan;
  plan.model = spec.model;
  plan.system = spec.system;
  for (std::uint32_t i = 1; i <= spec.topology.servers + spec.topology.spares; ++i) {
    faults::NodePlan node;
    node.id = NodeId{i};
    node.role = i <= spec.topology.servers ? faults::NodeRole::server : faults::NodeRole::spare;
    plan.nodes.push_back(node);
  }
  return faults::scene_of(plan, Random(0));
}

void read_faults(TomlTable& root, ScenarioSpec& spec) {
  const faults::Scene scene = scene_of(spec);
  TomlTable swarm = root.table("swarm");
  std::vector<std::string> kinds;
  swarm.words("kinds", kinds, kChoicesMax);
  faults::NemesisChoice common;
  read_choice_knobs(swarm, common);
  swarm.boolean("vary", spec.swarm.vary);
  Duration start;
  swarm.duration("start", start, kNothing, spec.duration);
  spec.swarm.start = SimTime{start.ns};
  swarm.integer("incidents_max", spec.swarm.incidents_max, 0, 20'000);
  swarm.done();
  for (std::size_t i = 0; i < kinds.size(); ++i) {
    if (const std::string why = kind_problem(kinds[i], scene); !why.empty())
      swarm.complain_at("kinds", i, why);
    common.kind = kinds[i];
    spec.swarm.choices.push_back(common);
  }
  for (TomlTable& t : root.tables("faults", kChoicesMax)) {
    faults::NemesisChoice choice = common;
    choice.kind.clear();
    t.text("kind", choice.kind);
    if (const std::string why = kind_problem(choice.kind, scene); !why.empty()) t.complain_at("kind", why);
    read_choice_knobs(t, choice);
    t.done();
    spec.swarm.choices.push_back(choice);
  }
}

void read_workloads(TomlTable& root, ScenarioSpec& spec) {
  for (TomlTable& t : root.tables("workload", kWorkloadsMax)) {
    WorkloadSpec workload;
    read_workload(t, spec.system, spec.duration, workload);
    spec.workloads.push_back(std::move(workload));
  }
  if (!spec.workloads.empty()) return;
  spec.workloads.emplace_back();
  if (spec.system.service == faults::Service::realm) spec.workloads[0].kind = "worknode";
}

void read_claims(TomlTable& root, ScenarioSpec& spec) {
  const std::vector<std::string>& known = known_claims(spec.system.service);
  spec.claims = {"linearizability", "raft-safety", "durability", "liveness"};
  if (spec.system.service == faults::Service::realm)
    spec.claims = realm_claims(spec.system, spec.model.byzantine_max > 0);
  root.words("claims", spec.claims, 64);
  for (std::size_t i = 0; i < spec.claims.size(); ++i) {
    if (contains(known, spec.claims[i])) continue;
    const std::string service(faults::to_string(spec.system.service));
    const bool elsewhere = contains(known_claims(faults::Service::kv), spec.claims[i]) ||
                           contains(known_claims(faults::Service::realm), spec.claims[i]);
    root.complain_at(
        "claims", i,
        (elsewhere ? "a " + service + " service cannot break the claim \"" : "unknown claim \"") +
            spec.claims[i] + "\"" + nearest(spec.claims[i], known));
  }
  if (spec.claims.empty())
    root.complain_at("claims", "a scenario without claims cannot fail; name at least one");
  root.words("sometimes", spec.sometimes, 1000);
  if (!spec.sometimes.empty() && !contains(spec.claims, "sometimes")) spec.claims.emplace_back("sometimes");
  root.integer("fails_within_seeds", spec.fails_within_seeds, 0, kMillion);
}

// The model must be able to judge what the workloads do, or the claim would be an empty word.
void read_model(TomlTable& root, ScenarioSpec& spec) {
  const WorkloadKind* first = find_workload(spec.workloads[0].kind);
  spec.model_name = first == nullptr ? "kv" : std::string(first->model);
  root.text("model", spec.model_name);
  if (!contains(known_models(), spec.model_name)) {
    root.complain_at("model",
                     "unknown model \"" + spec.model_name + "\"" + nearest(spec.model_name, known_models()));
  }
  // Of a realm, what is STRONG is judged: get, put and cas.
  if (!contains(spec.claims, "linearizability") || spec.system.service == faults::Service::realm) return;
  for (const WorkloadSpec& workload : spec.workloads) {
    const WorkloadKind* kind = find_workload(workload.kind);
    if (kind == nullptr) return;
    for (const MixShare& share : workload.mix.empty() ? kind->mix : workload.mix) {
      if (share.weight == 0 || model_judges(spec.model_name, share.function)) continue;
      root.complain_at("model", "the claim \"linearizability\" with the model \"" + spec.model_name +
                                    "\" cannot judge \"" + std::string(faults::to_string(share.function)) +
                                    "\" of the workload \"" + workload.kind + "\"");
    }
  }
}

// What plan_check would say of every plan of this scenario.
std::string realm_problem(const ScenarioSpec& spec) {
  if (spec.system.service != faults::Service::realm) return {};
  if (spec.topology.spares > 0) return "a realm has no spares";
  const faults::FaultModel& m = spec.model;
  if (m.disk_faulty_max == 0 && !m.membership && !m.wipe && !m.sync_lies) return {};
  return "a realm does not survive faulty disks, membership, wipe or lies of sync; leave them out";
}

ScenarioSpec read_root(TomlFile& file, const toml::table& table) {
  ScenarioSpec spec;
  TomlTable root(file, &table, "");
  root.text("title", spec.title);
  root.duration("duration", spec.duration, milliseconds(1), kRunMax);
  root.duration("freeze", spec.freeze, kNothing, kDay);
  if (spec.freeze > spec.duration)
    root.complain_at("freeze", "freeze is longer than the duration of the run");
  TomlTable topology = root.table("topology");
  read_topology(topology, spec.topology);
  read_network(root.table("network"), spec.network);
  read_disk(root.table("disk"), spec.disk, spec.disk_bytes_max);
  read_fault_model(root.table("fault_model"), spec.topology, spec.model);
  read_clock(root.table("clock"), spec.model, spec.clock);
  read_system(root.table("system"), spec.system);
  spec.network.sealed = spec.system.transport == faults::Transport::quic;
  check_topology(topology, spec.system, spec.topology);
  TomlTable limits = root.table("limits");
  read_limits(limits, spec.system);
  read_groups(root.table("groups"), spec.system);
  if (const auto fit = check_realm_limits(spec.system); !fit) limits.complain_at("", fit.error().message);
  if (const std::string why = realm_problem(spec); !why.empty()) root.complain_at("fault_model", why);
  read_workloads(root, spec);
  read_faults(root, spec);
  read_fault_points(root.table("fault_points"), spec.fault_points);
  read_randomise(root.table("randomise"), spec.randomise);
  read_claims(root, spec);
  read_model(root, spec);
  root.done();
  return spec;
}

}  // namespace

Result<ScenarioSpec> parse_scenario_text(std::string_view text, const std::string& file) {
  if (text.size() > kScenarioBytesMax) {
    return fail(Error{.code = Errc::too_large,
                      .message = "longer than 1 MiB; a scenario (TOML) was expected",
                      .at = {file}});
  }
  if (text.find_first_not_of(" \t\r\n") == std::string_view::npos) {
    return fail(Error{.code = Errc::bad_input,
                      .message = "the file is empty; a scenario (TOML) was expected",
                      .at = {file, 1, 1}});
  }
  const Result<toml::table> parsed = config::table_of(text, file, "a scenario (TOML)");
  if (!parsed) return fail(parsed.error());
  TomlFile source{.text = text, .file = file, .error = std::nullopt};
  ScenarioSpec spec = read_root(source, *parsed);
  if (source.error) return fail(std::move(*source.error));
  return spec;
}

}  // namespace wn::scenarios
