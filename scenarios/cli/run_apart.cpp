#include "scenarios/cli/run_apart.h"

#include <chrono>
#include <fstream>

#include "faults/plan/plan_check.h"
#include "reports/html.h"
#include "scenarios/cli/brief_explanation.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/json_io.h"
#include "scenarios/cli/story.h"
#include "scenarios/runner/build_info.h"
#include "scenarios/runner/run.h"
#include "scenarios/runner/stored_run.h"
#include "scenarios/shrink/forked_oracle.h"

namespace wn::scenarios {
namespace {

namespace fs = std::filesystem;
using checkers::Outcome3;

Result<void> write_text(const fs::path& path, std::string_view text) {
  Console none;
  return write_output(none, path.string(), text);
}

StoryFacts story_facts(const RunRequest& request, const std::string& folder) {
  return {.scenario = request.scenario,
          .from = request.from,
          .shrink_seconds = request.shrink_seconds,
          .seed = request.seed,
          .replay = request.replay.empty() ? "worknode replay " + folder : request.replay,
          .build_id = std::string(build_id()),
          .config_hash = request.config_hash};
}

std::string html_of(const RunRequest& request, RunResult run, const std::string& story,
                    const StoryFacts& facts, const std::optional<BriefExplanation>& why) {
  auto input = reports::report_input(std::move(run));
  if (!input) return {};
  input->story = story;
  input->seed = facts.seed;
  if (why) input->explanation = why->report;
  input->replay_command = facts.replay;
  if (facts.from) input->shrunk_from = to_words(*facts.from);
  input->build_id = facts.build_id;
  input->config_hash = request.config_hash;
  return reports::render_html(*input);
}

void note_trouble(RunSummary& summary, const Error& error) {
  summary.trouble = error.code;
  summary.trouble_text = error.to_string();
}

// The folder of a run whatever came of it; the summary says where it is.
void leave_folder(const RunRequest& request, const RunResult& run, RunSummary& summary) {
  if (request.runs.empty()) return;
  const auto folder = write_run_folder(run, request.runs, request.folder);
  if (!folder) return note_trouble(summary, folder.error());
  summary.folder = folder->string();
}

RunSummary summary_of(const RunRequest& request) {
  RunSummary summary;
  auto run = request.real.empty() ? run_plan(request.plan, {.record_trace = request.trace})
                                  : judge_stored(request.real);
  if (!run) {
    note_trouble(summary, run.error());
    return summary;
  }
  summary.outcome = run->outcome;
  summary.signature = run->signature;
  summary.digest = run->digest.to_hex();
  leave_folder(request, *run, summary);
  summary.json =
      run_json(*run, {.scenario = request.scenario.empty() ? request.plan.scenario : request.scenario,
                      .config_hash = request.config_hash,
                      .build_id = std::string(build_id()),
                      .folder = summary.folder});
  const bool failed = run->outcome == Outcome3::fail;
  StoryFacts facts = story_facts(request, summary.folder);
  std::optional<BriefExplanation> why;
  if (failed && request.explain != 0 && request.real.empty())
    why = explain_briefly(request.plan, request.explain);
  if (why) {
    facts.why = why->text;
    summary.json = with_explanation(summary.json, *why);
  }
  if (failed && request.tell) summary.story = tell_story(*run, facts);
  if (summary.trouble != Errc::ok) return summary;
  fs::path html = request.html;
  Result<void> written;
  if (!summary.folder.empty()) {
    const fs::path folder = summary.folder;
    written = write_text(folder / "run.json", summary.json);
    if (written && failed) written = write_text(folder / "story.txt", summary.story);
    if (failed && html.empty()) html = folder / "report.html";
  }
  if (written && !html.empty()) {
    written = write_text(html, html_of(request, *std::move(run), summary.story, facts, why));
    summary.report = html.string();
  }
  if (!written) note_trouble(summary, written.error());
  return summary;
}

// What can be said of a run whose process died: its plan, and the words that it left.
RunSummary summary_of_crash(const RunRequest& request, const std::string& words) {
  RunSummary summary;
  summary.outcome = Outcome3::fail;
  summary.signature = crash_signature(words);
  RunResult run;
  run.plan = request.plan;
  run.outcome = Outcome3::fail;
  run.signature = summary.signature;
  run.claims.push_back(
      {.claim = "crash", .outcome = Outcome3::fail, .signature = summary.signature, .explanation = words});
  leave_folder(request, run, summary);
  summary.json =
      run_json(run, {.scenario = request.scenario.empty() ? request.plan.scenario : request.scenario,
                     .config_hash = request.config_hash,
                     .build_id = std::string(build_id()),
                     .folder = summary.folder});
  if (!summary.folder.empty()) {
    // A digest of nothing would make a later --verify compare with it.
    std::error_code ignored;
    fs::remove(fs::path(summary.folder) / "digest", ignored);
    if (auto written = write_text(fs::path(summary.folder) / "run.json", summary.json); !written) {
      note_trouble(summary, written.error());
    }
  }
  summary.story = tell_crash(request.plan, summary.signature, story_facts(request, summary.folder));
  return summary;
}

}  // namespace

Result<RunSummary> run_apart(const RunRequest& request) {
  if (auto checked = faults::plan_check(request.plan); !checked) return fail(checked.error());
  WorkerPool pool(1, [&](std::string_view) { return encode(summary_of(request)); });
  if (auto sent = pool.submit(0, ""); !sent) return fail(sent.error());
  const auto answer = pool.wait(-1);
  if (!answer) return fail(Errc::internal, "a worker process gave no answer");
  Result<RunSummary> summary =
      answer->crashed ? summary_of_crash(request, answer->text) : decode_summary(answer->text);
  if (summary && summary->trouble != Errc::ok) {
    return fail(Error{.code = summary->trouble, .message = summary->trouble_text});
  }
  return summary;
}

}  // namespace wn::scenarios
