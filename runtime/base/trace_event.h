#pragma once
// The shared vocabulary of what happened. `node` and `sim` write it, checkers and reports read it.
// One event is seven numbers of fixed meaning; WN_TRACE_KINDS names each, so that a divergence can be
// reported by field and a trace drawn without the code that wrote it. The digest absorbs every field.
//
// Adding a kind: append at the end of its hundred (numbers are stored in traces and never reused).
#include <array>
#include <cstdint>
#include <string_view>

#include "runtime/base/ids.h"
#include "runtime/base/time.h"

namespace wn {

// X(name, number, field a, field b, field c, field d, field e); "" = unused, must be 0.
#define WN_TRACE_KINDS(X)                                                                \
  /* world */                                                                            \
  X(node_started, 100, "incarnation", "", "", "", "")                                    \
  X(node_crashed, 101, "incarnation", "cause", "", "", "")                               \
  X(node_paused, 102, "", "", "", "", "")                                                \
  X(node_resumed, 103, "held_events", "", "", "", "")                                    \
  X(fault_began, 110, "fault", "kind", "", "", "")                                       \
  X(fault_ended, 111, "fault", "kind", "", "", "")                                       \
  X(faults_frozen, 112, "", "", "", "", "")                                              \
  X(clock_changed, 113, "step_ns", "drift_ppm", "frozen", "", "")                        \
  /* network: emitted at the sender (sent, dropped) or the receiver (delivered) */       \
  X(message_sent, 200, "peer", "message", "bytes", "checksum", "type")                   \
  X(message_delivered, 201, "peer", "message", "bytes", "checksum", "type")              \
  X(message_dropped, 202, "peer", "message", "reason", "", "")                           \
  X(timer_fired, 210, "slot", "deadline_ns", "", "", "")                                 \
  X(control_delivered, 211, "bytes", "checksum", "", "", "")                             \
  /* disk */                                                                             \
  X(disk_submitted, 300, "ticket", "operation", "offset", "length", "checksum")          \
  X(disk_completed, 301, "ticket", "operation", "error", "length", "checksum")           \
  X(disk_damaged, 302, "kind", "sector", "file", "", "")                                 \
  /* raft: what one node's core decided */                                               \
  X(raft_state, 400, "role", "term", "leader", "voted_for", "commit")                    \
  X(raft_append, 401, "index", "term", "checksum", "kind", "")                           \
  X(raft_truncate, 402, "first_removed", "last_removed", "term", "", "")                 \
  X(raft_commit, 403, "index", "term", "entry_term", "checksum", "")                     \
  X(raft_apply, 404, "index", "entry_term", "checksum", "state_digest", "")              \
  X(raft_snapshot_taken, 405, "index", "entry_term", "bytes", "", "")                    \
  X(raft_snapshot_installed, 406, "index", "entry_term", "bytes", "", "")                \
  X(raft_config, 407, "index", "voters", "outgoing", "learners", "joint")                \
  X(raft_vote, 408, "term", "candidate", "granted", "prevote", "")                       \
  X(raft_restored, 409, "term", "voted_for", "last_index", "commit", "quarantine_until") \
  X(raft_read, 410, "index", "term", "by_lease", "", "")                                 \
  X(raft_refused, 411, "reason", "", "", "", "")                                         \
  X(raft_lease, 412, "term", "until_ns", "now_ns", "", "")                               \
  X(store_refused, 420, "reason", "file", "offset", "", "")                              \
  /* clients */                                                                          \
  X(op_invoked, 500, "operation", "function", "key", "mode", "")                         \
  X(op_completed, 501, "operation", "outcome", "attempts", "reply", "")                  \
  X(op_sent, 502, "operation", "attempt", "target", "", "")                              \
  /* claims */                                                                           \
  X(sometimes, 600, "claim", "", "", "", "")                                             \
  X(fault_point, 601, "point", "count", "", "", "")                                      \
  /* realm: what one replica decided. Worknodes are told by the low half of their id. */ \
  X(realm_update, 700, "origin", "counter", "kind", "target", "stamp")                   \
  X(realm_parent, 701, "worknode", "parent", "old_parent", "", "")                       \
  X(realm_digest, 702, "clock", "digest_low", "digest_high", "worknodes", "updates")     \
  X(realm_restored, 703, "replica", "epoch", "updates", "rebased", "")                   \
  X(realm_write, 704, "origin", "counter", "register", "stamp", "local")                 \
  X(realm_refused, 705, "reason", "function", "target", "", "")                          \
  X(realm_evicted, 706, "replica", "epoch", "", "", "")                                  \
  X(clock_refused, 707, "peer", "remote_ns", "local_ns", "own_clock", "")                \
  X(realm_served, 708, "client", "operation", "counter", "updates", "")                  \
  X(cap_granted, 710, "token", "parent", "rights", "subtree", "expires_ns")              \
  X(cap_revoked, 711, "token", "origin", "local", "", "")                                \
  X(cap_used, 712, "token", "right", "target", "decision", "wall_ns")                    \
  X(actor_failed, 720, "actor", "reason", "restarts", "", "")                            \
  X(actor_restarted, 721, "actor", "restarts", "", "", "")                               \
  X(actor_stopped, 722, "actor", "reason", "", "", "")                                   \
  X(actor_escalated, 723, "actor", "supervisor", "", "", "")                             \
  X(mailbox_full, 724, "actor", "policy", "messages", "", "")                            \
  X(actor_stalled, 725, "actor", "handler", "spent_ns", "", "")                          \
  X(actor_chosen, 726, "step", "choice", "runnable", "actor", "")                        \
  X(handle_used, 727, "handle", "holder", "owner", "", "")                               \
  /* groups: STRONG (800 ... 819) */                                                     \
  X(group_applied, 800, "group", "index", "checksum", "state_digest", "")                \
  X(group_owns, 801, "group", "epoch", "worknode", "owned", "index")                     \
  X(group_asked, 802, "group", "ticket", "worknode", "", "")                             \
  X(group_served, 803, "group", "epoch", "worknode", "index", "ticket")                  \
  /* healing and gluing (820 ... 839) */                                                 \
  X(in_sync, 820, "peer", "since_ns", "updates", "", "")                                 \
  X(sections_glued, 821, "sections", "radius", "obstructions", "certificate", "")        \
  /* rpc (840 ... 849) */                                                                \
  X(rpc_verdict, 840, "peer", "call", "verdict", "method", "evidence")                   \
  X(rpc_signed, 841, "peer", "call", "answer", "method", "")                             \
  X(rpc_believed, 842, "peer", "call", "answer", "method", "")                           \
  /* signed chains and liars (850 ... 869) */                                            \
  X(liar_proven, 850, "replica", "counter", "evidence", "local", "")                     \
  X(byzantine_act, 851, "kind", "peer", "message", "", "")                               \
  X(block_refused, 852, "peer", "writer", "first", "verdict", "")                        \
  /* quic (870 ... 879) */                                                               \
  X(quic_opened, 870, "peer", "address", "dialled", "", "")                              \
  X(quic_closed, 871, "peer", "address", "reason", "", "")

enum class TraceKind : std::uint16_t {
#define X(name, number, ...) name = number,
  WN_TRACE_KINDS(X)
#undef X
};

struct TraceEvent {
  SimTime at;   // true time; stamped by the world (or by a real run's merger)
  NodeId node;  // where it happened; 0 = the world itself
  TraceKind kind{};
  std::uint16_t reserved = 0;
  std::array<std::uint64_t, 5> field{};

  friend bool operator==(const TraceEvent&, const TraceEvent&) = default;
};
static_assert(sizeof(TraceEvent) == 56);

struct TraceKindInfo {
  TraceKind kind;
  std::string_view name;
  std::array<std::string_view, 5> fields;
};

// nullptr for a number that no kind has (a trace from another version).
const TraceKindInfo* trace_kind_info(TraceKind kind);

// What message_dropped's `reason` and node_crashed's `cause` mean.
enum class DropReason : std::uint8_t {
  loss = 1,
  partition,
  receiver_down,
  queue_full,
  clogged_out,
  corrupted,
  sender_down
};
enum class CrashCause : std::uint8_t { kill = 1, power_loss, wipe, shutdown, check_failed };
std::string_view to_string(DropReason reason);
std::string_view to_string(CrashCause cause);

// What a realm's events mean.
//   realm_update    this replica applied update `counter` of replica `origin` (its own too), in this order
//   realm_parent    net effect of one batch of tree operations: `worknode` is now under `parent`
//   realm_digest    digest of all replicated state at the version vector whose hash is `clock`
//   realm_restored  a start: the state is what disk (or, `rebased`, a peer) gave; the first tree counts as
//   known realm_write     this replica applied a register's write; `local` 1: it made it just now, after all
//   that it
//                   had applied before. `register` names worknode and property
//   realm_served    operation number `operation` of `client` was carried out here: a change as this replica's
//   own
//                   update `counter`; 0: a read, of the `updates` that were applied by then
//   cap_granted     `token` (delegated from `parent`, 0 = the root key) carries these rights on this subtree
//   until
//                   `expires_ns` of wall-clock time; told by its holder when it starts
//   cap_revoked     this replica knows from now on that `token` is revoked, and all delegated from it
//   cap_used        this replica decided on an operation that needs `right` on `target`: decision 0 = it took
//                   effect, else capability::Refusal; `wall_ns` is the replica's wall clock
//   fault_point     fault point `point` (the hash of its name) fired here, when it was reached for the
//                   `count`th time
//   liar_proven     this replica holds a proof that `replica` equivocated at `counter`; `evidence` is the
//   first
//                   64 bits of the proof's hash; `local` 1: found here, 0: a peer sent it
//   quic_opened     a connection with `peer` is authenticated both ways; it is at this address handle now
//   quic_closed     a connection is over; `reason`: quic::Closed. `peer` 0: it never said who it is
//   block_refused   `peer` sent a signed block of `writer` that was refused whole; `verdict`: chain::Verdict
//   rpc_verdict     an answer of `peer` to our `call` was refused; `verdict`: rpc::Verdict; `evidence`: a
//   digest
//                   of its first bytes
//   rpc_signed      this node put its signature to an answer to `call` of `peer`; `answer`: a digest of what
//   was
//                   signed
//   rpc_believed    this node took such an answer of `peer` for good, by what it says
//   group_applied   this replica of `group` applied the entry at `index`
//   group_owns      by the entry at `index` (or the image that covers it) `group` owns `worknode`; owned 0:
//                   has given it away, and the next owner's epoch is greater by one
//   group_asked     an operation on `worknode` came to the leader of `group`; `ticket` is unique on this node
//   group_served    it was answered from the state after `index`
//   handle_used     a handle given out for `holder` led to memory that belongs to `owner`

// "Sometimes" claims: something that a run must have exercised at least once to count as a test
// (Antithesis's `sometimes`, FoundationDB's CODE_PROBE). Named at compile time.
struct Claim {
  const char* name;
  std::uint32_t id;
  consteval Claim(const char* n) : name(n), id(2166136261U) {  // NOLINT: implicit on purpose
    for (const char* p = n; *p != 0; ++p) id = (id ^ static_cast<unsigned char>(*p)) * 16777619U;
  }
};

}  // namespace wn
