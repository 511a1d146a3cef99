// The only file that sees CLI11: its templates are heavy.
#include "scenarios/cli/arguments.h"

#include <CLI/CLI.hpp>

#include "faults/plan/time_text.h"
#include "scenarios/explore/strategy.h"
#include "scenarios/runner/build_info.h"

namespace wn::scenarios {
namespace {

// Options as text, turned into checked values once the line has been read whole.
struct Raw {
  std::string seed, seeds, jobs, shard, depth, time_limit, shrink_limit, until, steps, memory, permits, k,
      idle;
};

struct Lines {
  RunArguments run;
  ChaosArguments chaos;
  MergeArguments merge;
  ReplayArguments replay;
  ShrinkArguments shrink;
  CheckArguments check;
  ReportArguments report;
  ListArguments list;
  DemoArguments demo;
  NodeArguments node;
  Raw raw;
};

constexpr const char* kExits =
    "Exit codes: 0 pass, 1 violation, 2 bad usage or input, 3 inconclusive, 4 nondeterminism,\n"
    "            5 nothing selected, 6 an error of our own. The worst wins: 6, 4, 1, 3, 5, 0.";

CLI::App* command(CLI::App& app, const char* name, const char* summary, const std::string& example) {
  CLI::App* sub = app.add_subcommand(name, summary);
  sub->footer("Example:\n  " + example + "\n\n" + kExits);
  return sub;
}

void add_json(CLI::App* sub, std::string& json) {
  sub->add_option("--json", json, "write the result as JSON (- is standard output)")->type_name("FILE");
}

void add_run_and_chaos(CLI::App& app, Lines& to) {
  CLI::App* run = command(app, "run", "Run one seed of a scenario and leave a run folder",
                          "worknode run scenarios/catalog/fast/raft-light.toml --seed 7");
  run->add_option("scenario", to.run.scenario, "scenario file (.toml)")->required()->type_name("SCENARIO");
  run->add_option("--seed", to.raw.seed, "seed (default 0)")->type_name("N");
  run->add_option("--out", to.run.out, "where run folders go (default runs)")->type_name("DIR");
  run->add_flag("--no-explain", to.run.no_explain, "do not explain a failure by its futures (some seconds)");
  run->add_flag("--no-trace", to.run.no_trace, "do not record every event (faster; replay names no event)");
  add_json(run, to.run.json);

  CLI::App* chaos = command(app, "chaos", "Run many seeds on all processors and group what fails",
                            "worknode chaos scenarios/catalog/fast --seeds 200 --junit out.xml");
  chaos->add_option("scenarios", to.chaos.scenarios, "scenario files, or folders of them")
      ->required()
      ->type_name("SCENARIO|DIR");
  chaos->add_option("--seeds", to.raw.seeds, "seeds of each scenario: a count or A..B (default 100)")
      ->type_name("N|A..B");
  chaos->add_option("--jobs", to.raw.jobs, "worker processes (default: all processors)")->type_name("J");
  chaos->add_option("--shard", to.raw.shard, "run the I-th of N equal parts; `merge` joins the results")
      ->type_name("I/N");
  chaos->add_option("--time-limit", to.raw.time_limit, "start no further seed after this long")
      ->type_name("TIME");
  chaos->add_option("--shrink-limit", to.raw.shrink_limit, "time for shrinking one failure (default 60s)")
      ->type_name("TIME");
  chaos
      ->add_option("--strategy", to.chaos.strategy,
                   "what to try next: `worknode list strategies` (default random)")
      ->type_name("NAME");
  chaos->add_option("--depth", to.raw.depth, "pct: change points; delay-bounded: delays (default 3)")
      ->type_name("D");
  chaos
      ->add_option("--stop-early", to.chaos.stop_early,
                   "end a run at its first violation (default: all strategies but random)")
      ->type_name("yes|no")
      ->check(CLI::IsMember({"yes", "no"}));
  chaos->add_flag("--no-exploration", to.chaos.no_exploration,
                  "count no behaviours (strategies that learn do it in any case)");
  chaos->add_flag("--fail-fast", to.chaos.fail_fast, "stop at the first failing seed");
  chaos->add_flag("--no-shrink", to.chaos.no_shrink, "leave failing plans as they are");
  chaos->add_flag("--no-explain", to.chaos.no_explain, "do not explain shrunk failures by their futures");
  chaos->add_flag("--no-folders", to.chaos.no_folders, "leave no run folders behind");
  chaos->add_flag("--no-live", to.chaos.no_live, "on a terminal: one line instead of the live view");
  chaos->add_flag("--fixed", to.chaos.fixed, "the same seeds with planted bugs taken out");
  chaos->add_option("--junit", to.chaos.junit, "write a JUnit XML file")->type_name("FILE");
  chaos->add_option("--results", to.chaos.results, "write one JSON line a seed, for `merge`")
      ->type_name("FILE");
  chaos->add_option("--digests", to.chaos.digests, "write a line \"scenario seed digest\" a seed")
      ->type_name("FILE");
  chaos->add_option("--out", to.chaos.out, "where run folders go (default runs)")->type_name("DIR");
  add_json(chaos, to.chaos.json);

  CLI::App* merge = command(app, "merge", "Join the results of shards; their order does not matter",
                            "worknode merge shard1.jsonl shard2.jsonl --json totals.json");
  merge->add_option("results", to.merge.results, "files written by chaos --results")
      ->required()
      ->type_name("RESULTS.jsonl");
  merge->add_option("--junit", to.merge.junit, "write a JUnit XML file")->type_name("FILE");
  add_json(merge, to.merge.json);
}

void add_replay_and_shrink(CLI::App& app, Lines& to) {
  CLI::App* replay = command(app, "replay", "Run a stored plan again and tell what happens",
                             "worknode replay runs/raft-light/7 --verify");
  replay->add_option("input", to.replay.input, "run folder or plan (.txtpb)")
      ->required()
      ->type_name("RUN|PLAN");
  replay->add_option("--until", to.raw.until, "stop at this moment, e.g. 12.4s; at a terminal: with a prompt")
      ->type_name("TIME");
  replay->add_flag("--prompt", to.replay.prompt,
                   "look around from there, back and forth: commands from standard input (help lists them)");
  replay->add_option("--seed", to.raw.seed, "other small dice (delays, timeouts) for the same plan")
      ->type_name("N");
  replay->add_flag("--verify", to.replay.verify,
                   "compare with the stored digest; name the first event that differs");
  replay->add_flag("--no-explain", to.replay.no_explain,
                   "do not explain a failure by its futures (some seconds)");
  replay->add_flag("--all", to.replay.all, "tell every event, not only the interesting ones");
  replay->add_flag("--against-model", to.replay.against_model,
                   "hold the recorded trace against the rules of the model (runs on real machines: always)");
  add_json(replay, to.replay.json);

  CLI::App* shrink =
      command(app, "shrink", "Make a failing plan small; it fails for the same reason afterwards",
              "worknode shrink runs/raft-light/7 -o small.txtpb");
  shrink->add_option("input", to.shrink.input, "run folder or plan (.txtpb)")
      ->required()
      ->type_name("RUN|PLAN");
  shrink
      ->add_option("-o,--output", to.shrink.output,
                   "where the small plan goes (default: shrunk.txtpb beside the input)")
      ->type_name("PLAN");
  shrink
      ->add_option("--regression", to.shrink.regression,
                   "keep it as scenarios/regressions/NAME.txtpb, with what it came to: every build runs it")
      ->type_name("NAME");
  shrink->add_option("--time-limit", to.raw.time_limit, "time for the search (default 60s)")
      ->type_name("TIME");
  shrink->add_option("--steps", to.raw.steps, "candidates to try (default 200000)")->type_name("N");
  shrink->add_option("--jobs", to.raw.jobs, "worker processes (default: all processors)")->type_name("J");
  add_json(shrink, to.shrink.json);
}

void add_serving(CLI::App& app, Lines& to) {
  CLI::App* node = command(app, "node", "Serve: one node of a realm on this machine, until a signal",
                           "worknode node --new-identity n1.key && worknode node --config n1.toml");
  node->add_option("--config", to.node.config, "the daemon's configuration (TOML; docs/operating.md)")
      ->type_name("FILE");
  node->add_option("--new-identity", to.node.new_identity,
                   "make a secret identity, print its public key, and do nothing else")
      ->type_name("FILE");
  node->add_flag("--check", to.node.check, "check the configuration and the identity, and do nothing else");
  node->add_flag("--print-config", to.node.print_config, "print every value in effect, and do nothing else");
}

void add_judges(CLI::App& app, Lines& to) {
  CLI::App* check = command(app, "check", "Judge recorded histories, whoever made them",
                            "worknode check --model cas-register history.edn");
  check->add_option("histories", to.check.histories, "history files")->required()->type_name("HISTORY");
  check->add_option("--model", to.check.model, "what the system should be: `worknode list models`")
      ->required()
      ->type_name("M");
  check
      ->add_option("--consistency", to.check.consistency,
                   "what it should promise: `worknode list consistencies` (default: the model's own)")
      ->type_name("C");
  check->add_flag("--exact", to.check.exact, "transactions: pass only what is proven to hold");
  check->add_flag("--explain", to.check.explain, "say why: witness, cycles, what could be ordered");
  check->add_option("--picture", to.check.picture, "draw it")->type_name("FILE.svg|FILE.html");
  check->add_option("--checker", to.check.checker, "native (default) or elle")->type_name("native|elle");
  check
      ->add_option("--elle-jar", to.check.elle_jar,
                   "Elle's driver (default: WORKNODE_ELLE_JAR, then usual places)")
      ->type_name("FILE.jar");
  check->add_option("--elle-plots", to.check.elle_plots, "where Elle draws what it finds")->type_name("DIR");
  check->add_option("--steps", to.raw.steps, "search steps before the answer is unknown (default 50000000)")
      ->type_name("N");
  check->add_option("--memory", to.raw.memory, "memory before the answer is unknown (default 1GiB)")
      ->type_name("BYTES");
  check->add_option("--time-limit", to.raw.time_limit, "time for each history before the answer is unknown")
      ->type_name("TIME");
  check->add_flag("--failed-cas-silent", to.check.failed_cas_silent,
                  "a refused cas says nothing (default: it saw another value)");
  check->add_option("--permits", to.raw.permits, "semaphore: permits in all (default 1)")->type_name("N");
  check->add_option("--k", to.raw.k, "k-atomic: how many of the last writes a read may show (default 2)")
      ->type_name("K");
  check->add_option("--jobs", to.raw.jobs, "threads for histories of many keys (default 1)")->type_name("J");
  check->add_flag("--follow", to.check.follow, "judge while the history grows; \"-\" is standard input");
  check->add_option("--idle", to.raw.idle, "--follow: the end is where nothing came for so long (default 5s)")
      ->type_name("TIME");
  check->add_flag("--wfr-keys", to.check.wfr_keys, "rw-register: a write follows what its transaction read");
  check->add_flag("--sequential-keys", to.check.sequential_keys,
                  "rw-register: each process sees a key's versions in order");
  check->add_flag("--linearizable-keys", to.check.linearizable_keys,
                  "rw-register: real time orders a key's versions");
  add_json(check, to.check.json);

  CLI::App* report = command(app, "report", "Write the HTML report of run folders, or of a sweep",
                             "worknode report runs/raft-light/7 -o report.html");
  report->add_option("runs", to.report.runs, "run folders; or results of a sweep (*.jsonl), one page for all")
      ->required()
      ->type_name("RUN|RESULTS.jsonl");
  report
      ->add_option("-o,--output", to.report.output,
                   "file to write (default: report.html in the run folder, the results with .html)")
      ->type_name("FILE.html");

  CLI::App* list = command(app, "list", "List what there is to choose from", "worknode list faults");
  list->add_option("what", to.list.what,
                   "scenarios, faults, workloads, strategies, checkers, models, models-exhaustive, "
                   "consistencies or limits")
      ->required()
      ->type_name(
          "scenarios|faults|workloads|strategies|checkers|models|models-exhaustive|consistencies|limits");
  add_json(list, to.list.json);

  CLI::App* demo =
      command(app, "demo", "A planted bug: caught by the swarm, shrunk and told", "worknode demo --fixed");
  demo->add_option("name", to.demo.name, "scenario of catalog/negative (default: lease-on-wall-clock)")
      ->type_name("NAME");
  demo->add_flag("--fixed", to.demo.fixed, "the same seeds with the bug taken out: all pass");
  demo->add_option("--seeds", to.raw.seeds, "seeds to try at most (default 1000)")->type_name("N");
  demo->add_option("--jobs", to.raw.jobs, "worker processes (default: all processors)")->type_name("J");
  demo->add_option("--out", to.demo.out, "where run folders go (default runs)")->type_name("DIR");
}

// Assigns a checked value, or keeps the first error.
struct Checked {
  std::optional<Error> error;
  template <class T, class U>
  void take(const std::string& text, Result<T> value, U& to) {
    if (text.empty() || error) return;
    if (!value) {
      error = std::move(value).error();
    } else {
      to = static_cast<U>(*value);
    }
  }
};

std::string first_line(std::string text) {
  if (const auto end = text.find('\n'); end != text.npos) text.resize(end);
  return text;
}

Result<Arguments> checked(const std::string& name, Lines& lines) {
  const Raw& raw = lines.raw;
  constexpr std::uint64_t kAny = ~std::uint64_t{0};
  constexpr std::uint64_t kStepsMax = 1'000'000'000'000;
  Checked check;
  const auto jobs = [&](unsigned& to) {
    check.take(raw.jobs, parse_number(raw.jobs, "--jobs", 1, 1024), to);
  };
  const auto limit = [&](auto& to) {
    check.take(raw.time_limit, parse_time_limit(raw.time_limit, "--time-limit"), to);
  };
  const auto steps = [&](std::uint64_t& to) {
    check.take(raw.steps, parse_number(raw.steps, "--steps", 1, kStepsMax), to);
  };
  const auto done = [&](auto& value) -> Result<Arguments> {
    if (check.error) return fail(*check.error);
    return Arguments(std::move(value));
  };
  if (name == "run") {
    check.take(raw.seed, parse_number(raw.seed, "--seed", 0, kAny), lines.run.seed);
    return done(lines.run);
  }
  if (name == "chaos") {
    check.take(raw.seeds, parse_seeds(raw.seeds), lines.chaos.seeds);
    check.take(raw.shard, parse_shard(raw.shard), lines.chaos.shard);
    check.take(raw.shrink_limit, parse_time_limit(raw.shrink_limit, "--shrink-limit"),
               lines.chaos.shrink_limit);
    check.take(raw.depth, parse_number(raw.depth, "--depth", 1, explore::kDepthMax), lines.chaos.depth);
    if (auto known = check_strategy(lines.chaos.strategy); !known) return fail(known.error());
    jobs(lines.chaos.jobs);
    limit(lines.chaos.time_limit);
    return done(lines.chaos);
  }
  if (name == "merge") return done(lines.merge);
  if (name == "replay") {
    std::uint64_t seed = 0;
    check.take(raw.seed, parse_number(raw.seed, "--seed", 0, kAny), seed);
    if (!raw.seed.empty()) lines.replay.seed = seed;
    check.take(raw.until, parse_time_limit(raw.until, "--until"), lines.replay.until);
    return done(lines.replay);
  }
  if (name == "shrink") {
    jobs(lines.shrink.jobs);
    limit(lines.shrink.time_limit);
    steps(lines.shrink.steps);
    return done(lines.shrink);
  }
  if (name == "check") {
    steps(lines.check.steps);
    lines.check.steps_given = !raw.steps.empty();
    Duration time = {};
    limit(time);
    if (!raw.time_limit.empty()) lines.check.time_limit = time;
    check.take(raw.permits, parse_number(raw.permits, "--permits", 1, 1'000'000), lines.check.permits);
    check.take(raw.k, parse_number(raw.k, "--k", 1, 1'000'000), lines.check.k);
    jobs(lines.check.jobs);
    check.take(raw.idle, parse_time_limit(raw.idle, "--idle"), lines.check.idle);
    check.take(raw.memory, parse_bytes(raw.memory, "--memory"), lines.check.memory_bytes);
    return done(lines.check);
  }
  if (name == "report") return done(lines.report);
  if (name == "list") return done(lines.list);
  if (name == "node") {
    if (lines.node.config.empty() == lines.node.new_identity.empty())
      return fail(Errc::invalid_argument, "worknode node: expected --config FILE or --new-identity FILE");
    return done(lines.node);
  }
  check.take(raw.seeds, parse_number(raw.seeds, "--seeds", 1, kSeedsMax), lines.demo.seeds);
  jobs(lines.demo.jobs);
  return done(lines.demo);
}

constexpr const char* kCommands =
    "run chaos merge replay shrink check report list demo node cluster get put call watch bench branch "
    "explain exhaust export";

}  // namespace

Result<Arguments> parse_arguments(int argc, const char* const* argv) {
  CLI::App app("Deterministic chaos for the Worknode runtime: run, judge, shrink and replay.", "worknode");
  app.require_subcommand(1);
  app.set_version_flag("--version", "", "print the build that this is and exit");
  app.footer("`worknode COMMAND --help` has the options and an example.\n\n" + std::string(kExits));
  Lines lines;
  add_run_and_chaos(app, lines);
  add_replay_and_shrink(app, lines);
  add_judges(app, lines);
  add_serving(app, lines);
  app.add_subcommand("get", "Read a worknode's property, from a server: worknode get --help");
  app.add_subcommand("put", "Write a worknode's title");
  app.add_subcommand("call", "Ask a worknode: its behaviour, or any function by name");
  app.add_subcommand("watch", "Tell a property's values as they change");
  app.add_subcommand("bench", "Measure this build on this machine: simulated scenarios, or servers");
  app.add_subcommand("branch",
                     "Stop a run, fork it, and see how many of its futures fail: worknode branch --help");
  app.add_subcommand("explain",
                     "When a failure was still avoidable, and what decided it: worknode explain --help");
  app.add_subcommand("exhaust", "Visit every state of a small world of real cores");
  app.add_subcommand("export", "Write a run for other people's tools: Perfetto, EDN, JSON Lines, Parquet");
  app.add_subcommand("cluster", "The same scenarios on real servers, hurt for real: worknode cluster --help");
  const std::string first = argc > 1 ? argv[1] : "";
  if (first.empty())
    return fail(Errc::invalid_argument, std::string("worknode: expected a command: ") + kCommands);
  if (first == "cluster") return parse_cluster_arguments(argc, argv);
  if (first == "get" || first == "put" || first == "call" || first == "watch")
    return parse_client_arguments(argc, argv);
  if (first == "branch") return parse_branch_arguments(argc, argv);
  if (first == "explain") return parse_explain_arguments(argc, argv);
  if (first == "exhaust") return parse_exhaust_arguments(argc - 1, argv + 1);
  if (first == "bench") return parse_bench_arguments(argc, argv);
  if (first == "export") return parse_export_arguments(argc, argv);
  const bool known = (" " + std::string(kCommands) + " ").find(" " + first + " ") != std::string::npos;
  const bool asks = first == "--version" || first == "-h" || first == "--help";
  if (!known && !asks) {
    return fail(Errc::invalid_argument, "worknode: no command \"" + first_line(first).substr(0, 60) +
                                            "\"; expected one of: " + kCommands);
  }
  try {
    app.parse(argc, argv);
  } catch (const CLI::CallForHelp&) {
    const auto chosen = app.get_subcommands();
    return Arguments(HelpArguments{chosen.empty() ? app.help() : chosen.front()->help("worknode")});
  } catch (const CLI::CallForVersion&) {
    return Arguments(HelpArguments{"worknode build " + std::string(build_id()) + "\n"});
  } catch (const CLI::ParseError& error) {
    return fail(Errc::invalid_argument,
                "worknode " + (first.starts_with("-") ? "" : first + ": ") + first_line(error.what()));
  }
  const CLI::App& chosen = *app.get_subcommands().front();
  // An option that was given and is empty (an unset variable of a shell, say) is not an option left out.
  for (const CLI::Option* option : chosen.get_options()) {
    if (option->get_expected_max() == 0) continue;
    for (const std::string& value : option->results()) {
      if (value.empty())
        return fail(Errc::invalid_argument,
                    "worknode " + first + ": " + option->get_name() + ": expected a value, got \"\"");
    }
  }
  return checked(chosen.get_name(), lines);
}

}  // namespace wn::scenarios
