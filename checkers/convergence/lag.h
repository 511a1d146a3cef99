#pragma once
// LagMeter: how far replicas were behind each other over time, from the trace alone; data for people, not a
// verdict. The fields are described in this room's README.md.
//
// A replica is behind by the updates that some replica has applied and it has not. What a restart does not
// bring back is taken from what its replica knew; a replica that takes a peer's image knows what the others
// knew then. Sampled: `samples` times over the run, evenly; times of convergence are rounded up to a sample.
// Memory: 8 bytes for each update and replica, at most kAppliedMax in all (more: restarts are then taken to
// have lost nothing); cost O(1) an event, O(replicas * origins) a sample while something is apart.
#include <cstdint>
#include <map>
#include <vector>

#include "runtime/base/ids.h"
#include "runtime/base/time.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

inline constexpr std::int64_t kNotYet = -1;

// A time at which the network falls into groups of replicas that do not hear each other.
struct Cut {
  std::uint32_t fault = 0;  // its id
  SimTime begin;
  SimTime end;  // SimTime::max(): never healed
  std::vector<std::vector<NodeId>> groups;
};

struct LagFacts {
  std::vector<NodeId> replicas;
  SimTime freeze_at;
  SimTime end;
  std::uint32_t samples = 500;
  std::vector<Cut> cuts;
};

struct LagPoint {
  std::int64_t at_ns = 0;
  std::uint32_t replicas_behind = 0;
  std::uint64_t updates_missing = 0;   // by all replicas together
  std::vector<std::uint64_t> missing;  // by each of LagFacts::replicas
};

struct DivergencePoint {
  std::int64_t at_ns = 0;
  std::vector<std::uint64_t> missing;  // by each group: what the other groups know and nobody in it does
};

struct CutDivergence {
  Cut cut;
  std::vector<DivergencePoint> points;  // from its begin until it is over and made good
  std::uint64_t missing_most = 0;       // by one group, at one time
  std::int64_t healed_after_ns =
      kNotYet;  // after its end: until all replicas knew all that anybody knew then
};

struct ConvergenceLag {
  std::vector<NodeId> replicas;
  std::vector<LagPoint> points;
  std::uint64_t missing_most = 0;                    // by all replicas together, at one time
  std::int64_t converged_after_freeze_ns = kNotYet;  // as healed_after_ns, after the freeze
  std::vector<CutDivergence> cuts;
};

class LagMeter {
 public:
  static constexpr std::uint64_t kAppliedMax = 50'000'000;

  explicit LagMeter(LagFacts facts);
  void on_event(const TraceEvent& event);
  ConvergenceLag result() const;  // as far as the events have come; at the end of the run, of all of it

 private:
  using Vector = std::map<std::uint64_t, std::uint64_t>;  // origin -> counter
  struct Replica {
    Vector known;
    std::uint64_t count = 0;
    std::uint64_t own = 0;               // the origin that it is now
    std::uint64_t updates = 0;           // that the replica itself counts
    std::vector<std::uint64_t> applied;  // origins, in order
  };
  struct Target {  // what all must know for something to be over
    Vector known;
    bool set = false;
  };

  static std::uint64_t raise(Vector& vector, std::uint64_t origin, std::uint64_t counter);
  void on_restored(const TraceEvent& event, Replica& replica);
  void gather();
  void sample(SimTime at);
  void sample_cut(CutDivergence& cut, Target& target, SimTime at);
  bool all_know(const Vector& target) const;

  LagFacts facts_;
  Duration every_;
  SimTime next_;
  std::map<NodeId, Replica> replicas_;
  Vector furthest_;
  std::uint64_t total_ = 0, applied_ = 0;
  ConvergenceLag out_;
  Target at_freeze_;
  std::vector<Target> at_heal_;  // by cut
};

}  // namespace wn::checkers
