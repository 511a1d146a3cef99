#pragma once
// Replication-aware linearizability (C. Wang, C. Enea, S. Mutluergil, G. Petri, PLDI 2019): for each
// replicated type there is an order of its updates, consistent with visibility, such that every read is what
// the sequential model gives for the updates that were visible to it. Claim: "replication".
//
// Visibility comes from the trace: which updates a replica had applied, in which order (realm_update), when
// it made one for a client and when it answered a read (realm_served). Values come from the history: the n-th
// operation of a client is the operation with number n. EVENTUAL keys only (checkers/history/key_name.h).
//
//   register   some order of the puts that extends visibility; a read shows the last visible one. Found from
//              the reads themselves (no stamps are believed): a cycle is a proof against
//                          "replication: no order of writes explains the reads"
//   counter    (bounded ones too) the sum of what is visible: any order will do
//                          "replication: a counter is not the sum of its visible updates"
//   set, map   add-wins: an exclude takes away the includes that were visible to it (rewritten as the paper
//              rewrites OR-sets), in execution order
//                          "replication: an added element was lost"
//                          "replication: a removed element came back"
//   sequence   one order of all elements; an append comes after all that was visible to it (strong list
//              specification: H. Attiya et al., PODC 2016)
//                          "replication: a text in two orders"
//                          "replication: an added element was lost"
//   all        nothing is shown that is not visible  "replication: a read shows what was not there"
//              what was acknowledged was applied     "replication: an acknowledged update was never applied"
//              … and outlives every restart          "replication: an acknowledged update was forgotten"
//              what was refused was not              "replication: a refused update was applied"
//
// Not judged, so that there are no false alarms: reads at a replica that began anew from a peer's image (what
// it then knows, the trace does not tell), and what its updates see; registers whose values repeat; trees. A
// read that was carried out more than once (a client asks again) must fit one of the times.
//
// Near-linear: O(replicas * updates), and O(elements) for each read of a set, map or sequence; memory: 24
// bytes for each update and replica, at most `updates_max` in all, beyond which the verdict is `unknown`.
#include <memory>

#include "checkers/history/history.h"
#include "checkers/history/verdict.h"
#include "runtime/base/trace_event.h"

namespace wn::checkers {

struct ReplicationFacts {
  std::uint32_t process_stride = 10'000;  // a process of client n has the number n + k * stride
  std::uint64_t updates_max = 20'000'000;
};

class ReplicationChecker {
 public:
  explicit ReplicationChecker(ReplicationFacts facts);
  ~ReplicationChecker();
  ReplicationChecker(ReplicationChecker&&) noexcept;
  ReplicationChecker& operator=(ReplicationChecker&&) noexcept;

  void on_event(const TraceEvent& event);
  // Of a whole run. pass with an explanation that begins with "vacuous: " when no read could be judged.
  Verdict verdict(const History& history) const;

 private:
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wn::checkers
