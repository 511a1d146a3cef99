#pragma once
// One node at the tape: the Backend of its process, its events and its disk. Internal to this room.
#include <array>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "scenarios/reality/tape.h"
#include "sim/disk/disk_model.h"

namespace wn::reality {

class TapeSeat final : public Clock, public Network, public Disk, public Entropy, public Probe {
 public:
  TapeSeat(Tape& tape, NodeId id);

  // --- what the tape does to it
  void on_record(const TraceEvent& event) { events_.push_back(&event); }
  void started() { ++lives_; }
  void crashed(CrashCause cause);
  // One handler: `began` is this node's event at the reading head.
  void handle(const TraceEvent& began);

  // --- Backend
  Instant monotonic_now() const override { return monotonic_; }
  WallTime wall_now() const override { return wall_; }
  void arm(std::uint32_t slot, Instant deadline) override { deadlines_.at(slot) = deadline; }
  void disarm(std::uint32_t slot) override { deadlines_.at(slot).reset(); }
  Errc send(NodeId to, Bytes frame, std::uint8_t type) override;
  Errc submit(DiskRequest request) override;
  Draw draw(Purpose purpose, std::uint64_t count) override;
  void emit(TraceKind kind, std::array<std::uint64_t, 5> field) override;
  void sometimes(Claim) override {}

 private:
  const TraceEvent* next_outcome();  // of this handler; the head stays before it
  // Compares with what was recorded there, and passes it.
  void expect(TraceKind kind, const std::array<std::uint64_t, 5>& field);
  void part(const TraceEvent* recorded, TraceKind kind, std::string field, std::uint64_t was,
            std::uint64_t is);
  const TraceEvent* input(TraceKind kind);
  void run(HandlerCause cause);
  void message();
  void timer();
  void disk();
  void control();
  sim::DiskOutcome apply(DiskRequest request);
  void end_handler();

  Tape& tape_;
  NodeId id_;
  Backend backend_;
  std::vector<const TraceEvent*> events_;
  std::size_t head_ = 0;
  std::uint64_t said_ = 0;  // as they were said
  std::uint64_t lives_ = 0;
  bool running_ = false;  // a handler; what a process says when it ends is on no tape
  SimTime at_;
  Instant monotonic_;
  WallTime wall_;
  std::array<std::optional<Instant>, kTimerSlotsMax> deadlines_{};
  sim::DiskModel disk_;
  std::deque<DiskRequest> asked_;     // and not answered
  std::deque<DiskRequest> leftover_;  // of dead lives: they took effect or not
  std::unique_ptr<Process> process_;
};

}  // namespace wn::reality
