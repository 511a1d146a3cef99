#include <fmt/format.h>

#include <fstream>

#include "faults/plan/plan_check.h"
#include "scenarios/cli/brief_explanation.h"
#include "scenarios/cli/commands.h"
#include "scenarios/cli/inputs.h"
#include "scenarios/cli/json_io.h"
#include "scenarios/cli/prompt_command.h"
#include "scenarios/cli/reality_replay.h"
#include "scenarios/cli/run_apart.h"
#include "scenarios/cli/timeline.h"
#include "scenarios/divergence/explain.h"
#include "scenarios/drift/drift.h"
#include "scenarios/runner/build_info.h"
#include "scenarios/runner/run.h"
#include "scenarios/shrink/forked_oracle.h"
#include "scenarios/workers/worker_pool.h"
#include "sim/replay/divergence.h"
#include "sim/trace/trace_file.h"

namespace wn::scenarios {
namespace {

constexpr std::size_t kTimelineMax = 2000;  // lines told without --all

// Where a live run parts from the stored trace; empty when it does not, or when there is no trace to ask.
class StoredTraceWatch {
 public:
  explicit StoredTraceWatch(const std::filesystem::path& file) {
    if (file.empty()) return;
    in_.open(file, std::ios::binary);
    auto reader = sim::TraceReader::open(in_);
    if (!reader) {
      trouble_ = reader.error().message;
      return;
    }
    reader_.emplace(*std::move(reader));
    comparer_.emplace([this](TraceEvent& event) {
      if (ended_) return false;
      const auto next = reader_->next(event);
      if (!next) trouble_ = next.error().message;
      ended_ = !next || !*next;
      return !ended_;
    });
  }

  sim::TraceSink* sink() { return comparer_ ? &*comparer_ : nullptr; }
  const std::string& trouble() const { return trouble_; }
  bool compared() const { return comparer_.has_value() && trouble_.empty(); }

  std::string divergence() {
    if (!comparer_ || !trouble_.empty()) return {};
    comparer_->finish();
    const auto& found = comparer_->divergence();
    if (!found) return {};
    // A trace that was cut at its limit says nothing about what came after.
    if (found->field == "end" && ended_ && reader_->footer().truncated) return {};
    return found->to_string();
  }

 private:
  std::ifstream in_;
  std::optional<sim::TraceReader> reader_;
  std::optional<sim::ReplayComparer> comparer_;
  std::string trouble_;
  bool ended_ = false;
};

std::string differing_nodes_text(const StoredRun& stored, const RunResult& run) {
  std::string text;
  for (const NodeId node : sim::differing_nodes(stored.node_digests, run.node_digests)) {
    text += (text.empty() ? "" : ",") + std::string("n") + std::to_string(node.value);
  }
  return text;
}

std::string tell(const RunResult& run, const ReplayArguments& arguments) {
  TimelineOptions options{.every_event = arguments.all, .every_operation = arguments.all};
  if (arguments.until) options.until_ns = arguments.until->ns;
  std::vector<TimelineLine> lines = timeline_of(run, options);
  const std::size_t all = lines.size();
  if (!arguments.all) lines = shortened(std::move(lines), kTimelineMax);
  std::string text;
  for (const TimelineLine& line : lines) text += to_text(line) + "\n";
  if (lines.size() < all)
    text += fmt::format("  ({} lesser events left out; --all tells them)\n", all - lines.size());
  return text;
}

// How far this code does something else than the code that left the run; empty when nothing says.
std::string drift_of(const StoredRun& stored, const RunResult& run) {
  if (stored.skeleton.empty() || run.trace_truncated) return {};
  const auto text = read_input(stored.skeleton.string(), drift::kSkeletonBytesMax);
  if (!text) return {};
  const auto then = drift::parse_skeleton(*text, stored.skeleton.string());
  if (!then) return "note: " + then.error().to_string() + "\n";
  const drift::Skeleton now = drift::skeleton_of(stored.plan, run.trace, run.signature);
  return drift::to_text(drift::drift_between(stored.plan, *then, now));
}

// Where two runs of one plan part, and why; asked for when they do.
std::string why_they_differ(const faults::Plan& plan) {
  const auto explained = divergence::explain(divergence::Subject{"/proc/self/exe", "divergence-probe"}, plan);
  return explained ? divergence::to_text(*explained) : "  not explained: " + explained.error().message + "\n";
}

RunSummary replay_once(const StoredRun& stored, const ReplayArguments& arguments) {
  RunSummary summary;
  const bool compare = arguments.verify && !arguments.seed;
  StoredTraceWatch watch(compare ? stored.trace : std::filesystem::path());
  const auto run = run_plan(stored.plan, {.record_trace = true, .sink = watch.sink()});
  if (!run) {
    summary.trouble = run.error().code;
    summary.trouble_text = run.error().to_string();
    return summary;
  }
  summary.outcome = run->outcome;
  summary.signature = run->signature;
  summary.digest = run->digest.to_hex();
  summary.json = run_json(*run, {.scenario = stored.scenario.empty() ? stored.plan.scenario : stored.scenario,
                                 .config_hash = stored.config_hash,
                                 .build_id = std::string(build_id()),
                                 .folder = stored.folder.string()});
  summary.story = tell(*run, arguments);
  if (!arguments.seed) summary.story += drift_of(stored, *run);
  if (run->outcome == checkers::Outcome3::fail && !arguments.no_explain && !arguments.until) {
    if (const auto why = explain_briefly(stored.plan, available_cores())) {
      summary.story += why->text;
      summary.json = with_explanation(summary.json, *why);
    }
  }
  if (compare) {
    summary.divergence = watch.divergence();
    if (!watch.trouble().empty()) summary.notes = "note: trace.bin cannot be compared: " + watch.trouble();
    if (summary.divergence.empty() && stored.digest && *stored.digest != run->digest) {
      const std::string nodes = differing_nodes_text(stored, *run);
      summary.divergence = nodes.empty() ? "only the overall digest; that of every node is the same"
                                         : "digests differ on nodes " + nodes;
      summary.divergence += watch.compared() ? "; every event of trace.bin is the same"
                                             : "; without a usable trace.bin the event is unknown";
    }
  }
  return summary;
}

Result<RunSummary> apart(const StoredRun& stored, const ReplayArguments& arguments) {
  WorkerPool pool(1, [&](std::string_view) { return encode(replay_once(stored, arguments)); });
  if (auto sent = pool.submit(0, ""); !sent) return fail(sent.error());
  const auto answer = pool.wait(-1);
  if (!answer) return fail(Errc::internal, "a worker process gave no answer");
  if (answer->crashed) {
    return RunSummary{.outcome = checkers::Outcome3::fail, .signature = crash_signature(answer->text)};
  }
  auto summary = decode_summary(answer->text);
  if (summary && summary->trouble != Errc::ok) return fail(summary->trouble, summary->trouble_text);
  return summary;
}

}  // namespace

Result<ExitCode> replay_command(Console& console, const ReplayArguments& arguments) {
  if (auto usable = check_output_path(arguments.json); !usable) return fail(usable.error());
  auto stored = load_run_or_plan(arguments.input);
  if (!stored) return fail(stored.error());
  if (arguments.against_model || is_real(*stored)) return replay_against_model(console, arguments, *stored);
  std::vector<std::string> notes = differences(*stored);
  if (arguments.seed) stored->plan.seed = *arguments.seed;
  if (wants_prompt(arguments)) return prompt_command(console, arguments, *stored);
  const auto summary = apart(*stored, arguments);
  if (!summary) return fail(summary.error());
  std::string expected = stored->digest && !arguments.seed ? stored->digest->to_hex() : "";
  std::string divergence = summary->divergence;
  if (arguments.verify && expected.empty()) {
    // Nothing is stored beside a lone plan: two runs in two processes are compared instead.
    ReplayArguments again = arguments;
    again.no_explain = true;
    const auto second = apart(*stored, again);
    if (!second) return fail(second.error());
    expected = second->digest;
    if (second->digest != summary->digest) divergence = "two runs of this plan, in two processes, differ";
    notes.push_back("note: no digest is stored beside this plan; it was run twice and the two were compared");
  }
  if (!summary->notes.empty()) notes.push_back(summary->notes);
  const bool mismatch = arguments.verify && (!divergence.empty() || expected != summary->digest);
  if (!arguments.json.empty()) {
    const ReplayFacts facts{.input = arguments.input,
                            .digest = summary->digest,
                            .stored_digest = expected,
                            .divergence = mismatch ? divergence : "",
                            .notes = notes};
    if (auto written = write_output(console, arguments.json, replay_json(facts, summary->json)); !written) {
      return fail(written.error());
    }
  }
  if (arguments.json != "-") {
    for (const std::string& note : notes) console.print(note + "\n");
    console.print(summary->story);
    console.print(fmt::format("{}  {}   seed {}{}{}\n", checkers::to_string(summary->outcome),
                              arguments.input, stored->plan.seed, summary->signature.empty() ? "" : "   ",
                              summary->signature));
    console.print("  digest:  " + summary->digest + "\n");
    if (mismatch) {
      console.print(
          fmt::format("NONDETERMINISM  stored digest {}\n  first difference: {}\n", expected, divergence));
      console.print(why_they_differ(stored->plan));
    } else if (arguments.verify) {
      console.print("  verified: the same digest\n");
    }
  }
  const ExitCode found = exit_code_of(summary->outcome);
  return mismatch ? worst(found, ExitCode::nondeterminism) : found;
}

}  // namespace wn::scenarios
