#pragma once
// AddressTable: NodeIds as handles of socket addresses, for a network below authentication. A configured peer
// has its own id for good. A source that nobody configured gets a handle of its own, at or above
// kPathHandleFirst, never used for another address afterwards; at the table's limit the one that was heard
// longest ago is forgotten, and sending to it delivers nothing.
//
// A flood of made-up sources must not push out those that talk to us: a new handle is on probation, in a
// quarter of the table, until it has been heard kProvenHeard and spoken to kProvenSpoken times; only handles
// on probation are pushed out by new ones (segmented LRU: Karedla et al., "Caching Strategies to Improve Disk
// System Performance", Computer 1994).
#include <cstdint>
#include <map>
#include <vector>

#include "runtime/base/flat_map.h"
#include "runtime/base/ids.h"
#include "runtime/real/address.h"

namespace wn::real {

inline constexpr std::uint32_t kPathHandleFirst = 0xF000'0000;
inline constexpr std::uint32_t kPathHandlesMin = 16;
inline constexpr std::uint32_t kProvenHeard = 4;
inline constexpr std::uint32_t kProvenSpoken = 2;

inline bool is_path_handle(NodeId id) { return id.value >= kPathHandleFirst; }

class AddressTable {
 public:
  // `path_handles_max` is raised to kPathHandlesMin.
  explicit AddressTable(std::uint32_t path_handles_max);

  // Adds a configured peer or changes its address. REQUIRES an id below kPathHandleFirst that is not
  // nobody's.
  void configure(NodeId id, const SocketAddress& address);
  void forget(NodeId id);  // a configured peer

  // nullptr for one that is unknown or forgotten. Counts as speaking to it.
  const SocketAddress* speak_to(NodeId id);
  const SocketAddress* find(NodeId id) const;
  // Whom a datagram from there is from; makes a handle when it is new.
  NodeId hear_from(const SocketAddress& address);

  std::size_t handles() const { return by_handle_.size(); }
  std::uint64_t made() const { return made_; }
  std::uint64_t evicted() const { return evicted_; }

 private:
  static constexpr std::uint32_t kNone = 0xFFFF'FFFF;
  struct Path {
    SocketAddress address;
    NodeId handle;
    std::uint32_t newer = kNone;
    std::uint32_t older = kNone;
    std::uint32_t heard = 0;
    std::uint32_t spoken = 0;
    bool proven = false;
  };
  struct Order {  // of one segment, by when it was heard
    std::uint32_t newest = kNone;
    std::uint32_t oldest = kNone;
    std::uint32_t size = 0;
    std::uint32_t max = 0;
  };
  void link(Order& order, std::uint32_t slot);
  void unlink(Order& order, std::uint32_t slot);
  void touch(std::uint32_t slot);
  std::uint32_t take_slot();
  NodeId next_handle();

  FlatMap<NodeId, SocketAddress> peers_;
  std::map<SocketAddress, NodeId> peer_at_;
  std::vector<Path> paths_;
  std::map<SocketAddress, std::uint32_t> path_at_;
  std::map<NodeId, std::uint32_t> by_handle_;
  Order probation_;
  Order proven_;
  std::uint32_t last_ = 0;  // handle given out
  std::uint64_t made_ = 0;
  std::uint64_t evicted_ = 0;
};

}  // namespace wn::real
