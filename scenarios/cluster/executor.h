#pragma once
// Executor: the faults of a plan, carried out at their times by somebody's hands. It keeps what the
// simulator's world keeps (faults that overlap on one node or link, who is down, who is paused, which
// incarnation runs), so that a plan means the same here and there, and tells the same events.
//
// Times are true times of the run. What hands cannot do is counted and told, never passed over in silence.
// One thread; the caller says what time it is.
#include <cstdint>
#include <functional>
#include <map>
#include <optional>
#include <span>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/base/result.h"
#include "runtime/base/trace_event.h"

namespace wn::cluster {

inline constexpr Duration kLateMax = milliseconds(50);  // a step that is done later has missed its deadline
inline constexpr std::size_t kTroublesMax = 100;        // told; more are counted

// Each call returns when what it says is so.
class Hands {
 public:
  virtual ~Hands() = default;
  virtual Result<void> cut(std::span<const faults::Link> links) = 0;
  virtual Result<void> mend(std::span<const faults::Link> links) = 0;
  // The processes are gone afterwards; of power losses, what was not synced too; of wipes, all data.
  virtual Result<void> crash(std::span<const NodeId> nodes, CrashCause cause) = 0;
  // With the faults that are in force at the node.
  virtual Result<void> start(NodeId node, std::span<const faults::Fault> in_force) = 0;
  virtual Result<void> pause(NodeId node) = 0;
  virtual Result<void> go_on(NodeId node) = 0;
  // A packet, clock or disk fault begins or ends at a node that is up.
  virtual Result<void> tell(NodeId node, const faults::Fault& fault, bool begins) = 0;
  // A packet fault, before anybody is told: true: the network does it, and nobody need be told.
  virtual Result<bool> network(const faults::Fault&, bool) { return false; }
  // A packet fault that concerns clients as well.
  virtual Result<void> tell_clients(const faults::Fault& fault, bool begins) = 0;
  virtual Result<void> ask_admin(const faults::Fault& fault) = 0;
};

struct ExecutorStats {
  std::uint64_t faults = 0;  // begun
  std::uint64_t steps = 0;   // beginnings and ends
  std::uint64_t late = 0;    // done later than kLateMax after their time
  Duration latest;
  std::uint64_t failed = 0;  // that hands could not do
  std::vector<std::string> troubles;
};

class Executor {
 public:
  using Emit = std::function<void(NodeId node, TraceKind kind, std::array<std::uint64_t, 5> field)>;
  // `plan` and `hands` must outlive it. `now` is read for the lateness of steps.
  Executor(const faults::Plan& plan, Hands& hands, Emit emit, std::function<SimTime()> now);

  void start_all();
  // When the next step is due; nothing: all is done.
  std::optional<SimTime> next() const;
  void perform_until(SimTime time);
  // A process ended that nobody had asked to.
  void died(NodeId node);
  // Ends what is cut or paused, at the end of a run.
  void let_go();

  bool is_up(NodeId node) const;
  bool is_paused(NodeId node) const;
  std::uint64_t incarnation(NodeId node) const;
  const ExecutorStats& stats() const { return stats_; }

 private:
  struct Step {
    SimTime at;
    std::uint32_t fault = 0;  // its place in the plan; the freeze: as many as there are
    bool begins = true;
  };
  struct Machine {
    bool server = false;
    bool up = false;
    std::uint64_t incarnation = 0;
    std::uint32_t down = 0;              // faults that keep it down
    std::vector<std::uint32_t> pausers;  // faults that keep this incarnation stopped
  };

  void perform(const Step& step);
  void begin(std::uint32_t index);
  void end(std::uint32_t index);
  void change_links(const faults::Fault& fault, bool begins);
  void crash(const faults::Fault& fault);
  void start(NodeId node, Machine& machine);
  void tell(const faults::Fault& fault, bool begins);
  std::vector<faults::Fault> in_force_at(NodeId node) const;
  void check(const Result<void>& result, const std::string& what);

  const faults::Plan& plan_;
  Hands& hands_;
  Emit emit_;
  std::function<SimTime()> now_;
  std::vector<Step> steps_;
  std::size_t next_ = 0;
  std::map<NodeId, Machine> machines_;
  std::map<faults::Link, std::uint32_t> cuts_;  // how many faults cut the link
  std::vector<std::uint32_t> in_force_;         // told to nodes; ascending by beginning
  ExecutorStats stats_;
};

// Whether a packet, clock or disk fault concerns a node: its own clock and disk, or a link of its own.
bool concerns(const faults::Fault& fault, NodeId node);

}  // namespace wn::cluster
