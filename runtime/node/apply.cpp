// What is committed goes to the state machine, and its answers to those who asked.
#include <utility>

#include "runtime/node/rules.h"

namespace wn::node {
namespace {

kv::Reply apply_entry(State& s, const raft::Entry& entry) {
  if (entry.kind == raft::EntryKind::command && wire::decode(entry.data, s.command) == Errc::ok) {
    return s.machine.apply(entry.index, s.command);
  }
  s.machine.skip(entry.index);
  return {.status = kv::Status::invalid};
}

void answer_proposer(State& s, const raft::Entry& entry, kv::Reply answer) {
  while (!s.commands.empty() && s.commands.front().index <= entry.index) {
    const PendingCommand pending = s.commands.front();
    s.commands.pop_front();
    // Same index and term, same entry ([raft] 5.3, the Log Matching Property); else another leader's is here.
    if (pending.index == entry.index && pending.term == entry.term) {
      return reply(s, pending.caller, kv::ReplyCode::done, std::move(answer));
    }
    reply(s, pending.caller, kv::ReplyCode::uncertain);
  }
}

}  // namespace

void apply_committed(State& s) {
  if (s.effects.committed.empty()) return;
  for (const raft::Entry& entry : s.effects.committed) {
    kv::Reply answer = apply_entry(s, entry);
    s.applied_term = entry.term;
    s.backend.probe.emit(TraceKind::raft_apply,
                         {entry.index.value, entry.term.value, entry.checksum, s.machine.state_digest(), 0});
    answer_proposer(s, entry, std::move(answer));
  }
  if (!s.reads.empty()) answer_ready_reads(s);
}

void answer_ready_reads(State& s) {
  const LogIndex applied = s.machine.applied();
  std::erase_if(s.reads, [&](const PendingRead& read) {
    if (!read.ready || read.index > applied) return false;
    reply(s, read.caller, kv::ReplyCode::done, s.machine.read(read.command));
    return true;
  });
}

}  // namespace wn::node
