#include "scenarios/cli/sweep.h"

#include <charconv>
#include <map>

#include "runtime/base/check.h"
#include "runtime/base/random.h"
#include "scenarios/cli/console.h"
#include "scenarios/cli/json_io.h"
#include "scenarios/shrink/forked_oracle.h"
#include "scenarios/workers/worker_pool.h"

namespace wn::scenarios {
namespace {

constexpr int kTickMs = 200;

std::string encode(const SweepTask& task) {
  return std::to_string(task.scenario) + " " + std::to_string(task.seed) + "\n" + task.trial;
}

SweepTask decode(std::string_view text) {
  SweepTask task;
  const char* end = text.data() + text.size();
  const auto first = std::from_chars(text.data(), end, task.scenario);
  WN_CHECK(first.ec == std::errc{});
  WN_CHECK(first.ptr < end);
  const auto second = std::from_chars(first.ptr + 1, end, task.seed);
  WN_CHECK(second.ec == std::errc{});
  WN_CHECK(second.ptr < end);
  task.trial = std::string(second.ptr + 1, end);
  return task;
}

// A worker's answer: the line that results files have, and below it the fingerprint, which they have not.
std::string answer_of(const SeedResult& result) {
  return to_line(result) + "\n" + std::to_string(result.cut_ns) + "\n" + result.print;
}

std::optional<SeedResult> read_answer(const std::string& text) {
  const std::size_t end = text.find('\n');
  auto line = parse_result_line(std::string_view(text).substr(0, end), "worker", 1);
  if (!line || !std::holds_alternative<SeedResult>(*line)) return std::nullopt;
  SeedResult result = std::get<SeedResult>(std::move(*line));
  if (end == text.npos) return std::nullopt;
  const char* const last = text.data() + text.size();
  const auto read = std::from_chars(text.data() + end + 1, last, result.cut_ns);
  if (read.ec != std::errc{} || read.ptr == last) return std::nullopt;
  result.print.assign(read.ptr + 1, last);
  return result;
}

class Engine {
 public:
  Engine(const SweepOptions& options, const std::vector<std::string>& names, const SeedRunner& runner,
         SweepListener& listener)
      : options_(options),
        names_(names),
        listener_(listener),
        pool_(options.jobs,
              [runner](std::string_view request) { return answer_of(runner(decode(request))); }) {
    const std::uint64_t all = task_count(options_);
    const std::uint64_t before = options_.shard.index - 1;
    end_.total = all > before ? (all - before - 1) / options_.shard.of + 1 : 0;
    next_ = before;
  }

  Result<SweepEnd> run() {
    for (;;) {
      if (auto filled = fill(); !filled) return fail(filled.error());
      if (pool_.busy() == 0) return end_;
      if (const auto answer = pool_.wait(kTickMs)) take(*answer);
      give_up_on_the_late();
      listener_.on_tick(end_.done, end_.total);
    }
  }

 private:
  struct Open {
    SweepTask task;
    double since = 0;
  };

  bool may_start() {
    if (end_.stopped) return false;
    if (options_.seconds_max > 0 && clock_.seconds() >= options_.seconds_max) {
      end_.out_of_time = end_.out_of_time || repeat_.has_value() || next_ < task_count(options_);
      return false;
    }
    return repeat_.has_value() || next_ < task_count(options_);
  }

  Result<void> fill() {
    while (pool_.has_idle() && may_start()) {
      SweepTask task;
      if (repeat_) {
        task = *repeat_;
        repeat_.reset();
      } else {
        task = task_at(options_, next_);
        if (options_.source != nullptr) {
          auto trial = options_.source->propose(task);
          if (!trial) return {};
          task.trial = *std::move(trial);
        }
        // The first task of a shard is always compared, so that no shard is without a comparison.
        const bool first = next_ < options_.shard.of;
        next_ += options_.shard.of;
        if (first || runs_twice(task)) {
          repeat_ = task;
          repeat_->again = true;
        }
      }
      const std::uint64_t ticket = ++tickets_;
      if (auto sent = pool_.submit(ticket, encode(task)); !sent) return sent;
      open_[ticket] = {.task = task, .since = clock_.seconds()};
    }
    return {};
  }

  void take(const Answer& answer) {
    const SweepTask task = open_.at(answer.ticket).task;
    const double took = clock_.seconds() - open_.at(answer.ticket).since;
    open_.erase(answer.ticket);
    SeedResult result;
    if (answer.crashed) {
      result.outcome = checkers::Outcome3::fail;
      result.signature = crash_signature(answer.text);
      result.wall_us = static_cast<std::uint64_t>(took * 1e6);
    } else if (auto read = read_answer(answer.text)) {
      result = *std::move(read);
    } else {
      result.trouble = "a worker's result cannot be read";
    }
    finish(task, std::move(result));
  }

  void give_up_on_the_late() {
    for (auto at = open_.begin(); at != open_.end();) {
      if (clock_.seconds() - at->second.since < kSeedSecondsMax || !pool_.cancel(at->first)) {
        ++at;
        continue;
      }
      const SweepTask task = at->second.task;
      at = open_.erase(at);
      SeedResult result;
      result.trouble = "no result after " + std::to_string(static_cast<int>(kSeedSecondsMax)) + " s";
      finish(task, std::move(result));
    }
  }

  void finish(const SweepTask& task, SeedResult result) {
    result.scenario = names_[task.scenario];
    result.seed = task.seed;
    if (!task.again) ++end_.done;
    const bool failed = result.failed();
    if (!task.again && options_.source != nullptr) options_.source->learn(task, result);
    listener_.on_result(task, result);
    if (failed && options_.fail_fast) end_.stopped = true;
  }

  const SweepOptions& options_;
  const std::vector<std::string>& names_;
  SweepListener& listener_;
  WorkerPool pool_;
  Stopwatch clock_;
  SweepEnd end_;
  std::uint64_t next_ = 0;
  std::uint64_t tickets_ = 0;
  std::optional<SweepTask> repeat_;
  std::map<std::uint64_t, Open> open_;
};

}  // namespace

std::uint64_t task_count(const SweepOptions& options) { return options.seeds.count * options.scenarios; }

SweepTask task_at(const SweepOptions& options, std::uint64_t index) {
  return {.scenario = static_cast<std::size_t>(index % options.scenarios),
          .seed = options.seeds.first + index / options.scenarios};
}

bool runs_twice(const SweepTask& task) {
  return Random(task.seed).at("chaos.twice", static_cast<std::uint32_t>(task.scenario)).chance_ppm(kTwicePpm);
}

Result<SweepEnd> run_sweep(const SweepOptions& options, const std::vector<std::string>& names,
                           const SeedRunner& runner, SweepListener& listener) {
  WN_CHECK_EQ(names.size(), options.scenarios);
  return Engine(options, names, runner, listener).run();
}

}  // namespace wn::scenarios
