#include "scenarios/reality/tap.h"

#include <array>
#include <utility>

#include "sim/network/passage.h"

namespace wn::reality {
namespace {

constexpr std::size_t kTypeAt = 7;  // of a sealed frame (runtime/wire/frame.h)

std::uint64_t checksum(ByteView bytes) { return sim::trace_checksum(bytes); }

class Tap final : public Process, private Clock, private Network, private Disk {
 public:
  Tap(NodeId id, const ProcessFactory& inner, Backend& outer)
      : outer_(outer),
        backend_{*this, *this, *this, outer.entropy, outer.probe},
        inner_(inner(id, backend_)) {}

  void on_start() override { inner_->on_start(); }
  void on_message(NodeId from, const Bytes& frame) override {
    const std::uint64_t type = frame.size() > kTypeAt ? frame.data()[kTypeAt] : 0;
    outer_.probe.emit(TraceKind::message_delivered,
                      {from.value, 0, frame.size(), checksum(frame.view()), type});
    inner_->on_message(from, frame);
  }
  void on_timer(std::uint32_t slot) override {
    outer_.probe.emit(TraceKind::timer_fired, {slot, static_cast<std::uint64_t>(deadlines_[slot].ns)});
    inner_->on_timer(slot);
  }
  void on_disk(DiskCompletion completion) override {
    const bool lists = completion.operation == DiskOperation::list;
    outer_.probe.emit(
        TraceKind::disk_completed,
        {completion.ticket, static_cast<std::uint64_t>(completion.operation),
         static_cast<std::uint64_t>(completion.error),
         lists ? completion.entries.size() : completion.data.size(), checksum(completion.data.view())});
    inner_->on_disk(std::move(completion));
  }
  void on_control(const Bytes& command) override {
    outer_.probe.emit(TraceKind::control_delivered, {command.size(), checksum(command.view())});
    inner_->on_control(command);
  }

 private:
  Instant monotonic_now() const override { return outer_.clock.monotonic_now(); }
  WallTime wall_now() const override { return outer_.clock.wall_now(); }
  void arm(std::uint32_t slot, Instant deadline) override {
    if (slot < deadlines_.size()) deadlines_[slot] = deadline;
    outer_.clock.arm(slot, deadline);
  }
  void disarm(std::uint32_t slot) override { outer_.clock.disarm(slot); }
  Errc send(NodeId to, Bytes frame, std::uint8_t type) override {
    // Before it leaves: the other side may have it before this call returns.
    if (frame.size() <= kFrameBytesMax)
      outer_.probe.emit(TraceKind::message_sent, {to.value, 0, frame.size(), checksum(frame.view()), type});
    return outer_.network.send(to, std::move(frame), type);
  }
  Errc submit(DiskRequest request) override {
    const std::uint64_t length = request.data.empty() ? request.length : request.data.size();
    const std::uint64_t sums = checksum(as_bytes(request.file)) << 32 |
                               (checksum(request.data.view()) ^ checksum(as_bytes(request.to)));
    const std::array<std::uint64_t, 5> field{request.ticket, static_cast<std::uint64_t>(request.operation),
                                             request.offset, length, sums};
    // Its completion never comes from inside of this call.
    const Errc result = outer_.disk.submit(std::move(request));
    if (result == Errc::ok) outer_.probe.emit(TraceKind::disk_submitted, field);
    return result;
  }

  Backend& outer_;
  Backend backend_;
  std::array<Instant, kTimerSlotsMax> deadlines_{};
  std::unique_ptr<Process> inner_;
};

}  // namespace

ProcessFactory tapped(ProcessFactory inner) {
  return [inner = std::move(inner)](NodeId id, Backend& backend) -> std::unique_ptr<Process> {
    return std::make_unique<Tap>(id, inner, backend);
  };
}

}  // namespace wn::reality
