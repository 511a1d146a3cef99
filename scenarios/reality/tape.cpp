#include "scenarios/reality/tape.h"

#include <algorithm>
#include <string>

#include "scenarios/reality/tape_seat.h"
#include "sim/network/passage.h"

namespace wn::reality {

std::uint64_t listing_checksum(const std::vector<DirectoryEntry>& entries) {
  std::string text;
  for (const DirectoryEntry& entry : entries) text += entry.file + " " + std::to_string(entry.size) + "\n";
  return sim::trace_checksum(as_bytes(text));
}

Draw draw_of(std::uint64_t seed, NodeId node, std::uint64_t life, Purpose purpose, std::uint64_t count) {
  return Random(seed).child("entropy", 0, std::uint64_t{node.value} << 32 | life).at(purpose, 0, count);
}

bool is_outcome(TraceKind kind) {
  if (kind == kHandlerBegan) return false;
  switch (kind) {
    case TraceKind::message_delivered:
    case TraceKind::timer_fired:
    case TraceKind::control_delivered:
    case TraceKind::disk_completed:
    case TraceKind::disk_damaged:
    case TraceKind::sometimes:
    case TraceKind::fault_point:
    case TraceKind::quic_opened:
    case TraceKind::quic_closed:
      return false;
    default:
      return static_cast<std::uint16_t>(kind) >= 200;
  }
}

Tape::Tape(const faults::Plan& plan, std::span<const TraceEvent> trace) : plan_(plan), trace_(trace) {
  for (const faults::NodePlan& node : plan.nodes)
    seats_[node.id] = std::make_unique<TapeSeat>(*this, node.id);
  for (const TraceEvent& event : trace) {
    const auto seat = seats_.find(event.node);
    if (seat == seats_.end()) continue;
    seat->second->on_record(event);
    handlers_recorded_ += event.kind == kHandlerBegan ? 1 : 0;
  }
}

Tape::~Tape() = default;

bool Tape::has_handlers(std::span<const TraceEvent> trace) {
  return std::ranges::any_of(trace, [](const TraceEvent& e) { return e.kind == kHandlerBegan; });
}

void Tape::run(const ProcessFactory& system, const Control& control) {
  system_ = &system;
  control_ = &control;
  for (const TraceEvent& event : trace_) {
    const auto at = seats_.find(event.node);
    if (at == seats_.end()) continue;
    TapeSeat& seat = *at->second;
    if (event.kind == TraceKind::node_started) seat.started();
    if (event.kind == TraceKind::node_crashed) seat.crashed(static_cast<CrashCause>(event.field[1]));
    if (event.kind != kHandlerBegan) continue;
    now_ = event.at;
    seat.handle(event);
    if (parting_) break;
    ++handlers_;
  }
  // Processes may speak to their Backend while they end.
  for (auto& [id, seat] : seats_) seat->crashed(CrashCause::shutdown);
}

}  // namespace wn::reality
