#include "scenarios/reality/tape_seat.h"

#include <algorithm>

#include "sim/network/passage.h"

namespace wn::reality {
namespace {

constexpr std::uint64_t kDiskBytesMax = 1ULL << 40;  // what a full disk did is on the tape

bool is_life(TraceKind kind) { return kind == TraceKind::node_started || kind == TraceKind::node_crashed; }

}  // namespace

TapeSeat::TapeSeat(Tape& tape, NodeId id)
    : tape_(tape), id_(id), backend_{*this, *this, *this, *this, *this}, disk_(kDiskBytesMax) {}

void TapeSeat::crashed(CrashCause cause) {
  process_.reset();
  std::ranges::move(asked_, std::back_inserter(leftover_));
  asked_.clear();
  if (cause != CrashCause::wipe) return;
  leftover_.clear();
  disk_.wipe();
}

const TraceEvent* TapeSeat::next_outcome() {
  for (; head_ < events_.size(); ++head_) {
    const TraceEvent* event = events_[head_];
    if (event->kind == kHandlerBegan || is_life(event->kind)) return nullptr;
    if (is_outcome(event->kind)) return event;
  }
  return nullptr;
}

void TapeSeat::part(const TraceEvent* recorded, TraceKind kind, std::string field, std::uint64_t was,
                    std::uint64_t is) {
  if (tape_.parting_) return;
  const TraceKindInfo* info = trace_kind_info(recorded == nullptr ? kind : recorded->kind);
  tape_.parting_ = Parting{.at = at_,
                           .node = id_,
                           .kind = info == nullptr ? "unknown" : std::string(info->name),
                           .field = std::move(field),
                           .recorded = was,
                           .model = is,
                           .same_before = said_};
}

void TapeSeat::expect(TraceKind kind, const std::array<std::uint64_t, 5>& field) {
  if (!running_ || tape_.parting_) return;
  const TraceEvent* event = next_outcome();
  if (event == nullptr) {
    // Killed in the middle of it, or the tape ends here.
    const bool cut = head_ == events_.size() || is_life(events_[head_]->kind);
    if (!cut) part(nullptr, kind, "end", 0, static_cast<std::uint64_t>(kind));
    return;
  }
  if (event->kind != kind)
    return part(event, kind, "kind", static_cast<std::uint64_t>(event->kind),
                static_cast<std::uint64_t>(kind));
  for (std::size_t i = 0; i < field.size(); ++i) {
    const bool number = kind == TraceKind::message_sent && i == 1;  // the recorder's own
    if (number || event->field[i] == field[i]) continue;
    const TraceKindInfo* info = trace_kind_info(kind);
    return part(event, kind, info == nullptr ? std::to_string(i) : std::string(info->fields[i]),
                event->field[i], field[i]);
  }
  ++head_;
  ++said_;
  ++tape_.events_;
}

Errc TapeSeat::send(NodeId to, Bytes frame, std::uint8_t type) {
  if (!running_) return Errc::ok;
  const TraceEvent* event = next_outcome();
  if (event != nullptr && event->kind == TraceKind::message_dropped && event->field[0] == to.value) {
    ++head_;
    return Errc::overloaded;
  }
  expect(TraceKind::message_sent, {to.value, 0, frame.size(), sim::trace_checksum(frame.view()), type});
  tape_.sent_[{id_, to}].push_back(std::move(frame));
  return Errc::ok;
}

Errc TapeSeat::submit(DiskRequest request) {
  const std::uint64_t length = request.data.empty() ? request.length : request.data.size();
  const std::uint64_t names =
      std::uint64_t{sim::trace_checksum(as_bytes(request.file))} << 32 |
      (sim::trace_checksum(request.data.view()) ^ sim::trace_checksum(as_bytes(request.to)));
  expect(TraceKind::disk_submitted,
         {request.ticket, static_cast<std::uint64_t>(request.operation), request.offset, length, names});
  asked_.push_back(std::move(request));
  return Errc::ok;
}

Draw TapeSeat::draw(Purpose purpose, std::uint64_t count) {
  return draw_of(tape_.plan_.seed, id_, std::max<std::uint64_t>(lives_, 1), purpose, count);
}

void TapeSeat::emit(TraceKind kind, std::array<std::uint64_t, 5> field) {
  if (is_outcome(kind)) expect(kind, field);
}

const TraceEvent* TapeSeat::input(TraceKind kind) {
  if (head_ == events_.size()) return nullptr;  // the tape ends here
  const TraceEvent* event = events_[head_];
  if (event->kind == kind) {
    ++head_;
    return event;
  }
  if (!is_life(event->kind))
    part(event, kind, "kind", static_cast<std::uint64_t>(event->kind), static_cast<std::uint64_t>(kind));
  return nullptr;
}

void TapeSeat::message() {
  const TraceEvent* event = input(TraceKind::message_delivered);
  if (event == nullptr) return;
  const NodeId from{static_cast<std::uint32_t>(event->field[0])};
  const std::vector<Bytes>& sent = tape_.sent_[{from, id_}];
  const std::uint64_t number = event->field[1];
  const auto same = [&](const Bytes& frame) {
    return frame.size() == event->field[2] && sim::trace_checksum(frame.view()) == event->field[3];
  };
  if (number != 0 && number <= sent.size() && same(sent[number - 1]))
    return process_->on_message(from, Bytes(sent[number - 1]));
  // One that came twice, say.
  const auto at = std::ranges::find_if(sent, same);
  if (at == sent.end()) return part(event, event->kind, "checksum", event->field[3], 0);
  process_->on_message(from, Bytes(*at));
}

void TapeSeat::timer() {
  const TraceEvent* event = input(TraceKind::timer_fired);
  if (event == nullptr) return;
  const auto slot = static_cast<std::uint32_t>(event->field[0]);
  if (slot >= kTimerSlotsMax) return part(event, event->kind, "slot", slot, kTimerSlotsMax);
  const std::optional<Instant> armed = std::exchange(deadlines_[slot], std::nullopt);
  const std::uint64_t deadline = armed ? static_cast<std::uint64_t>(armed->ns) : kNotArmed;
  if (deadline != event->field[1]) return part(event, event->kind, "deadline_ns", event->field[1], deadline);
  process_->on_timer(slot);
}

sim::DiskOutcome TapeSeat::apply(DiskRequest request) {
  return disk_.apply(std::move(request), {}, Random(0), at_);
}

void TapeSeat::disk() {
  const TraceEvent* event = input(TraceKind::disk_completed);
  if (event == nullptr) return;
  const auto asked = std::ranges::find_if(asked_, [&](const DiskRequest& r) {
    return r.ticket == event->field[0] && static_cast<std::uint64_t>(r.operation) == event->field[1];
  });
  if (asked == asked_.end()) return part(event, event->kind, "ticket", event->field[0], 0);
  const DiskRequest request = std::move(*asked);
  asked_.erase(asked);
  const auto error = static_cast<Errc>(event->field[2]);
  DiskCompletion completion{.ticket = request.ticket, .operation = request.operation, .error = error};
  const bool reads = request.operation == DiskOperation::read || request.operation == DiskOperation::list;
  const auto shown = [&](const DiskCompletion& c) {
    return c.operation == DiskOperation::list ? listing_checksum(c.entries)
                                              : std::uint64_t{sim::trace_checksum(c.data.view())};
  };
  // A failure that no model disk has is the recorded one.
  if (error == Errc::ok || error == Errc::not_found) completion = apply(request).completion;
  while (reads && (completion.error != error || shown(completion) != event->field[4]) && !leftover_.empty()) {
    DiskRequest one = std::move(leftover_.front());
    leftover_.pop_front();
    (void)apply(std::move(one));
    completion = apply(request).completion;
  }
  if (completion.error != error)
    return part(event, event->kind, "error", event->field[2], static_cast<std::uint64_t>(completion.error));
  if (shown(completion) != event->field[4])
    return part(event, event->kind, "checksum", event->field[4], shown(completion));
  process_->on_disk(std::move(completion));
}

void TapeSeat::control() {
  const TraceEvent* event = input(TraceKind::control_delivered);
  if (event == nullptr) return;
  const auto command = (*tape_.control_)(event->field[0], event->field[1]);
  if (!command) return part(event, event->kind, "checksum", event->field[1], 0);
  process_->on_control(*command);
}

void TapeSeat::run(HandlerCause cause) {
  if (cause == HandlerCause::made) {
    if (lives_ == 0) lives_ = 1;  // clients: nobody starts them
    deadlines_ = {};
    process_ = (*tape_.system_)(id_, backend_);
    return;
  }
  if (process_ == nullptr) return;
  switch (cause) {
    case HandlerCause::start:
      return process_->on_start();
    case HandlerCause::message:
      return message();
    case HandlerCause::timer:
      return timer();
    case HandlerCause::disk:
      return disk();
    case HandlerCause::control:
      return control();
    case HandlerCause::made:
      return;
  }
}

// What was recorded and not said again.
void TapeSeat::end_handler() {
  if (tape_.parting_) return;
  if (const TraceEvent* more = next_outcome())
    part(more, more->kind, "end", static_cast<std::uint64_t>(more->kind), 0);
}

void TapeSeat::handle(const TraceEvent& began) {
  while (head_ < events_.size() && events_[head_] != &began) ++head_;
  ++head_;
  at_ = began.at;
  monotonic_ = Instant{static_cast<std::int64_t>(began.field[1])};
  wall_ = WallTime{static_cast<std::int64_t>(began.field[2])};
  running_ = true;
  run(static_cast<HandlerCause>(began.field[0]));
  end_handler();
  running_ = false;
}

}  // namespace wn::reality
