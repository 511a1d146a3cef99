// What a node says of itself to a debugger.
#include "runtime/raft/inspect.h"

#include <string>

#include "runtime/node/rules.h"
#include "runtime/store/store.h"

namespace wn::node {
namespace {

std::string_view name_of(Phase phase) {
  switch (phase) {
    case Phase::recovering:
      return "recovering";
    case Phase::serving:
      return "serving";
    case Phase::failed:
      return "failed";
  }
  return "unknown";
}

// "append k3 17", as the client asked for it.
std::string text_of(const kv::Command& command) {
  std::string text(kv::to_string(command.kind));
  if (!command.key.empty()) text += " " + std::string(command.key.text());
  if (command.kind == kv::CommandKind::cas) text += " " + std::string(command.expected.text()) + " =>";
  if (!command.value.empty()) text += " " + std::string(command.value.text());
  for (const kv::MicroOperation& micro : command.micro) {
    text += micro.append ? " append " : " read ";
    text += micro.key.text();
    if (micro.append) text += " " + std::string(micro.value.text());
  }
  return text;
}

void tell_command(Inspector& to, const raft::Entry& entry) {
  kv::Command command;
  if (wire::decode(entry.data, command) != Errc::ok) {
    to.bytes("data", entry.data.view());
    return;
  }
  to.text("command", text_of(command));
  to.number("session", command.session);
  to.number("sequence", command.sequence);
}

void tell_caller(Inspector& to, const Caller& caller) {
  to.node("client", caller.client);
  to.number("operation", caller.operation);
  to.number("attempt", caller.attempt);
}

void inspect_service(const State& s, Inspector& to) {
  const InspectedGroup service(to, "service");
  inspect_list(to, "queued", s.queued.waiting(), [&](const QueuedCommand& queued) {
    const InspectedGroup group(to);
    tell_caller(to, queued.caller);
  });
  inspect_list(to, "proposed", s.commands.waiting(), [&](const PendingCommand& pending) {
    const InspectedGroup group(to);
    to.number("index", pending.index.value);
    to.number("term", pending.term.value);
    tell_caller(to, pending.caller);
  });
  inspect_list(to, "reads", s.reads, [&](const PendingRead& read) {
    const InspectedGroup group(to);
    to.flag("ready", read.ready);
    to.number("index", read.index.value);
    tell_caller(to, read.caller);
    to.text("command", text_of(read.command));
  });
  to.number("admin", s.admin.size());
}

void inspect_store(const State& s, Inspector& to) {
  const InspectedGroup store(to, "store");
  to.flag("recovered", s.log.recovered());
  to.flag("failed", s.log.failed());
  to.flag("idle", s.log.idle());
  to.number("issued_ticket", s.issued_ticket);
  to.number("durable_ticket", s.durable_ticket);
  to.flag("saving_snapshot", s.saving_snapshot);
  to.flag("quarantined", s.quarantined);
  if (s.log.recovered()) to.number("newest_snapshot", s.log.newest_snapshot().index.value);
  inspect_list(to, "held_frames", s.held, [&](const HeldFrame& held) {
    const InspectedGroup group(to);
    to.node("to", held.to);
    to.number("type", held.type);
    to.number("waits_for_ticket", held.wait_for);
    to.number("bytes", held.frame.size());
  });
}

}  // namespace

void inspect(const State& s, Inspector& to) {
  to.text("phase", name_of(s.phase));
  if (s.core) {
    const InspectedGroup raft(to, "raft");
    raft::inspect(*s.core, to, tell_command);
  }
  {
    const InspectedGroup machine(to, "machine");
    to.number("applied", s.machine.applied().value);
    to.number("applied_term", s.applied_term.value);
    to.number("keys", s.machine.keys());
    to.number("sessions", s.machine.sessions());
    to.number("digest", s.machine.state_digest());
  }
  inspect_service(s, to);
  inspect_store(s, to);
  to.instant("armed", s.armed);
}

}  // namespace wn::node
