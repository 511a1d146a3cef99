#include "runtime/daemon/knobs.h"

#include <array>

namespace wn::daemon {
namespace {

constexpr std::uint64_t kInstant = 1;
constexpr std::uint64_t kHour = 3'600'000'000'000;
constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::uint64_t kInt = 0x7FFF'FFFF;
constexpr std::uint64_t kWorknodesMax = 64 * kMillion;

raft::Options& raft_of(Config& c) { return c.service == Service::kv ? c.kv.raft : c.host.groups.raft; }

// A row's field, without a state of its own.
#define AT(expression) [](Config& c) -> Field { return &(expression); }
#define RAFT(field) AT(raft_of(c).field)

constexpr Knob kKnobs[] = {
    {"service", "kind", AT(c.service), "what is served: a realm of worknodes, or a key-value store"},

    {"node", "id", AT(c.id), "this node's number, unique in the realm and never given to another machine",
     Form::plain, 1, kNodeIdMax},
    {"node", "identity", AT(c.identity), "file of this node's secret (worknode node --new-identity FILE)",
     Form::path},
    {"node", "data", AT(c.data), "folder of everything that outlives a restart; locked while in use",
     Form::path},
    {"node", "listen", AT(c.listen), "UDP address for peers and clients (QUIC)", Form::address},

    {"clients", "rule", AT(c.clients),
     "who may connect besides the peers: nobody, whoever has a key, or "
     "those listed as [[client]]"},

    {"quic", "connections_max", AT(c.quic.limits.connections_max), "in any state; beyond: refused",
     Form::plain, 1, kMillion},
    {"quic", "half_open_max", AT(c.quic.limits.half_open_max),
     "not yet authenticated, from addresses that are not a peer's", Form::plain, 1, 65'536},
    {"quic", "handshakes_per_second", AT(c.quic.limits.handshakes_per_second),
     "from such addresses; more get no answer", Form::plain, 1, kMillion},
    {"quic", "stateless_answers_per_second", AT(c.quic.limits.stateless_answers_per_second),
     "retries, resets and the like", Form::plain, 1, kMillion},
    {"quic", "queue_frames_max", AT(c.quic.limits.queue_frames_max),
     "to one peer, not yet sent; beyond: overloaded", Form::plain, 1, kMillion},
    {"quic", "queue_bytes_max", AT(c.quic.limits.queue_bytes_max),
     "to one peer, not yet acknowledged; beyond: overloaded", Form::plain, 1 << 20, 1 << 30},
    {"quic", "waiting_bytes_max", AT(c.quic.limits.waiting_bytes_max),
     "kept for one peer until its connection is made", Form::plain, 0, 1 << 30},
    {"quic", "stream_window", AT(c.quic.limits.stream_window),
     "bytes that a peer may send on one stream ahead of us", Form::plain, 64 << 10, 1 << 30},
    {"quic", "connection_window", AT(c.quic.limits.connection_window), "and on all of its streams",
     Form::plain, 64 << 10, 1 << 30},
    {"quic", "packet_bytes_max", AT(c.quic.packet_bytes_max), "probed for, from 1200 bytes on", Form::plain,
     quic::kPacketBytesMin, quic::kPacketBytesMax},
    {"quic", "idle_timeout", AT(c.quic.idle_timeout),
     "a connection on which nothing comes for so long is given up", Form::plain, 1'000'000, kHour},
    {"quic", "keep_alive", AT(c.quic.keep_alive), "of connections that this node makes; 0s: none",
     Form::plain, 0, kHour},
    {"quic", "handshake_timeout", AT(c.quic.handshake_timeout), "of a connection that is being made",
     Form::plain, 1'000'000, kHour},
    {"quic", "redial_min", AT(c.quic.redial_min), "before the first repetition; doubles, with jitter",
     Form::plain, 1'000'000, kHour},
    {"quic", "redial_max", AT(c.quic.redial_max), "and at most so long", Form::plain, 1'000'000, kHour},
    {"quic", "early_data", AT(c.early_data), "0-RTT: not supported, true is refused"},

    {"realm", "worknodes", AT(c.host.realm.worknodes),
     "of the first tree, below the root; the same on all "
     "members",
     Form::plain, 0, kWorknodesMax},
    {"realm", "fan_out", AT(c.host.realm.fan_out),
     "children of each inner worknode of the first tree; the "
     "same on all members",
     Form::plain, 1, kMillion},
    {"realm", "root_key", AT(c.host.realm.root_key),
     "the key that all capabilities descend from; empty: "
     "they are not asked for"},
    {"realm", "gossip_interval", AT(c.host.realm.gossip_interval), "between two rounds of anti-entropy",
     Form::plain, kInstant, kHour},
    {"realm", "answer_timeout", AT(c.host.realm.answer_timeout), "an unanswered round is given up",
     Form::plain, kInstant, kHour},
    {"realm", "anchor", AT(c.host.realm.anchor), "the member that the others ask for updates; 0: each other",
     Form::plain, 0, kNodeIdMax},
    {"realm", "eager", AT(c.host.realm.eager), "changes are sent to peers at once, not only asked for"},
    {"realm", "glue", AT(c.host.realm.glue), "sections of healed partitions are glued, with certificates"},
    {"realm", "unique_names", AT(c.host.realm.unique_names),
     "with glue: titles of siblings modulo this may "
     "not meet; 0: titles are no names",
     Form::plain, 0, kInt},
    {"realm", "signed", AT(c.signed_updates),
     "updates are signed by their writer's identity and hash-linked"},
    {"realm", "name", AT(c.realm_name), "with signed: the realm's name, in every signature", Form::hex},
    {"realm", "history_max", AT(c.history_max), "with signed: updates kept to undo what a liar forked",
     Form::plain, 2, kMillion},
    {"realm", "requests_max", AT(c.host.requests_max), "in mailboxes and under way; beyond: overloaded",
     Form::plain, 1, kMillion},
    {"realm", "request_patience", AT(c.host.request_patience),
     "a request that waited so long is answered "
     "overloaded",
     Form::plain, kInstant, kHour},
    {"realm", "compact_every_updates", AT(c.host.compact_every_updates),
     "journal records before an image is "
     "written; 640 bytes count as one at least, and it is never written before they are of its size",
     Form::plain, 1, kInt},
    {"realm", "remote_calls", AT(c.host.remote_calls),
     "requests go to the node where their worknode is at "
     "home; the same on all members"},
    {"realm", "endpoint", AT(c.host.endpoint), "calls between nodes are served also without remote_calls"},

    {"actors", "order", AT(c.host.order), "which ready actor is next"},
    {"actors", "order_seed", AT(c.host.order_seed), "of the orders random and priority", Form::hex},
    {"actors", "mailbox_full", AT(c.host.mailbox_full), "what becomes of a message for a full mailbox"},
    {"actors", "handler_cost", AT(c.host.handler_cost),
     "time that an activation is made to take; for "
     "experiments",
     Form::plain, 0, kHour},

    {"groups", "count", AT(c.groups),
     "Raft groups that own the tree's parts; 0: nothing is STRONG; the same "
     "on all members",
     Form::plain, 0, 16'384},
    {"groups", "replicas", AT(c.group_replicas), "of each group, odd; the same on all members", Form::plain,
     1, 7},
    {"groups", "groups_max", AT(c.host.groups.groups_max), "replicas on this node", Form::plain, 1,
     groups::kGroupsMax},
    {"groups", "worknodes_max", AT(c.host.groups.worknodes_max), "records in one group", Form::plain, 1,
     groups::kWorknodesMax},
    {"groups", "sessions_max", AT(c.host.groups.sessions_max), "clients remembered for a worknode",
     Form::plain, 1, 4096},
    {"groups", "forwards_max", AT(c.host.groups.forwards_max), "hand-overs remembered by a group",
     Form::plain, 1, kMillion},
    {"groups", "pending_max", AT(c.host.groups.pending_max), "operations and changes that wait here",
     Form::plain, 1, kMillion},
    {"groups", "directory_max", AT(c.host.groups.directory_max), "hints where worknodes are", Form::plain, 1,
     16 * kMillion},
    {"groups", "snapshot_every", AT(c.host.groups.snapshot_every), "entries", Form::plain, 1, kInt},
    {"groups", "submit_timeout", AT(c.host.groups.submit_timeout),
     "an operation undecided for so long is "
     "answered unknown",
     Form::plain, kInstant, kHour},
    {"groups", "change_timeout", AT(c.host.groups.change_timeout), "of splits, merges and moves", Form::plain,
     kInstant, kHour},
    {"groups", "retry_interval", AT(c.host.groups.retry_interval), "of a hand-over's messages", Form::plain,
     kInstant, kHour},
    {"groups", "sleep", AT(c.host.groups.sleep),
     "idle groups sleep: one heartbeat a node instead of one a "
     "group"},
    {"groups", "sleep_after", AT(c.host.groups.sleep_after), "without work, before a group sleeps",
     Form::plain, kInstant, kHour},
    {"groups", "alive_interval", AT(c.host.groups.alive_interval),
     "between a node's heartbeats for its "
     "sleeping groups",
     Form::plain, kInstant, kHour},
    {"groups", "suspect_after", AT(c.host.groups.suspect_after),
     "without a message of a node, its sleeping "
     "groups wake",
     Form::plain, kInstant, kHour},
    {"groups", "interval", AT(c.host.group_rule.interval),
     "between two looks at the groups' sizes; 0s: they "
     "stay as they are",
     Form::plain, 0, kHour},
    {"groups", "split_above", AT(c.host.group_rule.split_above),
     "a group that owns more worknodes splits; "
     "0: none does",
     Form::plain, 0, kInt},
    {"groups", "merge_below", AT(c.host.group_rule.merge_below), "one that owns fewer is merged; 0: none is",
     Form::plain, 0, kInt},
    {"groups", "move_ppm", AT(c.host.group_rule.move_ppm),
     "chance at each look, in a million, that a "
     "replica moves",
     Form::plain, 0, kMillion},

    {"kv", "snapshot_every_entries", AT(c.kv.snapshot_every_entries),
     "applied since the last snapshot; 0: "
     "never",
     Form::plain, 0, kInt},
    {"kv", "pending_requests_max", AT(c.kv.limits.pending_requests_max),
     "accepted and not yet answered; "
     "beyond: overloaded",
     Form::plain, 1, kMillion},
    {"kv", "batch_commands_max", AT(c.kv.limits.batch_commands_max), "proposed in one step", Form::plain, 1,
     kMillion},
    {"kv", "held_messages_max", AT(c.kv.limits.held_messages_max), "frames that wait for the disk",
     Form::plain, 1, kMillion},
    {"kv", "check_invariants", AT(c.kv.check_invariants), "the consensus core checks itself after each step"},

    {"raft", "election_timeout_min", RAFT(election_timeout_min),
     "a follower waits at least so long for its "
     "leader",
     Form::plain, kInstant, kHour},
    {"raft", "election_timeout_max", RAFT(election_timeout_max), "and at most so long", Form::plain, kInstant,
     kHour},
    {"raft", "heartbeat_interval", RAFT(heartbeat_interval), "of a leader; below election_timeout_min",
     Form::plain, kInstant, kHour},
    {"raft", "lease_reads", RAFT(lease_reads), "a leader reads without asking while its lease holds"},
    {"raft", "clock_drift_margin_ppm", RAFT(clock_drift_margin_ppm),
     "by which two clocks' rates may differ "
     "while leases are safe",
     Form::plain, 0, kMillion - 1},
    {"raft", "pre_vote", RAFT(pre_vote), "candidates ask first whether they could win"},
    {"raft", "check_quorum", RAFT(check_quorum), "a leader that hears no quorum steps down"},
    {"raft", "inflight_messages_max", RAFT(inflight_messages_max), "to one follower", Form::plain, 1, 65'536},
    {"raft", "append_entries_max", RAFT(append_entries_max), "in one message", Form::plain, 1, kMillion},
    {"raft", "append_bytes_max", RAFT(append_bytes_max), "in one message", Form::plain, 1, 512 << 10},
    {"raft", "snapshot_chunk_bytes_max", RAFT(snapshot_chunk_bytes_max), "in one message", Form::plain, 1,
     512 << 10},
    {"raft", "log_entries_max", RAFT(log_entries_max), "in memory above the snapshot; beyond: overloaded",
     Form::plain, 1, 64 * kMillion},
    {"raft", "pending_reads_max", RAFT(pending_reads_max), "beyond: overloaded", Form::plain, 1, kMillion},
    {"raft", "compaction_tail_entries", RAFT(compaction_tail_entries),
     "kept below a snapshot, for slow "
     "followers",
     Form::plain, 0, kInt},
    {"raft", "catch_up_patience", RAFT(catch_up_patience), "with a new voter, before the change is undone",
     Form::plain, kInstant, kHour},
    {"raft", "catch_up_entries_max", RAFT(catch_up_entries_max),
     "behind the leader, for a new voter to "
     "count",
     Form::plain, 0, kInt},

    {"metrics", "listen", AT(c.metrics_listen), "HTTP address of /metrics, /healthz and /readyz; empty: none",
     Form::address_or_none},

    {"log", "level", AT(c.log_level), "the least that is told"},
    {"log", "format", AT(c.log_format), "one line for each event: key=value, or a JSON object"},
    {"log", "file", AT(c.log_file), "opened again at SIGHUP; empty: standard error"},
};

#undef RAFT
#undef AT

}  // namespace

std::span<const Knob> knobs() { return kKnobs; }

bool concerns(std::string_view section, Service service) {
  if (section == "kv") return service == Service::kv;
  if (section == "realm" || section == "actors" || section == "groups" || section == "limits")
    return service == Service::realm;
  return true;
}

}  // namespace wn::daemon
