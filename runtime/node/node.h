#pragma once
// Node: the only driver. It owns one Raft core, its durable store, the key-value state machine and the wire
// codec, and turns what a Backend reports into inputs and the cores' effects into calls on the Backend.
//
// Duty, in the order of the contract of raft.h: persist before send; apply what is committed; answer clients.
//   - recovers through Disk completions; frames that arrive before that are dropped;
//   - a failed write or sync, or a refusal to recover, makes the node stop serving for good (fail-stop): it
//   stays
//     up, silent, and says so through the Probe (store_refused);
//   - every queue has a limit in Limits and answers `overloaded` beyond it.
// Thread rule: one event loop. Determinism: a pure function of what the Backend says.
#include <cstdint>
#include <memory>

#include "runtime/backend/process.h"
#include "runtime/base/defect.h"
#include "runtime/raft/types.h"

namespace wn::node {

struct Limits {
  std::uint32_t pending_requests_max = 4096;   // client requests accepted and not yet answered
  std::uint32_t batch_commands_max = 1024;     // commands proposed in one step
  std::uint32_t held_messages_max = 1U << 16;  // encoded frames that wait for the disk
};

struct Options {
  NodeId id;
  // `id`, `jitter_seed` and `defect` of raft are filled in by the node.
  raft::Options raft;
  // The first configuration; a spare is not in it and stays passive until a leader reaches it.
  raft::Configuration initial;
  std::uint64_t snapshot_every_entries = 10'000;  // applied since the last snapshot; 0 = never
  Defect defect = Defect::none;
  bool check_invariants = false;  // the core's invariants after every step
  Limits limits;
};

std::unique_ptr<Process> make_node(const Options& options, Backend& backend);

}  // namespace wn::node
