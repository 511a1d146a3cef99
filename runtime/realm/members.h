#pragma once
// Members: who belongs to the realm's present epoch, as far as this replica knows, and what it has heard of
// each.
//
// The replicated part (apply, image) is a CRDT fed in causal order: the latest word (by stamp) of each member
// about each replica, and sets of evictions and joins that only grow. `epoch` counts the latter. The local
// part is what messages said: what a member knew, by which clock, and until when this replica knows
// everything that the member knew.
//
// Limits: kMembersMax members; kReplicasEverMax replicas over the realm's life. Thread rule: a value.
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/base/digest.h"
#include "runtime/base/ids.h"
#include "runtime/base/result.h"
#include "runtime/base/time.h"
#include "runtime/causality/version_vector.h"
#include "runtime/realm/messages.h"
#include "runtime/realm/update.h"

namespace wn::realm {

inline constexpr std::size_t kReplicasEverMax = 1024;

class Members {
 public:
  struct Member {
    NodeId node;
    ReplicaId replica;  // its present one; none while the last one is evicted and no other has joined
    // What it said last, of itself:
    std::optional<causality::VersionVector> known;
    causality::HlcTime time;
    std::uint64_t epoch = 0;
    // Until when (by our monotonic clock) we know all that it knew; none: never heard.
    std::optional<Instant> as_of;
    // Since when its knowledge and ours are the same, as far as it has told; none: they are not.
    std::optional<Instant> in_sync_since;
    std::uint64_t in_sync_at = 0;  // how many updates were applied here then
    // Its replica is new here: silence counts from the moment that upkeep sees this.
    bool fresh = true;
    Instant silent_from;
  };

  Members(NodeId self, const std::vector<NodeId>& nodes);

  // ---- replicated
  // corrupt: nonsense. `from` is the writer; suspicions of replicas that are evicted themselves count no
  // more.
  Errc apply(const MembershipChange& change, causality::Dot dot, causality::Stamp stamp);
  bool evicted(ReplicaId replica) const;
  NodeId node_of(ReplicaId replica) const;
  // A majority of the members suspects it.
  bool condemned(ReplicaId replica) const;
  // May this replica suspect one more? It may hold at most a minority of suspicions against replicas that are
  // not evicted, and one that it took back counts until all present members know (`all_know` of its event):
  // until then a majority may still form on it. So of two majorities that evict, the member that both share
  // has not judged more than a minority in all, and somebody is always left whom both leave in.
  template <class AllKnow>
  bool may_suspect(ReplicaId self, AllKnow&& all_know) const {
    std::size_t held = 0;
    for (const Word& w : words_) {
      if (w.suspector != self || evicted(w.suspect)) continue;
      if (w.suspects || !all_know(w.dot)) ++held;
    }
    return held < (members_.size() - 1) / 2;
  }
  bool suspected_by(ReplicaId suspector, ReplicaId suspect) const;
  // The identity under which a node goes on after its last one was evicted: fresh, the same for whoever asks.
  ReplicaId next_replica(NodeId node) const;
  // The next life of the same node.
  static ReplicaId after(ReplicaId replica);
  std::uint64_t epoch() const { return epoch_ + liars_.size(); }
  // The node that a replica id can belong to.
  static NodeId home_of(ReplicaId replica);
  // Which life of its node it is, from 0.
  static std::uint32_t life_of(ReplicaId replica);
  // A node that has been proven a liar: all its replicas, also later ones, are evicted. False: it was known.
  bool prove_liar(NodeId node);
  bool liar(NodeId node) const;
  // Takes over what another value of the same node has heard; members whose replica changed count as unheard.
  void hear_as(Members& other);
  void absorb_into(Digest& digest) const;
  void encode(std::vector<std::uint8_t>& out) const;
  Errc decode(ByteView bytes);

  // ---- heard
  std::vector<Member>& all() { return members_; }
  const std::vector<Member>& all() const { return members_; }
  Member* find(NodeId node);
  const Member* find(NodeId node) const { return const_cast<Members*>(this)->find(node); }
  void heard(NodeId node, Instant as_of);
  // The latest moment such that all that some majority (oneself included) knew then is known here; none:
  // never.
  std::optional<Instant> majority_as_of(Instant now) const;
  std::size_t majority() const { return members_.size() / 2 + 1; }
  // How many members, oneself included, are known to have this event.
  std::size_t having(causality::Dot dot, const causality::VersionVector& own) const;

 private:
  struct Word {  // the latest of `suspector` about `suspect`
    ReplicaId suspector;
    ReplicaId suspect;
    causality::Stamp stamp;
    causality::Dot dot;
    bool suspects = false;
  };
  struct Life {
    ReplicaId replica;
    NodeId node;
    bool evicted = false;
  };
  Life* life(ReplicaId replica);
  const Life* life(ReplicaId replica) const { return const_cast<Members*>(this)->life(replica); }
  void refresh();

  NodeId self_;
  std::vector<Member> members_;  // ascending by node
  std::vector<Life> lives_;      // ascending by replica
  std::vector<Word> words_;      // ascending by (suspector, suspect)
  std::vector<NodeId> liars_;    // ascending
  std::uint64_t epoch_ = 0;
};

}  // namespace wn::realm
