#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/rpc/rules.h"

namespace wn::rpc {
namespace {

// Nothing is held for it and it has been silent for so long that no copy of an old frame can still come.
bool is_idle(const State& s, const Moment& moment, const Peer& peer) {
  return !peer.member && peer.bytes() == 0 && !peer.dirty && moment.now - peer.heard >= s.options.peer_idle;
}

}  // namespace

Peer* peer_of(State& s, const Moment& moment, NodeId node, bool make) {
  const auto known = s.peers.find(node);
  if (known != s.peers.end()) return &known->second;
  if (!make) return nullptr;
  const bool member = std::ranges::binary_search(s.options.members, node);
  if (!member && s.peers.size() >= s.options.peers_max) {
    const auto idle =
        std::ranges::find_if(s.peers, [&](const auto& p) { return is_idle(s, moment, p.second); });
    if (idle == s.peers.end()) return nullptr;
    s.peers.erase(idle);
  }
  Peer& peer = s.peers.try_emplace(node, s.memory).first->second;
  peer.member = member;
  peer.heard = moment.now;
  peer.window_calls = s.options.window_calls;
  peer.window_bytes = s.options.window_bytes;
  return &peer;
}

bool has_room(const State& s, const Peer& peer, std::size_t bytes) {
  if (s.bytes + bytes > s.options.bytes_max) return false;
  return peer.member || s.stranger_bytes + bytes <= s.options.bytes_max / 2;
}

void hold(State& s, Peer& peer, std::size_t Peer::* share, std::size_t bytes) {
  peer.*share += bytes;
  s.bytes += bytes;
  if (!peer.member) s.stranger_bytes += bytes;
}

void let_go(State& s, Peer& peer, std::size_t Peer::* share, std::size_t bytes) {
  WN_CHECK(peer.*share >= bytes);
  peer.*share -= bytes;
  s.bytes -= bytes;
  if (!peer.member) s.stranger_bytes -= bytes;
}

void mark_dirty(State& s, NodeId node, Peer& peer) {
  if (peer.dirty) return;
  peer.dirty = true;
  s.dirty.push_back(node);
}

const MethodSpec* method_of(const State& s, std::uint32_t method) {
  const auto at = std::ranges::lower_bound(s.options.methods, method, {}, &MethodSpec::method);
  return at != s.options.methods.end() && at->method == method ? &*at : nullptr;
}

}  // namespace wn::rpc
