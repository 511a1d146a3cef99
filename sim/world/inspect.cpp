// What a debugger may ask a world.
#include <algorithm>
#include <string>
#include <vector>

#include "sim/world/impl.h"

namespace wn::sim {
namespace {

std::string_view name_of(DiskOperation operation) {
  switch (operation) {
    case DiskOperation::read:
      return "read";
    case DiskOperation::write:
      return "write";
    case DiskOperation::truncate:
      return "truncate";
    case DiskOperation::sync:
      return "sync";
    case DiskOperation::sync_directory:
      return "sync_directory";
    case DiskOperation::rename:
      return "rename";
    case DiskOperation::remove:
      return "remove";
    case DiskOperation::list:
      return "list";
  }
  return "unknown";
}

std::string_view name_of(EventType type) {
  switch (type) {
    case EventType::start:
      return "start";
    case EventType::message:
      return "message";
    case EventType::timer:
      return "timer";
    case EventType::disk_due:
    case EventType::disk_notify:
      return "disk";
    case EventType::control:
      return "control";
    case EventType::fault_begin:
      return "fault_begin";
    case EventType::fault_end:
      return "fault_end";
    case EventType::freeze:
      return "freeze";
  }
  return "unknown";
}

struct Waiting {
  SimTime at;
  std::uint64_t order = 0;
  Event event;
};

// Would the world do nothing but throw it away?
bool stale(const World::Impl& w, const Event& event) {
  if (event.type == EventType::timer) {
    const Host& host = w.hosts[event.node];
    const TimerSlot& timer = host.timers[event.small];
    return !host.up || timer.generation != event.a || !timer.armed;
  }
  if (event.type == EventType::disk_due || event.type == EventType::disk_notify) {
    const Host& host = w.hosts[event.node];
    return !host.up || host.incarnation != event.b;
  }
  return false;
}

template <class Wanted>
std::vector<Waiting> waiting_in_order(const World::Impl& w, Wanted&& wanted) {
  std::vector<Waiting> out;
  w.queue.for_each([&](SimTime at, std::uint64_t order, const Event& event) {
    if (!stale(w, event) && wanted(event)) out.push_back({.at = at, .order = order, .event = event});
  });
  std::ranges::sort(out, {}, [](const Waiting& one) { return std::pair(one.at, one.order); });
  return out;
}

void tell_message(const World::Impl& w, const Event& event, Inspector& to) {
  const Message& message = w.messages[event.a];
  to.node("from", w.hosts[event.peer].id);
  to.node("to", w.hosts[event.node].id);
  to.number("message", message.number);
  to.number("type", message.type);
  to.number("bytes", message.frame.size());
}

void tell_waiting(const World::Impl& w, const Waiting& one, Inspector& to) {
  const InspectedGroup group(to);
  to.moment("at", one.at);
  to.text("kind", name_of(one.event.type));
  switch (one.event.type) {
    case EventType::message:
      return tell_message(w, one.event, to);
    case EventType::fault_begin:
    case EventType::fault_end:
      return to.number("fault", w.plan.faults[one.event.a].id);
    case EventType::freeze:
      return;
    case EventType::timer:
      to.number("slot", one.event.small);
      break;
    default:
      break;
  }
  to.node("node", w.hosts[one.event.node].id);
}

void tell_clock(const World::Impl& w, const Host& host, Inspector& to) {
  const InspectedGroup clock(to, "clock");
  const WallTime wall = host.clock.wall(w.now);
  to.instant("monotonic", host.clock.monotonic(w.now));
  to.wall_time("wall", wall);
  to.duration("wall_off_by", wall - (kWallEpoch + Duration{w.now.ns}));
  to.integer("drift_ppm", host.clock.drift_ppm());
  to.flag("frozen", host.clock.frozen());
}

void tell_timers(const World::Impl& w, const Host& host, Inspector& to) {
  to.begin_list("timers");
  for (std::uint32_t slot = 0; slot < kTimerSlotsMax; ++slot) {
    const TimerSlot& timer = host.timers[slot];
    if (!timer.armed) continue;
    const InspectedGroup group(to);
    to.number("slot", slot);
    to.instant("deadline", timer.deadline);
    to.duration("in", timer.deadline - host.clock.monotonic(w.now));
  }
  to.end();
}

// Messages that a clogged link or a paused process keeps are told without a time: nobody knows it yet.
void tell_kept(const World::Impl& w, const Host& host, Inspector& to) {
  inspect_list(to, "held", host.held, [&](const Event& event) {
    const InspectedGroup group(to);
    to.text("kind", name_of(event.type));
    if (event.type == EventType::message) tell_message(w, event, to);
  });
  to.begin_list("clogged");
  std::size_t told = 0;
  for (std::uint32_t from = 0; from < w.hosts.size(); ++from) {
    const std::uint32_t link = w.links.find(from, host.index);
    const LinkExtra* extra = link == kNoSlot ? nullptr : w.links.extra(link);
    if (extra == nullptr) continue;
    for (std::uint32_t at = extra->held_first; at != kNoSlot; at = w.messages[at].next_held) {
      if (told++ >= kInspectedListMax) continue;
      const InspectedGroup group(to);
      tell_message(w, {.peer = static_cast<std::uint16_t>(from), .node = host.index, .a = at}, to);
    }
  }
  if (told > kInspectedListMax) to.left_out(told - kInspectedListMax);
  to.end();
}

}  // namespace

void SimDisk::inspect(Inspector& to) const {
  inspect_list(to, "queued", queue_, [&](std::uint32_t slot) {
    const DiskRequest& request = operations_[slot].request;
    const InspectedGroup group(to);
    to.number("ticket", request.ticket);
    to.text("operation", name_of(request.operation));
    to.text("file", request.file);
    to.number("offset", request.offset);
    to.number("bytes", std::max<std::uint64_t>(request.length, request.data.size()));
  });
  inspect_list(to, "files", model_.directory().names(), [&](const auto& named) {
    const FileContent& file = model_.file(named.second);
    const InspectedGroup group(to);
    to.text("name", named.first);
    to.number("size", file.size());
    to.number("durable_size", file.durable_size());
    to.flag("unsynced", file.dirty());
  });
  to.number("used_bytes", model_.used_bytes());
}

void World::inspect(NodeId node, Inspector& to) const {
  const Impl& w = *impl_;
  const Host* host = impl_->find(node);
  if (host == nullptr) return;
  to.node("id", host->id);
  to.flag("up", host->up);
  to.flag("paused", !host->pausers.empty());
  to.number("incarnation", host->incarnation);
  tell_clock(w, *host, to);
  tell_timers(w, *host, to);
  for (const bool incoming : {true, false}) {
    const auto messages = waiting_in_order(w, [&](const Event& event) {
      return event.type == EventType::message && (incoming ? event.node : event.peer) == host->index;
    });
    inspect_list(to, incoming ? "incoming" : "outgoing", messages, [&](const Waiting& one) {
      const InspectedGroup group(to);
      to.moment("at", one.at);
      tell_message(w, one.event, to);
    });
  }
  tell_kept(w, *host, to);
  if (host->disk) {
    const InspectedGroup disk(to, "disk");
    host->disk->inspect(to);
  }
  if (host->up && host->process) {
    const InspectedGroup state(to, "state");
    host->process->inspect(to);
  }
}

void World::inspect_queue(Inspector& to, std::size_t at_most) const {
  const Impl& w = *impl_;
  const auto all = waiting_in_order(w, [](const Event&) { return true; });
  inspect_list(to, "queue", all, [&](const Waiting& one) { tell_waiting(w, one, to); }, at_most);
}

}  // namespace wn::sim
