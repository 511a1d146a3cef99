#include "scenarios/explore/fingerprint.h"

#include <algorithm>
#include <bit>

namespace wn::explore {
namespace {

constexpr std::size_t kFlights = 2048;
constexpr std::size_t kSlotsFirst = 1024;    // of behaviours; a power of two, twice as many as are in use
constexpr std::size_t kLinkServersMax = 16;  // more servers: links are not counted

std::uint64_t fold(std::uint64_t a, std::uint64_t b) {
  const unsigned __int128 product =
      static_cast<unsigned __int128>(a ^ 0xA0761D6478BD642FULL) * (b ^ 0xE7037ED1A0B428DBULL);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

std::uint32_t mix(std::uint64_t a, std::uint64_t b, std::uint64_t c = 0) {
  return static_cast<std::uint32_t>(fold(fold(a, b), c) >> 16);
}

std::uint64_t flight_key(NodeId from, NodeId to, std::uint64_t number) {
  return fold(std::uint64_t{from.value} << 32 | to.value, number) | 1;
}

std::size_t flight_slot(std::uint64_t key) { return key >> 32 & (kFlights - 1); }

// Kinds of behaviour, so that equal numbers of two kinds differ.
enum class Of : std::uint32_t { transition = 1, message, arrivals, hurt, event, pair, sometimes };

std::uint64_t tag(Of of, std::uint64_t what) { return static_cast<std::uint64_t>(of) << 56 ^ what; }

std::uint32_t apart(std::uint64_t newest, std::uint64_t own) {
  return newest <= own ? 0
                       : static_cast<std::uint32_t>(std::bit_width(std::min<std::uint64_t>(newest - own, 4)));
}

// The part of an event that is finite: kinds of decisions, not indices, ids or times.
std::uint64_t finite_part(const TraceEvent& e) {
  switch (e.kind) {
    case TraceKind::raft_append:  // kind; whether it is of an older term is told by commits
      return e.field[3];
    case TraceKind::raft_truncate:
      return std::bit_width(e.field[1] - e.field[0] + 1);
    case TraceKind::raft_commit:
      return e.field[1] == e.field[2] ? 0 : 1;
    case TraceKind::raft_config:
      return static_cast<std::uint64_t>(std::popcount(e.field[1])) << 8 | e.field[4];
    case TraceKind::raft_vote:
      return e.field[2] << 1 | e.field[3];
    case TraceKind::raft_restored:
      return e.field[4] != 0 ? 1 : 0;
    case TraceKind::raft_read:
      return e.field[2];
    case TraceKind::raft_refused:
    case TraceKind::store_refused:
    case TraceKind::realm_refused:
    case TraceKind::node_crashed:
    case TraceKind::actor_failed:
    case TraceKind::mailbox_full:
      return e.field[e.kind == TraceKind::node_crashed || e.kind == TraceKind::actor_failed ||
                             e.kind == TraceKind::mailbox_full
                         ? 1
                         : 0];
    case TraceKind::realm_update:
      return e.field[2];
    case TraceKind::realm_restored:
      return e.field[3];
    case TraceKind::cap_used:
      return e.field[1] << 8 | e.field[3];
    case TraceKind::rpc_verdict:
    case TraceKind::block_refused:
      return e.field[e.kind == TraceKind::rpc_verdict ? 2 : 3];
    case TraceKind::op_completed:
      return e.field[1] << 8 | std::min<std::uint64_t>(e.field[2], 4);
    case TraceKind::group_owns:
      return e.field[3];
    case TraceKind::sections_glued:
      return std::bit_width(e.field[2]);
    default:
      return 0;
  }
}

// Events that say something about the protocol. What only repeats others (digests, leases, sends of clients)
// or counts in every run alike is left out.
bool is_protocol(TraceKind kind) {
  switch (kind) {
    case TraceKind::raft_apply:
    case TraceKind::raft_lease:
    case TraceKind::op_invoked:
    case TraceKind::op_sent:
    case TraceKind::realm_parent:
    case TraceKind::realm_digest:
    case TraceKind::realm_write:
    case TraceKind::realm_served:
    case TraceKind::actor_chosen:
    case TraceKind::handle_used:
    case TraceKind::group_applied:
    case TraceKind::group_asked:
    case TraceKind::in_sync:
      return false;
    default:
      return kind >= TraceKind::raft_state || kind == TraceKind::node_started ||
             kind == TraceKind::node_crashed || kind == TraceKind::node_paused ||
             kind == TraceKind::node_resumed || kind == TraceKind::disk_damaged;
  }
}

constexpr std::array<std::uint32_t, 6> kCounts{1, 2, 4, 8, 32, 128};

}  // namespace

Fingerprinter::Fingerprinter(const faults::Plan& plan) : plan_(plan), flights_(kFlights), seen_(kSlotsFirst) {
  const std::size_t most = plan.nodes.empty() ? 0 : plan.nodes.back().id.value;
  nodes_.resize(most + 1);
  server_.resize(most + 1, false);
  server_number_.resize(most + 1, 0);
  for (const faults::NodePlan& node : plan.nodes) {
    if (node.role != faults::NodeRole::server && node.role != faults::NodeRole::spare) continue;
    server_[node.id.value] = true;
    server_number_[node.id.value] = static_cast<std::uint32_t>(servers_.size());
    servers_.push_back(node.id);
  }
  if (servers_.size() <= kLinkServersMax) link_messages_.resize(servers_.size() * servers_.size());
}

Fingerprinter::Node& Fingerprinter::node_of(NodeId id) {
  return nodes_[id.value < nodes_.size() ? id.value : 0];
}

Fingerprinter::Seen& Fingerprinter::slot_of(std::uint32_t id) {
  const std::size_t mask = seen_.size() - 1;
  std::size_t slot = id & mask;
  while (seen_[slot].id != id && seen_[slot].id != 0) slot = (slot + 1) & mask;
  return seen_[slot];
}

void Fingerprinter::make_room() {
  std::vector<Seen> old(2 * seen_.size());
  old.swap(seen_);
  for (const Seen& seen : old) {
    if (seen.id != 0) slot_of(seen.id) = seen;
  }
}

void Fingerprinter::note(std::uint32_t id, const TraceEvent& event, bool counted) {
  if (id == 0) id = 1;
  Seen& seen = slot_of(id);
  if (seen.id == 0) {
    if (seen_count_ >= kBehavioursMax) {
      ++dropped_;
      return;
    }
    if (2 * (seen_count_ + 1) > seen_.size()) {
      make_room();
      return note(id, event, counted);
    }
    ++seen_count_;
    seen = {.id = id,
            .count = 1,
            .at_ms = static_cast<std::uint32_t>(event.at.ns / 1'000'000),
            .node = event.node};
    return;
  }
  if (!counted || seen.count >= kCounts.back()) return;
  ++seen.count;
  if (std::ranges::find(kCounts, seen.count) != kCounts.end()) note(mix(id, seen.count, 0xC0), event, false);
}

void Fingerprinter::on_sent(const TraceEvent& event) {
  const Node& sender = node_of(event.node);
  const NodeId to{static_cast<std::uint32_t>(event.field[0])};
  const std::uint64_t key = flight_key(event.node, to, event.field[1]);
  flights_[flight_slot(key)] = {
      .key = key, .fold = fold(sender.fold, event.field[4] << 32 | to.value), .state = sender.state};
  if (!link_messages_.empty() && event.node.value < server_.size() && server_[event.node.value] &&
      to.value < server_.size() && server_[to.value]) {
    ++link_messages_[server_number_[event.node.value] * servers_.size() + server_number_[to.value]];
  }
}

void Fingerprinter::on_delivered(const TraceEvent& event) {
  const NodeId from{static_cast<std::uint32_t>(event.field[0])};
  if (plan_.duration.ns > 0) {
    const std::int64_t bucket =
        event.at.ns / (plan_.duration.ns / static_cast<std::int64_t>(kStepBuckets) + 1);
    ++steps_[static_cast<std::size_t>(std::clamp<std::int64_t>(bucket, 0, kStepBuckets - 1))];
  }
  Node& node = node_of(event.node);
  const std::uint64_t key = flight_key(from, event.node, event.field[1]);
  const Flight& flight = flights_[flight_slot(key)];
  const bool known = flight.key == key;
  node.fold = fold(node.fold, known ? flight.fold : event.field[4]);
  if (event.node.value >= server_.size() || !server_[event.node.value]) return;
  const bool peer = from.value < server_.size() && server_[from.value];
  const std::uint32_t arrival = mix(event.field[4], peer && known ? flight.state : 0, peer ? 1 : 2);
  note(mix(tag(Of::message, event.field[4]), arrival, node.state), event);
  if (peer) {
    note(mix(tag(Of::arrivals, arrival), node.cause, node.before), event, false);
    node.before = node.cause;
    node.cause = arrival;
  }
}

void Fingerprinter::on_raft_state(Node& node, const TraceEvent& event) {
  node.role = static_cast<std::uint32_t>(event.field[0]);
  node.term = event.field[1];
  node.commit = event.field[4];
  newest_term_ = std::max(newest_term_, node.term);
  newest_commit_ = std::max(newest_commit_, node.commit);
  const std::uint32_t state =
      1U + (node.role | apart(newest_term_, node.term) << 4 | apart(newest_commit_, node.commit) << 8 |
            (event.field[2] == 0 ? 1U : 0U) << 12 | (event.field[3] == 0 ? 1U : 0U) << 13);
  if (state == node.state) return;
  note(mix(tag(Of::transition, node.state), state, node.cause), event);
  if (node.hurt != 0) note(mix(tag(Of::hurt, node.state), state, node.hurt), event);
  node.state = state;
  node.fold = fold(node.fold, state);
}

void Fingerprinter::on_protocol(const TraceEvent& event) {
  Node& node = node_of(event.node);
  if (event.kind == TraceKind::raft_state) return on_raft_state(node, event);
  if (event.kind == TraceKind::sometimes) return note(mix(tag(Of::sometimes, event.field[0]), 1), event);
  const std::uint32_t what = mix(static_cast<std::uint64_t>(event.kind), finite_part(event));
  note(mix(tag(Of::event, what), node.state, node.hurt), event);
  if (what != node.last) note(mix(tag(Of::pair, what), node.last, node.state), event);
  node.last = what;
  node.fold = fold(node.fold, what);
  if (event.kind == TraceKind::node_started || event.kind == TraceKind::node_crashed) {
    node.state = static_cast<std::uint32_t>(event.kind);
    node.cause = node.before = 0;
  }
}

void Fingerprinter::on_fault(const TraceEvent& event, bool begins) {
  const std::uint64_t id = event.field[0];
  const auto at = std::ranges::lower_bound(plan_.faults, id, {}, [](const faults::Fault& f) { return f.id; });
  // Ids ascend with time in plans that a generator made; elsewhere the fault is looked for.
  const auto found = at != plan_.faults.end() && at->id == id
                         ? at
                         : std::ranges::find_if(plan_.faults, [&](const auto& f) { return f.id == id; });
  if (found == plan_.faults.end()) return;
  const std::uint32_t bit = 1U << (event.field[1] % 32);
  const auto hurt = [&](NodeId id_of) {
    if (id_of.value >= nodes_.size()) return;
    Node& node = nodes_[id_of.value];
    if (!begins) {
      node.hurt &= ~bit;
      return;
    }
    node.hurt |= bit;
    TraceEvent here = event;
    here.node = id_of;
    if (server_[id_of.value]) note(mix(tag(Of::hurt, event.field[1]), node.state, node.hurt), here);
  };
  for (const NodeId node : found->nodes) hurt(node);
  for (const faults::Link& link : found->links) hurt(link.to);
}

void Fingerprinter::on_event(const TraceEvent& event) {
  switch (event.kind) {
    case TraceKind::message_sent:
      return on_sent(event);
    case TraceKind::message_delivered:
      return on_delivered(event);
    case TraceKind::fault_began:
      return on_fault(event, true);
    case TraceKind::fault_ended:
      return on_fault(event, false);
    default:
      if (is_protocol(event.kind)) on_protocol(event);
  }
}

Fingerprint Fingerprinter::result() const {
  Fingerprint out;
  out.behaviours.reserve(seen_count_);
  for (const Seen& seen : seen_) {
    if (seen.id != 0) out.behaviours.push_back({.id = seen.id, .at_ms = seen.at_ms, .node = seen.node});
  }
  std::ranges::sort(out.behaviours, {}, &Behaviour::id);
  for (std::size_t i = 0; i < nodes_.size(); ++i) out.order_class += fold(nodes_[i].fold, i);
  out.steps = steps_;
  for (std::size_t i = 0; i < link_messages_.size(); ++i) {
    if (link_messages_[i] == 0) continue;
    out.links.push_back({{servers_[i / servers_.size()], servers_[i % servers_.size()]}, link_messages_[i]});
  }
  std::ranges::sort(out.links, [](const LinkSteps& a, const LinkSteps& b) {
    return a.messages != b.messages ? a.messages > b.messages : a.link < b.link;
  });
  if (out.links.size() > kBusyLinksMax) out.links.resize(kBusyLinksMax);
  out.dropped = dropped_;
  return out;
}

}  // namespace wn::explore
