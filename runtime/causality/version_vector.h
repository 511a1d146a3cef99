#pragma once
// VersionVector: for each live writer the number of its events that are known, all of them from 1 up (Parker
// et al. 1983). A sorted vector of (replica, counter > 0); an absent replica counts 0. Its size is bounded by
// the writers that are alive: eviction (drop) takes a replica out, and more than `replicas_max` are refused
// with Errc::overloaded. Look-ups O(log n), joins O(n). Thread rule: one thread.
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/digest.h"
#include "runtime/base/result.h"
#include "runtime/causality/dot.h"

namespace wn::causality {

inline constexpr std::uint32_t kReplicasMax = 1024;

enum class Order : std::uint8_t { equal, before, after, concurrent };

class VersionVector {
 public:
  struct Item {
    ReplicaId replica;
    std::uint64_t counter = 0;
    friend constexpr auto operator<=>(const Item&, const Item&) = default;
  };

  explicit VersionVector(std::pmr::memory_resource* memory, std::uint32_t replicas_max = kReplicasMax)
      : items_(memory), replicas_max_(replicas_max) {}
  // Copies name their memory; copy assignment keeps the target's memory and limit.
  VersionVector(const VersionVector& other, std::pmr::memory_resource* memory)
      : items_(other.items_, memory), replicas_max_(other.replicas_max_) {}
  VersionVector(const VersionVector&) = delete;
  VersionVector(VersionVector&&) = default;
  VersionVector& operator=(const VersionVector& other) {
    items_ = other.items_;
    return *this;
  }
  VersionVector& operator=(VersionVector&&) = default;
  ~VersionVector() = default;

  std::uint64_t of(ReplicaId replica) const {
    const Item* it = at(replica);
    return it == nullptr ? 0 : it->counter;
  }
  bool contains(Dot dot) const { return dot.counter <= of(dot.replica); }
  // The next event of a writer.
  Dot next(ReplicaId replica) const { return {.replica = replica, .counter = of(replica) + 1}; }

  // Raises the replica's number to at least `counter`. REQUIRES a replica and a counter that are not zero.
  [[nodiscard]] Errc advance(ReplicaId replica, std::uint64_t counter);
  // The least upper bound of both; all or nothing.
  [[nodiscard]] Errc join(const VersionVector& other);
  // The greatest lower bound of both (used for causal stability).
  void meet(const VersionVector& other);
  // Forgets an evicted replica. False when it was not known.
  bool drop(ReplicaId replica);
  void clear() { items_.clear(); }

  bool dominates(const VersionVector& other) const;  // every number >= the other's
  Order compare(const VersionVector& other) const;
  friend bool operator==(const VersionVector& a, const VersionVector& b) { return a.items_ == b.items_; }

  std::span<const Item> items() const { return items_; }
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  std::uint32_t replicas_max() const { return replicas_max_; }
  void absorb_into(Digest& digest) const;

  // Canonical Protobuf wire bytes: field 1, repeated: { 1: replica, 2: counter }, ascending.
  void encode(std::vector<std::uint8_t>& out) const;
  // Total: anything that encode() would not have written is Errc::bad_input.
  static Result<VersionVector> decode(ByteView in, std::pmr::memory_resource* memory,
                                      std::uint32_t replicas_max = kReplicasMax);

 private:
  friend class CausalContext;
  // Halves the range without branches that chance decides: there are few writers, asked for in any order.
  const Item* at(ReplicaId replica) const {
    const Item* base = items_.data();
    std::size_t size = items_.size();
    if (size == 0) return nullptr;
    while (size > 1) {
      const std::size_t half = size / 2;
      base = base[half].replica <= replica ? base + half : base;
      size -= half;
    }
    return base->replica == replica ? base : nullptr;
  }
  std::pmr::vector<Item> items_;
  std::uint32_t replicas_max_;
};

}  // namespace wn::causality
