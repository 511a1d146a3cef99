#pragma once
// Genesis: the tree that a realm starts from, the same on all replicas without a message: `count` worknodes
// in breadth-first order, the first `fan_out` below the root, each next `fan_out` below the next worknode. A
// pure function of its arguments; its nodes are older than every operation.
#include <cstdint>
#include <memory_resource>

#include "runtime/tree/tree.h"

namespace wn::tree {

struct Genesis {
  std::uint32_t count = 0;
  std::uint32_t fan_out = 10;  // from 1
  std::uint32_t type = 1;
};

// The parent of the i-th worknode, genesis_id(i). REQUIRES i < count.
constexpr WorknodeId genesis_parent(const Genesis& genesis, std::uint32_t i) {
  return i < genesis.fan_out ? kRootId : genesis_id(i / genesis.fan_out - 1);
}

// Errc::invalid_argument for fan_out 0, too_large over nodes_max, overloaded when memory is used up.
Result<Tree> make_genesis(const Genesis& genesis, Options options, std::pmr::memory_resource* memory);

}  // namespace wn::tree
