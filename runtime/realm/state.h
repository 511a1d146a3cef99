#pragma once
// State: everything that one replica holds, as one plain struct; rules.h names the functions that work on it.
// Internal to the room.
#include <deque>
#include <map>
#include <memory>
#include <memory_resource>
#include <optional>
#include <vector>

#include "runtime/base/flat_map.h"
#include "runtime/capability/audit.h"
#include "runtime/capability/guard.h"
#include "runtime/causality/causal_context.h"
#include "runtime/causality/hlc.h"
#include "runtime/realm/chains.h"
#include "runtime/realm/image_transfer.h"
#include "runtime/realm/members.h"
#include "runtime/realm/properties.h"
#include "runtime/realm/realm.h"
#include "runtime/schema/registry.h"
#include "runtime/tree/tree.h"

namespace wn::realm {

// The tree's answers for the guard.
class TreeOracle final : public capability::SubtreeOracle {
 public:
  explicit TreeOracle(const tree::Tree& tree) : SubtreeOracle(1), tree_(tree) {}
  bool contains(WorknodeId subtree, WorknodeId node) const override;
  WorknodeId parent_of(WorknodeId node) const override;
  void changed() { set_version(version() + 1); }

 private:
  const tree::Tree& tree_;
};

// An update that some member may lack, in the order of application here.
struct LogEntry {
  causality::Dot dot;
  Bytes update;  // encoded
  Bytes intent;  // our own: the request that it carries out
  NodeId client;
  std::uint64_t operation = 0;
};

// What a client asked for last: an operation takes effect once, and one that was refused never does, though a
// copy that is still on its way might find the reason gone.
struct Session {
  std::uint64_t operation = 0;
  causality::Dot dot;  // of its update; none: it was refused
  Bytes refusal;       // the reply
};

// A revocation that waits for a majority to have it.
struct PendingRevocation {
  NodeId client;
  std::uint64_t operation = 0;
  std::uint32_t attempt = 0;
  causality::Dot dot;
};

// A sync that was asked for and not yet answered.
struct OpenSync {
  std::uint64_t request = 0;
  NodeId peer;
  Instant sent;
};

inline constexpr std::size_t kPendingRevocationsMax = 256;

// Gluing under way (glue.cpp).
struct TokenUse {
  std::uint64_t token = 0;
  WallTime at;
  causality::Dot dot;  // the replica's latest update when it let the token be used
};
inline constexpr std::size_t kTokenUsesMax = 256;  // the latest
struct Healing {
  std::deque<TokenUse> uses;
  struct ClockRead {  // of a member's wall clock, by the last sync that it answered
    std::int64_t offset_ns = 0;
    std::uint64_t error_ns = 0;
    Instant at;
  };
  FlatMap<NodeId, ClockRead> clocks;
  std::optional<SectionReply> captured;  // ours when we first heard of those who had been cut off
  Instant captured_at;
  Instant ask_at = Instant::max();  // for the sections of the others
  std::uint64_t request = 0;        // asked
  Instant give_up;
  std::vector<NodeId> awaited;
  std::vector<SectionReply> sections;
};

// An identity that a member claims to have lost, and that we have never heard of: since when it is claimed.
struct Stranger {
  ReplicaId replica;
  Instant since;
};

struct State {
  State(const Options& o, std::pmr::memory_resource* m);

  Options options;
  std::pmr::memory_resource* memory;
  ReplicaId self;

  causality::Hlc clock;
  causality::HlcTime latest;  // of the updates applied: all that a restart knows of the clock
  TrustedTime time;
  Members members;
  causality::VersionVector applied;  // the updates applied, each writer's in its order
  // The events that the documents have taken in or know to be overwritten (crdt/document.h). The same events
  // while everybody keeps to the order; a delta out of its order may say more.
  causality::CausalContext seen;
  const causality::VersionVector& known() const { return applied; }
  tree::Tree tree;
  tree::Effects tree_effects;
  std::unique_ptr<TreeOracle> oracle;
  Properties properties;
  schema::Registry schemas;
  Versions versions;  // of `schemas`, which tells them of each change
  std::unique_ptr<capability::Guard> guard;
  TokensShown tokens_shown;
  std::optional<capability::AuditLog>
      audit;  // of this process alone; none where capabilities are not asked for
  std::deque<LogEntry> log;
  FlatMap<NodeId, Session> sessions;
  std::vector<PendingRevocation> revocations;
  std::optional<Chains> chains;  // with an identity

  Healing healing;
  std::uint64_t last_request = 0;
  std::optional<OpenSync> open;
  FlatMap<NodeId, GivenImage> giving;  // at most one for each member
  std::optional<TakenImage> taking;
  FlatMap<NodeId, Stranger> strangers;  // at most one for each member
  NodeId distrusted;                    // a giver whose image was refused
  Instant distrusted_until;
  std::uint64_t entropy = 0;  // the last tick's randomness, for nonces of sessions
  std::uint64_t nonces = 0;   // drawn since the start
  bool evicted = false;       // our replica; an image is needed
  Instant next_gossip;
  std::uint64_t updates = 0;                  // applied, since the beginning
  std::uint64_t told_at = ~std::uint64_t{0};  // `updates` at the last digest in the trace
  Instant accepted_at;                        // when a member last answered us as a member
  bool denied = false;                        // a member has answered since that it does not know our replica
  bool replaying = false;                     // no notes: what happens has been told before the restart
};

}  // namespace wn::realm
