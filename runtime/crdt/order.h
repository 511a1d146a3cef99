#pragma once
// Inside the room: the canonical orders, for bytes and digests. The table itself is in order of arrival.
#include <vector>

#include "runtime/crdt/slot.h"

namespace wn::crdt {

std::vector<std::uint32_t> sorted_children(const Store& store, std::uint32_t parent);  // by (key, type)
std::vector<Entry> sorted_entries(const Store& store, const Slot& s);                  // by dot
std::vector<Share> sorted_shares(const Store& store, const Slot& s);                   // by (replica, peer)

}  // namespace wn::crdt
