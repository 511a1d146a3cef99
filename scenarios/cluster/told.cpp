#include "scenarios/cluster/told.h"

#include <deque>
#include <tuple>
#include <utility>

#include "sim/network/passage.h"

namespace wn::cluster {
namespace {

class Told final : public Process, public Network, public Disk {
 public:
  Told(const ProcessFactory& inner, NodeId id, Backend& outer)
      : outer_(outer), door_{outer.clock, *this, *this, outer.entropy, outer.probe, outer.fault_points} {
    inner_ = inner(id, door_);
  }

  Errc send(NodeId to, Bytes frame, std::uint8_t type) override {
    const std::uint64_t bytes = frame.size();
    const std::uint64_t checksum = sim::trace_checksum(frame.view());
    const Errc sent = outer_.network.send(to, std::move(frame), type);
    // Only what has left is a message; those of nobody, and of oneself, are none.
    if (sent == Errc::ok)
      outer_.probe.emit(TraceKind::message_sent, {to.value, ++numbers_[to], bytes, checksum, type});
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

  void on_start() override { inner_->on_start(); }
  void on_message(NodeId from, const Bytes& frame) override {
    outer_.probe.emit(TraceKind::message_delivered,
                      {from.value, 0, frame.size(), sim::trace_checksum(frame.view()), 0});
    inner_->on_message(from, frame);
  }
  void on_timer(std::uint32_t slot) override { inner_->on_timer(slot); }
  void on_disk(DiskCompletion completion) override {
    const bool lists = completion.operation == DiskOperation::list;
    outer_.probe.emit(TraceKind::disk_completed,
                      {completion.ticket, static_cast<std::uint64_t>(completion.operation),
                       static_cast<std::uint64_t>(completion.error),
                       lists ? completion.entries.size() : completion.data.size(),
                       sim::trace_checksum(completion.data.view())});
    inner_->on_disk(std::move(completion));
  }
  void on_control(const Bytes& command) override { inner_->on_control(command); }

 private:
  Backend& outer_;
  Backend door_;
  std::map<NodeId, std::uint64_t> numbers_;
  std::unique_ptr<Process> inner_;
};

}  // namespace

std::unique_ptr<Process> make_told(const ProcessFactory& inner, NodeId id, Backend& outer) {
  return std::make_unique<Told>(inner, id, outer);
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
