#include "runtime/base/defect.h"

namespace wn {

std::string_view to_string(Defect defect) {
  switch (defect) {
    case Defect::none:
      return "none";
    case Defect::vote_not_persisted:
      return "vote-not-persisted";
    case Defect::commit_of_older_term:
      return "commit-of-older-term";
    case Defect::ack_before_sync:
      return "ack-before-sync";
    case Defect::lease_on_wall_clock:
      return "lease-on-wall-clock";
    case Defect::read_without_quorum:
      return "read-without-quorum";
    case Defect::no_pre_vote:
      return "no-pre-vote";
    case Defect::no_check_quorum:
      return "no-check-quorum";
    case Defect::truncate_on_bad_checksum:
      return "truncate-on-bad-checksum";
    case Defect::session_dedup_lost_on_restart:
      return "session-dedup-lost-on-restart";
    case Defect::single_server_membership_change:
      return "single-server-membership-change";
    case Defect::lww_on_wall_clock:
      return "lww-on-wall-clock";
    case Defect::tombstone_reaped_early:
      return "tombstone-reaped-early";
    case Defect::move_without_cycle_check:
      return "move-without-cycle-check";
    case Defect::attenuation_widens:
      return "attenuation-widens";
    case Defect::revocation_forgotten_on_restart:
      return "revocation-forgotten-on-restart";
    case Defect::stale_handle_reuse:
      return "stale-handle-reuse";
    case Defect::child_lost_on_concurrent_creation:
      return "child-lost-on-concurrent-creation";
    case Defect::equivocation_accepted:
      return "equivocation-accepted";
    case Defect::accused_without_proof:
      return "accused-without-proof";
    case Defect::rpc_retry_without_key:
      return "rpc-retry-without-key";
    case Defect::glue_ignores_constraint:
      return "glue-ignores-constraint";
    case Defect::chunk_skipped:
      return "chunk-skipped";
    case Defect::weak_value_in_strong_decision:
      return "weak-value-in-strong-decision";
    case Defect::session_vector_ignored:
      return "session-vector-ignored";
    case Defect::strong_read_from_follower:
      return "strong-read-from-follower";
    case Defect::split_keeps_worknode:
      return "split-keeps-worknode";
    case Defect::rpc_answer_unverified:
      return "rpc-answer-unverified";
    case Defect::no_pre_vote_no_check_quorum:
      return "no-pre-vote-no-check-quorum";
    case Defect::read_before_noop:
      return "read-before-noop";
    case Defect::read_context_reused:
      return "read-context-reused";
    case Defect::lease_without_drift_margin:
      return "lease-without-drift-margin";
    case Defect::directory_sync_forgotten:
      return "directory-sync-forgotten";
    case Defect::checksum_skipped:
      return "checksum-skipped";
    case Defect::quarantine_ignored:
      return "quarantine-ignored";
    case Defect::term_before_suffix:
      return "term-before-suffix";
    case Defect::removed_server_erases_state:
      return "removed-server-erases-state";
    case Defect::retry_not_idempotent:
      return "retry-not-idempotent";
    case Defect::hlc_ignores_receives:
      return "hlc-ignores-receives";
    case Defect::tie_break_ignores_replica:
      return "tie-break-ignores-replica";
    case Defect::sent_before_journaled:
      return "sent-before-journaled";
    case Defect::hand_over_without_freeze:
      return "hand-over-without-freeze";
    case Defect::reads_find_nothing:
      return "reads-find-nothing";
    case Defect::image_lost_on_transfer:
      return "image-lost-on-transfer";
  }
  return "unknown";
}

std::optional<Defect> defect_from(std::string_view name) {
  for (std::uint8_t i = 0; i < kDefectsEnd; ++i) {
    if (to_string(static_cast<Defect>(i)) == name) return static_cast<Defect>(i);
  }
  return std::nullopt;
}

}  // namespace wn
