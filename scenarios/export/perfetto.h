#pragma once
// PerfettoWriter: a run's events as a Perfetto trace (ui.perfetto.dev opens it), written while they come.
//
//   a process for each node ("n1 server"): its thread track has what happened there; what is sent is joined
//   by a
//     flow arrow with where it is delivered, or dropped; a client's operations are slices on it
//   beside it, of a server: "role" (slices: follower, candidate, leader of term 3, down), counters term and
//   commit the process "faults": a slice for each fault while it is in force, in as many tracks as overlap
//
// Format: perfetto.dev/docs/reference/trace-packet-proto, written by hand (runtime/base/proto_wire.h):
// packets of track descriptors and track events, timestamps in nanoseconds of true time. Memory: what is open
// at one moment. Thread rule: one thread.
#include <cstdint>
#include <iosfwd>
#include <map>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/result.h"
#include "sim/world/world.h"

namespace wn::scenarios {

class PerfettoWriter final : public sim::TraceSink {
 public:
  // `plan` and `out` must outlive it.
  PerfettoWriter(const faults::Plan& plan, std::ostream& out);
  void on_event(const TraceEvent& event) override;
  // Ends what is still open at `end`. Once, last. io_error: the stream broke.
  [[nodiscard]] Errc finish(SimTime end);

 private:
  enum class Type : std::uint64_t { slice_begin = 1, slice_end = 2, instant = 3, counter = 4 };
  struct Mark {
    Type type{};
    std::uint64_t track = 0;
    std::string_view category;
    std::string name;
    std::int64_t value = 0;          // counter
    std::uint64_t flow = 0;          // 0: none
    const TraceEvent* of = nullptr;  // whose fields are told
  };

  void describe_node(const faults::NodePlan& node);
  void describe_track(std::uint64_t track, std::uint64_t parent, std::string_view name, bool counter);
  void write(SimTime at, const Mark& mark);
  void packet(std::vector<std::uint8_t>& body);
  void on_message(const TraceEvent& event);
  void on_operation(const TraceEvent& event);
  void on_fault(const TraceEvent& event);
  void on_raft_state(const TraceEvent& event);
  void change_role(SimTime at, NodeId node, const std::string& role);
  void count(SimTime at, std::uint64_t track, std::uint64_t value);

  const faults::Plan& plan_;
  std::ostream& out_;
  std::vector<std::uint8_t> packet_;
  std::vector<std::uint8_t> event_;
  std::vector<std::uint8_t> annotation_;
  std::map<NodeId, std::string> roles_;            // the slice that is open
  std::map<std::uint64_t, std::uint64_t> counts_;  // by track: the value told last
  std::map<NodeId, std::uint64_t> operations_;     // open, by client
  std::map<std::uint32_t, std::string> calls_;     // by operation
  std::vector<std::uint32_t> lanes_;               // the fault in force in each; 0: free
  bool first_ = true;
};

}  // namespace wn::scenarios
