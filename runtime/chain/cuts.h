#pragma once
// Cuts: what proofs do. For each writer that was proven a liar the counter from which on its updates do not
// count: the minimum over all proofs that are known. Joining is taking minima: commutative, associative,
// idempotent, so all who know the same proofs cut at the same place. One proof is kept for each writer, the
// one with the least cut (of several such, the one with the least bytes: its choice must not depend on the
// order either).
//
// Limits: kCutsMax writers. One thread.
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/chain/proof.h"

namespace wn::chain {

inline constexpr std::size_t kCutsMax = 1024;
inline constexpr std::uint64_t kNoCut = ~std::uint64_t{0};

class Cuts {
 public:
  struct Item {
    ReplicaId writer;
    NodeId node;
    std::uint64_t cut = kNoCut;
    Bytes proof;
  };
  explicit Cuts(std::pmr::memory_resource* memory) : items_(memory) {}

  // REQUIRES a verified proof. True: the writer's cut is lower now (or it has one for the first time).
  // At kCutsMax a new writer is not taken: false.
  bool learn(const Proof& proof);
  std::uint64_t of(ReplicaId writer) const;  // kNoCut: none
  const Item* find(ReplicaId writer) const;
  bool liar(NodeId node) const;
  std::span<const Item> items() const { return items_; }  // ascending by writer
  bool empty() const { return items_.empty(); }
  void absorb_into(Digest& digest) const;  // writers and cuts, not the proofs

 private:
  std::pmr::vector<Item> items_;
};

}  // namespace wn::chain
