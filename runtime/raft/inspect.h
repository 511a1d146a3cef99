#pragma once
// What a Raft core says of itself to a debugger: role, term, vote, indices, the log's tail, what it knows of
// each peer, its lease, the reads and changes under way. Changes nothing. Bounded: kInspectedEntriesMax
// entries of the log, kInspectedListMax of all else.
#include <functional>

#include "runtime/base/inspector.h"
#include "runtime/raft/raft.h"

namespace wn::raft {

inline constexpr std::uint64_t kInspectedEntriesMax = 16;

// How the driver says what a command is; without it the entry's bytes are told.
using TellCommand = std::function<void(Inspector&, const Entry&)>;

void inspect(const RaftCore& core, Inspector& to, const TellCommand& tell = {});
std::string_view name_of(Role role);

}  // namespace wn::raft
