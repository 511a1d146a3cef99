#pragma once
// Small helpers that the tests of this room share.
#include <initializer_list>

#include "runtime/raft/cluster.h"

namespace wn::raft::testing {

inline constexpr NodeId n1{1}, n2{2}, n3{3}, n4{4}, n5{5};

inline MemberList members(std::initializer_list<std::uint32_t> ids) {
  MemberList out;
  for (std::uint32_t id : ids) out.insert_sorted(NodeId{id});
  return out;
}
inline Configuration voters(std::initializer_list<std::uint32_t> ids) {
  return {.voters = members(ids), .outgoing = {}, .learners = {}};
}

// Messages in flight of one type, from one node.
inline std::size_t count(Cluster& c, MessageType type, NodeId from = kNobody) {
  std::size_t n = 0;
  for (const Parcel& parcel : c.in_flight()) {
    if (parcel.message.type == type && (!from || parcel.message.from == from)) ++n;
  }
  return n;
}
inline const Parcel* find(Cluster& c, MessageType type, NodeId to) {
  for (const Parcel& parcel : c.in_flight()) {
    if (parcel.message.type == type && parcel.message.to == to) return &parcel;
  }
  return nullptr;
}
// Steps `m` into the node it is addressed to, as if it had come from the network.
inline void receive(Cluster& c, Message m, std::vector<Entry> entries = {}) {
  m.entries = entries;
  c.step(m.to, Receive{.message = &m});
}
inline Entry entry(std::uint64_t index, std::uint64_t term) {
  return {.term = Term{term}, .index = LogIndex{index}};
}

}  // namespace wn::raft::testing
