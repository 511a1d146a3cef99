// The line of `worknode exhaust`. Sees CLI11, as arguments.cpp does.
#include "scenarios/cli/exhaust_arguments.h"

#include "scenarios/cli/arguments.h"
#include "scenarios/cli/parse_line.h"

namespace wn::scenarios {
namespace {

using namespace exhaustive;  // NOLINT: this file is about them

constexpr const char* kExample =
    "Example:\n  worknode exhaust raft --nodes 3 --terms 2 --commands 2 --crashes 1\n"
    "  worknode exhaust raft --defect vote-not-persisted --script counterexample.txt\n"
    "  worknode exhaust crdt --type set --nodes 3 --commands 3\n"
    "  worknode exhaust capability --links 2 --uses\n\n"
    "Exit codes: 0 all states hold, 1 a violation, 2 bad usage, 3 a limit came first.";

struct Raw {
  std::string nodes, terms, commands, crashes, heartbeats, reads, in_flight, network = "repeat", link = "one";
  std::string type = "all", joins, links, revocations, defect;
  std::string time_limit, memory, states, depth;
  bool no_cover = false;
};

template <class T>
Result<void> take(const std::string& text, const char* what, std::uint64_t low, std::uint64_t high, T& out) {
  if (text.empty()) return {};
  const auto value = parse_number(text, what, low, high);
  if (!value) return fail(value.error());
  out = static_cast<T>(*value);
  return {};
}

Result<void> first_error(std::initializer_list<Result<void>> all) {
  for (const auto& taken : all) {
    if (!taken) return fail(taken.error());
  }
  return {};
}

Result<void> take_raft(const Raw& raw, RaftScope& scope) {
  if (raw.network != "repeat" && raw.network != "once")
    return fail(Errc::invalid_argument, "--network: expected repeat or once");
  if (raw.link != "one" && raw.link != "many")
    return fail(Errc::invalid_argument, "--link: expected one or many");
  scope.duplicates = raw.network == "repeat";
  scope.one_a_link = raw.link == "one";
  scope.cover = (scope.cover || !scope.one_a_link) && !raw.no_cover;
  return first_error({take(raw.nodes, "--nodes", 1, kRaftNodesMax, scope.nodes),
                      take(raw.terms, "--terms", 1, kRaftTermsMax, scope.terms),
                      take(raw.commands, "--commands", 0, kRaftCommandsMax, scope.commands),
                      take(raw.crashes, "--crashes", 0, kRaftCrashesMax, scope.crashes),
                      take(raw.heartbeats, "--heartbeats", 0, kRaftHeartbeatsMax, scope.heartbeats),
                      take(raw.reads, "--reads", 0, kRaftReadsMax, scope.reads),
                      take(raw.in_flight, "--in-flight", 1, kRaftInFlightMax, scope.in_flight)});
}

Result<void> take_crdt(const Raw& raw, CrdtScope& scope) {
  scope.every_type = raw.type == "all";
  bool known = scope.every_type;
  for (const auto& [name, type] : kCrdtTypes) {
    if (name != raw.type) continue;
    scope.type = type;
    known = true;
  }
  if (!known) {
    return fail(Errc::invalid_argument,
                "--type: expected all, lww, mv, set, map, g-counter, pn-counter, bounded or text");
  }
  return first_error({take(raw.nodes, "--nodes", 1, kCrdtReplicasMax, scope.replicas),
                      take(raw.commands, "--commands", 0, kCrdtOperationsMax, scope.operations),
                      take(raw.joins, "--joins", 0, kCrdtJoinsMax, scope.joins)});
}

Result<void> take_capability(const Raw& raw, CapabilityScope& scope) {
  return first_error(
      {take(raw.links, "--links", 1, kCapabilityLinksMax, scope.links),
       take(raw.revocations, "--revocations", 0, kCapabilityRevocationsMax, scope.revocations)});
}

// An option that says nothing about this model is a mistake.
Result<void> refuse_strangers(const Raw& raw, const ExhaustArguments& out) {
  struct Row {
    const std::string& text;
    const char* name;
    const char* models;
  };
  const Row rows[] = {{raw.nodes, "--nodes", "raft crdt"},
                      {raw.commands, "--commands", "raft crdt"},
                      {raw.terms, "--terms", "raft"},
                      {raw.crashes, "--crashes", "raft"},
                      {raw.heartbeats, "--heartbeats", "raft"},
                      {raw.reads, "--reads", "raft"},
                      {raw.in_flight, "--in-flight", "raft"},
                      {out.script, "--script", "raft"},
                      {raw.joins, "--joins", "crdt"},
                      {raw.links, "--links", "capability"},
                      {raw.revocations, "--revocations", "capability"}};
  for (const Row& row : rows) {
    if (!row.text.empty() && std::string_view(row.models).find(out.model) == std::string_view::npos)
      return fail(Errc::invalid_argument, std::string(row.name) + ": the model " + out.model + " has none");
  }
  return {};
}

Result<Arguments> checked(const Raw& raw, ExhaustArguments& out) {
  for (const auto& taken : {take(raw.states, "--states", 1, 4'000'000'000, out.states),
                            take(raw.depth, "--depth", 1, 1'000'000, out.depth)}) {
    if (!taken) return fail(taken.error());
  }
  bool known = false;
  for (const ModelInfo& model : models()) known = known || model.name == out.model;
  if (!known)
    return fail(Errc::invalid_argument,
                "exhaust: no model is called " + out.model + "; worknode list models-exhaustive");
  if (const auto fit = refuse_strangers(raw, out); !fit) return fail(fit.error());
  const auto taken = out.model == "crdt"         ? take_crdt(raw, out.scopes.crdt)
                     : out.model == "capability" ? take_capability(raw, out.scopes.capability)
                                                 : take_raft(raw, out.scopes.raft);
  if (!taken) return fail(taken.error());
  if (!raw.defect.empty()) {
    const auto defect = defect_from(raw.defect);
    if (!defect)
      return fail(Errc::invalid_argument, "--defect: nothing is planted by the name " + raw.defect);
    out.scopes.raft.defect = out.scopes.crdt.defect = out.scopes.capability.defect = *defect;
  }
  if (!raw.memory.empty()) {
    const auto bytes = parse_bytes(raw.memory, "--memory");
    if (!bytes) return fail(bytes.error());
    out.memory_bytes = *bytes;
  }
  if (!raw.time_limit.empty()) {
    const auto limit = parse_time_limit(raw.time_limit, "--time-limit");
    if (!limit) return fail(limit.error());
    out.time_limit = *limit;
  }
  return Arguments(std::move(out));
}

void add_options(CLI::App& app, ExhaustArguments& out, Raw& raw, bool& no_symmetry) {
  app.add_option("model", out.model, "worknode list models-exhaustive")->required()->type_name("MODEL");
  app.add_option("--nodes", raw.nodes, "nodes of raft (default 3), replicas of crdt (2)")->type_name("N");
  app.add_option("--terms", raw.terms, "nobody campaigns for a later term (default 2)")->type_name("N");
  app.add_option("--commands", raw.commands, "proposals of raft (default 2), operations of crdt (3), in all")
      ->type_name("N");
  app.add_option("--crashes", raw.crashes, "crashes with restart, in all (default 1)")->type_name("N");
  app.add_option("--heartbeats", raw.heartbeats, "of each leadership (default 0)")->type_name("N");
  app.add_option("--reads", raw.reads, "linearizable reads, in all (default 0)")->type_name("N");
  app.add_option("--in-flight", raw.in_flight, "appends to a follower without an answer (default 1)")
      ->type_name("N");
  app.add_option("--network", raw.network,
                 "loses and reorders, and may deliver: repeat (default) again and again, once at most once")
      ->type_name("repeat|once");
  app.add_option("--link", raw.link,
                 "messages that a link holds: one (default; a later one takes its place or is lost) or many")
      ->type_name("one|many");
  app.add_flag("--cover", out.scopes.raft.cover,
               "of raft: explore no state that can do less than an earlier one; stock with --link many");
  app.add_flag("--no-cover", raw.no_cover, "of raft: explore every state, the shortest ways first");
  app.add_flag("--pre-vote", out.scopes.raft.pre_vote, "candidates ask first");
  app.add_flag("--check-quorum", out.scopes.raft.check_quorum, "leaders may miss their quorum at any time");
  app.add_option("--type", raw.type,
                 "of crdt: all (default), lww, mv, set, map, g-counter, pn-counter, bounded, text")
      ->type_name("TYPE");
  app.add_option("--joins", raw.joins, "of crdt: whole states taken in, in all (default 1)")->type_name("N");
  app.add_flag("--gaps", out.scopes.crdt.gaps, "of crdt: judge also reads that lack what they stand on");
  app.add_option("--links", raw.links, "of capability: links of a chain (default 2)")->type_name("N");
  app.add_option("--revocations", raw.revocations, "of capability: of one world (default 1)")->type_name("N");
  app.add_flag("--uses", out.scopes.capability.uses, "of capability: links may be for one use");
  app.add_flag("--no-symmetry", no_symmetry, "tell states apart that differ by a renaming of nodes");
  app.add_option("--defect", raw.defect, "a planted bug, e.g. vote-not-persisted")->type_name("NAME");
  app.add_option("--time-limit", raw.time_limit, "processor time, e.g. 10m (default none)")
      ->type_name("TIME");
  app.add_option("--memory", raw.memory, "at most (default 8GiB)")->type_name("SIZE");
  app.add_option("--states", raw.states, "at most (default 2000000000)")->type_name("N");
  app.add_option("--depth", raw.depth, "steps, at most (default 10000)")->type_name("N");
  app.add_option("--script", out.script,
                 "write a counterexample as a golden script of runtime/raft (- is standard output)")
      ->type_name("FILE");
  app.add_option("--json", out.json, "write the result as JSON (- is standard output)")->type_name("FILE");
}

}  // namespace

Result<Arguments> parse_exhaust_arguments(int argc, const char* const* argv) {
  CLI::App app(
      "Visit every state of a small world of the real cores; a violation comes with a shortest way to it.",
      "worknode exhaust");
  app.footer(kExample);
  ExhaustArguments out;
  Raw raw;
  bool no_symmetry = false;
  add_options(app, out, raw, no_symmetry);
  if (auto answer = parse_line(app, argc, argv)) return *std::move(answer);
  out.scopes.raft.symmetry = out.scopes.crdt.symmetry = !no_symmetry;
  return checked(raw, out);
}

}  // namespace wn::scenarios
