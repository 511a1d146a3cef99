#pragma once
// Machine: the replicated state of one group: the registers of the worknodes that it owns, their sessions,
// whom it gave others to, and the hand-over under way. Deterministic: a function of the first image and the
// log.
//
// Ownership of a worknode:   owned -> (freeze) frozen -> (release) given away, or -> (unfreeze) owned again
// A split gives away at once, because giver and taker are one log. The genesis group owns whatever it has not
// given away, so it never forgets a gift.
//
// At most once: a register remembers the last operation of each of its last `sessions_max` writers
// ([diss] 6.3). Limits: MachineLimits, the same on all replicas, or they part. Thread rule: one thread.
#include <array>
#include <cstdint>
#include <map>
#include <memory_resource>
#include <span>
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/defect.h"
#include "runtime/groups/command.h"
#include "runtime/groups/types.h"

namespace wn::groups {

struct MachineLimits {
  std::size_t worknodes_max = 0;
  std::uint32_t sessions_max = 0;
  std::uint32_t forwards_max = 0;
  Defect defect = Defect::none;
};

// What applying a write gave; remembered for repetitions.
struct Outcome {
  AnswerCode code = AnswerCode::done;
  Errc error = Errc::ok;
  bool found = false;
  std::int64_t value = 0;
};

struct Session {
  NodeId client;
  std::uint64_t operation = 0;
  Outcome outcome;
  std::uint64_t used = 0;  // log index; the smallest goes first
};

struct Register {
  explicit Register(std::pmr::memory_resource* memory) : sessions(memory) {}
  bool present = false;
  bool frozen = false;
  bool forgot = false;  // a session has been dropped
  std::int64_t value = 0;
  std::uint64_t epoch = 1;
  std::pmr::vector<Session> sessions;  // ascending by client
};

struct Forward {
  GroupId group;
  std::uint64_t epoch = 0;
  std::uint64_t since = 0;        // log index; the smallest goes first
  std::array<NodeId, 3> nodes{};  // where the group lived then: hints
};

struct Source {
  std::uint64_t number = 0;  // the last hand-over that was decided
  bool accepted = false;
};

struct HandOver {
  bool active = false;
  bool dissolve = false;
  std::uint64_t number = 0;  // the log index of its freeze
  GroupId to;
  raft::MemberList members;
  std::vector<WorknodeId> set;
};

enum class Standing : std::uint8_t { owned, frozen, given, foreign };

struct Ownership {  // one change, for the trace and the directory
  WorknodeId worknode;
  std::uint64_t epoch = 0;
  bool owned = false;
  GroupId to;  // not owned: who has it now
};

// What applying one entry gave besides the new state.
struct Applied {
  Outcome outcome;
  std::uint64_t epoch = 0;  // of the written worknode
  std::vector<Ownership> changes;
  GroupId born;  // split
  Bytes born_image;
  GroupId decided_for;  // absorb: the source, when its hand-over `decided_number` is decided
  std::uint64_t decided_number = 0;
  bool ended = false;  // release, unfreeze: the hand-over `ended_number` is over
  std::uint64_t ended_number = 0;
};

GroupId split_id(GroupId parent, std::uint64_t index);

class Machine {
 public:
  Machine(GroupId group, const MachineLimits& limits, std::pmr::memory_resource* memory);

  void found(const GroupConfig& config);  // a group of the first epoch
  // The genesis group: what belongs to the others was never its own.
  void found_genesis(std::span<const GroupConfig> all);
  void apply(std::uint64_t index, const raft::Configuration& configuration, const LogCommand& command,
             Applied& out);
  void apply_nothing(std::uint64_t index);  // an entry that is not a command: only the digest moves

  Standing standing(WorknodeId worknode) const;
  std::uint64_t epoch_of(WorknodeId worknode) const;  // of an owned or frozen one
  const Forward* forward_of(WorknodeId worknode) const;
  // get. found = false when there is no value.
  Outcome read(WorknodeId worknode) const;
  // Has this hand-over been decided here, for good?
  bool decided(GroupId from, std::uint64_t number, bool& accepted) const;
  Bytes carry() const;  // what the hand-over under way takes along

  const HandOver& hand_over() const { return hand_over_; }
  GroupId group() const { return group_; }
  WorknodeId root() const { return root_; }
  std::uint64_t epoch() const { return epoch_; }
  bool genesis() const { return genesis_; }
  bool dissolved() const { return dissolved_; }
  GroupId successor() const { return successor_; }
  std::uint64_t digest() const { return digest_; }
  std::size_t owned() const;
  std::vector<WorknodeId> worknodes() const;  // those that it owns, frozen ones too; ascending
  std::string broken_invariant() const;

  Bytes image() const;
  [[nodiscard]] Errc restore(ByteView image);  // of this group; on error the machine is unusable

 private:
  using Registers = std::pmr::map<WorknodeId, Register>;
  void write(std::uint64_t index, const Command& command, Applied& out);
  void split(std::uint64_t index, const raft::Configuration& configuration, const LogCommand& c,
             Applied& out);
  void freeze(std::uint64_t index, const LogCommand& c, Applied& out);
  void absorb(const LogCommand& c, Applied& out);
  void release(std::uint64_t index, const LogCommand& c, Applied& out);
  void unfreeze(const LogCommand& c, Applied& out);
  bool may_give(const std::vector<WorknodeId>& set, Applied& out) const;
  Register& register_of(WorknodeId worknode);
  void give(std::uint64_t index, WorknodeId worknode, GroupId to, const raft::MemberList& members,
            Applied& out);
  void remember(std::uint64_t index, const Command& command, Register& at, const Outcome& outcome) const;
  Bytes encode_set(const std::vector<WorknodeId>& set, std::uint64_t epoch_step) const;
  [[nodiscard]] bool decode_set(ByteView bytes, std::uint64_t epoch_step, Registers& out) const;

  GroupId group_;
  MachineLimits limits_;
  std::pmr::memory_resource* memory_;
  WorknodeId root_;
  std::uint64_t epoch_ = 1;
  bool genesis_ = false;
  bool dissolved_ = false;
  GroupId successor_;
  std::uint64_t digest_ = 0;  // of all that was applied, in order
  HandOver hand_over_;
  Registers registers_;
  std::pmr::map<WorknodeId, Forward> forwards_;
  std::pmr::map<GroupId, Source> sources_;
};

}  // namespace wn::groups
