#pragma once
// Realm: one replica of a realm of worknodes, as a value that steps. It holds the tree, the worknodes'
// properties, the schemas, the revocations and the membership, takes clients' operations and peers' messages,
// and says what is to be written, sent and told. No clock, no thread, no I/O: time and randomness come in as
// numbers.
//
// The contract with the driver (runtime/host):
//   - effects come in order. `journal` records are appended in their order; whatever the same call or a later
//   one
//     wants sent, replies too, leaves only when all records up to then are durable. So nothing that could be
//     lost ever leaves the node, no dot is used twice, and the hybrid clock is monotonic over restarts.
//   - at a start the driver gives back the image and the records that it finds, then calls begin().
//
// Replication: updates spread by anti-entropy in causal order (messages.h). Operations are EVENTUAL: they
// take effect here at once. Convergence: replicas that have applied the same updates have the same digest, in
// whatever order concurrent ones came.
//
// Membership: a replica that a majority of the members suspects (not heard, not even through others, for
// gc_eviction_after_ns) is evicted for good, so that garbage can be collected without it. A node whose
// replica was evicted takes a peer's image, goes on as a fresh replica, and does again what it had done
// alone.
//
// A node is let back in by a replica that knows of all present members what they hold of it. So while a
// member is gone for ever that the others cannot evict (too few of them are left that are not evicted
// themselves), nobody returns: a majority of the nodes must be up and in, or come back in one by one.
// Deciding evictions in a Raft group would lift this.
//
// Capabilities: a replica that has not heard a majority, not even through others, for staleness_max refuses
// every capability. A revocation is acknowledged when a majority has it, so it is in force everywhere at most
// staleness_max after its acknowledgement: any majority that a replica hears shares a member with the one
// that acknowledged.
//
// Errors: clients get typed replies; hostile bytes of peers are refused whole, with a note. Limits: Options.
// Thread rule: one thread.
#include <array>
#include <cstdint>
#include <memory>
#include <memory_resource>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/base/defect.h"
#include "runtime/base/digest.h"
#include "runtime/base/fault_point.h"
#include "runtime/base/inspector.h"
#include "runtime/base/limits.h"
#include "runtime/base/trace_event.h"
#include "runtime/capability/types.h"
#include "runtime/realm/messages.h"
#include "runtime/realm/protocol.h"
#include "runtime/realm/trusted_time.h"
#include "runtime/realm/update.h"

namespace wn::capability {
class AuditLog;
}

namespace wn::realm {

// With an identity, updates spread in signed blocks (runtime/chain): honest replicas converge with any number
// of liars, and who signs two histories is proven a liar, cut, evicted, and loses its capabilities.
//
// What a cut undoes: everything since a base that all present members have confirmed. The base moves on once
// more than half of `history_max` updates have come since and all of them are confirmed, or more than
// history_max and at least half of them are. A fork that is shown only then and lies below the base comes too
// late: its writer is a proven liar all the same, but what everybody had confirmed stays. So convergence is
// promised for forks that some honest replica sees before history_max / 2 further updates have come and been
// confirmed by all.
//
// What is not covered: a liar that does not fork can say anything that an honest replica can: write without
// its clients' capabilities, evict others (they come back), hold garbage back. A base image from a peer is
// believed, with the signature of who gave it as evidence; without a base, images are replayed and nothing is
// believed. Members that never write hold the tree's log back. A node that loses its disk must not come back
// under its replica id: it would fork itself.
struct Identity {
  capability::Seed secret;                                        // of this node's key
  std::vector<std::pair<NodeId, capability::PublicKey>> members;  // everybody's, oneself included; ascending
  std::uint64_t realm = 0;                                        // the realm's name; signed into every block
  std::uint32_t history_max = 16'384;                             // updates
};

struct Options {
  NodeId node;
  std::vector<NodeId> members;  // of the first epoch, ascending, `node` among them; at most kMembersMax
  std::uint32_t worknodes = 0;  // of the first tree, below the root
  std::uint32_t fan_out = 10;
  capability::PublicKey root_key;  // zero: capabilities are not asked for
  // Which principal each client's channel has proven to be; ascending. Others are nobody.
  std::vector<std::pair<NodeId, capability::PublicKey>> principals;
  Duration gossip_interval = milliseconds(200);
  Duration answer_timeout = milliseconds(400);  // an unanswered sync is given up
  NodeId anchor;                                // where there is one, the others ask for updates there alone
  bool eager = false;                           // what clients change is sent to kEagerPeersMax peers at once
  // Eviction, staleness and clock offset among them: gc_eviction_after_ns, capability_staleness_max_ns,
  // clock_offset_max_ns. Of the operator's limits these are not the realm's to take: see limits_page().
  Limits limits;
  // Sections are glued when members hear each other again (runtime/sync/glue.h); of siblings the titles
  // modulo `unique_names` are names that may not meet (0: titles are no names).
  bool glue = false;
  std::uint64_t unique_names = 0;
  std::optional<Identity> identity;  // none: peers are believed
  Defect defect = Defect::none;
  FaultPoints* fault_points = nullptr;  // outlives it; nullptr: none are offered
};

struct Outgoing {
  NodeId to;
  MessageKind kind{};
  Bytes payload;
};
struct Note {
  TraceKind kind{};
  std::array<std::uint64_t, 5> field{};
};
struct Answer {
  NodeId client;
  Reply reply;
};

// What was glued: the sections (sync::Cover) and the certificate, for whoever keeps them.
struct Glued {
  Bytes sections;
  Bytes certificate;
};

// Reused from step to step; the driver carries out and clears.
struct Effects {
  std::vector<Bytes> journal;
  std::vector<Outgoing> sends;
  std::vector<Answer> answers;  // to operations whose reply had to wait
  std::vector<Note> notes;
  std::vector<Claim> sometimes;
  std::vector<WorknodeId> moved;  // worknodes that have another parent now
  std::vector<Glued> glued;
  bool replace_journal = false;  // the state is new altogether: write image() instead of appending
  void clear();
};

// How this replica stands with one member.
struct PeerSync {
  NodeId peer;
  // Both have the same updates, by what the peer told last, and have had them since then; none: one has what
  // the other lacks, or it has not been heard.
  std::optional<Instant> in_sync_since;
  // All that the peer knew then is known here; none: never heard.
  std::optional<Instant> complete_as_of;
  std::uint64_t unconfirmed = 0;  // updates known here that the peer has not said it has
};

// Capabilities shown to this process, and those of them whose chain was remembered whole.
struct TokensShown {
  std::uint64_t judged = 0;
  std::uint64_t remembered = 0;
};

struct State;  // state.h

class Realm {
 public:
  Realm(const Options& options, std::pmr::memory_resource* memory);
  ~Realm();
  Realm(Realm&&) noexcept;
  Realm& operator=(Realm&&) noexcept;

  // ---- start. In this order: the image, if there is one; the records; begin.
  Errc restore_image(ByteView image);
  Errc replay(ByteView record);
  void begin(const Moment& moment, Effects& effects);

  // ---- clients. No value: the answer comes later, among Effects::answers.
  std::optional<Reply> execute(const Moment& moment, NodeId client, const Request& request, Effects& effects);
  // Whether all that a session (protocol.h) has seen is here: ok, behind, or corrupt.
  Errc covers(ByteView session) const;
  // A refusal that holds for good: a copy of the same operation that comes later finds it again.
  Reply refuse_for_good(NodeId client, const Request& request, Errc error, Effects& effects);
  // For handlers that compute: the counter, and the children ascending by id. not_found.
  Result<std::int64_t> counter_of(WorknodeId worknode) const;
  Result<std::vector<WorknodeId>> children_of(WorknodeId worknode, std::uint32_t limit) const;
  // none: not in the tree, or the root.
  WorknodeId parent_of(WorknodeId worknode) const;
  // May `client` call this worknode's handler, by the capability of the request? Told to the trace.
  std::optional<Reply> authorize(const Moment& moment, NodeId client, const Request& request,
                                 Effects& effects);

  // May another part of the node carry this operation out (LOCAL, STRONG)? No value: yes. A change that is
  // refused is refused for good, also to a late copy of it; unless `begun`: it may have taken effect already,
  // and the client is told to ask again.
  std::optional<Reply> admit(const Moment& moment, NodeId client, const Request& request, bool begun,
                             Effects& effects);

  // ---- peers. `draw` is fresh randomness.
  void receive(const Moment& moment, NodeId from, MessageKind kind, ByteView payload, Effects& effects);
  void tick(const Moment& moment, std::uint64_t draw, Effects& effects);
  Instant next_deadline() const;

  // Everything, canonical: what restore_image() takes.
  Bytes image() const;

  ReplicaId replica() const;
  std::uint64_t updates() const;  // applied
  Digest digest() const;          // of the replicated state
  std::size_t log_size() const;   // updates kept for others
  // Proofs of equivocation that are known here (chain::Proof, encoded), ascending by writer. None without
  // identity.
  std::vector<Bytes> proofs() const;
  // "In sync with A since t, with B since t": every other member, ascending.
  std::vector<PeerSync> peers() const;
  // Every decision about a capability since this process began, the oldest fallen out; nullptr: none is
  // asked.
  const capability::AuditLog* audit() const;
  TokensShown tokens_shown() const;
  std::string broken_invariant() const;
  // For a debugger: what is known, of whom, and what waits.
  void inspect(Inspector& to) const;

 private:
  std::optional<Reply> execute_here(const Moment& moment, NodeId client, const Request& request,
                                    Effects& effects);
  std::unique_ptr<State> state_;
};

}  // namespace wn::realm
