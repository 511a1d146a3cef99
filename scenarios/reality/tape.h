#pragma once
// Tape: a run on real machines, done again handler by handler from what its trace says.
//
// Whoever recorded it (scenarios/cluster/told.h) told for each handler of a node what began it and what the
// node's clocks showed all through it (handler_began), and let the node draw what its seed says. So a handler
// is a function of what came before it: the same process, given the same inputs at the same readings of the
// clocks, must send, write and decide the same. Bytes are not on the tape: a frame that is delivered is the
// one that its sender sent here, a disk's answer is that of the operations asked for here. The first event
// that is otherwise is the parting; nothing is done again after it.
//
// What a tape cannot know: which of the operations that a disk had under way at a kill took effect (they are
// tried in order until what is read is what was read then), and what faults of disks did to bytes.
//
// Pure. Memory: the frames of the run, the disks' contents.
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/backend/process.h"
#include "runtime/base/trace_event.h"
#include "scenarios/reality/reexecution.h"

namespace wn::reality {

// A handler of a node began: what began it, and what the node's clocks showed all through it; the node's next
// events are its doing. Real runs alone say it: fields "cause", "monotonic_ns", "wall_ns".
inline constexpr auto kHandlerBegan = static_cast<TraceKind>(212);
enum class HandlerCause : std::uint8_t { made = 1, start, message, timer, disk, control };

// What a timer that nobody has armed says in timer_fired.
inline constexpr std::uint64_t kNotArmed = ~0ULL;

// What the answer of a list says of itself in disk_completed's `checksum`, on a tape: names and sizes.
std::uint64_t listing_checksum(const std::vector<DirectoryEntry>& entries);

// What a node draws in its life number `life` (from 1): the simulator's draws.
Draw draw_of(std::uint64_t seed, NodeId node, std::uint64_t life, Purpose purpose, std::uint64_t count);

// Whether a node itself says such an event in a handler, as against what is done to it, what is below it, and
// what is counted once a run.
bool is_outcome(TraceKind kind);

class TapeSeat;

class Tape {
 public:
  // `plan` and `trace` (in order of true time) must outlive it.
  Tape(const faults::Plan& plan, std::span<const TraceEvent> trace);
  ~Tape();
  Tape(const Tape&) = delete;
  Tape& operator=(const Tape&) = delete;

  // The recording has what this needs.
  static bool has_handlers(std::span<const TraceEvent> trace);

  // `system` makes the processes of the plan. `control` finds the bytes of a command by their checksum.
  using Control = std::function<std::optional<Bytes>(std::uint64_t bytes, std::uint64_t checksum)>;
  void run(const ProcessFactory& system, const Control& control);

  // The time of the handler that is being done again: for liars, who know the time.
  SimTime now() const { return now_; }

  std::uint64_t handlers() const { return handlers_; }  // done again as they were
  std::uint64_t handlers_recorded() const { return handlers_recorded_; }
  std::uint64_t events() const { return events_; }  // said as they were said
  SimTime until() const { return now_; }
  const std::optional<Parting>& parting() const { return parting_; }

 private:
  friend class TapeSeat;
  void handle(TapeSeat& seat, const TraceEvent& began);

  const faults::Plan& plan_;
  std::span<const TraceEvent> trace_;
  std::map<NodeId, std::unique_ptr<TapeSeat>> seats_;
  std::map<std::pair<NodeId, NodeId>, std::vector<Bytes>> sent_;  // by link, in the order of sending
  const ProcessFactory* system_ = nullptr;
  const Control* control_ = nullptr;
  SimTime now_;
  std::uint64_t handlers_ = 0;
  std::uint64_t handlers_recorded_ = 0;
  std::uint64_t events_ = 0;
  std::optional<Parting> parting_;
};

}  // namespace wn::reality
