#pragma once
// Plan: everything that chance decided, written out. A seed makes a plan; a plan runs; shrinking edits plans.
// A value: no behaviour here. plan_io.h reads and writes it as Protobuf text (plan.proto), plan_check.h
// validates a foreign one whole before anything runs it.
//
// Each fault, operation and deviation stands for itself: taking any one away leaves the others meaningful
// (a fault carries its own end). Random details at run time (which packet is lost) are keyed by
// (seed, purpose, identity), so they do not shift when a neighbour goes.
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/defect.h"
#include "runtime/base/ids.h"
#include "runtime/base/mode.h"
#include "runtime/base/time.h"

namespace wn::faults {

inline constexpr std::uint32_t kPlanVersion = 1;
inline constexpr std::size_t kNodesMax = 2048;
inline constexpr std::size_t kFaultsMax = 100'000;
inline constexpr std::size_t kOperationsMax = 5'000'000;
inline constexpr std::size_t kDeviationsMax = 100'000;
inline constexpr std::size_t kTokensMax = 10'000;
inline constexpr std::size_t kLimitsMax = 256;
inline constexpr std::size_t kFaultPointsMax = 256;
inline constexpr std::size_t kBranchesMax = 64;

enum class NodeRole : std::uint8_t {
  server = 1,  // member of the first configuration
  spare,       // a server that starts outside of it (membership changes bring it in)
  client,      // one Jepsen process: at most one operation open at a time
  admin,       // carries out membership and transfer faults through the service's own interface
};

struct NodePlan {
  NodeId id;
  NodeRole role = NodeRole::server;
  Duration wall_offset;        // wall clock minus true time at the start
  std::int32_t drift_ppm = 0;  // rate of both local clocks against true time
  std::uint64_t disk_bytes_max = 1ULL << 30;
  std::uint32_t site = 0;  // nodes of one site are near each other: NetworkPlan::wan_latency
};

// Latency of one message = latency_min + exponential(latency_mean - latency_min), keyed by (link, message).
// A share `tail_ppm` of the messages takes tail_factor times as long (the long tail of real networks).
struct NetworkPlan {
  Duration latency_min = microseconds(200);
  Duration latency_mean = microseconds(500);
  std::uint32_t tail_ppm = 1000;
  std::uint32_t tail_factor = 20;
  std::uint32_t loss_ppm = 0;
  std::uint32_t duplicate_ppm = 0;
  std::uint64_t bandwidth_bytes_per_second = 0;  // per directed link; 0 = unlimited
  std::uint32_t link_messages_max = 4096;  // in flight on one directed link; more are dropped (queue_full)
  Duration wan_latency;                    // that a message between two sites takes longer
  // What travels is encrypted under keys that no seed has drawn: traces say its length, not its checksum.
  bool sealed = false;
  // A message's passage is keyed by (link, type of frame, how many of that type before it) rather than by
  // (link, how many before it): frames of another type, come or gone, then leave its delay as it was.
  bool keyed_by_type = false;
};

struct DiskPlan {
  Duration read_mean = microseconds(80);
  Duration write_mean = microseconds(20);
  Duration sync_mean = milliseconds(1);
};

// What the scenario allows; the generator stays inside and plan_check refuses a plan that does not.
// Between two misdirected writes, or a misdirected write and rot, of one disk. A store can be exact about one
// write that goes astray: what it wrote before and after bears witness. Of several in a row some may hit both
// a record and all that testifies to it.
inline constexpr Duration kDamageSpacing = seconds(1);

struct FaultModel {
  std::uint32_t crashed_max =
      0;  // servers down, paused or wiped at one moment; never-healed ones count for good
  std::uint32_t disk_faulty_max = 0;  // servers whose disk may rot, misdirect, or forget (in the whole run),
                                      // one misdirected write at a time (kDamageSpacing)
  bool partitions = false;
  bool power_loss_of_all = false;        // all servers at once may lose power (synced data stays)
  std::int32_t clock_drift_ppm_max = 0;  // |drift| of any node's clocks
  Duration wall_skew_max;                // |wall - true| that steps may cause
  bool membership = false;
  bool wipe = false;
  bool unhealed = false;  // faults that are never healed are allowed
  bool sync_lies = false;
  // Servers that may lie in the whole run (a fixed set; they may crash besides, and count there too). The
  // honest ones are judged, with the clients that they serve; a liar's are not.
  std::uint32_t byzantine_max = 0;
  friend bool operator==(const FaultModel&, const FaultModel&) = default;
};

// What the servers run: the key-value service on Raft, or a realm of worknodes.
enum class Service : std::uint8_t { kv = 1, realm };
// In which order a server's runnable actors are activated (runtime/actor).
enum class ActorOrder : std::uint8_t { fifo = 1, round_robin, random, priority };
// What a full mailbox does with one message more.
enum class MailboxFull : std::uint8_t { refuse = 1, shed_oldest, park };

// One limit that the operator of this realm has set. The names are those of docs/limits.md.
struct LimitPlan {
  std::string name;
  std::uint64_t value = 0;
  friend bool operator==(const LimitPlan&, const LimitPlan&) = default;
};

// How the Raft groups of a realm are kept in shape while it runs: host::GroupRule.
struct RegroupPlan {
  Duration interval;              // zero: groups stay as they are
  std::uint32_t split_above = 0;  // a group that owns more worknodes splits; 0: none does
  std::uint32_t merge_below = 0;  // one that owns fewer is merged; 0: none is
  std::uint32_t move_ppm = 0;     // chance of a group in each interval that one of its replicas moves
  friend bool operator==(const RegroupPlan&, const RegroupPlan&) = default;
};

// Knobs of the system under test. Zero means the runtime's default.
// What carries the service's frames: the network's datagrams as they are, or QUIC connections over them.
enum class Transport : std::uint8_t { datagrams = 1, quic };

struct SystemPlan {
  Service service = Service::kv;
  Defect defect = Defect::none;
  Duration election_timeout_min;
  Duration election_timeout_max;
  Duration heartbeat_interval;
  bool lease_reads = true;
  std::uint32_t clock_drift_margin_ppm = 0;
  std::uint64_t snapshot_every_entries = 0;
  std::uint32_t snapshot_chunk_bytes = 0;
  std::uint32_t append_entries_max = 0;
  std::uint32_t inflight_messages_max = 0;
  Duration client_timeout;  // after which a client reports info
  Duration client_retry;    // between attempts inside one operation
  // A realm alone.
  std::uint32_t worknodes = 0;  // of the first tree; the root is number 0
  std::uint32_t fan_out = 0;    // children of each of its inner worknodes
  ActorOrder actor_order = ActorOrder::fifo;
  MailboxFull mailbox_full = MailboxFull::refuse;
  std::uint32_t mailbox_messages = 0;
  Duration handler_cost;     // virtual time that one activation takes
  Duration gossip_interval;  // between two rounds of anti-entropy
  Duration eviction_after;   // a replica that a majority has not heard for so long is evicted
  Duration staleness_max;    // a replica that has not heard the others for so long refuses capabilities
  Duration clock_offset_max;
  std::uint32_t compact_every_updates = 0;
  std::vector<LimitPlan> limits;     // ascending by name; what is not here has its default
  bool signed_updates = false;       // replicas have identities: their updates are signed and hash-linked
  std::uint32_t groups = 0;          // Raft groups that own the tree's parts; 0 = nothing is STRONG
  std::uint32_t group_replicas = 0;  // of each group, odd
  bool sessions = false;             // clients carry what they have seen to whatever replica they ask
  bool anchored = false;             // replicas exchange updates with the first server alone
  bool eager = false;                // updates are pushed to peers at once, not only asked for
  bool remote_calls = false;         // requests about a worknode go to the node where it is at home
  RegroupPlan regroup;
  Transport transport = Transport::datagrams;  // quic: the network is sealed
  friend bool operator==(const SystemPlan&, const SystemPlan&) = default;
};

// A capability that somebody holds in this run. Tokens are made before it begins, as keys and letters are: a
// parent comes before its children.
struct TokenPlan {
  std::uint32_t id = 0;       // from 1
  std::uint32_t parent = 0;   // the token that it was delegated from; 0 = the realm's root key
  NodeId holder;              // a client; nobody: a link of a chain that no one holds alone
  std::uint32_t rights = 0;   // bits of realm::Right
  std::uint32_t subtree = 0;  // number of the worknode that it is limited to
  SimTime expires = SimTime::max();
  std::uint32_t uses_max = 0;  // 0 = any number
  friend bool operator==(const TokenPlan&, const TokenPlan&) = default;
};

enum class FaultKind : std::uint8_t {
  // partition: links block (frames sent are dropped) during the fault
  partition = 1,
  // packet, on `links` (empty = all links): `amount` is parts per million, or nanoseconds, or bytes per
  // second
  packet_clog,       // frames are held and delivered when the fault ends
  packet_loss,       // ppm
  packet_duplicate,  // ppm
  packet_reorder,    // ppm of frames that get up to `amount2` ns extra
  packet_corrupt,    // ppm of frames with flipped bits
  packet_delay,      // ns added
  packet_rate,       // bytes per second
  // processes, on `nodes`
  kill = 20,   // process dies; its disk's page cache survives (as with kill -9); restarts after `duration`
  power_loss,  // all of `nodes` at one moment; unsynced writes are lost or torn; restart after `duration`
  pause,       // SIGSTOP for `duration`
  wipe,        // process dies and the disk is empty when it restarts after `duration`
  // clock, on `nodes`
  clock_step = 40,  // wall clock jumps by `amount` ns; undone when the fault ends
  clock_drift,      // rate of both clocks becomes `amount` ppm during the fault
  clock_freeze,     // the wall clock stands still during the fault
  // disk, on `nodes`
  disk_error = 60,  // ppm of operations fail with EIO
  disk_full,        // every write that needs space fails with ENOSPC
  disk_stall,       // operations submitted take `amount` ns longer
  // Of errors that damage what a disk holds, a protocol promises to survive one at a time: see
  // kDamageSpacing.
  disk_bit_rot,    // `amount` bits flip in synced sectors that have been at rest for 1 s, chosen by key
  disk_misdirect,  // the next `amount` writes (by the model: 1) land on another sector of the same file;
                   // each waits until the disk's last such error is kDamageSpacing past
  disk_sync_lie,   // sync answers ok and does nothing
  // service, by way of the admin process
  membership = 80,  // voters become `nodes`
  transfer,         // leadership moves to nodes[0]
  // byzantine, on one of `nodes`: it lies (faults/byzantine). `amount` is a mask of those it lies to, bit i
  // for
  // node i + 1 (modulo 63); 0 = everybody. `amount2` is how much: ppm of the messages concerned, unless said
  // otherwise.
  byzantine_twins =
      100,  // two instances with one key and one replica id; the peers of the mask hear the second
  byzantine_equivocate,        // its updates differ by receiver, each signed
  byzantine_replay,            // its old messages are sent again
  byzantine_forge,             // updates and requests in others' names; widened and made-up capabilities
  byzantine_withhold,          // messages are not sent
  byzantine_delay,             // messages are sent up to amount2 ns late
  byzantine_mutate,            // one field of a message has another value of its type
  byzantine_future_clock,      // its wall clock is amount2 ns ahead
  byzantine_amplify,           // each message is answered or followed by amount2 large ones
  byzantine_wrong_answer,      // replies and answers say something else, in the right form
  byzantine_corrupt_snapshot,  // images that it gives are altered
  byzantine_sybil,             // each message is followed by amount2 ones of identities that nobody knows
};

struct Link {
  NodeId from;
  NodeId to;
  friend auto operator<=>(const Link&, const Link&) = default;
};

struct Fault {
  std::uint32_t id = 0;  // stable through shrinking; unique in the plan
  FaultKind kind{};
  SimTime at;
  Duration duration;  // Duration::max() = never healed; 0 for instant kinds
  std::vector<NodeId> nodes;
  std::vector<Link> links;
  std::int64_t amount = 0;
  std::int64_t amount2 = 0;
  std::string label;  // what a person calls it: "majority/minority", "ring", "swizzle-clog 3/5"
  friend bool operator==(const Fault&, const Fault&) = default;
};

// get … txn: a key-value service. get, put, append and the ones from `add` on: a realm, where `key` is the
// number of a worknode: the first tree's have 0 … worknodes - 1, and a created one has the `value` of its
// create. cas is of a realm too, in the mode STRONG, where get, put and cas work on the worknode's own STRONG
// register.
enum class OpFunction : std::uint8_t {
  get = 1,
  put,  // realm: the register of the worknode
  cas,  // realm: STRONG
  remove,
  append,  // realm: one element at the end of the text
  txn,
  add,      // `value` to the counter, plain or bounded
  spend,    // `value` from the bounded counter; refused rather than below zero
  include,  // `value` into the set
  exclude,  // `value` from the set
  nest,     // `value` into the set in the map under the key `other`, which is created where it is missing
  create,   // the worknode `value` under `key`
  move,     // the worknode `key` under `other`
  trash,    // the worknode `key`, with its subtree
  restore,  // the worknode `key`, to where it was
  query,    // descendants of `key`, at most `value`
  call,     // the worknode sums the counters of its children, by calling each
  crash,    // the worknode's handler fails
  revoke,   // the token `value` and all that was delegated from it
  publish,  // version `value` of the schema
};

struct MicroOp {
  bool append = false;  // else read
  std::uint32_t key = 0;
  std::int64_t value = 0;
  friend bool operator==(const MicroOp&, const MicroOp&) = default;
};

struct Operation {
  std::uint32_t id = 0;  // stable through shrinking; unique in the plan
  NodeId process;
  SimTime at;  // invoked then, or when the process's previous operation is over, if that is later
  OpFunction function{};
  std::uint32_t key = 0;
  std::int64_t value = 0;     // put, append: the element; cas: the new value
  std::int64_t expected = 0;  // cas
  std::vector<MicroOp> txn;
  // A realm alone.
  std::uint32_t property = 0;        // realm::Property, of each operation that reads or writes one
  std::uint32_t other = 0;           // the second worknode, or the key of the map
  std::uint32_t token = 0;           // that the client shows; 0 = the first one that it holds
  std::uint32_t schema_version = 0;  // that the client speaks; 0 = the newest
  Mode mode = Mode::eventual;
  Mode evidence = Mode::strong;  // the weakest mode of what a STRONG operation rests on
  bool endorsed = false;         // somebody vouches for evidence that is weaker
  NodeId server;                 // that is asked; nobody = the client's home
  friend bool operator==(const Operation&, const Operation&) = default;
};

// One choice of the scheduler that differs from the quiet order.
enum class DeviationKind : std::uint8_t {
  delay_message = 1,  // message number `message` on from -> to takes `amount` ns longer
  delay_process,      // events of node `from` due in [at, at + amount) run at its end, in order
  reorder_actors,     // activation number `message` of node `from` takes the runnable actor number `choice`
};
struct Deviation {
  std::uint32_t id = 0;
  DeviationKind kind{};
  NodeId from;
  NodeId to;
  std::uint64_t message = 0;  // counts from 1 per directed link; reorder_actors: per node
  SimTime at;
  Duration amount;
  std::uint32_t choice = 0;  // modulo the number of runnable actors
  // delay_message by what it means, which outlives messages of other kinds: of frame type `message_type`
  // (Network::send's) on the link, `message` counts those alone. 0: any type.
  std::uint32_t message_type = 0;
  // Of the frames that carry attempts at this operation of client `from`, to `to`. 0: any.
  std::uint32_t operation = 0;
  friend bool operator==(const Deviation&, const Deviation&) = default;
};

// A fault point of the code (runtime/base/fault_point.h) that is active in this run: where it is reached, it
// fires with that probability. A plan may name points that this build no longer has: nothing reaches them.
struct FaultPointPlan {
  std::string name;
  std::uint32_t rate_ppm = 0;
  friend bool operator==(const FaultPointPlan&, const FaultPointPlan&) = default;
};

// Another future: once all events up to and including `at` have happened, every keyed draw of the world
// (links, disks, entropy of nodes and clients) uses this seed. What was drawn before stays as it was.
struct BranchPlan {
  SimTime at;
  std::uint64_t seed = 0;
  friend bool operator==(const BranchPlan&, const BranchPlan&) = default;
};

struct Plan {
  std::uint32_t version = kPlanVersion;
  std::string scenario;  // its name, for people
  std::uint64_t seed = 0;
  Duration duration;  // simulated length
  SimTime freeze_at;  // no fault begins or (but for never-healed ones) lasts after this moment: the
                      // rest of the run judges liveness
  FaultModel model;
  SystemPlan system;
  NetworkPlan network;
  DiskPlan disk;
  std::vector<NodePlan> nodes;        // ascending id
  std::vector<TokenPlan> tokens;      // ascending id
  std::vector<Operation> operations;  // ascending (at, id)
  std::vector<Fault> faults;          // ascending (at, id)
  std::vector<Deviation> deviations;  // ascending id
  // What the verdict is about: "linearizability", "isolation", "raft-safety", "durability", "liveness"; of a
  // realm "convergence", "tree", "causality", "capability", "eventual", "supervision"; "sometimes" (judged
  // over a sweep).
  std::vector<std::string> claims;
  std::string model_name = "kv";             // model for the linearizability claim
  std::vector<FaultPointPlan> fault_points;  // ascending by name; empty: the world offers none
  std::vector<BranchPlan> branches;          // strictly ascending by time
};

}  // namespace wn::faults
