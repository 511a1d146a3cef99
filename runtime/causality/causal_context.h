#pragma once
// CausalContext: the set of events (dots) that a replica has seen: a version vector for what is seen without
// gaps, and a cloud of ranges above it for what arrived early (Almeida, Shoker, Baquero, "Delta State
// Replicated Data Types", JPDC 2018, section 7.2). The cloud compacts itself: a range that closes a gap moves
// into the vector. Limits, both refused with Errc::overloaded before anything changes: `replicas_max`
// distinct writers, `ranges_max` ranges. Thread rule: one thread.
#include "runtime/causality/version_vector.h"

namespace wn::causality {

inline constexpr std::uint32_t kRangesMax = 65536;

class CausalContext {
 public:
  // The events first..last of one writer.
  struct Range {
    ReplicaId replica;
    std::uint64_t first = 0;
    std::uint64_t last = 0;
    friend constexpr auto operator<=>(const Range&, const Range&) = default;
  };

  explicit CausalContext(std::pmr::memory_resource* memory, std::uint32_t replicas_max = kReplicasMax,
                         std::uint32_t ranges_max = kRangesMax)
      : vector_(memory, replicas_max), cloud_(memory), ranges_max_(ranges_max) {}
  CausalContext(const CausalContext& other, std::pmr::memory_resource* memory)
      : vector_(other.vector_, memory), cloud_(other.cloud_, memory), ranges_max_(other.ranges_max_) {}
  CausalContext(const CausalContext&) = delete;
  CausalContext(CausalContext&&) = default;
  CausalContext& operator=(const CausalContext& other) {
    vector_ = other.vector_;
    cloud_ = other.cloud_;
    return *this;
  }
  CausalContext& operator=(CausalContext&&) = default;
  ~CausalContext() = default;

  bool contains(Dot dot) const {
    return dot.counter <= vector_.of(dot.replica) || (!cloud_.empty() && in_cloud(dot));
  }
  // A fresh event of a writer: one more than everything known of it, gaps included.
  Dot next(ReplicaId replica) const;

  // REQUIRES a dot that is one.
  [[nodiscard]] Errc add(Dot dot) {
    if (const VersionVector::Item* it = vector_.at(dot.replica); it != nullptr) [[likely]] {
      if (dot.counter <= it->counter) return Errc::ok;
      if (dot.counter == it->counter + 1 && cloud_.empty()) {
        vector_.items_[static_cast<std::size_t>(it - vector_.items_.data())].counter = dot.counter;
        return Errc::ok;
      }
    }
    return add_slow(dot);
  }
  // True when adding all of these cannot be refused. May err on the side of false near a limit.
  bool has_room(std::span<const Dot> dots) const;
  // The same by numbers: `dots` events, of which `strangers` come from writers that are not known here.
  bool has_room(std::size_t dots, std::size_t strangers) const {
    return cloud_.size() + dots <= ranges_max_ &&
           (strangers == 0 || replicas() + strangers <= vector_.replicas_max());
  }
  bool knows(ReplicaId replica) const;  // any event of it
  // The union; all or nothing.
  [[nodiscard]] Errc join(const CausalContext& other);
  // Every event below is taken as seen: the installed state of a peer, or an epoch's base.
  [[nodiscard]] Errc join(const VersionVector& other);
  void drop(ReplicaId replica);  // an evicted writer

  bool includes(const CausalContext& other) const;
  friend bool operator==(const CausalContext& a, const CausalContext& b) {
    return a.vector_ == b.vector_ && a.cloud_ == b.cloud_;
  }

  const VersionVector& vector() const { return vector_; }
  std::span<const Range> cloud() const { return cloud_; }
  bool compact() const { return cloud_.empty(); }  // no gaps
  void clear();
  void absorb_into(Digest& digest) const;

  // Canonical Protobuf wire bytes: 1: vector, 2: { 1, repeated: { 1: replica, 2: first, 3: last } }.
  void encode(std::vector<std::uint8_t>& out) const;
  // Total: anything that encode() would not have written is Errc::bad_input.
  static Result<CausalContext> decode(ByteView in, std::pmr::memory_resource* memory,
                                      std::uint32_t replicas_max = kReplicasMax,
                                      std::uint32_t ranges_max = kRangesMax);

 private:
  bool in_cloud(Dot dot) const;
  std::size_t replicas() const;
  Errc add_slow(Dot dot);
  Errc add_range(const Range& range);
  void compact_replica(ReplicaId replica);

  VersionVector vector_;
  std::pmr::vector<Range> cloud_;  // ascending, disjoint, not adjacent, above the vector
  std::uint32_t ranges_max_;
};

}  // namespace wn::causality
