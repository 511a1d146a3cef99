#pragma once
// Where two runs that should be the same part ways. ReplayComparer is a TraceSink: it holds a live run
// against a stored trace event by event and keeps the first difference, down to the field.
#include <cstdint>
#include <functional>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/trace_event.h"
#include "sim/trace/trace_file.h"
#include "sim/world/world.h"

namespace wn::sim {

struct Divergence {
  std::uint64_t position = 0;  // of the first differing event, from 0
  SimTime at;                  // the stored event's (the live one's when the stored trace had ended)
  NodeId node;
  std::string kind;            // "message_delivered"
  std::string field;           // "checksum", "at", "node", "kind", or "end" when one side ended early
  std::uint64_t expected = 0;  // stored
  std::uint64_t got = 0;       // live
  std::optional<TraceEvent> expected_event;
  std::optional<TraceEvent> got_event;

  // "event 1041 at 2.310400512s, node 3, message_delivered: checksum expected 17, got 18"
  std::string to_string() const;
};

// nullopt when equal.
std::optional<Divergence> compare_events(std::uint64_t position, const TraceEvent* expected,
                                         const TraceEvent* got);

class ReplayComparer final : public TraceSink {
 public:
  // Fills the next stored event; false at the end.
  using Source = std::function<bool(TraceEvent&)>;
  explicit ReplayComparer(Source stored) : stored_(std::move(stored)) {}
  void on_event(const TraceEvent& event) override;
  // The live run is over: stored events that never came are a divergence, unless the caller says that the
  // live run was stopped early on purpose.
  void finish(bool stopped_early = false);

  std::uint64_t compared() const { return position_; }
  const std::optional<Divergence>& divergence() const { return divergence_; }

 private:
  Source stored_;
  std::uint64_t position_ = 0;
  bool stored_ended_ = false;
  std::optional<Divergence> divergence_;
};

// The nodes whose digests differ or that only one side has; both ascending by id, and so is the answer.
std::vector<NodeId> differing_nodes(const std::vector<std::pair<NodeId, Digest>>& a,
                                    const std::vector<std::pair<NodeId, Digest>>& b);

}  // namespace wn::sim
