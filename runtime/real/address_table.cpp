#include "runtime/real/address_table.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::real {

AddressTable::AddressTable(std::uint32_t path_handles_max) {
  const std::uint32_t max = std::clamp(path_handles_max, kPathHandlesMin, 1U << 20);
  probation_.max = max / 4;
  proven_.max = max - probation_.max;
}

void AddressTable::configure(NodeId id, const SocketAddress& address) {
  WN_CHECK(id && !is_path_handle(id));
  forget(id);
  peers_[id] = address;
  peer_at_[address] = id;
}

void AddressTable::forget(NodeId id) {
  const SocketAddress* const old = peers_.find(id);
  if (old == nullptr) return;
  // Another peer may have been configured with the same address since.
  if (const auto at = peer_at_.find(*old); at != peer_at_.end() && at->second == id) peer_at_.erase(at);
  peers_.erase(id);
}

const SocketAddress* AddressTable::find(NodeId id) const {
  if (const SocketAddress* const peer = peers_.find(id)) return peer;
  const auto path = by_handle_.find(id);
  return path == by_handle_.end() ? nullptr : &paths_[path->second].address;
}

const SocketAddress* AddressTable::speak_to(NodeId id) {
  if (const SocketAddress* const peer = peers_.find(id)) return peer;
  const auto path = by_handle_.find(id);
  if (path == by_handle_.end()) return nullptr;
  Path& place = paths_[path->second];
  if (place.spoken < kProvenSpoken) ++place.spoken;
  return &place.address;
}

NodeId AddressTable::hear_from(const SocketAddress& address) {
  if (const auto peer = peer_at_.find(address); peer != peer_at_.end()) return peer->second;
  if (const auto path = path_at_.find(address); path != path_at_.end()) {
    touch(path->second);
    return paths_[path->second].handle;
  }
  const std::uint32_t slot = take_slot();
  paths_[slot] = {.address = address, .handle = next_handle(), .heard = 1};
  path_at_[address] = slot;
  by_handle_[paths_[slot].handle] = slot;
  link(probation_, slot);
  ++made_;
  return paths_[slot].handle;
}

void AddressTable::link(Order& order, std::uint32_t slot) {
  paths_[slot].newer = kNone;
  paths_[slot].older = order.newest;
  if (order.newest != kNone) paths_[order.newest].newer = slot;
  order.newest = slot;
  if (order.oldest == kNone) order.oldest = slot;
  ++order.size;
}

void AddressTable::unlink(Order& order, std::uint32_t slot) {
  const Path& path = paths_[slot];
  (path.newer == kNone ? order.newest : paths_[path.newer].older) = path.older;
  (path.older == kNone ? order.oldest : paths_[path.older].newer) = path.newer;
  --order.size;
}

void AddressTable::touch(std::uint32_t slot) {
  Path& path = paths_[slot];
  if (path.heard < kProvenHeard) ++path.heard;
  unlink(path.proven ? proven_ : probation_, slot);
  if (!path.proven && path.heard >= kProvenHeard && path.spoken >= kProvenSpoken) {
    path.proven = true;
    if (proven_.size == proven_.max) {  // its oldest goes back on probation, as the newest there
      const std::uint32_t demoted = proven_.oldest;
      unlink(proven_, demoted);
      paths_[demoted].proven = false;
      link(probation_, demoted);
    }
  }
  link(path.proven ? proven_ : probation_, slot);
}

std::uint32_t AddressTable::take_slot() {
  if (probation_.size >= probation_.max) {
    const std::uint32_t slot = probation_.oldest;
    unlink(probation_, slot);
    path_at_.erase(paths_[slot].address);
    by_handle_.erase(paths_[slot].handle);
    ++evicted_;
    return slot;
  }
  paths_.emplace_back();
  return static_cast<std::uint32_t>(paths_.size() - 1);
}

NodeId AddressTable::next_handle() {
  constexpr std::uint32_t kHandles = 0xFFFF'FFFF - kPathHandleFirst;
  for (;;) {
    last_ = last_ % kHandles + 1;  // after 2^28 of them numbers come again: those of long ago
    const NodeId handle{kPathHandleFirst + last_ - 1};
    if (!by_handle_.contains(handle)) return handle;
  }
}

}  // namespace wn::real
