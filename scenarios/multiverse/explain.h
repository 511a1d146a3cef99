#pragma once
// Explanation of a failing run by its futures: how likely failure was at each moment, where that likelihood
// jumps, which events decided, and what mattered by effect.
//
//   curve      P(failure) of the futures of points evenly spaced in events, up to the failure (or the end)
//   cliffs     pairs of neighbouring points between which it rises most
//   turning    the event that takes P(failure) over 1/2, for the last time
//   sealing    the event that takes it over 95%: failure was avoidable before and is next to certain after
//   influences what is left out (a fault, an operation) or held up (a message), and how P(failure) is then
//
// Both events are found by bisection between two points of the curve, so they are exact where the likelihood
// rises once between them. A fault is judged from the moment before it begins: by the same futures with it
// and without it, so that what it does is not mixed with what came before. An operation or message near the
// turning event is judged from that event: the run is repeated up to there without it.
//
// Every probability is of the same family of futures (common random numbers). Deterministic for given
// options; the time limit alone cuts what is done, never what is found, and says so. A limit of futures cuts
// always at the same place: bisection then ends early, and an event is a stretch of them (before.events + 1
// to after.events). Sources: Kahn & Harris 1951 (splitting); Lewis, "Causation" (1973) for the
// counterfactual; Zeller & Hildebrandt, "Simplifying and Isolating Failure-Inducing Input" (TSE 2002).
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/trace_event.h"
#include "scenarios/multiverse/outcomes.h"

namespace wn::scenarios {

inline constexpr std::uint32_t kPointsMax = 1000;
inline constexpr std::uint32_t kInfluencesMax = 64;

struct ExplainOptions {
  std::uint64_t seed = 1;               // of the family of futures
  std::uint64_t futures = 40;           // of each probability
  std::uint32_t points = 16;            // of the curve
  std::uint32_t faults_max = 16;        // judged: the last ones before the failure
  std::uint32_t near_max = 6;           // operations and messages judged, each
  double cliff = 0.2;                   // a rise that counts as one
  Duration message_delay = seconds(2);  // by which a message is held up
  std::uint64_t futures_max = 0;        // of all probabilities together; 0: no limit
  bool only_sealing = false;            // leave the turning event out, and what is judged from it
  unsigned jobs = 1;
  Duration time_limit = seconds(600);  // wall time; what is not done by then is left out
  // Told now and then: what is done, of about how much.
  std::function<void(const std::string& what)> progress;
};

struct CurvePoint {
  std::uint64_t events = 0;  // handled so far
  SimTime at;                // of the last of them
  Share failing;
};

struct Cliff {
  CurvePoint before;
  CurvePoint after;
};

struct CriticalEvent {
  CurvePoint before;                 // behind the event before it
  CurvePoint after;                  // behind it
  std::uint64_t trace_position = 0;  // of the first of `trace` among all events of the trace
  std::vector<TraceEvent> trace;     // what it did: how it came about, then all of its handler
};

enum class InfluenceKind : std::uint8_t { fault = 1, operation, message };
struct Influence {
  InfluenceKind kind{};
  std::uint32_t id = 0;       // of the fault or operation
  NodeId from, to;            // of the message
  std::uint64_t message = 0;  // its number on that link
  SimTime at;                 // from where the futures go
  Share with;
  Share without;
  double effect() const { return with.p - without.p; }
  bool fails_without = false;  // the run as it was, with its own draws, but without this
};

struct Explanation {
  std::string signature;          // of the run itself; empty when it passes
  std::uint64_t events = 0;       // of the run
  SimTime failed_at;              // when the claim was seen to fail, or the end
  std::vector<CurvePoint> curve;  // ascending
  std::vector<Cliff> cliffs;      // the steepest first
  std::optional<CriticalEvent> turning;
  std::optional<CriticalEvent> sealing;
  std::vector<Influence> influences;  // the strongest first
  std::uint64_t futures = 0;          // that were run for all this
  bool complete = true;               // false: a limit came first
};

// Errors: those of LiveRun::make and run_futures; invalid_argument for options out of range.
Result<Explanation> explain(const faults::Plan& plan, const ExplainOptions& options);

}  // namespace wn::scenarios
