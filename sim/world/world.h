#pragma once
// World: machines, clocks, links and disks on one virtual time line, running the runtime's real code. Built
// from a plan and a factory that makes the process of a node; judged by nobody in here: what happened leaves
// through a TraceSink.
//
// Deterministic: the same plan and factory give the same events in the same order, on every compiler and
// address layout. An idle node and an idle link cost nothing; time jumps to the next event.
//
// Thread rule: one world, one thread. Worlds share nothing, so any number can run side by side.
#include <cstdint>
#include <memory>
#include <string>

#include "faults/plan/plan.h"
#include "runtime/backend/process.h"
#include "runtime/base/digest.h"
#include "runtime/base/flat_map.h"
#include "runtime/base/inspector.h"
#include "runtime/base/trace_event.h"

namespace wn::sim {

// Sees every event in order, after the digest has absorbed it.
class TraceSink {
 public:
  virtual ~TraceSink() = default;
  virtual void on_event(const TraceEvent& event) = 0;
};

struct WorldLimits {
  std::uint64_t events_max = 2'000'000'000;
  std::uint64_t queue_max = 4'000'000;  // events waiting; reaching it ends the run with `overloaded`
};

struct WorldStats {
  std::uint64_t events = 0;  // taken from the queue and handled
  std::uint64_t messages_sent = 0;
  std::uint64_t messages_delivered = 0;
  std::uint64_t messages_dropped = 0;
  std::uint64_t disk_operations = 0;
  std::uint64_t faults_begun = 0;
  std::uint64_t restarts = 0;
};

struct FaultPointCount {
  std::uint64_t reached = 0;
  std::uint64_t fired = 0;
};

class World {
 public:
  struct Impl;  // complete inside of sim/world alone
  // REQUIRES a plan that plan_check accepted. `plan` and `sink` must outlive the world; sink may be null.
  World(const faults::Plan& plan, ProcessFactory factory, TraceSink* sink, WorldLimits limits = {});
  ~World();
  World(const World&) = delete;
  World& operator=(const World&) = delete;

  // Handles the next event. False when nothing is left before `end` (time then stands at `end`).
  bool step(SimTime end);
  void run_until(SimTime end);

  // Every keyed draw from now on (links, disks, entropy of nodes) uses `seed`, as Plan::branches say for a
  // moment; branches of the plan that were not yet taken never are. To be the same as a branch of the plan at
  // now(), call it when settled().
  void reseed(std::uint64_t seed);
  // Faults of the plan from number `first` on were exchanged for others by the plan's owner: what waits of
  // the old ones is forgotten. REQUIRES that those before `first` are as they were, and that the new ones
  // begin after now().
  void faults_changed(std::size_t first);

  SimTime now() const;
  SimTime next_event_at() const;  // SimTime::max() when nothing waits
  // No event of this very moment is left.
  bool settled() const { return next_event_at() > now(); }
  bool overloaded() const;  // a limit of WorldLimits ended the run
  // Membership and transfer faults are handed to the admin process with this command builder.
  using FaultCommand = std::function<Bytes(const faults::Fault&)>;
  void set_fault_command(FaultCommand command);
  // Process::on_control(command) at that time, if the node is up then.
  void schedule_control(SimTime at, NodeId node, Bytes command);
  // What the caller saw happen at a node outside of its process (client operations): digested like the rest.
  void emit(NodeId node, TraceKind kind, std::array<std::uint64_t, 5> field);

  bool is_up(NodeId node) const;
  Process* process(NodeId node);  // nullptr while down
  // True when a frame from `from` would reach `to` now (both up, not paused, link not blocked).
  bool connected(NodeId from, NodeId to) const;
  const WorldStats& stats() const;
  Digest digest() const;
  Digest digest_of(NodeId node) const;
  // For debuggers; changes nothing. A machine: its clocks, timers, disk, what is on its way to and from it,
  // and in the group "state" what its process says. The queue: what happens next in the whole world, in
  // order.
  void inspect(NodeId node, Inspector& to) const;
  void inspect_queue(Inspector& to, std::size_t at_most = kInspectedListMax) const;

  // Name -> how often each claim came true; of fault points "fault point NAME reached" and "… fired".
  FlatMap<std::string, std::uint64_t> sometimes() const;
  // All fault points of this build, by name; empty when the plan has none of its own.
  FlatMap<std::string, FaultPointCount> fault_points() const;

 private:
  std::unique_ptr<Impl> impl_;
};

}  // namespace wn::sim
