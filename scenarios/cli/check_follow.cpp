#include "scenarios/cli/check_follow.h"

#include <fmt/format.h>

#include <atomic>
#include <limits>
#include <thread>

#include "checkers/history/byte_source.h"
#include "checkers/linearizability/linearizability.h"
#include "checkers/streaming/follow.h"
#include "checkers/streaming/stream_judge.h"
#include "scenarios/cli/json_io.h"

namespace wn::scenarios {
namespace {

constexpr std::chrono::milliseconds kLookAgain{50};

// The contract of checkers::Executor, on `threads` threads, this one among them.
void side_by_side(unsigned threads, std::size_t count, const checkers::Job& job) {
  std::atomic<std::size_t> next{0};
  std::atomic<std::size_t> found{count};  // the least job that returned true
  const auto work = [&] {
    for (std::size_t i = next++; i < count; i = next++) {
      if (i > found.load() || !job(i, [&] { return i > found.load(); })) continue;
      for (std::size_t known = found.load(); i < known && !found.compare_exchange_weak(known, i);) {
      }
    }
  };
  std::vector<std::jthread> others;
  for (std::size_t i = 1; i < std::min<std::size_t>(threads, count); ++i) others.emplace_back(work);
  work();
}

std::unique_ptr<checkers::StreamJudge> stream_judge(const checkers::Judge& judge,
                                                    const checkers::JudgeOptions& options) {
  const auto model = checkers::model_named(judge.model());
  if (judge.kind() == checkers::Judge::Kind::linearizable && model &&
      *model != checkers::ModelName::list_append && options.failed_cas_observes) {
    return checkers::linearizability_judge(*model, {.budget = options.budget});
  }
  return checkers::judge_by_doubling(
      std::string(judge.checker()),
      [&judge, options](const checkers::History& history) { return judge.judge(history, options); },
      {.prefix_closed = judge.prefix_closed()});
}

}  // namespace

std::string shouted(checkers::Outcome3 outcome) {
  std::string text(checkers::to_string(outcome));
  for (char& c : text) c = c >= 'a' && c <= 'z' ? static_cast<char>(c - 'a' + 'A') : c;
  return text;
}

checkers::JudgeOptions judge_options(const CheckArguments& a, const Stopwatch& clock) {
  checkers::JudgeOptions options;
  options.budget.steps = a.steps;
  options.budget.bytes = a.memory_bytes;
  if (a.time_limit) {
    const double limit = static_cast<double>(a.time_limit->ns) / 1e9;
    options.budget.stop = [&clock, limit] { return clock.seconds() > limit; };
    // Time is the limit that was asked for.
    if (!a.steps_given) options.budget.steps = std::numeric_limits<std::uint64_t>::max();
  }
  if (a.jobs > 1) {
    options.parallel = [jobs = a.jobs](std::size_t count, const checkers::Job& job) {
      side_by_side(jobs, count, job);
    };
  }
  options.failed_cas_observes = !a.failed_cas_silent;
  options.wfr_keys = a.wfr_keys;
  options.sequential_keys = a.sequential_keys;
  options.linearizable_keys = a.linearizable_keys;
  options.permits = a.permits;
  options.k = a.k;
  return options;
}

Result<ExitCode> check_following(Console& console, const CheckArguments& a, const checkers::Judge& judge) {
  const std::string& file = a.histories.front();
  auto source = checkers::open_bytes(file);
  if (!source) return fail(source.error());
  const Stopwatch clock;
  const auto stream = stream_judge(judge, judge_options(a, clock));
  checkers::FollowOptions options;
  options.progress_every = 1ULL << 16;
  double quiet_since = 0;
  std::uint64_t seen = 0, events = 0;
  if (file != "-") {
    options.more = [&] {
      if (events != seen) seen = events, quiet_since = clock.seconds();
      if (clock.seconds() - quiet_since > static_cast<double>(a.idle.ns) / 1e9) return false;
      std::this_thread::sleep_for(kLookAgain);
      return true;
    };
  }
  if (a.time_limit) {
    options.stop = [&, limit = static_cast<double>(a.time_limit->ns) / 1e9] {
      return clock.seconds() > limit;
    };
  }
  const auto verdict =
      checkers::follow(*std::move(source), file, *stream, options, [&](const checkers::FollowProgress& p) {
        events = p.events;
        console.bar(fmt::format("{} events, {:.0f}/s, {} MiB, {}", p.events,
                                static_cast<double>(p.events) / std::max(clock.seconds(), 1e-9),
                                p.bytes >> 20, checkers::to_string(p.so_far)));
      });
  console.clear_bar();
  if (!verdict) return fail(verdict.error());
  CheckedHistory checked{.file = file,
                         .model = judge.model(),
                         .consistency = judge.consistency(),
                         .checker = std::string(judge.checker()),
                         .operations = (events + 1) / 2,
                         .verdict = *verdict,
                         .seconds = clock.seconds()};
  if (a.json != "-") {
    console.print(fmt::format("{}  {}   {} {}, followed for {:.2f} s{}{}\n", shouted(verdict->outcome), file,
                              checked.model, checked.consistency, checked.seconds,
                              verdict->signature.empty() ? "" : "   ", verdict->signature));
    if (verdict->outcome != checkers::Outcome3::pass && !verdict->explanation.empty())
      console.print("  " + verdict->explanation + "\n");
  }
  if (verdict->outcome == checkers::Outcome3::fail) console.annotate(file, verdict->signature);
  const checkers::Outcome3 outcome = verdict->outcome;
  if (!a.json.empty()) {
    if (auto written = write_output(console, a.json, check_json({std::move(checked)}, outcome)); !written)
      return fail(written.error());
  }
  return exit_code_of(outcome);
}

}  // namespace wn::scenarios
