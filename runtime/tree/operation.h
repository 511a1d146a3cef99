#pragma once
// Operation: one move of the replicated tree (Kleppmann, Mulligan, Gomes, Beresford, "A highly-available move
// operation for replicated trees", TPDS 2022, section 3). Every change of the tree's shape is a move:
//   create   a move of a node that nobody moved before
//   delete   a move under kTrashId; the subtree goes along
//   restore  a move from the trash back under the last parent outside of it (Tree::restore)
// Operations are ordered by stamp, and one stamp is used for one operation in the whole realm.
//
// Also the identities of worknodes: who may be named how. An id is never reused.
// Errors: decoding is total on hostile bytes and gives Errc::bad_input. Thread rule: values.
#include <cstdint>
#include <span>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/result.h"
#include "runtime/causality/dot.h"
#include "runtime/causality/hlc_time.h"

namespace wn::tree {

// The two nodes that every tree has from the start; neither can be moved. What hangs below kTrashId is
// deleted.
inline constexpr WorknodeId kRootId{.high = 0, .low = 1};
inline constexpr WorknodeId kTrashId{.high = 0, .low = 2};

// The i-th worknode of a genesis (see genesis.h). Its high half is 0, which no dot gives.
inline constexpr std::uint64_t kGenesisFirst = 16;
constexpr WorknodeId genesis_id(std::uint64_t i) { return {.high = 0, .low = kGenesisFirst + i}; }

// The id of the worknode that the event `dot` creates: injective over all dots of real replicas and all
// realms, and ascending in the order in which one replica creates. Guessable on purpose; capabilities guard
// worknodes, not the secrecy of ids. REQUIRES a replica that is not nobody and a counter from 1.
constexpr WorknodeId worknode_id(causality::Dot dot, std::uint32_t realm = 0) {
  return {.high = (std::uint64_t{realm} << 32) | dot.replica.value, .low = dot.counter};
}

struct Operation {
  causality::Stamp stamp;  // REQUIRES a replica that is not nobody
  WorknodeId node;
  WorknodeId parent;
  std::uint32_t type = 0;  // 0 = as it is; else the worknode's type from this operation on

  friend constexpr bool operator==(const Operation&, const Operation&) = default;
};

// Is it one that a tree can ever take? Never true: a move of the root, of the trash or of nothing, a parent
// that is nothing, a stamp of nobody. (A node under itself is a cycle and so merely without effect.)
constexpr bool is_valid(const Operation& operation) {
  return operation.stamp.replica && operation.node && operation.parent && operation.node != kRootId &&
         operation.node != kTrashId;
}

constexpr Operation remove(causality::Stamp stamp, WorknodeId node) {
  return {.stamp = stamp, .node = node, .parent = kTrashId};
}

// Canonical Protobuf wire bytes of a batch: repeated field 1, each
//   message Operation { fixed64 time = 1; uint32 replica = 2; fixed64 node_high = 3; fixed64 node_low = 4;
//                       fixed64 parent_high = 5; fixed64 parent_low = 6; uint32 type = 7; }
// with every field present. Appends to `out`.
void encode(std::span<const Operation> operations, std::vector<std::uint8_t>& out);

// The whole input or nothing. Refuses what encode() would not write, what is not is_valid(), and more than
// `operations_max` (Errc::too_large).
Result<std::vector<Operation>> decode_operations(ByteView bytes, std::size_t operations_max);

}  // namespace wn::tree
