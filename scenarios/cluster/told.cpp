#include "scenarios/cluster/told.h"

#include <array>
#include <deque>
#include <optional>
#include <tuple>
#include <utility>

#include "scenarios/reality/tape.h"
#include "sim/network/passage.h"

namespace wn::cluster {
namespace {

class Told final : public Process, public Clock, public Network, public Disk, public Entropy {
 public:
  Told(const ProcessFactory& inner, NodeId id, Backend& outer, const ToldOptions& options)
      : outer_(outer), options_(options), id_(id), door_{*this, *this,       *this,
                                                         *this, outer.probe, outer.fault_points} {
    const Handler handler(*this, reality::HandlerCause::made);
    inner_ = inner(id, door_);
  }

  void on_start() override {
    const Handler handler(*this, reality::HandlerCause::start);
    inner_->on_start();
  }
  void on_message(NodeId from, const Bytes& frame) override {
    const Handler handler(*this, reality::HandlerCause::message);
    outer_.probe.emit(TraceKind::message_delivered,
                      {from.value, 0, frame.size(), sim::trace_checksum(frame.view()), 0});
    inner_->on_message(from, frame);
  }
  void on_timer(std::uint32_t slot) override {
    const Handler handler(*this, reality::HandlerCause::timer);
    const std::optional<Instant> armed = std::exchange(deadlines_.at(slot), std::nullopt);
    outer_.probe.emit(TraceKind::timer_fired,
                      {slot, armed ? static_cast<std::uint64_t>(armed->ns) : reality::kNotArmed});
    inner_->on_timer(slot);
  }
  void on_disk(DiskCompletion completion) override {
    const Handler handler(*this, reality::HandlerCause::disk);
    const bool lists = completion.operation == DiskOperation::list;
    const std::uint64_t checksum =
        lists ? reality::listing_checksum(completion.entries) : sim::trace_checksum(completion.data.view());
    outer_.probe.emit(TraceKind::disk_completed,
                      {completion.ticket, static_cast<std::uint64_t>(completion.operation),
                       static_cast<std::uint64_t>(completion.error),
                       lists ? completion.entries.size() : completion.data.size(), checksum});
    inner_->on_disk(std::move(completion));
  }
  void on_control(const Bytes& command) override {
    const Handler handler(*this, reality::HandlerCause::control);
    outer_.probe.emit(TraceKind::control_delivered, {command.size(), sim::trace_checksum(command.view())});
    inner_->on_control(command);
  }
  void inspect(Inspector& to) const override { inner_->inspect(to); }

  Errc send(NodeId to, Bytes frame, std::uint8_t type) override {
    const std::uint64_t bytes = frame.size();
    const std::uint64_t checksum = sim::trace_checksum(frame.view());
    const Errc sent = outer_.network.send(to, std::move(frame), type);
    if (sent == Errc::ok) {
      outer_.probe.emit(TraceKind::message_sent, {to.value, ++numbers_[to], bytes, checksum, type});
    } else {  // what has not left is no message, and has no number
      outer_.probe.emit(TraceKind::message_dropped,
                        {to.value, 0, static_cast<std::uint64_t>(DropReason::queue_full)});
    }
    return sent;
  }

  // In the words of the simulator (sim/world/port.cpp).
  Errc submit(DiskRequest request) override {
    const std::uint64_t length = request.data.empty() ? request.length : request.data.size();
    const std::uint64_t names =
        std::uint64_t{sim::trace_checksum(as_bytes(request.file))} << 32 |
        (sim::trace_checksum(request.data.view()) ^ sim::trace_checksum(as_bytes(request.to)));
    const std::array<std::uint64_t, 5> fields{request.ticket, static_cast<std::uint64_t>(request.operation),
                                              request.offset, length, names};
    const Errc taken = outer_.disk.submit(std::move(request));
    if (taken == Errc::ok) outer_.probe.emit(TraceKind::disk_submitted, fields);
    return taken;
  }

  Instant monotonic_now() const override { return monotonic_; }
  WallTime wall_now() const override { return wall_; }
  void arm(std::uint32_t slot, Instant deadline) override {
    deadlines_.at(slot) = deadline;
    outer_.clock.arm(slot, deadline);
  }
  void disarm(std::uint32_t slot) override {
    deadlines_.at(slot).reset();
    outer_.clock.disarm(slot);
  }
  Draw draw(Purpose purpose, std::uint64_t count) override {
    return reality::draw_of(options_.seed, id_, options_.life, purpose, count);
  }

 private:
  // From its beginning to its end it is one moment.
  class Handler {
   public:
    Handler(Told& told, reality::HandlerCause cause) : told_(told) {
      told_.options_.clock.hold();
      told_.monotonic_ = told_.outer_.clock.monotonic_now();
      told_.wall_ = told_.outer_.clock.wall_now();
      told_.outer_.probe.emit(reality::kHandlerBegan, {static_cast<std::uint64_t>(cause),
                                                       static_cast<std::uint64_t>(told_.monotonic_.ns),
                                                       static_cast<std::uint64_t>(told_.wall_.ns)});
    }
    Handler(const Handler&) = delete;
    Handler& operator=(const Handler&) = delete;
    ~Handler() { told_.options_.clock.release(); }

   private:
    Told& told_;
  };

  Backend& outer_;
  ToldOptions options_;
  NodeId id_;
  Backend door_;
  Instant monotonic_;
  WallTime wall_;
  std::array<std::optional<Instant>, kTimerSlotsMax> deadlines_{};
  std::map<NodeId, std::uint64_t> numbers_;
  std::unique_ptr<Process> inner_;
};

}  // namespace

std::unique_ptr<Process> make_told(const ProcessFactory& inner, NodeId id, Backend& outer,
                                   const ToldOptions& options) {
  return std::make_unique<Told>(inner, id, outer, options);
}

void match_messages(std::vector<TraceEvent>& trace) {
  using Link = std::pair<NodeId, NodeId>;
  using Key = std::tuple<Link, std::uint64_t, std::uint64_t>;  // and bytes, checksum
  struct Sent {
    std::uint64_t number = 0;
    std::uint64_t type = 0;
  };
  std::map<Link, std::uint64_t> numbers;
  std::map<Key, std::deque<Sent>> waiting;
  for (TraceEvent& event : trace) {
    const NodeId peer{static_cast<std::uint32_t>(event.field[0])};
    if (event.kind == TraceKind::message_sent) {
      const Link link{event.node, peer};
      event.field[1] = ++numbers[link];
      waiting[{link, event.field[2], event.field[3]}].push_back({event.field[1], event.field[4]});
    } else if (event.kind == TraceKind::message_delivered) {
      std::deque<Sent>& sent = waiting[{{peer, event.node}, event.field[2], event.field[3]}];
      if (sent.empty()) continue;
      event.field[1] = sent.front().number;
      event.field[4] = sent.front().type;
      sent.pop_front();
    }
  }
}

}  // namespace wn::cluster
