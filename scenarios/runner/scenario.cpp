#include "scenarios/runner/scenario.h"

#include <algorithm>
#include <cerrno>
#include <cstring>
#include <fstream>
#include <system_error>

#include "faults/nemesis/swarm.h"
#include "faults/plan/names.h"
#include "faults/plan/plan_io.h"
#include "runtime/base/digest.h"
#include "scenarios/runner/scenario_parse.h"
#include "scenarios/workloads/realm_names.h"
#include "scenarios/workloads/workload.h"

namespace wn::scenarios {
namespace {

constexpr std::size_t kFilesMax = 10'000;

std::unexpected<Error> refuse(Errc code, std::string message, const std::filesystem::path& path) {
  return fail(Error{.code = code, .message = std::move(message), .at = {path.string()}});
}

// Membership changes and transfers are an operator's work, so somebody has to do it.
bool needs_admin(const ScenarioSpec& spec) {
  for (const faults::NemesisChoice& choice : spec.swarm.choices) {
    const faults::Nemesis* nemesis = faults::find_nemesis(choice.kind);
    const std::string_view family = nemesis == nullptr ? std::string_view(choice.kind) : nemesis->family;
    if (family == "membership" || family == "rivals" || family == "transfer") return true;
  }
  return false;
}

// Clocks are drawn to whole microseconds: a plan is read by people.
void draw_clocks(const ClockSpec& spec, const Random& random, faults::NodePlan& node) {
  const std::int64_t most = spec.initial_skew_max.ns / 1000;
  Draw draw = random.at("clock", node.id.value);
  if (most > 0) node.wall_offset = microseconds(draw.between(-most, most));
  if (spec.drift_ppm_max > 0) {
    node.drift_ppm = static_cast<std::int32_t>(draw.between(-spec.drift_ppm_max, spec.drift_ppm_max));
  }
}

// Everything of a plan that no seed decides, and the clocks.
faults::Plan plan_head(const ScenarioSpec& spec, const std::string& name, std::uint64_t seed) {
  faults::Plan plan;
  plan.scenario = name;
  plan.seed = seed;
  plan.duration = spec.duration;
  plan.freeze_at = SimTime{(spec.duration - spec.freeze).ns};
  plan.model = spec.model;
  plan.system = spec.system;
  plan.network = spec.network;
  plan.disk = spec.disk;
  plan.claims = spec.claims;
  plan.model_name = spec.model_name;
  const Random random = Random(seed).child("topology");
  const auto add = [&](faults::NodeRole role, std::uint32_t count) {
    for (std::uint32_t i = 0; i < count; ++i) {
      faults::NodePlan node;
      node.id = NodeId{static_cast<std::uint32_t>(plan.nodes.size() + 1)};
      node.role = role;
      node.disk_bytes_max = spec.disk_bytes_max;
      draw_clocks(spec.clock, random, node);
      plan.nodes.push_back(node);
    }
  };
  add(faults::NodeRole::server, spec.topology.servers);
  add(faults::NodeRole::spare, spec.topology.spares);
  add(faults::NodeRole::client, spec.topology.clients);
  if (needs_admin(spec)) add(faults::NodeRole::admin, 1);
  for (faults::NodePlan& node : plan.nodes) {
    const NodeId where = node.role == faults::NodeRole::client ? home_of(plan, node.id) : node.id;
    node.site = spec.topology.sites > 1 ? where.value % spec.topology.sites : 0;
  }
  return plan;
}

// The meaning of a scenario: comments, order and spelling of its file do not count, its title neither.
std::string hash_of(const ScenarioSpec& spec) {
  Digest digest;
  const auto text = [&](std::string_view s) {
    digest.absorb(s.size());
    digest.absorb(ByteView(reinterpret_cast<const std::uint8_t*>(s.data()), s.size()));
  };
  const auto number = [&](std::int64_t n) { digest.absorb(static_cast<std::uint64_t>(n)); };
  text(faults::to_text(plan_head(spec, "", 0)));
  number(spec.clock.initial_skew_max.ns);
  number(spec.clock.drift_ppm_max);
  for (const WorkloadSpec& w : spec.workloads) {
    text(w.kind);
    for (const std::int64_t n :
         {static_cast<std::int64_t>(w.rate_millihertz), static_cast<std::int64_t>(w.keys),
          static_cast<std::int64_t>(w.first_key), static_cast<std::int64_t>(w.txn_ops_max), w.start.ns,
          w.stop.ns, static_cast<std::int64_t>(w.final_reads)}) {
      number(n);
    }
    if (w.kind == "modes") {
      for (const std::uint32_t n : {w.local, w.eventual, w.strong, w.roam_ppm, w.weak_ppm}) number(n);
    }
    for (const MixShare& share : w.mix) {
      text(faults::to_string(share.function));
      number(share.weight);
    }
  }
  for (const faults::NemesisChoice& c : spec.swarm.choices) {
    text(c.kind);
    for (const std::int64_t n : {static_cast<std::int64_t>(c.weight_ppm), c.interval.ns, c.length_min.ns,
                                 c.length_max.ns, static_cast<std::int64_t>(c.strength_ppm)}) {
      number(n);
    }
  }
  number(spec.swarm.vary ? 1 : 0);
  number(spec.swarm.start.ns);
  number(spec.swarm.incidents_max);
  for (const std::string& name : spec.sometimes) text(name);
  if (spec.fault_points.on) {
    text("fault_points");
    for (const std::uint32_t ppm :
         {spec.fault_points.seeds_ppm, spec.fault_points.active_ppm, spec.fault_points.rate_ppm}) {
      number(ppm);
    }
    for (const std::string& name : spec.fault_points.only) text(name);
  }
  if (spec.randomise.on) {
    text("randomise");
    number(spec.randomise.seeds_ppm);
    number(spec.randomise.knobs_ppm);
  }
  return digest.to_hex().substr(0, 16);
}

Result<Scenario> make_scenario(std::string_view text, const std::string& file, const std::string& name) {
  Result<ScenarioSpec> spec = parse_scenario_text(text, file);
  if (!spec) return fail(std::move(spec.error()));
  Scenario scenario;
  scenario.name = name;
  scenario.title = spec->title;
  scenario.config_hash = hash_of(*spec);
  scenario.spec = std::make_shared<const ScenarioSpec>(std::move(*spec));
  return scenario;
}

}  // namespace

Result<Scenario> load_scenario(const std::filesystem::path& path) {
  std::error_code error;
  if (std::filesystem::is_directory(path, error)) {
    return refuse(Errc::bad_input, "is a directory; a scenario file (TOML) was expected", path);
  }
  std::ifstream in(path, std::ios::binary);
  if (!in) return refuse(Errc::not_found, std::string("cannot be read: ") + std::strerror(errno), path);
  std::string text(kScenarioBytesMax + 1, '\0');
  in.read(text.data(), static_cast<std::streamsize>(text.size()));
  text.resize(static_cast<std::size_t>(in.gcount()));
  Result<Scenario> scenario = make_scenario(text, path.string(), path.stem().string());
  if (scenario) scenario->path = path;
  return scenario;
}

Result<Scenario> parse_scenario(std::string text, const std::string& name) {
  return make_scenario(text, name, name);
}

Result<std::vector<std::filesystem::path>> find_scenarios(const std::filesystem::path& path) {
  std::error_code error;
  const std::filesystem::file_status status = std::filesystem::status(path, error);
  if (!std::filesystem::exists(status)) {
    const bool absent = !error || error == std::errc::no_such_file_or_directory;
    return refuse(Errc::not_found,
                  absent ? "no such scenario file or folder" : "cannot be read: " + error.message(), path);
  }
  if (!std::filesystem::is_directory(status)) return std::vector{path};
  std::vector<std::filesystem::path> found;
  std::filesystem::recursive_directory_iterator it(path, error);
  for (; !error && it != std::filesystem::recursive_directory_iterator(); it.increment(error)) {
    if (it->path().extension() != ".toml" || !it->is_regular_file(error)) continue;
    if (found.size() == kFilesMax) return refuse(Errc::too_large, "more than 10,000 scenario files", path);
    found.push_back(it->path());
  }
  if (error) return refuse(Errc::io_error, error.message(), path);
  std::sort(found.begin(), found.end());
  return found;
}

faults::Plan make_plan(const Scenario& scenario, std::uint64_t seed) {
  const ScenarioSpec& spec = *scenario.spec;
  faults::Plan plan = plan_head(spec, scenario.name, seed);
  draw_knobs(spec.randomise, plan);
  draw_fault_points(spec.fault_points, plan);
  generate_operations(plan, spec.workloads);
  faults::generate_faults(plan, spec.swarm);
  return plan;
}

}  // namespace wn::scenarios
