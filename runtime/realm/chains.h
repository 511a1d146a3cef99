#pragma once
// Chains: what a replica with an identity holds of all writers' chains, and what undoing a liar's updates
// takes: a base, and the blocks that were applied since, in that order. Internal to the room.
#include <deque>
#include <map>
#include <memory_resource>
#include <vector>

#include "runtime/chain/chain_log.h"
#include "runtime/chain/cuts.h"

namespace wn::realm {

struct Identity;

// Lives of one node whose blocks are taken: a liar can sign for as many replica ids as it likes. A node that
// was evicted more often cannot come back.
inline constexpr std::uint32_t kLivesMax = 64;

struct Chains {
  // A block with its bytes, as it is sent on.
  struct Kept {
    chain::Block block;
    Bytes bytes;
  };

  Chains(const Identity& identity, std::pmr::memory_resource* memory);
  // Opened at its beginning when it is new.
  chain::ChainLog& log_of(ReplicaId writer);
  const chain::ChainLog* find(ReplicaId writer) const;
  // nullptr: the writer lives on no node whose key is known.
  const chain::PublicKey* key_of(const chain::Header& header) const;

  const Identity* identity;
  chain::KeyPair key;
  std::pmr::memory_resource* memory;
  std::pmr::map<ReplicaId, chain::ChainLog> logs;
  chain::Cuts cuts;
  Bytes base;  // plain image; empty: the first state
  std::deque<Kept> history;
  std::uint64_t history_updates = 0;
  std::vector<Bytes> unsealed;  // our own, since our head
};

}  // namespace wn::realm
