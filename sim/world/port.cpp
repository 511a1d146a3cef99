#include <utility>

#include "runtime/base/check.h"
#include "sim/world/impl.h"

namespace wn::sim {

void Port::arm(std::uint32_t slot, Instant deadline) {
  WN_CHECK_LT(slot, kTimerSlotsMax);
  if (!host_.up) return;
  TimerSlot& timer = host_.timers[slot];
  timer.armed = true;
  timer.deadline = deadline;
  world_.queue_timer(host_, slot);
}

void Port::disarm(std::uint32_t slot) {
  WN_CHECK_LT(slot, kTimerSlotsMax);
  host_.timers[slot].armed = false;
}

Errc Port::send(NodeId to, Bytes frame, std::uint8_t type) {
  if (!host_.up) return Errc::ok;
  return world_.send(host_, to, std::move(frame), type);
}

Errc Port::submit(DiskRequest request) {
  if (!host_.up) return Errc::ok;
  return world_.submit(host_, std::move(request));
}

Draw Port::draw(Purpose purpose, std::uint64_t count) { return host_.entropy.at(purpose, 0, count); }

void Port::emit(TraceKind kind, std::array<std::uint64_t, 5> field) {
  if (!host_.up) return;
  world_.emit(host_, kind, field);
  if (kind != TraceKind::op_sent || !world_.delays.by_operation()) return;
  host_.carried = field[0];
  host_.carrier_to = NodeId{static_cast<std::uint32_t>(field[2])};
}

void Port::sometimes(Claim claim) {
  if (host_.up) world_.sometimes(host_, claim);
}

void World::Impl::sometimes(Host& host, Claim claim) {
  auto& [name, count] = claims[claim.id];
  name = claim.name;
  if (count++ == 0) emit(host, TraceKind::sometimes, {claim.id});
}

void World::Impl::queue_timer(Host& host, std::uint32_t slot) {
  TimerSlot& timer = host.timers[slot];
  const SimTime due = std::max(now, host.clock.when_monotonic(timer.deadline));
  if (due == SimTime::max()) return;
  if (timer.queued && timer.queued_at <= due) return;  // that event looks again when it comes up
  timer.queued = true;
  timer.queued_at = due;
  ++timer.generation;
  push(due, {.type = EventType::timer,
             .small = static_cast<std::uint8_t>(slot),
             .node = host.index,
             .a = timer.generation});
}

void World::Impl::drop(Host& from, NodeId to, std::uint64_t number, DropReason reason) {
  ++stats.messages_dropped;
  emit(from, TraceKind::message_dropped, {to.value, number, static_cast<std::uint64_t>(reason)});
}

Errc World::Impl::send(Host& from, NodeId to, Bytes frame, std::uint8_t type) {
  if (frame.size() > kFrameBytesMax) return Errc::too_large;
  const std::uint32_t receiver = index_of(to);
  if (receiver == kNoSlot || receiver == from.index) return Errc::ok;
  const std::uint32_t index = links.find_or_create(from.index, receiver);
  Link& link = links[index];
  WN_CHECK_NE(++link.sent, 0U);
  const std::uint64_t number = link.sent;
  const std::uint32_t checksum = plan.network.sealed ? 0 : trace_checksum(frame.view());
  ++stats.messages_sent;
  emit(from, TraceKind::message_sent, {to.value, number, frame.size(), checksum, type});
  Duration late;
  if (plan.network.wan_latency.ns != 0 && from.site != hosts[receiver].site) late = plan.network.wan_latency;
  if (!delays.empty()) {
    const std::uint64_t carried = from.carrier_to == to ? std::exchange(from.carried, 0) : 0;
    late = late + delays.of(from.id, to, number, type, carried);
  }
  // What its passage is keyed by. Numbers of a type are told from numbers of the link by the highest bit.
  const std::uint64_t key =
      !plan.network.keyed_by_type ? number : 1ULL << 63 | std::uint64_t{type} << 48 | types.next(index, type);
  const LinkExtra* extra = links.extra(index);
  if (extra != nullptr && extra->blocked != 0) {
    drop(from, to, number, DropReason::partition);
    return Errc::ok;
  }
  if (link.in_flight >= in_flight_max) {
    drop(from, to, number, clogged(index) ? DropReason::clogged_out : DropReason::queue_full);
    return Errc::overloaded;
  }
  launch(from, receiver, index, std::move(frame), checksum, type, late, key);
  return Errc::ok;
}

void World::Impl::launch(Host& from, std::uint32_t to, std::uint32_t link_index, Bytes frame,
                         std::uint32_t checksum, std::uint8_t type, Duration late, std::uint64_t key) {
  Link& link = links[link_index];
  const LinkExtra* extra = links.extra(link_index);
  const Random link_random(link_seed(random.seed(), from.id, ids[to]));
  const Event event{.type = EventType::message,
                    .peer = static_cast<std::uint16_t>(from.index),
                    .node = to,
                    .b = link_index};
  if (extra == nullptr && everywhere.empty() && always_passes(plan.network)) {
    const Duration latency = latency_of(plan.network, link_random, key);
    return put_on_way(now + latency + late, event, std::move(frame), checksum, type);
  }
  const PacketFaults faults{everywhere, extra == nullptr ? std::span<const PacketFault>{} : extra->packets};
  const Passage passage = decide_passage(plan.network, faults, link_random, key, now,
                                         extra == nullptr ? SimTime{} : extra->busy_until, frame.size());
  if (passage.serialized) links.make_extra(link_index, from.index, to).busy_until = passage.leaves;
  if (passage.lost) return drop(from, ids[to], link.sent, DropReason::loss);
  if (passage.corrupted && !frame.empty()) {
    frame = corrupted_copy(frame, link_random, key);
    if (!plan.network.sealed) checksum = trace_checksum(frame.view());
  }
  for (std::uint32_t copy = 0; copy < passage.copies; ++copy) {
    const bool last = copy + 1 == passage.copies;
    put_on_way(passage.arrival[copy] + late, event, last ? std::move(frame) : frame, checksum, type);
  }
}

// The last frame that the link has sent.
void World::Impl::put_on_way(SimTime arrival, const Event& event, Bytes frame, std::uint32_t checksum,
                             std::uint8_t type) {
  Link& link = links[event.b];
  ++link.in_flight;
  Event arrives = event;
  arrives.a = messages.take();
  Message& message = messages[arrives.a];
  message.frame = std::move(frame);
  message.number = link.sent;
  message.checksum = checksum;
  message.next_held = kNoSlot;
  message.type = type;
  push(arrival, arrives);
}

SimDisk& World::Impl::disk_of(Host& host) {
  if (!host.disk) {
    host.disk =
        std::make_unique<SimDisk>(plan.disk, host.disk_bytes_max, random.child("disk", host.id.value));
  }
  return *host.disk;
}

Errc World::Impl::submit(Host& host, DiskRequest request) {
  const std::uint64_t operation = static_cast<std::uint64_t>(request.operation);
  const std::uint64_t ticket = request.ticket;
  const std::uint64_t offset = request.offset;
  const std::uint64_t length = request.data.empty() ? request.length : request.data.size();
  const std::uint64_t checksum = std::uint64_t{trace_checksum(as_bytes(request.file))} << 32 |
                                 (trace_checksum(request.data.view()) ^ trace_checksum(as_bytes(request.to)));
  const SimDisk::Submitted submitted = disk_of(host).submit(std::move(request), now);
  if (submitted.error != Errc::ok) return submitted.error;
  ++stats.disk_operations;
  emit(host, TraceKind::disk_submitted, {ticket, operation, offset, length, checksum});
  push(submitted.due,
       {.type = EventType::disk_due, .node = host.index, .a = submitted.slot, .b = host.incarnation});
  return Errc::ok;
}

}  // namespace wn::sim
