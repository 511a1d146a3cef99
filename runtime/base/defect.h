#pragma once
// Planted bugs: the harness must be able to fail, so each checker and nemesis is measured against known
// wrongs in the real cores. Chosen by name in a scenario (`[system] defect = "…"`); nothing that serves users
// accepts one. Each is described where it is switched, with its source.
#include <cstdint>
#include <optional>
#include <string_view>

namespace wn {

enum class Defect : std::uint8_t {
  none = 0,
  vote_not_persisted,        // raft: term and vote are forgotten over a restart (Raft section 5.2)
  commit_of_older_term,      // raft: commits by counting replicas of older terms (section 5.4.2, figure 8)
  ack_before_sync,           // node: acknowledges appends before the disk has synced them
  lease_on_wall_clock,       // node: the leader's lease is measured on the wall clock
  read_without_quorum,       // raft: a leader answers reads without confirming that it still leads
  no_pre_vote,               // raft: no pre-vote and no leader stickiness (dissertation 9.6, 4.2.3)
  no_check_quorum,           // raft: a leader without a quorum never steps down (dissertation 6.2)
  truncate_on_bad_checksum,  // store: any bad record is taken for the end of the log
  session_dedup_lost_on_restart,  // kv: the session table is not restored from a snapshot (dissertation 6.3)
  single_server_membership_change,  // raft: one-at-a-time changes before an entry of the own term commits
                                    // (Ongaro 2015)
  // The worknode runtime.
  lww_on_wall_clock,         // realm: registers are stamped by the wall clock instead of the hybrid one
  tombstone_reaped_early,    // realm: garbage is collected by what this replica alone has seen
  move_without_cycle_check,  // tree: a move is applied without asking whether it makes a cycle
  attenuation_widens,        // capability: a child link may carry rights that its parent does not
  revocation_forgotten_on_restart,    // capability: revocation epochs are not restored from the disk
  stale_handle_reuse,                 // memory: a handle's generation is not compared on use
  child_lost_on_concurrent_creation,  // crdt: concurrent children under one key get unrelated identities
  rpc_retry_without_key,              // rpc: a call that is sent again gets another number and key
  glue_ignores_constraint,            // sync: sections are glued as if names were not asked to be unique
  equivocation_accepted,              // realm: a signed block is the next one, whatever it links to
  accused_without_proof,              // realm: a proof of a lie is believed without its signatures
  chunk_skipped,  // realm: an image is put together without one document that was missing, and not compared
  strong_read_from_follower,      // groups: a read is answered from what this replica has applied
  split_keeps_worknode,           // groups: the old group goes on serving what a hand-over gave away
  weak_value_in_strong_decision,  // host: a cas is decided on a value seen before, its label dropped
  session_vector_ignored,         // realm: a replica serves a client that has seen what it lacks
  rpc_answer_unverified,          // rpc: an answer that must be signed is believed without its signature
  // The Raft service again.
  no_pre_vote_no_check_quorum,  // raft: neither of the two guards of liveness (Cloudflare, 2020-11-02)
  read_before_noop,             // raft: reads are answered before an entry of the own term has committed
                                // (etcd #7331, TiKV #9240)
  read_context_reused,          // raft: a retry asks under the old round's number, and newer reads join that
                                // round (etcd #20418)
  lease_without_drift_margin,   // raft: a lease lasts as long as the followers' patience, by the leader's
                                // clock (jepsen.io/analyses/yugabyte-db-1.1.9)
  directory_sync_forgotten,     // node: files are synced, their names are not (Pillai et al., OSDI'14)
  checksum_skipped,             // store: the payload of a record is believed without its checksum
  quarantine_ignored,           // node: a server that has lost records votes and acknowledges as if it had
                                // not (Michael et al., DISC'17)
  term_before_suffix,           // raft: the first append of a term is acknowledged once the term is durable,
                                // its entries follow (ZooKeeper; arXiv 2409.14301)
  removed_server_erases_state,  // node: a server that starts outside of its configuration forgets its log,
                                // term and vote (RethinkDB 2.1.5)
  retry_not_idempotent,         // kv: a command that is sent again takes effect again (MongoDB SERVER-48307)
  // The worknode runtime again.
  hlc_ignores_receives,       // realm: the clock is not moved by what a peer's update says
  tie_break_ignores_replica,  // crdt: of two writes at one time the one that came first is read
  sent_before_journaled,      // host: updates leave before the journal has them, so that a dot is used twice
                              // after a power loss (Riak kv679)
  hand_over_without_freeze,   // groups: the new owner serves while the old one still takes writes (Dgraph
                              // 1.0.2, tablet moves)
  // Canaries: what a harness must see if it sees anything.
  reads_find_nothing,      // kv: every read finds nothing
  image_lost_on_transfer,  // node: needs a server that began from an image and is asked to hand over
};
inline constexpr std::uint8_t kDefectsEnd = 44;

// Kebab-case names, as in scenarios: "vote-not-persisted".
std::string_view to_string(Defect defect);
std::optional<Defect> defect_from(std::string_view name);

}  // namespace wn
