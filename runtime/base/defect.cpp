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
