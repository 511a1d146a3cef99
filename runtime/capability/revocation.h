#pragma once
// RevocationSet: what is no longer valid, as a CRDT: a map from keys to epochs that only grow. Merging is
// taking the maximum, so it is commutative, associative and idempotent, and nothing that was revoked comes
// back.
//
//   link     by number: this link, and with it every chain that it is part of. Usually for ever (kForever)
//   subtree  every link that was issued in an earlier epoch loses its force on all worknodes of the subtree
//   issuer   every link that this key signed in an earlier epoch, and every chain with one of them in it
//   holder   every chain of an earlier epoch that ends with this key
//
// A link of epoch e is revoked by an entry of epoch E when e < E. One entry revokes any number of
// descendants: revoking is O(1) in their number, and so is asking.
//
// Bytes: Protobuf wire encoding, entries ascending by key, canonical. Limits: Options::revocations_max
// entries; at the limit raise() and merge() are refused (overloaded) and change nothing: whoever cannot take
// a delta has not heard it and must not say so to Freshness.
#include <memory_resource>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/defect.h"
#include "runtime/base/result.h"
#include "runtime/capability/types.h"

namespace wn::capability {

inline constexpr std::uint64_t kForever = ~std::uint64_t{0};

enum class RevocationKind : std::uint8_t { link = 1, subtree, issuer, holder };

struct RevocationKey {
  RevocationKind kind = RevocationKind::link;
  std::uint64_t high = 0;
  std::uint64_t low = 0;
  static RevocationKey link(std::uint64_t number) { return {RevocationKind::link, 0, number}; }
  static RevocationKey subtree(WorknodeId top) { return {RevocationKind::subtree, top.high, top.low}; }
  // The first 128 bits of the key.
  static RevocationKey issuer(const PublicKey& key);
  static RevocationKey holder(const PublicKey& key);
  friend auto operator<=>(const RevocationKey&, const RevocationKey&) = default;
};

class RevocationSet {
 public:
  struct Entry {
    RevocationKey key;
    std::uint64_t epoch = 0;
    std::uint64_t changed_at = 0;  // version() when it last rose
  };
  // Takes all its memory at once: about 72 bytes an entry. REQUIRES entries_max >= 1.
  RevocationSet(std::size_t entries_max, std::pmr::memory_resource* memory);

  // True when that is news. REQUIRES epoch > 0.
  Result<bool> raise(const RevocationKey& key, std::uint64_t epoch);
  // 0: never revoked.
  std::uint64_t epoch_of(const RevocationKey& key) const;
  // Rises by one with each piece of news, of this copy alone.
  std::uint64_t version() const { return version_; }
  std::size_t size() const { return entries_.size(); }
  bool any_subtree() const { return subtrees_ != 0; }
  // In the order in which they came.
  const std::pmr::vector<Entry>& entries() const { return entries_; }

  // What has changed since `version` (0: everything), as a delta that merge() takes. Appended.
  void encode_since(std::uint64_t version, std::vector<std::uint8_t>& out) const;
  // Number of entries that were news. bad_input: not canonical bytes; then nothing has changed.
  Result<std::size_t> merge(ByteView delta);
  // After a restart, from the bytes of encode_since(0). Defect revocation_forgotten_on_restart: the bytes are
  // read and dropped.
  Result<std::size_t> restore(ByteView stored, Defect defect);

 private:
  std::uint32_t& slot_of(const RevocationKey& key);
  const Entry* find(const RevocationKey& key) const;

  std::size_t entries_max_;
  std::pmr::vector<Entry> entries_;
  std::pmr::vector<std::uint32_t> slots_;  // open addressing, a power of two; 0 = free, else 1 + index
  std::uint64_t version_ = 0;
  std::size_t subtrees_ = 0;
};

// Freshness: since when this replica may have missed a revocation. It follows peers; what a peer knew at some
// moment of this replica's own clock, it has heard. `as_of` is a moment at which the peer certainly had not
// yet sent what was heard: when this replica asked, not when the answer came. No peers: nothing can be
// missed.
class Freshness {
 public:
  Freshness(std::size_t peers_max, std::pmr::memory_resource* memory);
  // A peer that has not been heard yet. overloaded: at peers_max.
  Result<void> follow(ReplicaId peer);
  void forget(ReplicaId peer);
  // Unknown peers and older news are ignored.
  void heard(ReplicaId peer, Instant as_of);
  // The moment until which everything is known; Instant::max() without peers.
  Instant known_until() const;

 private:
  struct Peer {
    ReplicaId id;
    Instant as_of;
  };
  std::size_t peers_max_;
  std::pmr::vector<Peer> peers_;  // ascending
};

}  // namespace wn::capability
