#pragma once
// What a Raft core and a message are, as bytes: exactly what can make a difference to what comes, in one form
// only, under a renaming of the nodes. Left out, because the scope fixes it: options, configurations,
// snapshots, transfers, membership changes, leases, and all times: a clock may show anything, so an election
// timeout and a heartbeat are actions that may come whenever they are allowed, and no promise of an older
// moment binds (a withheld vote equals a lost one).
#include <array>
#include <string>
#include <string_view>
#include <vector>

#include "runtime/raft/state.h"
#include "scenarios/exhaustive/raft_scope.h"

namespace wn::exhaustive {

// The new name of each node; nobody stays nobody.
using Renaming = std::array<std::uint8_t, kRaftNodesMax + 1>;
inline constexpr Renaming kSameNames = {0, 1, 2, 3, 4, 5};

// The renamings of `nodes` nodes, the identity first; only that one without symmetry.
std::vector<Renaming> renamings(std::uint32_t nodes, bool symmetry);

// Log entries as pairs of bytes: term, then 0 for a no-op or the number of the command. A common prefix of
// two logs is a common prefix of these strings.
std::string encode_log(const raft::Log& log);
std::string encode_entries(std::span<const raft::Entry> entries);
raft::Entry make_entry(std::uint64_t index, std::uint8_t term, std::uint8_t command);

// A core whose disk holds its whole log and, as term and vote, `disk`.
// Without `reads`, which rounds were confirmed is left out too: with leases off, nothing else asks.
std::string encode_core(const raft::State& state, const raft::HardState& disk, const Renaming& names,
                        bool reads);
// Into `state`, which was made with the node's options and bootstrap configuration and is left ready to step.
void decode_core(std::string_view bytes, raft::State& state, raft::HardState& disk);

std::string encode_message(const raft::Message& message, const Renaming& names, bool reads);
// `entries` holds what message.entries points to.
raft::Message decode_message(std::string_view bytes, std::vector<raft::Entry>& entries);

}  // namespace wn::exhaustive
