#pragma once
// Walker: a run that goes forward to where somebody wants to look. Going back is another process's affair
// (traveller.h). What is looked at stays as it is: a walked run has the digest of one that nobody watched.
// Thread rule: one run, one thread.
#include <deque>
#include <memory>
#include <optional>
#include <vector>

#include "scenarios/runner/live_run.h"
#include "scenarios/travel/predicate.h"

namespace wn::travel {

inline constexpr std::size_t kRecentEventsMax = 32;
inline constexpr std::uint64_t kNoEvent = ~std::uint64_t{0};

// Where a run stands: between two events of its world.
struct Position {
  std::uint64_t event = 0;   // events of the world handled so far
  std::uint64_t traced = 0;  // events of the trace made so far: the next one has this number
  SimTime at;                // true time; of the last event, or what was asked for
  bool end = false;          // nothing is left to happen
  friend bool operator==(const Position&, const Position&) = default;
};

enum class Goal : std::uint8_t {
  event,       // `number` events have been handled
  moment,      // all events before `at`, and none after
  traced,      // the event of the trace with this number has been made
  match,       // after the next event at which the predicate is met
  last_match,  // goes to the limit; remembers the last event at which it was met
};
struct Destination {
  Goal goal = Goal::event;
  std::uint64_t number = 0;
  SimTime at;
  std::string predicate;
};

struct Arrival {
  Position position;
  bool reached = false;
  std::uint64_t last_match = kNoEvent;  // by Goal::last_match
};

class Walker final : private sim::TraceSink {
 public:
  // Errors: a bad plan (invalid_argument).
  static Result<std::unique_ptr<Walker>> make(const faults::Plan& plan);

  Position position() const;
  // Forward, but not beyond `limit` events. Errors: a bad predicate.
  Result<Arrival> walk(const Destination& to, std::uint64_t limit);

  struct Recent {
    std::uint64_t event = 0;   // of the world
    std::uint64_t traced = 0;  // its number in the trace
    TraceEvent what;
  };
  const std::deque<Recent>& recent() const { return recent_; }
  scenarios::LiveRun& run() { return *run_; }

 private:
  Walker() = default;
  void on_event(const TraceEvent& event) override;
  bool step();
  bool walk_to(SimTime at, std::uint64_t limit);
  Arrival walk_until(const Predicate& predicate, bool first, std::uint64_t limit);
  Moment moment() const;

  std::unique_ptr<scenarios::LiveRun> run_;
  std::uint64_t traced_ = 0;
  std::vector<TraceEvent> made_;  // by the last event of the world
  std::deque<Recent> recent_;
};

}  // namespace wn::travel
