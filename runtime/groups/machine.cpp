#include "runtime/groups/machine.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/digest.h"

namespace wn::groups {

GroupId split_id(GroupId parent, std::uint64_t index) {
  Digest digest;
  digest.absorb(parent.value);
  digest.absorb(index);
  return GroupId{digest.low() | 1};
}

Machine::Machine(GroupId group, const MachineLimits& limits, std::pmr::memory_resource* memory)
    : group_(group),
      limits_(limits),
      memory_(memory),
      registers_(memory),
      forwards_(memory),
      sources_(memory) {}

void Machine::found(const GroupConfig& config) {
  root_ = config.root;
  for (WorknodeId id : config.worknodes) registers_.emplace(id, Register(memory_));
}

void Machine::found_genesis(std::span<const GroupConfig> all) {
  genesis_ = true;
  for (const GroupConfig& config : all) {
    if (config.group == group_) continue;
    Forward forward{.group = config.group, .epoch = 1};
    for (std::size_t i = 0; i < std::min(config.members.size(), forward.nodes.size()); ++i) {
      forward.nodes[i] = config.members[i];
    }
    for (WorknodeId id : config.worknodes) forwards_[id] = forward;
  }
}

Standing Machine::standing(WorknodeId worknode) const {
  const auto at = registers_.find(worknode);
  if (at != registers_.end()) return at->second.frozen ? Standing::frozen : Standing::owned;
  if (forwards_.contains(worknode)) return Standing::given;
  return genesis_ ? Standing::owned : Standing::foreign;
}

std::uint64_t Machine::epoch_of(WorknodeId worknode) const {
  const auto at = registers_.find(worknode);
  return at == registers_.end() ? 1 : at->second.epoch;
}

const Forward* Machine::forward_of(WorknodeId worknode) const {
  const auto at = forwards_.find(worknode);
  return at == forwards_.end() ? nullptr : &at->second;
}

Outcome Machine::read(WorknodeId worknode) const {
  const auto at = registers_.find(worknode);
  if (at == registers_.end()) return {};
  return {.found = at->second.present, .value = at->second.value};
}

bool Machine::decided(GroupId from, std::uint64_t number, bool& accepted) const {
  const auto at = sources_.find(from);
  if (at != sources_.end() && at->second.number >= number) {
    accepted = at->second.number == number && at->second.accepted;
    return true;
  }
  accepted = false;
  // Neither is ever undone, so what is refused for these reasons stays refused.
  return dissolved_ || (at == sources_.end() && sources_.size() >= kSourcesMax);
}

std::size_t Machine::owned() const { return worknodes().size(); }

std::vector<WorknodeId> Machine::worknodes() const {
  std::vector<WorknodeId> out;
  for (const auto& [id, at] : registers_) {
    if (!forwards_.contains(id)) out.push_back(id);
  }
  return out;
}

std::string Machine::broken_invariant() const {
  std::size_t frozen = 0;
  for (const auto& [id, at] : registers_) {
    if (at.frozen) ++frozen;
    if (at.sessions.size() > limits_.sessions_max) return "more sessions than allowed";
    if (limits_.defect == Defect::none && forwards_.contains(id)) return "a worknode is owned and given away";
  }
  if (frozen != (hand_over_.active ? hand_over_.set.size() : 0))
    return "frozen worknodes without a hand-over";
  if (dissolved_ && !registers_.empty()) return "a dissolved group owns worknodes";
  return {};
}

void Machine::apply_nothing(std::uint64_t index) {
  Digest digest;
  digest.absorb(digest_);
  digest.absorb(index);
  digest_ = digest.low();
}

void Machine::apply(std::uint64_t index, const raft::Configuration& configuration, const LogCommand& c,
                    Applied& out) {
  const std::uint64_t epoch_before = epoch_;
  switch (c.kind) {
    case CommandKind::write:
      write(index, c.write, out);
      break;
    case CommandKind::split:
      split(index, configuration, c, out);
      break;
    case CommandKind::freeze:
      freeze(index, c, out);
      break;
    case CommandKind::absorb:
      absorb(c, out);
      break;
    case CommandKind::release:
      release(index, c, out);
      break;
    case CommandKind::unfreeze:
      unfreeze(c, out);
      break;
  }
  if (!out.changes.empty()) epoch_ = epoch_before + 1;
  Digest digest;
  digest.absorb(digest_);
  digest.absorb(index);
  digest.absorb(static_cast<std::uint64_t>(c.kind) << 16 | static_cast<std::uint64_t>(out.outcome.code) << 8 |
                (out.outcome.found ? 1 : 0));
  digest.absorb(static_cast<std::uint64_t>(out.outcome.value));
  for (const Ownership& change : out.changes) {
    digest.absorb(change.worknode.high);
    digest.absorb(change.worknode.low);
    digest.absorb(change.epoch << 1 | (change.owned ? 1 : 0));
  }
  digest_ = digest.low();
}

Register& Machine::register_of(WorknodeId worknode) {
  return registers_.try_emplace(worknode, Register(memory_)).first->second;
}

void Machine::remember(std::uint64_t index, const Command& command, Register& at,
                       const Outcome& outcome) const {
  auto place = std::ranges::lower_bound(at.sessions, command.client, {}, &Session::client);
  const Session session{
      .client = command.client, .operation = command.operation, .outcome = outcome, .used = index};
  if (place != at.sessions.end() && place->client == command.client) {
    *place = session;
    return;
  }
  if (at.sessions.size() >= limits_.sessions_max) {
    at.sessions.erase(std::ranges::min_element(at.sessions, {}, &Session::used));
    at.forgot = true;
    place = std::ranges::lower_bound(at.sessions, command.client, {}, &Session::client);
  }
  at.sessions.insert(place, session);
}

void Machine::write(std::uint64_t index, const Command& command, Applied& out) {
  Outcome& outcome = out.outcome;
  const Standing standing = this->standing(command.worknode);
  if (standing != Standing::owned) {
    outcome.code = standing == Standing::frozen ? AnswerCode::moving : AnswerCode::wrong_group;
    return;
  }
  if (!registers_.contains(command.worknode) && registers_.size() >= limits_.worknodes_max) {
    outcome = {.code = AnswerCode::overloaded, .error = Errc::overloaded};
    return;
  }
  Register& at = register_of(command.worknode);
  out.epoch = at.epoch;
  const auto known = std::ranges::lower_bound(at.sessions, command.client, {}, &Session::client);
  if (known != at.sessions.end() && known->client == command.client) {
    if (known->operation == command.operation) {
      outcome = known->outcome;
      return;
    }
    if (known->operation > command.operation) {
      outcome.code = AnswerCode::expired;
      return;
    }
  } else if (at.forgot && command.attempt > 1) {
    outcome.code = AnswerCode::expired;
    return;
  }
  if (command.function == Function::cas && !(at.present && at.value == command.expected)) {
    outcome = {
        .code = AnswerCode::refused, .error = Errc::precondition, .found = at.present, .value = at.value};
  } else {
    const auto sum = static_cast<std::int64_t>(static_cast<std::uint64_t>(at.value) +
                                               static_cast<std::uint64_t>(command.value));
    at.value = command.function == Function::add ? sum : command.value;
    at.present = true;
    outcome = {.found = true, .value = at.value};
  }
  remember(index, command, at, outcome);
}

bool Machine::may_give(const std::vector<WorknodeId>& set, Applied& out) const {
  const auto refused = [&](Errc error) {
    out.outcome = {.code = error == Errc::overloaded ? AnswerCode::overloaded : AnswerCode::refused,
                   .error = error};
    return false;
  };
  if (dissolved_) return refused(Errc::not_found);
  if (set.size() > kSetMax) return refused(Errc::too_large);
  for (WorknodeId id : set) {
    const Standing standing = this->standing(id);
    if (standing == Standing::frozen) return refused(Errc::overloaded);
    if (standing != Standing::owned) return refused(Errc::not_found);
  }
  // The genesis group answers for every worknode, so what it has given away counts for ever.
  const std::size_t held = registers_.size() + (genesis_ ? forwards_.size() : 0) + set.size();
  if (held > limits_.worknodes_max) return refused(Errc::overloaded);
  return true;
}

void Machine::give(std::uint64_t index, WorknodeId worknode, GroupId to, const raft::MemberList& members,
                   Applied& out) {
  const std::uint64_t epoch = epoch_of(worknode) + 1;
  Forward& forward = forwards_[worknode];
  forward = {.group = to, .epoch = epoch, .since = index};
  for (std::size_t i = 0; i < std::min(members.size(), forward.nodes.size()); ++i)
    forward.nodes[i] = members[i];
  out.changes.push_back({.worknode = worknode, .epoch = epoch - 1, .owned = false, .to = to});
  if (genesis_ || forwards_.size() <= limits_.forwards_max) return;
  forwards_.erase(std::ranges::min_element(
      forwards_, {}, [](const auto& item) { return std::pair(item.second.since, item.first); }));
}

void Machine::split(std::uint64_t index, const raft::Configuration& configuration, const LogCommand& c,
                    Applied& out) {
  if (c.set.empty() || configuration.joint()) {
    out.outcome = {.code = c.set.empty() ? AnswerCode::refused : AnswerCode::overloaded,
                   .error = c.set.empty() ? Errc::invalid_argument : Errc::overloaded};
    return;
  }
  if (!may_give(c.set, out)) return;
  Machine born(split_id(group_, index), limits_, memory_);
  born.root_ = c.root;
  for (WorknodeId id : c.set) register_of(id);
  const bool decoded = born.decode_set(encode_set(c.set, 1).view(), 0, born.registers_);
  WN_CHECK(decoded);
  out.born = born.group_;
  out.born_image = born.image();
  for (WorknodeId id : c.set) {
    give(index, id, born.group_, configuration.voters, out);
    // Defect split_keeps_worknode: what was given away stays in the books, and is served.
    if (limits_.defect != Defect::split_keeps_worknode) registers_.erase(id);
  }
}

void Machine::freeze(std::uint64_t index, const LogCommand& c, Applied& out) {
  const std::vector<WorknodeId> set = c.dissolve ? worknodes() : c.set;
  const auto refuse = [&](Errc error) {
    out.outcome = {.code = error == Errc::overloaded ? AnswerCode::overloaded : AnswerCode::refused,
                   .error = error};
  };
  if (hand_over_.active) return refuse(Errc::overloaded);
  if (c.other == group_ || !c.other || (set.empty() && !c.dissolve) || (c.dissolve && genesis_)) {
    return refuse(Errc::invalid_argument);
  }
  if (!may_give(set, out)) return;
  if (encode_set(set, 0).size() > kTransferBytesMax) return refuse(Errc::too_large);
  // Defect hand_over_without_freeze: the old owner takes writes until it hears that the new one has all, and
  // the new one serves what it was first told (Dgraph 1.0.2, jepsen.io/analyses/dgraph-1-0-2).
  for (WorknodeId id : set) register_of(id).frozen = limits_.defect != Defect::hand_over_without_freeze;
  hand_over_ = {.active = true,
                .dissolve = c.dissolve,
                .number = index,
                .to = c.other,
                .members = c.members,
                .set = set};
}

Bytes Machine::carry() const { return encode_set(hand_over_.set, 1); }

void Machine::absorb(const LogCommand& c, Applied& out) {
  out.decided_for = c.other;
  out.decided_number = c.number;
  bool accepted = false;
  if (decided(c.other, c.number, accepted)) return;
  Registers taken(memory_);
  const bool sound = decode_set(c.carried.view(), 0, taken);
  const bool fits = registers_.size() + taken.size() <= limits_.worknodes_max;
  const bool free = std::ranges::none_of(taken, [&](const auto& item) {
    const Standing standing = this->standing(item.first);
    return standing == Standing::owned || standing == Standing::frozen;
  });
  // While this group dissolves itself its set is fixed.
  accepted = sound && fits && free && !(hand_over_.active && hand_over_.dissolve);
  sources_[c.other] = {.number = c.number, .accepted = accepted};
  if (!accepted) return;
  for (auto& [id, at] : taken) {
    forwards_.erase(id);
    out.changes.push_back({.worknode = id, .epoch = at.epoch, .owned = true, .to = group_});
    registers_.erase(id);
    registers_.emplace(id, std::move(at));
  }
}

void Machine::release(std::uint64_t index, const LogCommand& c, Applied& out) {
  if (!hand_over_.active || hand_over_.number != c.number) return;
  for (WorknodeId id : hand_over_.set) {
    give(index, id, hand_over_.to, hand_over_.members, out);
    if (limits_.defect == Defect::split_keeps_worknode && !hand_over_.dissolve) {
      register_of(id).frozen = false;  // the same defect for what is split off to another group
    } else {
      registers_.erase(id);
    }
  }
  if (hand_over_.dissolve) {
    dissolved_ = true;
    successor_ = hand_over_.to;
    ++epoch_;
  }
  out.ended = true;
  out.ended_number = c.number;
  hand_over_ = HandOver{};
}

void Machine::unfreeze(const LogCommand& c, Applied& out) {
  if (!hand_over_.active || hand_over_.number != c.number) return;
  for (WorknodeId id : hand_over_.set) register_of(id).frozen = false;
  out.ended = true;
  out.ended_number = c.number;
  out.outcome = {.code = AnswerCode::refused, .error = Errc::precondition};
  hand_over_ = HandOver{};
}

}  // namespace wn::groups
