#include "scenarios/cli/live_board.h"

#include <algorithm>
#include <numeric>

namespace wn::scenarios {

std::vector<std::uint64_t> tasks_by_scenario(const SweepOptions& options) {
  std::vector<std::uint64_t> out(options.scenarios, 0);
  const std::uint64_t all = task_count(options), first = options.shard.index - 1;
  const std::uint64_t tasks = all > first ? (all - first - 1) / options.shard.of + 1 : 0;
  // The scenarios that a shard meets repeat after so many tasks.
  const std::uint64_t period =
      options.scenarios / std::gcd<std::uint64_t>(options.scenarios, options.shard.of);
  for (std::uint64_t i = 0; i < std::min(period, tasks); ++i) {
    const SweepTask task = task_at(options, first + i * options.shard.of);
    out[task.scenario] += (tasks - i - 1) / period + 1;
  }
  return out;
}

void LiveBoard::Seconds::add(double seconds, double amount) {
  const auto at = static_cast<std::uint64_t>(std::max(seconds, 0.0));
  sums_[at] += amount;
  while (sums_.begin()->first + kLiveSamplesMax < at) sums_.erase(sums_.begin());
}

std::vector<double> LiveBoard::Seconds::before(double seconds) const {
  const auto now = static_cast<std::uint64_t>(std::max(seconds, 0.0));
  std::vector<double> out;
  for (std::uint64_t s = now > kLiveSamplesMax ? now - kLiveSamplesMax : 0; s < now; ++s) {
    const auto at = sums_.find(s);
    out.push_back(at == sums_.end() ? 0 : at->second);
  }
  return out;
}

LiveBoard::LiveBoard(const SweepOptions& options, const std::vector<std::string>& names) {
  so_far_.jobs = options.jobs;
  const std::vector<std::uint64_t> tasks = tasks_by_scenario(options);
  for (std::size_t i = 0; i < names.size(); ++i)
    so_far_.scenarios.push_back({.name = names[i], .total = tasks[i]});
}

void LiveBoard::add(const SweepTask& task, const SeedResult& result, double seconds) {
  if (task.again) return;
  LiveScenario& scenario = so_far_.scenarios[task.scenario];
  ++scenario.done;
  rates_.add(seconds, 1);
  if (!result.trouble.empty()) {
    ++so_far_.troubled;
    return;
  }
  if (result.outcome == checkers::Outcome3::pass) ++so_far_.passed;
  if (result.outcome == checkers::Outcome3::unknown) ++so_far_.unknown;
  if (!result.failed()) return;
  ++so_far_.failed;
  ++scenario.failed;
  const bool full = by_signature_.size() >= kLiveSignaturesMax && !by_signature_.contains(result.signature);
  const std::string signature = full ? "other signatures" : result.signature;
  const auto [at, fresh] = by_signature_.try_emplace(signature, failures_.size());
  if (fresh) failures_.push_back({.signature = signature, .scenario = scenario.name, .seed = task.seed});
  ++failures_[at->second].count;
}

void LiveBoard::behaviours(std::uint64_t distinct, double seconds) {
  const std::uint64_t before = so_far_.behaviours.value_or(0);
  new_behaviours_.add(seconds, distinct > before ? static_cast<double>(distinct - before) : 0);
  so_far_.behaviours = distinct;
}

LiveFrame LiveBoard::frame(std::uint64_t done, std::uint64_t total, double seconds) const {
  LiveFrame out = so_far_;
  out.seconds = seconds;
  out.done = done;
  out.total = total;
  out.rates = rates_.before(seconds);
  if (out.behaviours) out.new_behaviours = new_behaviours_.before(seconds);
  std::vector<std::pair<std::uint64_t, std::size_t>> order;
  for (std::size_t i = 0; i < failures_.size(); ++i) order.emplace_back(~failures_[i].count, i);
  std::ranges::sort(order);
  for (const auto& [count, i] : order) out.failures.push_back(failures_[i]);
  return out;
}

}  // namespace wn::scenarios
