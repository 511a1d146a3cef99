#pragma once
// Traveller: a run that can be looked at anywhere, forwards and backwards. It keeps checkpoints, which are
// processes that stand still (run_process.h), evenly spread over what has been walked, and goes to an event
// by forking the nearest checkpoint before it and walking the rest: at most `spacing` events, whatever the
// length of the run. When there are too many, every other one goes and the spacing doubles.
//
// The run is the plan's: what is seen anywhere is what a run without a traveller would have been there.
// REQUIRES a program with one thread (fork). Errors leave it where it was. The code under test may die in a
// run, by a failed check of its own: that is io_error, and all that comes before can still be looked at.
#include <algorithm>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <string>

#include "faults/plan/plan.h"
#include "scenarios/travel/run_process.h"

namespace wn::travel {

struct TravellerOptions {
  std::uint64_t spacing = 16'384;      // events between checkpoints at first: some 20 ms of a run
  std::uint32_t checkpoints_max = 96;  // at least 2
  // Told between stretches of a walk, for whoever waits for it.
  std::function<void(const Position& at)> progress = {};
};

class Traveller {
 public:
  // Stands at the beginning. Errors: a bad plan, or no process to be had.
  static Result<std::unique_ptr<Traveller>> make(const faults::Plan& plan, TravellerOptions options = {});

  const Position& where() const { return where_; }

  // After so many events; at the end if there are fewer.
  Result<Position> go_to_event(std::uint64_t event);
  // All before this moment has happened, and nothing else.
  Result<Position> go_to(SimTime moment);
  // Just after the event of the trace with this number.
  Result<Position> go_to_traced(std::uint64_t number);
  Result<Position> step(std::uint64_t events) { return go_to_event(where_.event + events); }
  Result<Position> back(std::uint64_t events) {
    return go_to_event(where_.event - std::min(where_.event, events));
  }

  // After the next event at which the predicate is met; not_found: there is none, and it stays where it is.
  Result<Position> until(const std::string& predicate);
  // After the last event before the present one at which it is met; not_found.
  Result<Position> rewind(const std::string& predicate);

  Result<std::string> ask(const Question& question);
  // What the checkers would say if the run ended here. Runs from the beginning.
  Result<std::string> judge();

  std::size_t checkpoints() const { return checkpoints_.size() + 1; }

 private:
  Traveller(RunProcess keeper, TravellerOptions options) : keeper_(std::move(keeper)), options_(options) {}
  // The last checkpoint at or before `event`: its place, and a process of its own that stands there.
  Result<RunProcess> fork_before(std::uint64_t event, std::uint64_t& at);
  // Walks `process`, leaving checkpoints where there are none yet; becomes the present one if it gets there.
  Result<Arrival> walk(RunProcess& process, std::uint64_t from, const Destination& to, std::uint64_t limit);
  Result<Position> arrive(std::unique_ptr<RunProcess> process, const Result<Arrival>& arrival);
  Result<Position> go(const Destination& to, std::uint64_t before);
  Result<void> leave_checkpoint(RunProcess& process, const Position& at);
  std::uint64_t checkpoint_before(std::uint64_t event) const;

  RunProcess keeper_;  // the beginning; the first member, for it must go last
  TravellerOptions options_;
  struct Checkpoint {
    RunProcess process;
    Position position;
  };
  std::map<std::uint64_t, Checkpoint> checkpoints_;  // by event
  std::unique_ptr<RunProcess> present_;
  Position where_;
};

}  // namespace wn::travel
