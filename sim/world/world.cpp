#include "sim/world/world.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"
#include "sim/world/impl.h"

namespace wn::sim {

namespace {
// Machines come up one after the other, each somewhere in its own slice of this length.
constexpr Duration kBootSlice = microseconds(10);
}  // namespace

World::Impl::Impl(const faults::Plan& plan_, ProcessFactory factory_, TraceSink* sink_, WorldLimits limits_)
    : plan(plan_),
      factory(std::move(factory_)),
      sink(sink_),
      limits(limits_),
      random(plan_.seed),
      links(plan_.nodes.size()),
      delays(plan_.deviations) {
  WN_CHECK_LE(plan.nodes.size(), faults::kNodesMax);
  limits.queue_max = std::min<std::uint64_t>(limits.queue_max, EventQueue<Event>::kSlotsMax);
  // A duplicate may take one place beyond the limit.
  in_flight_max = std::min(plan.network.link_messages_max, kInFlightMax - 1);
  hosts.reserve(plan.nodes.size());  // ports and processes refer to hosts: they never move
  std::uint32_t largest = 0;
  for (const faults::NodePlan& node : plan.nodes) {
    hosts.emplace_back(node, static_cast<std::uint32_t>(hosts.size()));
    ids.push_back(node.id);
    if (node.id.value <= kDenseIdMax) largest = std::max(largest, node.id.value);
  }
  by_id.assign(largest + 1, kNoSlot);
  queue.keep_ranks(kRankOfFreeze + 1);
  schedule_faults(0);
  if (plan.freeze_at.ns >= 0) push_ranked(plan.freeze_at, kRankOfFreeze, {.type = EventType::freeze});
  if (!plan.branches.empty()) branch_at = plan.branches[0].at;
  if (!plan.fault_points.empty()) offer_points();
  for (Host& host : hosts) {
    if (host.id.value <= kDenseIdMax) by_id[host.id.value] = host.index;
    host.port = std::make_unique<Port>(*this, host);
    if (!plan.deviations.empty()) host.windows = hold_windows(plan.deviations, host.id);
    if (!host.windows.empty()) {
      host.hold_from = host.windows[0].from;
      host.hold_until = host.windows[0].until;
    }
    const auto in_slice = static_cast<std::int64_t>(
        random.at("boot", host.id.value).below(static_cast<std::uint64_t>(kBootSlice.ns)));
    push(SimTime{} + kBootSlice * host.index + Duration{in_slice},
         {.type = EventType::start, .node = host.index});
  }
}

void World::Impl::reseed(std::uint64_t seed) {
  random = Random(seed);
  for (Host& host : hosts) {
    reseed_entropy(host);
    if (host.disk) host.disk->reseed(random.child("disk", host.id.value));
  }
}

void World::Impl::take_branch() {
  reseed(plan.branches[next_branch].seed);
  const bool more = ++next_branch < plan.branches.size();
  branch_at = more ? plan.branches[next_branch].at : SimTime::max();
}

std::uint32_t World::Impl::index_of_large(NodeId id) const {
  const auto it = std::lower_bound(ids.begin(), ids.end(), id);
  return it != ids.end() && *it == id ? static_cast<std::uint32_t>(it - ids.begin()) : kNoSlot;
}

void World::Impl::tell(NodeId node, TraceKind kind, const std::array<std::uint64_t, 5>& field) {
  sink->on_event({.at = now, .node = node, .kind = kind, .reserved = 0, .field = field});
}

void World::Impl::push(SimTime at, const Event& event) {
  if (queue.size() >= limits.queue_max) {
    overloaded = true;
    return;
  }
  queue.push(at, event);
}

void World::Impl::push_ranked(SimTime at, std::uint64_t rank, const Event& event) {
  if (queue.size() >= limits.queue_max) {
    overloaded = true;
    return;
  }
  queue.push_ranked(at, rank, event);
}

bool World::Impl::dispatch(const Event& event) {
  if (event.type == EventType::message) return deliver_message(event);  // the usual case
  switch (event.type) {
    case EventType::message:
      return deliver_message(event);
    case EventType::timer:
      return fire_timer(event);
    case EventType::disk_due:
      return disk_due(event);
    case EventType::disk_notify:
      return disk_notify(event);
    case EventType::control:
      return control(event);
    case EventType::start:
      start(hosts[event.node]);
      return true;
    case EventType::fault_begin:
      if (outdated(event)) return false;
      begin_fault(event.a);
      return true;
    case EventType::fault_end:
      if (outdated(event)) return false;
      end_fault(event.a);
      return true;
    case EventType::freeze:
      freeze();
      return true;
  }
  WN_CHECK(false);
}

bool World::Impl::held_back(Host& host, const Event& event) {
  while (now >= host.hold_until) {
    const bool more = ++host.next_window < host.windows.size();
    host.hold_from = more ? host.windows[host.next_window].from : SimTime::max();
    host.hold_until = more ? host.windows[host.next_window].until : SimTime::max();
  }
  if (now >= host.hold_from) {
    push(host.hold_until, event);
    return true;
  }
  if (host.pausers.empty()) return false;
  if (host.held.size() >= kHeldEventsMax && event.type == EventType::message) {
    drop_message(event, DropReason::queue_full);
  } else if (host.held.size() >= kHeldEventsMax && event.type == EventType::control) {
    controls.give_back(event.a);
  } else {
    host.held.push_back(event);
  }
  return true;
}

void World::Impl::drop_message(const Event& event, DropReason reason) {
  const Message message = messages.give_back(event.a);
  --links[event.b].in_flight;
  drop(hosts[event.peer], ids[event.node], message.number, reason);
}

bool World::Impl::deliver_message(const Event& event) {
  if (clogged(event.b)) {
    LinkExtra& extra = links.make_extra(event.b, event.peer, event.node);
    (extra.held_first == kNoSlot ? extra.held_first : messages[extra.held_last].next_held) = event.a;
    extra.held_last = event.a;
    return true;
  }
  Host& host = hosts[event.node];
  if (!host.up) {
    drop_message(event, DropReason::receiver_down);
    return true;
  }
  if ((now >= host.hold_from || !host.pausers.empty()) && held_back(host, event)) return true;
  --links[event.b].in_flight;
  Message& slot = messages[event.a];
  const Bytes frame = std::move(slot.frame);
  const std::uint64_t number = slot.number;
  const std::uint32_t checksum = slot.checksum;
  const std::uint8_t type = slot.type;
  messages.leave(event.a);
  const NodeId from = ids[event.peer];
  ++stats.messages_delivered;
  emit(host, TraceKind::message_delivered, {from.value, number, frame.size(), checksum, type});
  host.process->on_message(from, frame);
  return true;
}

bool World::Impl::fire_timer(const Event& event) {
  Host& host = hosts[event.node];
  TimerSlot& timer = host.timers[event.small];
  if (!host.up || timer.generation != event.a) return false;
  if (timer.armed && (now >= host.hold_from || !host.pausers.empty()) && held_back(host, event)) return true;
  timer.queued = false;
  if (!timer.armed) return false;
  if (host.clock.monotonic(now) < timer.deadline) {
    queue_timer(host, event.small);
    return false;
  }
  timer.armed = false;
  emit(host, TraceKind::timer_fired, {event.small, static_cast<std::uint64_t>(timer.deadline.ns)});
  host.process->on_timer(event.small);
  return true;
}

bool World::Impl::disk_due(const Event& event) {
  Host& host = hosts[event.node];
  if (!host.up || host.incarnation != event.b) return false;
  host.disk->take_effect(event.a, now);
  report_damage(host);
  Event notify = event;
  notify.type = EventType::disk_notify;
  return disk_notify(notify);
}

bool World::Impl::disk_notify(const Event& event) {
  Host& host = hosts[event.node];
  if (!host.up || host.incarnation != event.b) {
    host.disk->take_completion(event.a);
    return false;
  }
  if (held_back(host, event)) return true;
  DiskCompletion completion = host.disk->take_completion(event.a);
  const bool lists = completion.operation == DiskOperation::list;
  emit(host, TraceKind::disk_completed,
       {completion.ticket, static_cast<std::uint64_t>(completion.operation),
        static_cast<std::uint64_t>(completion.error),
        lists ? completion.entries.size() : completion.data.size(), trace_checksum(completion.data.view())});
  host.process->on_disk(std::move(completion));
  return true;
}

bool World::Impl::control(const Event& event) {
  Host& host = hosts[event.node];
  if (!host.up) {
    controls.give_back(event.a);
    return true;
  }
  if (held_back(host, event)) return true;
  const Bytes command = controls.give_back(event.a);
  emit(host, TraceKind::control_delivered, {command.size(), trace_checksum(command.view())});
  host.process->on_control(command);
  return true;
}

World::World(const faults::Plan& plan, ProcessFactory factory, TraceSink* sink, WorldLimits limits)
    : impl_(std::make_unique<Impl>(plan, std::move(factory), sink, limits)) {}

// Processes go first, each told nothing more: what they call on the way down does nothing.
World::~World() {
  for (Host& host : impl_->hosts) host.up = false;
  for (Host& host : impl_->hosts) host.process.reset();
}

bool World::step(SimTime end) {
  Impl& w = *impl_;
  while (!w.overloaded && !w.queue.empty() && w.queue.next_time() < end) {
    w.now = w.queue.next_time();
    while (w.now > w.branch_at) w.take_branch();
    const Event event = w.queue.pop();
    if (!w.queue.empty()) w.prefetch(w.queue.next());
    if (!w.dispatch(event)) continue;
    if (++w.stats.events >= w.limits.events_max) w.overloaded = true;
    return true;
  }
  if (!w.overloaded) w.now = std::max(w.now, end);
  return false;
}

void World::run_until(SimTime end) {
  while (step(end)) {
  }
}

void World::reseed(std::uint64_t seed) {
  impl_->branch_at = SimTime::max();
  impl_->reseed(seed);
}

void World::faults_changed(std::size_t first) {
  Impl& w = *impl_;
  ++w.faults_generation;
  w.generation_of_fault.resize(w.plan.faults.size(), 0);
  for (std::size_t i = first; i < w.generation_of_fault.size(); ++i)
    w.generation_of_fault[i] = w.faults_generation;
  w.schedule_faults(static_cast<std::uint32_t>(first));
}

SimTime World::next_event_at() const {
  return impl_->queue.empty() ? SimTime::max() : impl_->queue.next_time();
}
SimTime World::now() const { return impl_->now; }
bool World::overloaded() const { return impl_->overloaded; }
void World::set_fault_command(FaultCommand command) { impl_->fault_command = std::move(command); }

void World::schedule_control(SimTime at, NodeId node, Bytes command) {
  const Host* host = impl_->find(node);
  if (host == nullptr) return;
  impl_->push(
      std::max(at, impl_->now),
      {.type = EventType::control, .node = host->index, .a = impl_->controls.take(std::move(command))});
}

void World::emit(NodeId node, TraceKind kind, std::array<std::uint64_t, 5> field) {
  Host* host = impl_->find(node);
  impl_->emit(node, host != nullptr ? host->digest : impl_->own_digest, kind, field);
}

bool World::is_up(NodeId node) const {
  const Host* host = impl_->find(node);
  return host != nullptr && host->up;
}

Process* World::process(NodeId node) {
  Host* host = impl_->find(node);
  return host != nullptr && host->up ? host->process.get() : nullptr;
}

bool World::connected(NodeId from, NodeId to) const {
  Impl& w = *impl_;
  const Host* a = w.find(from);
  const Host* b = w.find(to);
  if (a == nullptr || b == nullptr || a == b) return false;
  if (!a->up || !b->up || !a->pausers.empty() || !b->pausers.empty() || w.clogged_everywhere != 0)
    return false;
  if (loses_all(w.everywhere)) return false;
  const std::uint32_t link = w.links.find(a->index, b->index);
  const LinkExtra* extra = link == kNoSlot ? nullptr : w.links.extra(link);
  return extra == nullptr || (extra->blocked == 0 && extra->clogged == 0 && !loses_all(extra->packets));
}

const WorldStats& World::stats() const { return impl_->stats; }
Digest World::digest() const { return impl_->overall; }

Digest World::digest_of(NodeId node) const {
  if (node == kNobody) return impl_->own_digest;
  const Host* host = impl_->find(node);
  return host != nullptr ? host->digest : Digest{};
}

FlatMap<std::string, std::uint64_t> World::sometimes() const {
  FlatMap<std::string, std::uint64_t> out;
  for (const auto& [id, claim] : impl_->claims) out[claim.first] += claim.second;
  for (const Impl::Point& point : impl_->points) {
    const std::string name = "fault point " + std::string(point.name);
    if (point.count.reached > 0) out[name + " reached"] = point.count.reached;
    if (point.count.fired > 0) out[name + " fired"] = point.count.fired;
  }
  return out;
}

}  // namespace wn::sim
