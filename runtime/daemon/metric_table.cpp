// The table of metrics.
#include <algorithm>

#include "runtime/daemon/metrics.h"
#include "runtime/raft/types.h"
#include "runtime/realm/protocol.h"

namespace wn::daemon {
namespace {

using S = const Snapshot&;
using P = const ProcessUse&;

constexpr double kNanosecond = 1e-9;

double number(std::uint64_t value) { return static_cast<double>(value); }
double in_seconds(Duration d) { return static_cast<double>(d.ns) * kNanosecond; }

constexpr std::array<std::string_view, kModes> kModeWords{"local", "eventual", "strong"};
constexpr std::array<std::string_view, kDiskOperations> kDiskWords{
    "", "read", "write", "truncate", "sync", "sync_directory", "rename", "remove", "list"};

void by_mode(const std::array<Histogram, kModes>& from, Samples& out) {
  for (std::size_t i = 0; i < kModes; ++i) out.add(from[i], kModeWords[i]);
}

// The codes that realm::ReplyCode and kv::ReplyCode have: 1 is done, of both.
void replies(S s, bool done, Samples& out) {
  for (std::size_t mode = 0; mode < kModes; ++mode) {
    std::uint64_t count = 0;
    for (std::size_t code = 0; code < kReplyCodes; ++code) {
      if ((code == 1) == done) count += s.meters.replies[mode][code];
    }
    out.add(number(count), kModeWords[mode]);
  }
}

void each_peer_sync(S s, bool lag, Samples& out) {
  for (const realm::PeerSync& peer : s.host.peers) {
    const std::string label = std::to_string(peer.peer.value);
    if (!lag) {
      out.add(number(peer.unconfirmed), label);
    } else if (peer.in_sync_since) {
      out.add(0, label);
    } else if (peer.complete_as_of) {
      out.add(in_seconds(s.taken - *peer.complete_as_of), label);
    }
  }
}

// What a row adds to `out`, from the snapshot `s` and the process's use `p`.
#define SAMPLES(...)           \
  [](S s, P p, Samples& out) { \
    (void)s, (void)p;          \
    __VA_ARGS__;               \
  }
#define VALUE(expression) SAMPLES(out.add(expression))

constexpr MetricRow kRows[] = {
    {"worknode_ready", MetricType::gauge, "", "1 when /readyz says yes", VALUE(s.ready ? 1 : 0)},
    {"worknode_failed", MetricType::gauge, "", "1 after the disk failed; the node is silent then",
     VALUE(s.meters.failed ? 1 : 0)},

    {"worknode_request_duration_seconds", MetricType::histogram, "mode",
     "from a client's request to its reply, by the mode of the operation",
     SAMPLES(by_mode(s.meters.latency, out))},
    {"worknode_requests_done_total", MetricType::counter, "mode", "requests that took effect or were read",
     SAMPLES(replies(s, true, out))},
    {"worknode_requests_refused_total", MetricType::counter, "mode",
     "requests that were answered and took no effect: refused, overloaded, sent elsewhere",
     SAMPLES(replies(s, false, out))},
    {"worknode_requests_waiting", MetricType::gauge, "", "taken and not yet answered",
     VALUE(number(s.meters.under_way))},
    {"worknode_requests_turned_away_total", MetricType::counter, "", "dropped while the node was stopping",
     VALUE(number(s.meters.turned_away))},

    {"worknode_loop_turns_total", MetricType::counter, "", "turns of the event loop",
     VALUE(number(s.loop.turns))},
    {"worknode_loop_busy_seconds_total", MetricType::counter, "", "time in its callbacks, without waiting",
     VALUE(in_seconds(s.loop.busy))},
    {"worknode_loop_longest_turn_seconds", MetricType::gauge, "", "the longest turn since the start",
     VALUE(in_seconds(s.loop.longest_turn))},

    {"worknode_memory_budget_bytes", MetricType::gauge, "", "taken at the start for items (memory_bytes)",
     VALUE(number(s.host.memory_bytes))},
    {"worknode_memory_held_bytes", MetricType::gauge, "", "of these, in slabs",
     VALUE(number(s.host.memory_held))},
    {"worknode_memory_high_water_bytes", MetricType::gauge, "", "the most that was ever in slabs",
     VALUE(number(s.host.memory_high_water))},
    {"worknode_stack_high_water_bytes", MetricType::gauge, "", "of the deepest fiber",
     VALUE(number(s.host.stacks_high_water))},
    {"worknode_quic_library_bytes", MetricType::gauge, "", "allocated by the QUIC library",
     VALUE(number(s.quic.library_bytes))},
    {"worknode_quic_library_high_water_bytes", MetricType::gauge, "", "the most that it ever had",
     VALUE(number(s.quic.library_bytes_high))},

    {"worknode_actors", MetricType::gauge, "", "worknodes with an actor", VALUE(number(s.host.actors_alive))},
    {"worknode_actor_activations_total", MetricType::counter, "", "handlers that were run",
     VALUE(number(s.host.actors.steps))},
    {"worknode_actor_failures_total", MetricType::counter, "", "handlers that failed",
     VALUE(number(s.meters.actor_failures))},
    {"worknode_actor_stalls_total", MetricType::counter, "",
     "handlers that took longer than handler_stall_ns", VALUE(number(s.meters.stalls))},
    {"worknode_mailbox_waits_total", MetricType::counter, "", "requests that went through a mailbox",
     VALUE(number(s.host.mailbox_waits))},
    {"worknode_mailbox_wait_seconds_total", MetricType::counter, "", "time that they waited there, added up",
     VALUE(in_seconds(s.host.mailbox_waited))},
    {"worknode_mailbox_full_total", MetricType::counter, "", "requests for which a mailbox had no room",
     VALUE(number(s.meters.mailbox_full))},

    {"worknode_capability_checks_total", MetricType::counter, "", "capabilities that were shown",
     VALUE(number(s.host.tokens_judged))},
    {"worknode_capability_cache_hits_total", MetricType::counter, "", "of these, those verified before",
     VALUE(number(s.host.tokens_remembered))},

    {"worknode_raft_leader", MetricType::gauge, "", "key-value service: 1 when this node leads",
     VALUE(s.meters.role == static_cast<std::uint64_t>(raft::Role::leader) ? 1 : 0)},
    {"worknode_raft_leader_known", MetricType::gauge, "", "1 when every group here knows a leader",
     VALUE((s.realm ? s.host.groups_without_leader == 0 : s.meters.leader != 0) ? 1 : 0)},
    {"worknode_raft_term", MetricType::gauge, "", "the current term; of a realm's groups the highest",
     VALUE(number(s.realm ? s.host.groups_term : s.meters.term))},
    {"worknode_raft_commit_index", MetricType::gauge, "",
     "committed entries; of a realm's groups all together",
     VALUE(number(s.realm ? s.host.groups_commit : s.meters.commit))},
    {"worknode_raft_applied_index", MetricType::gauge, "",
     "applied entries; of a realm's groups all together",
     VALUE(number(s.realm ? s.host.groups_applied : s.meters.applied))},
    {"worknode_raft_campaigns_total", MetricType::counter, "",
     "key-value service: elections that this node began", VALUE(number(s.meters.elections))},
    {"worknode_groups", MetricType::gauge, "", "replicas of Raft groups on this node",
     VALUE(number(s.host.groups))},
    {"worknode_groups_led", MetricType::gauge, "", "groups that this node leads",
     VALUE(number(s.host.groups_led))},
    {"worknode_groups_asleep", MetricType::gauge, "", "groups that sleep",
     VALUE(number(s.host.groups_asleep))},

    {"worknode_updates_total", MetricType::counter, "", "updates of the realm applied since the start",
     VALUE(number(s.meters.updates))},
    {"worknode_updates_kept", MetricType::gauge, "", "updates kept for members that may lack them",
     VALUE(number(s.host.updates_kept))},
    {"worknode_updates_refused_total", MetricType::counter, "", "operations that the realm refused",
     VALUE(number(s.meters.refused))},
    {"worknode_sync_lag_seconds", MetricType::gauge, "peer",
     "0 in sync; else since all that the peer knew is known here; absent: never heard",
     SAMPLES(each_peer_sync(s, true, out))},
    {"worknode_sync_unconfirmed_updates", MetricType::gauge, "peer",
     "updates known here that the peer has not said it has", SAMPLES(each_peer_sync(s, false, out))},
    {"worknode_gluings_total", MetricType::counter, "", "sections glued after a partition healed",
     VALUE(number(s.meters.gluings))},
    {"worknode_gluing_consistency_radius", MetricType::gauge, "", "of the last gluing; 0: no disagreement",
     VALUE(number(s.meters.glue_radius))},
    {"worknode_gluing_obstructions_total", MetricType::counter, "", "what could not be glued",
     VALUE(number(s.meters.glue_obstructions))},
    {"worknode_members_evicted_total", MetricType::counter, "", "evictions known here",
     VALUE(number(s.meters.evictions))},
    {"worknode_clocks_refused_total", MetricType::counter, "", "times of peers that were too far ahead",
     VALUE(number(s.meters.clock_refused))},
    {"worknode_liars_total", MetricType::counter, "", "writers proven to have signed two histories",
     VALUE(number(s.meters.liars))},

    {"worknode_quic_connections", MetricType::gauge, "", "in any state", VALUE(number(s.quic.connections))},
    {"worknode_quic_half_open", MetricType::gauge, "", "not yet authenticated",
     VALUE(number(s.quic.half_open))},
    {"worknode_quic_authenticated_total", MetricType::counter, "direction", "connections by who dialled",
     SAMPLES(out.add(number(s.quic.accepted), "in"); out.add(number(s.quic.dialled), "out"))},
    {"worknode_quic_closed_total", MetricType::counter, "reason", "connections that ended",
     SAMPLES(for (std::size_t i = 1; i < quic::kClosedEnd; ++i)
                 out.add(number(s.quic.closed[i]), quic::to_string(static_cast<quic::Closed>(i))))},
    {"worknode_quic_refused_total", MetricType::counter, "reason",
     "of strangers, before they had proven anything",
     SAMPLES(out.add(number(s.quic.garbage), "garbage");
             out.add(number(s.quic.refused_handshakes), "handshake limit");
             out.add(number(s.quic.unanswered), "answer limit");
             out.add(number(s.quic.withheld), "amplification"))},
    {"worknode_quic_bytes_total", MetricType::counter, "direction", "of packets",
     SAMPLES(out.add(number(s.quic.bytes_in), "in"); out.add(number(s.quic.bytes_out), "out"))},
    {"worknode_quic_packets_total", MetricType::counter, "direction", "packets",
     SAMPLES(out.add(number(s.quic.packets_in), "in"); out.add(number(s.quic.packets_out), "out"))},
    {"worknode_quic_frames_total", MetricType::counter, "direction", "frames of the runtime",
     SAMPLES(out.add(number(s.quic.frames_in), "in"); out.add(number(s.quic.frames_out), "out"))},
    {"worknode_quic_frames_lost_total", MetricType::counter, "reason", "frames that were not sent",
     SAMPLES(out.add(number(s.quic.frames_refused), "queue full");
             out.add(number(s.quic.frames_unconnected), "not connected"))},
    {"worknode_quic_migrations_total", MetricType::counter, "", "connections that moved to another address",
     VALUE(number(s.quic.migrations))},
    {"worknode_udp_dropped_total", MetricType::counter, "", "datagrams for which the kernel had no room",
     VALUE(number(s.udp.kernel_dropped))},

    {"worknode_disk_operations_total", MetricType::counter, "operation", "operations asked of the disk",
     SAMPLES(for (std::size_t i = 1; i < kDiskOperations; ++i)
                 out.add(number(s.meters.disk_operations[i]), kDiskWords[i]))},
    {"worknode_disk_errors_total", MetricType::counter, "", "of these, failed", VALUE(number([&] {
       std::uint64_t sum = 0;
       for (const std::uint64_t count : s.meters.disk_errors) sum += count;
       return sum;
     }()))},
    {"worknode_disk_queue", MetricType::gauge, "", "operations under way",
     VALUE(number(s.meters.disk_queue))},
    {"worknode_disk_sync_duration_seconds", MetricType::histogram, "",
     "from asking for a sync of a file until it is durable", SAMPLES(out.add(s.meters.sync_latency))},
    {"worknode_log_lines_held_back_total", MetricType::counter, "",
     "lines of the log above their kind's rate", VALUE(number(s.log_held_back))},
    {"worknode_log_lines_lost_total", MetricType::counter, "", "lines that could not be written",
     VALUE(number(s.log_lost))},

    {"process_resident_memory_bytes", MetricType::gauge, "", "of the whole process",
     VALUE(number(p.resident_bytes))},
    {"process_cpu_seconds_total", MetricType::counter, "", "of all its threads",
     VALUE(in_seconds(p.processor))},
    {"process_open_fds", MetricType::gauge, "", "open file descriptors", VALUE(number(p.open_descriptors))},
};

#undef VALUE
#undef SAMPLES

}  // namespace

std::span<const MetricRow> metric_table() { return kRows; }

}  // namespace wn::daemon
