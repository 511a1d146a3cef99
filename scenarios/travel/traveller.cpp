#include "scenarios/travel/traveller.h"

#include <fmt/format.h>

#include <algorithm>
#include <utility>

namespace wn::travel {

Result<std::unique_ptr<Traveller>> Traveller::make(const faults::Plan& plan, TravellerOptions options) {
  options.spacing = std::max<std::uint64_t>(options.spacing, 1);
  options.checkpoints_max = std::max<std::uint32_t>(options.checkpoints_max, 2);
  auto keeper = RunProcess::start(plan);
  if (!keeper) return fail(keeper.error());
  std::unique_ptr<Traveller> out(new Traveller(*std::move(keeper), options));
  if (auto begun = out->go_to_event(0); !begun) return fail(begun.error());
  return out;
}

std::uint64_t Traveller::checkpoint_before(std::uint64_t event) const {
  auto after = checkpoints_.upper_bound(event);
  return after == checkpoints_.begin() ? 0 : std::prev(after)->first;
}

Result<RunProcess> Traveller::fork_before(std::uint64_t event, std::uint64_t& at) {
  at = checkpoint_before(event);
  return at == 0 ? keeper_.fork() : checkpoints_.at(at).process.fork();
}

Result<void> Traveller::leave_checkpoint(RunProcess& process, const Position& at) {
  const std::uint64_t event = at.event;
  if (checkpoints_.contains(event)) return {};
  if (checkpoints_.size() + 1 >= options_.checkpoints_max) {
    options_.spacing *= 2;
    std::erase_if(checkpoints_, [this](const auto& one) { return one.first % options_.spacing != 0; });
    if (event % options_.spacing != 0) return {};
  }
  auto child = process.fork();
  if (!child) return fail(child.error());
  checkpoints_.emplace(event, Checkpoint{.process = *std::move(child), .position = at});
  return {};
}

Result<Arrival> Traveller::walk(RunProcess& process, std::uint64_t from, const Destination& to,
                                std::uint64_t limit) {
  for (;;) {
    const std::uint64_t border = (from / options_.spacing + 1) * options_.spacing;
    auto arrival = process.walk(to, std::min(border, limit));
    if (!arrival) return arrival;
    from = arrival->position.event;
    if (arrival->reached || from != border || from >= limit) return arrival;
    if (options_.progress) options_.progress(arrival->position);
    if (auto left = leave_checkpoint(process, arrival->position); !left) return fail(left.error());
  }
}

Result<Position> Traveller::arrive(std::unique_ptr<RunProcess> process, const Result<Arrival>& arrival) {
  if (!arrival) {
    if (arrival.error().code != Errc::io_error) return fail(arrival.error());
    return fail(Errc::io_error, "the code under test dies in this part of the run, or its process was ended");
  }
  where_ = arrival->position;
  present_ = std::move(process);
  return where_;
}

Result<Position> Traveller::go(const Destination& to, std::uint64_t before) {
  std::uint64_t from = 0;
  auto forked = fork_before(before, from);
  if (!forked) return fail(forked.error());
  auto process = std::make_unique<RunProcess>(*std::move(forked));
  const auto arrival = walk(*process, from, to, kNoEvent);
  return arrive(std::move(process), arrival);
}

Result<Position> Traveller::go_to_event(std::uint64_t event) {
  const Destination to{.goal = Goal::event, .number = event};
  // Short ways forward are walked by the process that is here.
  const bool onward = present_ && event >= where_.event && checkpoint_before(event) <= where_.event;
  if (!onward) return go(to, event);
  const auto arrival = walk(*present_, where_.event, to, kNoEvent);
  if (arrival) return where_ = arrival->position;
  const std::uint64_t here = where_.event;
  present_.reset();
  static_cast<void>(go({.goal = Goal::event, .number = here}, here));
  return arrive(nullptr, arrival);
}

Result<Position> Traveller::go_to(SimTime moment) {
  std::uint64_t before = 0;
  for (const auto& [event, checkpoint] : checkpoints_) {
    if (checkpoint.position.at < moment) before = event;
  }
  return go({.goal = Goal::moment, .at = moment}, before);
}

Result<Position> Traveller::go_to_traced(std::uint64_t number) {
  std::uint64_t before = 0;
  for (const auto& [event, checkpoint] : checkpoints_) {
    if (checkpoint.position.traced <= number) before = event;
  }
  return go({.goal = Goal::traced, .number = number}, before);
}

Result<Position> Traveller::until(const std::string& predicate) {
  auto forked = present_->fork();
  if (!forked) return fail(forked.error());
  auto process = std::make_unique<RunProcess>(*std::move(forked));
  const auto arrival = walk(*process, where_.event, {.goal = Goal::match, .predicate = predicate}, kNoEvent);
  if (arrival && !arrival->reached)
    return fail(Errc::not_found, "this does not happen between here and the end of the run");
  return arrive(std::move(process), arrival);
}

Result<Position> Traveller::rewind(const std::string& predicate) {
  // From the present backwards, a stretch between checkpoints at a time. A stretch is walked from its
  // checkpoint to its end, and the last match in it counts.
  std::uint64_t end = where_.event;
  while (end > 0) {
    std::uint64_t from = 0;
    auto process = fork_before(end - 1, from);
    if (!process) return fail(process.error());
    // Up to the event before `end`: where the traveller stands now does not count.
    const std::uint64_t last = end == where_.event ? end - 1 : end;
    if (last > from) {
      const auto arrival = process->walk({.goal = Goal::last_match, .predicate = predicate}, last);
      if (!arrival) return fail(arrival.error());
      if (arrival->last_match != kNoEvent) return go_to_event(arrival->last_match);
    }
    end = from;
  }
  return fail(Errc::not_found, "this did not happen before");
}

Result<std::string> Traveller::ask(const Question& question) { return present_->ask(question); }

Result<std::string> Traveller::judge() { return present_->judge(where_.event); }

}  // namespace wn::travel
