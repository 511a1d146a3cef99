#pragma once
// Supervision of actors, from the trace alone. Claim: "supervision".
//
//   a failed actor is restarted, stopped or escalated (unless its node dies first), `patience` before the end
//                                        "supervision: a failed actor was left alone"
//   no actor is restarted more than restarts_max times within `window`
//                                        "supervision: restarts without end"
//   a handle given out for one actor leads to no memory of another
//                                        "supervision: a handle led to another's memory"
//   a request that is made when faults are over, of a client whose replica runs, gets some typed answer
//   (done, refused, overloaded, failed) before its client gives up
//                                        "supervision: a request got no answer"
//
// Modest on purpose: which strategy applies is the tree's affair and judged by the actors' own tests. O(log
// n) an event.
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "checkers/history/trace_judge.h"
#include "runtime/base/ids.h"
#include "runtime/base/time.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

struct SupervisionFacts {
  SimTime freeze_at;
  SimTime end;
  Duration patience = seconds(1);
  Duration settling = seconds(3);  // after the freeze, before answers are demanded
  std::uint32_t restarts_max = 64;
  Duration window = seconds(10);
  std::map<NodeId, NodeId> homes;            // client -> replica, where the answer can be demanded
  std::set<std::uint64_t> exempt_functions;  // that may have to wait for others
};

class SupervisionChecker : private TraceJudge {
 public:
  explicit SupervisionChecker(SupervisionFacts facts) : TraceJudge("supervision"), facts_(std::move(facts)) {}
  void on_event(const TraceEvent& event);
  using TraceJudge::failed;
  Verdict verdict() const;

 private:
  struct Failed {
    SimTime at;
    std::uint64_t position = 0;
  };
  struct Asked {
    SimTime at;
    std::uint64_t function = 0;
    std::uint64_t position = 0;
  };
  using Actor = std::pair<NodeId, std::uint64_t>;
  void settle(NodeId node, std::uint64_t actor) { failed_.erase({node, actor}); }
  void on_restarted(const TraceEvent& event);
  void on_answered(const TraceEvent& event);

  SupervisionFacts facts_;
  std::map<Actor, Failed> failed_;
  std::map<Actor, std::deque<SimTime>> restarts_;
  std::map<NodeId, Asked> asked_;
  std::map<NodeId, SimTime> unwell_;  // replicas: down (max) or well again since
};

}  // namespace wn::checkers
