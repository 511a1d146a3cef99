#include "runtime/quic/endpoint.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::quic {

namespace {
// A connection that asks to be called at once, again, is called after this.
constexpr std::uint64_t kPatience = 1'000'000;
constexpr std::size_t kTokenBytes = 16;  // of a Stateless Reset
// What is to be written waits for the end of the turn, but no longer than this: in a long turn the peer
// begins on the first answers while we still make the others.
constexpr std::uint64_t kTurnSlice = 20'000;
}  // namespace

QuicEndpoint::QuicEndpoint(Options options, const ProcessFactory& inner, Backend& datagrams)
    : options_(std::move(options)),
      outer_(datagrams),
      memory_(options_.memory != nullptr ? options_.memory : std::pmr::new_delete_resource()),
      key_(key_of(options_.identity)),
      tls_(options_.identity, key_, options_.alpn),
      library_(memory_),
      random_(datagrams.entropy),
      packet_(kPacketBytesMax),
      shared_{options_, tls_, library_, random_, stats_, *this, memory_, packet_},
      gate_(shared_, options_.identity),
      inner_backend_{
          *this, *this, datagrams.disk, datagrams.entropy, datagrams.probe, datagrams.fault_points},
      connections_(memory_),
      cids_(memory_),
      resets_(memory_),
      remotes_(memory_),
      addresses_(memory_),
      timers_(memory_),
      redials_(memory_),
      dirty_(memory_),
      received_(memory_) {
  WN_CHECK(options_.packet_bytes_max >= kPacketBytesMin && options_.packet_bytes_max <= kPacketBytesMax);
  WN_CHECK_LE(options_.peers.size(), kPeersMax);
  options_.fault_points = datagrams.fault_points;
  add_peers();
  inner_ = inner(options_.self, inner_backend_);
}

QuicEndpoint::~QuicEndpoint() { inner_.reset(); }

void QuicEndpoint::tick() {
  now_ = std::max(now_, static_cast<std::uint64_t>(std::max<std::int64_t>(0, monotonic_now().ns)));
}

void QuicEndpoint::on_start() {
  tick();
  for (auto& [id, remote] : remotes_) {
    if (remote.always && remote.address) dial(remote);
  }
  inner_->on_start();
  finish();
}

void QuicEndpoint::on_message(NodeId from, const Bytes& packet) {
  if (stopped_ || packet.empty()) return;
  tick();
  ++stats_.packets_in;
  stats_.bytes_in += packet.size();
  const std::optional<Cid> to = gate_.address_of(from, packet.view(), now_);
  if (!to) return;
  if (Connection* connection = find(*to, packet.view())) {
    connection->read(from, packet.view(), now_);
    settle(*connection);
  } else if (std::optional<Arrival> arrival = gate_.unknown(from, packet.view(), now_)) {
    accept(std::move(*arrival), packet.view());
  }
  finish();
}

// Whose a packet is: by the id that it is addressed to, or by the token that a Stateless Reset ends with.
Connection* QuicEndpoint::find(const Cid& to, ByteView packet) {
  if (const auto it = cids_.find(to); it != cids_.end()) return it->second;
  if ((packet.front() & 0x80) != 0 || packet.size() < kTokenBytes || resets_.empty()) return nullptr;
  const auto it = resets_.find(gate_.token_name(packet.last(kTokenBytes)));
  return it == resets_.end() ? nullptr : it->second;
}

// After a connection has read or waited: it may have opened, and brought frames.
void QuicEndpoint::settle(Connection& connection) {
  touch(connection);
  if (connection.ready() && !connection.was_ready) opened(connection);
  if (received_.empty()) return;
  Remote* remote = find(connection.peer());
  if (!connection.was_ready || remote == nullptr || remote->live != &connection) received_.clear();
  deliver();
}

void QuicEndpoint::deliver() {
  // Nothing is received while the inner process runs: it can only send.
  for (Received& received : received_) inner_->on_message(received.from, received.frame);
  received_.clear();
}

void QuicEndpoint::on_timer(std::uint32_t slot) {
  tick();
  if (slot != kTimerSlot) {
    inner_->on_timer(slot);
    return finish();
  }
  armed_ = ~0ULL;
  if (stopped_) return;
  while (!timers_.empty() && timers_.begin()->first <= now_) {
    const std::uint64_t number = timers_.begin()->second;
    Connection& connection = *connections_.at(number);
    schedule(connection, ~0ULL);
    connection.on_expiry(now_);
    settle(connection);
  }
  dial_due();
  flush();
}

void QuicEndpoint::on_disk(DiskCompletion completion) {
  tick();
  inner_->on_disk(std::move(completion));
  finish();
}

void QuicEndpoint::on_control(const Bytes& command) {
  tick();
  inner_->on_control(command);
  finish();
}

void QuicEndpoint::arm(std::uint32_t slot, Instant deadline) {
  WN_CHECK_LT(slot, kTimerSlot);
  outer_.clock.arm(slot, deadline);
}

void QuicEndpoint::disarm(std::uint32_t slot) {
  WN_CHECK_LT(slot, kTimerSlot);
  outer_.clock.disarm(slot);
}

Errc QuicEndpoint::send(NodeId to, Bytes frame, std::uint8_t type) {
  if (frame.size() > kFrameBytesMax) return Errc::too_large;
  Remote* remote = find(to);
  if (stopped_ || remote == nullptr) return Errc::ok;
  if (remote->live != nullptr && remote->live->ready()) {
    const Errc error = remote->live->push(std::move(frame), type);
    touch(*remote->live);
    ++(error == Errc::ok ? stats_.frames_out : stats_.frames_refused);
    return error;
  }
  if (remote->dialling == nullptr && remote->may_dial && remote->address && now_ >= remote->dial_at)
    dial(*remote);
  if (remote->dialling == nullptr || frame.size() > options_.limits.waiting_bytes_max) {
    ++stats_.frames_unconnected;
    return Errc::ok;
  }
  remote->waiting_bytes += frame.size();
  remote->waiting.emplace_back(std::move(frame), type);
  while (remote->waiting_bytes > options_.limits.waiting_bytes_max ||
         remote->waiting.size() > options_.limits.queue_frames_max) {
    remote->waiting_bytes -= remote->waiting.front().first.size();
    remote->waiting.erase(remote->waiting.begin());
    ++stats_.frames_unconnected;
  }
  return Errc::ok;
}

void QuicEndpoint::on_frame(Connection& connection, Bytes frame) {
  ++stats_.frames_in;
  received_.push_back({connection.peer(), std::move(frame)});
}

void QuicEndpoint::send_packet(NodeId address, Bytes packet) {
  ++stats_.packets_out;
  stats_.bytes_out += packet.size();
  // A packet that the network has no room for is a lost one: QUIC knows what to do.
  static_cast<void>(outer_.network.send(address, std::move(packet), kPacketType));
}

void QuicEndpoint::add_cid(const Cid& cid, Connection& connection) {
  cids_[cid] = &connection;
  connection.cids.push_back(cid);
}

void QuicEndpoint::remove_cid(const Cid& cid) {
  const auto it = cids_.find(cid);
  if (it == cids_.end()) return;
  std::erase(it->second->cids, cid);
  cids_.erase(it);
}

void QuicEndpoint::reset_token(const Cid& cid, std::uint8_t* token) { gate_.reset_token(cid, token); }

void QuicEndpoint::expect_reset(Connection& connection, ByteView token, bool expected) {
  const Cid name = gate_.token_name(token);
  if (expected) {
    resets_[name] = &connection;
    connection.resets.push_back(name);
  } else if (std::erase(connection.resets, name) != 0) {
    resets_.erase(name);
  }
}

void QuicEndpoint::touch(Connection& connection) {
  if (connection.dirty) return;
  if (dirty_.empty()) dirty_since_ = now_;
  connection.dirty = true;
  dirty_.push_back(&connection);
}

void QuicEndpoint::schedule(Connection& connection, std::uint64_t at) {
  if (at == connection.armed) return;
  if (connection.armed != ~0ULL) timers_.erase({connection.armed, connection.number});
  connection.armed = at;
  if (at != ~0ULL) timers_.insert({at, connection.number});
}

void QuicEndpoint::finish() {
  if (stopped_) return;
  if (!dirty_.empty() && now_ - dirty_since_ >= kTurnSlice) return flush();
  if (!dirty_.empty() && armed_ > now_) {
    armed_ = now_;
    outer_.clock.arm(kTimerSlot, Instant{static_cast<std::int64_t>(now_)});
  }
}

void QuicEndpoint::flush() {
  // Burying may dial, which makes another connection dirty.
  for (std::size_t i = 0; i < dirty_.size(); ++i) {
    Connection& connection = *dirty_[i];
    connection.dirty = false;
    connection.write(now_);
    if (connection.closed() != Closed::none) {
      bury(connection);
      continue;
    }
    const std::uint64_t expiry = connection.expiry();
    schedule(connection, expiry <= now_ ? now_ + kPatience : expiry);
  }
  dirty_.clear();
  arm_timer();
}

void QuicEndpoint::arm_timer() {
  std::uint64_t next = timers_.empty() ? ~0ULL : timers_.begin()->first;
  if (!redials_.empty()) next = std::min(next, redials_.begin()->first);
  if (next == armed_) return;
  armed_ = next;
  if (next == ~0ULL) return outer_.clock.disarm(kTimerSlot);
  outer_.clock.arm(kTimerSlot, Instant{static_cast<std::int64_t>(next)});
}

Stats QuicEndpoint::stats() const {
  Stats out = stats_;
  out.connections = connections_.size();
  out.library_bytes = library_.bytes();
  out.library_bytes_high = library_.bytes_high();
  return out;
}

std::vector<PeerState> QuicEndpoint::peers() const {
  std::vector<PeerState> out;
  for (const auto& [id, remote] : remotes_) {
    PeerState state;
    state.id = id;
    state.address = remote.address;
    if (remote.live != nullptr) {
      state.address = remote.live->address();
      state.connected = true;
      state.dialled = remote.live->dialled();
      state.smoothed_rtt = remote.live->smoothed_rtt();
      state.queued_bytes = remote.live->queued_bytes();
    }
    out.push_back(state);
  }
  return out;
}

void QuicEndpoint::shut_down() {
  if (stopped_) return;
  tick();
  for (auto& [number, connection] : connections_) {
    connection->write(now_);
    connection->close(Closed::shutdown, now_);
  }
  stopped_ = true;
  outer_.clock.disarm(kTimerSlot);
}

std::unique_ptr<Endpoint> make_quic(Options options, const ProcessFactory& inner, Backend& datagrams) {
  return std::make_unique<QuicEndpoint>(std::move(options), inner, datagrams);
}

void QuicEndpoint::inspect(Inspector& to) const {
  {
    const InspectedGroup group(to, "quic");
    to.number("connections", connections_.size());
    to.number("half_open", stats().half_open);
    inspect_list(to, "peers", peers(), [&](const PeerState& peer) {
      const InspectedGroup one(to);
      to.node("id", peer.id);
      to.node("address", peer.address);
      to.flag("connected", peer.connected);
      to.flag("dialled", peer.dialled);
      to.duration("smoothed_rtt", peer.smoothed_rtt);
      to.number("queued_bytes", peer.queued_bytes);
    });
  }
  inner_->inspect(to);
}

}  // namespace wn::quic
