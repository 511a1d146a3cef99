#pragma once
// Liars: what the servers that a plan makes lie are worth as witnesses: nothing. Checkers judge the honest
// servers and the clients that they serve.
//
//   - what a liar says of itself in the trace is hidden from the checkers (its place among the events stays)
//   - operations of clients whose home is a liar, or who ever ask one, are left out of histories
//   - so are those on worknodes that are at home on a liar, where requests go home ([system] remote_calls)
//   - a liar's revocations prove nothing: they are undone with what else it did when it is proven
//   - a liar may write, as any replica may, whatever its realm lets it write: worknodes that an update of a
//   liar's own
//     has touched, at an honest replica, or that an honest home changed for a client of a liar, are left out
//     as well. What it says in the name of others is judged.
//
// One thread. O(log n) an event.
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "checkers/history/history.h"
#include "faults/plan/plan.h"
#include "runtime/base/trace_event.h"

namespace wn::scenarios {

class Liars {
 public:
  explicit Liars(const faults::Plan& plan);

  bool any() const { return !liars_.empty(); }
  bool lies(NodeId node) const;
  // Learns from the event; what the checkers may see of it.
  TraceEvent seen(const TraceEvent& event);

  struct Judged {
    checkers::History history;
    std::vector<std::uint64_t> original;  // of each operation: its place in the whole history
  };
  Judged judged(const checkers::History& history) const;

 private:
  bool asked_of_liar(std::uint64_t worknode) const;
  bool of_liar(std::uint64_t replica) const;
  bool judged(const checkers::History& history, const checkers::Operation& operation) const;

  const faults::Plan& plan_;
  std::vector<NodeId> liars_;       // ascending
  std::set<std::uint64_t> served_;  // clients of liars
  std::vector<NodeId> homes_;       // of worknodes, ascending; empty: requests stay where they come in
  struct Written {
    std::uint64_t counter = 0;
    std::uint64_t worknode = 0;
  };
  std::map<NodeId, Written> last_of_;  // the update that each honest server applied last
  std::set<std::uint64_t> touched_;    // worknodes (numbers) that liars have written to
};

}  // namespace wn::scenarios
