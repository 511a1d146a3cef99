#pragma once
// State: everything that one node process holds, as one plain struct; rules.h names the functions that work
// on it. Internal to the room.
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/backend/process.h"
#include "runtime/kv/protocol.h"
#include "runtime/kv/state_machine.h"
#include "runtime/node/fifo.h"
#include "runtime/node/node.h"
#include "runtime/raft/raft.h"
#include "runtime/store/store.h"
#include "runtime/wire/client_codec.h"
#include "runtime/wire/raft_codec.h"

namespace wn::node {

inline constexpr std::uint32_t kRaftTimer = 0;       // the one timer slot in use
inline constexpr std::size_t kPendingAdminMax = 16;  // membership and transfer requests under way

enum class Phase : std::uint8_t {
  recovering,  // frames are dropped
  serving,
  failed,  // for good: silent until the process is restarted
};

// Whom to answer, and the numbers that the answer must carry.
struct Caller {
  NodeId client;
  std::uint64_t operation = 0;
  std::uint32_t attempt = 0;
};

struct QueuedCommand {  // accepted, not yet proposed
  Caller caller;
  Bytes command;
};

struct PendingCommand {  // proposed by this leader; ascending index
  LogIndex index;
  Term term;
  Caller caller;
};

struct PendingRead {  // ascending context
  std::uint64_t context = 0;
  bool ready = false;  // `index` is known
  LogIndex index;      // answer once this is applied
  Caller caller;
  kv::Command command;
};

struct PendingAdmin {
  std::uint64_t context = 0;
  Caller caller;
};

struct HeldFrame {
  std::uint64_t wait_for = 0;
  NodeId to;
  std::uint8_t type = 0;
  Bytes frame;
};

struct ChunkRead {  // an outgoing snapshot chunk whose bytes are being read
  std::uint64_t context = 0;
  std::uint64_t wait_for = 0;
  raft::Message message;
};

struct State {
  State(const Options& o, Backend& b);

  Options options;
  Backend& backend;
  Phase phase = Phase::recovering;

  store::LogStore log;
  kv::StateMachine machine;
  std::unique_ptr<raft::RaftCore> core;  // serving alone

  // What the core last said of itself (raft_state notes).
  raft::Role role = raft::Role::follower;
  NodeId leader;
  Instant leader_heard;  // the last message from it

  // Reused from step to step.
  raft::Effects effects;
  store::Effects planned;
  std::vector<store::Event> events;
  std::vector<store::DiskOutcome> refused_actions;  // that the Disk was not given, or did not accept
  wire::RaftDecoder decoder;
  raft::Message incoming;
  wire::IncomingRequest request;
  kv::Command command;  // decoded from the entry that is being applied
  std::vector<Bytes> proposal;
  std::vector<Caller> proposers;

  std::vector<HeldFrame> held;
  std::uint64_t issued_ticket = 0;   // of the latest Persist
  std::uint64_t durable_ticket = 0;  // what messages may rely on
  Instant armed = Instant::max();    // deadline in the timer slot

  std::uint64_t last_context = 0;
  std::uint64_t proposal_context = 0;
  Fifo<QueuedCommand> queued;
  Fifo<PendingCommand> commands;
  std::vector<PendingRead> reads;
  std::vector<PendingAdmin> admin;

  std::vector<ChunkRead> chunk_reads;
  bool quarantined = false;  // the store has lost something; until the core has it all back, committed
  Term applied_term;         // of the entry at machine.applied()
  LogIndex snapshot_base;    // snapshots are counted from here
  bool from_image = false;   // in this life the machine began from an image
  bool saving_snapshot = false;
};

}  // namespace wn::node
