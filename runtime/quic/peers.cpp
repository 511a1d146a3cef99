// Who is who: dialling, judging keys, opening and closing connections.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/quic/endpoint.h"

namespace wn::quic {

namespace {

// In time that does not depend on where they differ (capability::PublicKey's own comparison has no branch).
bool same_key(const PublicKey& a, const PublicKey& b) { return differing(a, b) == 0; }

bool dials(const Peer& peer, NodeId self) {
  switch (peer.dial) {
    case Dial::by_id:
      return self < peer.id;
    case Dial::always:
    case Dial::on_demand:
      return true;
    case Dial::never:
      return false;
  }
  return false;
}

}  // namespace

void QuicEndpoint::add_peers() {
  for (const Peer& peer : options_.peers) {
    WN_CHECK(peer.id && peer.id != options_.self && !remotes_.contains(peer.id));
    WN_CHECK(by_key(peer.key) == nullptr && !same_key(peer.key, key_));
    Remote& remote = remotes_.emplace(peer.id, memory_).first->second;
    remote.id = peer.id;
    remote.key = peer.key;
    remote.address = peer.address;
    remote.configured = true;
    remote.may_dial = dials(peer, options_.self);
    remote.always = remote.may_dial && peer.dial != Dial::on_demand;
    if (peer.address) addresses_.insert(peer.address);
  }
}

Remote* QuicEndpoint::find(NodeId id) {
  const auto it = remotes_.find(id);
  return it == remotes_.end() ? nullptr : &it->second;
}

Remote* QuicEndpoint::by_key(const PublicKey& key) {
  Remote* out = nullptr;
  for (auto& [id, remote] : remotes_) {
    if (same_key(remote.key, key)) out = &remote;
  }
  return out;
}

bool QuicEndpoint::configured_address(NodeId address) const { return addresses_.contains(address); }

// May somebody at this address begin a handshake now?
bool QuicEndpoint::has_room(NodeId address) {
  const Limits& limits = options_.limits;
  if (connections_.size() >= limits.connections_max) return false;
  if (configured_address(address)) return true;
  const std::uint64_t second = now_ / 1'000'000'000;
  if (second != second_) {
    second_ = second;
    handshakes_ = 0;
  }
  if (stats_.half_open >= limits.half_open_max || handshakes_ >= limits.handshakes_per_second) return false;
  ++handshakes_;
  return true;
}

Connection& QuicEndpoint::take(std::unique_ptr<Connection> connection) {
  Connection& out = *connection;
  out.number = ++numbers_;
  connections_.emplace(out.number, std::move(connection));
  touch(out);
  return out;
}

void QuicEndpoint::accept(Arrival arrival, ByteView packet) {
  if (!has_room(arrival.address)) {
    ++stats_.refused_handshakes;
    return;
  }
  arrival.known = configured_address(arrival.address);
  Connection& connection = take(std::make_unique<Connection>(shared_, arrival, now_));
  connection.counted_half_open = true;
  stats_.half_open_high = std::max(stats_.half_open_high, ++stats_.half_open);
  connection.read(arrival.address, packet, now_);
  settle(connection);
}

void QuicEndpoint::dial(Remote& remote) {
  if (connections_.size() >= options_.limits.connections_max) return dial_later(remote, 0);
  ++stats_.dials;
  remote.dialling = &take(std::make_unique<Connection>(shared_, remote.id, remote.key, remote.address, now_));
}

// The time doubles with each failure and has a jitter of a half, so that peers that lost the same node don't
// come back in step.
void QuicEndpoint::dial_later(Remote& remote, std::uint64_t lived) {
  const auto longest = static_cast<std::uint64_t>(options_.redial_max.ns);
  remote.failures = lived >= longest ? 0 : std::min(remote.failures + 1, 16U);
  const std::uint64_t base =
      std::min(longest, static_cast<std::uint64_t>(options_.redial_min.ns) << remote.failures);
  remote.dial_at = now_ + base / 2 + random_.redial().below(base / 2 + 1);
  if (!remote.always || remote.due != ~0ULL) return;
  remote.due = remote.dial_at;
  redials_.insert({remote.due, remote.id});
}

void QuicEndpoint::dial_due() {
  while (!redials_.empty() && redials_.begin()->first <= now_) {
    Remote* remote = find(redials_.begin()->second);
    redials_.erase(redials_.begin());
    remote->due = ~0ULL;
    if (remote->live == nullptr && remote->dialling == nullptr) dial(*remote);
  }
}

Closed QuicEndpoint::judge(Connection& connection, const PublicKey& key) {
  if (same_key(key, key_)) return Closed::wrong_key;
  if (connection.dialled()) return same_key(key, connection.key()) ? Closed::none : Closed::wrong_key;
  if (const Remote* known = by_key(key)) {
    connection.set_peer(known->id);
    return Closed::none;
  }
  if (options_.clients == Clients::refuse) return Closed::unknown_key;
  if (options_.clients == Clients::listed) {
    const bool listed = std::ranges::any_of(options_.listed, [&](const auto& k) { return same_key(k, key); });
    if (!listed) return Closed::unknown_key;
  }
  const NodeId id = client_id(key);
  if (id == options_.self || find(id) != nullptr) return Closed::id_taken;
  connection.set_peer(id);
  return Closed::none;
}

void QuicEndpoint::opened(Connection& connection) {
  connection.was_ready = true;
  connection.opened_at = now_;
  if (connection.counted_half_open) {
    connection.counted_half_open = false;
    --stats_.half_open;
  }
  ++(connection.dialled() ? stats_.dialled : stats_.accepted);
  Remote* remote = find(connection.peer());
  if (remote == nullptr) {
    remote = &remotes_.emplace(connection.peer(), memory_).first->second;
    remote->id = connection.peer();
    remote->key = connection.key();
  } else if (!same_key(remote->key, connection.key())) {
    return connection.close(Closed::id_taken, now_);  // two such clients at once: the first that is ready
  }
  install(*remote, connection);
}

// Of two connections in one direction the newer is the peer's living one; of two that crossed, both sides
// keep the one that the smaller id has dialled.
void QuicEndpoint::install(Remote& remote, Connection& connection) {
  if (remote.dialling == &connection) remote.dialling = nullptr;
  if (Connection* old = remote.live; old != nullptr && old->ready()) {
    const bool by_smaller = connection.dialled() == (options_.self < remote.id);
    if (old->dialled() != connection.dialled() && !by_smaller) {
      return connection.close(Closed::replaced, now_);
    }
    old->close(Closed::replaced, now_);
    touch(*old);
  }
  remote.live = &connection;
  outer_.probe.emit(TraceKind::quic_opened,
                    {remote.id.value, connection.address().value, connection.dialled() ? 1ULL : 0ULL});
  for (auto& [frame, type] : remote.waiting) {
    ++(connection.push(std::move(frame), type) == Errc::ok ? stats_.frames_out : stats_.frames_refused);
  }
  remote.waiting.clear();
  remote.waiting_bytes = 0;
}

void QuicEndpoint::bury(Connection& connection) {
  schedule(connection, ~0ULL);
  ++stats_.closed[static_cast<std::size_t>(connection.closed())];
  if (connection.counted_half_open) --stats_.half_open;
  for (const Cid& cid : connection.cids) cids_.erase(cid);
  for (const Cid& name : connection.resets) resets_.erase(name);
  const NodeId peer = connection.peer();
  outer_.probe.emit(TraceKind::quic_closed, {peer.value, connection.address().value,
                                             static_cast<std::uint64_t>(connection.closed())});
  if (Remote* remote = find(peer)) {
    const bool was_dialling = remote->dialling == &connection;
    const bool was_live = remote->live == &connection;
    if (was_dialling) {
      remote->dialling = nullptr;
      remote->waiting.clear();
      remote->waiting_bytes = 0;
    }
    if (was_live) remote->live = nullptr;
    if (connection.dialled() && (was_dialling || was_live)) {
      dial_later(*remote, connection.was_ready ? now_ - connection.opened_at : 0);
    }
    if (!remote->configured && remote->live == nullptr) remotes_.erase(peer);
  }
  connections_.erase(connection.number);
}

}  // namespace wn::quic
