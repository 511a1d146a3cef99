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
  X(op_invoked, 500, "operation", "function", "key", "", "")                             \
  X(op_completed, 501, "operation", "outcome", "attempts", "", "")                       \
  X(op_sent, 502, "operation", "attempt", "target", "", "")                              \
  /* claims */                                                                           \
  X(sometimes, 600, "claim", "", "", "", "")

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
