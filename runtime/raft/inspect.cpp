#include "runtime/raft/inspect.h"

#include <algorithm>
#include <string>

#include "runtime/raft/state.h"

namespace wn::raft {

std::string_view name_of(Role role) {
  switch (role) {
    case Role::follower:
      return "follower";
    case Role::pre_candidate:
      return "pre_candidate";
    case Role::candidate:
      return "candidate";
    case Role::leader:
      return "leader";
  }
  return "unknown";
}

namespace {

std::string_view name_of(EntryKind kind) {
  switch (kind) {
    case EntryKind::command:
      return "command";
    case EntryKind::noop:
      return "noop";
    case EntryKind::configuration:
      return "configuration";
  }
  return "unknown";
}

std::string_view name_of(ProgressState state) {
  switch (state) {
    case ProgressState::probe:
      return "probe";
    case ProgressState::replicate:
      return "replicate";
    case ProgressState::snapshot:
      return "snapshot";
  }
  return "unknown";
}

std::string_view name_of(ChangePhase phase) {
  switch (phase) {
    case ChangePhase::none:
      return "none";
    case ChangePhase::catching_up:
      return "catching_up";
    case ChangePhase::joint:
      return "joint";
    case ChangePhase::finishing:
      return "finishing";
    case ChangePhase::undoing:
      return "undoing";
  }
  return "unknown";
}

void inspect_members(Inspector& to, std::string_view name, const MemberList& members) {
  inspect_list(to, name, members, [&](NodeId id) { to.node({}, id); });
}

void inspect_log(const State& s, Inspector& to, const TellCommand& tell) {
  const std::uint64_t told = std::min(s.log.size(), kInspectedEntriesMax);
  to.begin_list("log");
  if (told < s.log.size()) to.left_out(s.log.size() - told);
  for (std::uint64_t i = 0; i < told; ++i) {
    const Entry& entry = s.log.at(LogIndex(s.log.last_index().value + i + 1 - told));
    const InspectedGroup group(to);
    to.number("index", entry.index.value);
    to.number("term", entry.term.value);
    to.text("kind", name_of(entry.kind));
    to.number("size", entry.data.size());
    if (tell && entry.kind == EntryKind::command) {
      tell(to, entry);
    } else {
      to.bytes("data", entry.data.view());
    }
  }
  to.end();
}

void inspect_peer(const Progress& peer, Inspector& to) {
  const InspectedGroup group(to, "n" + std::to_string(peer.id.value));
  to.text("state", name_of(peer.state));
  to.number("match", peer.match.value);
  to.number("next", peer.next.value);
  to.number("in_flight", peer.window.size());
  to.flag("probe_sent", peer.probe_sent);
  to.instant("last_contact", peer.last_contact);
  if (peer.state == ProgressState::snapshot) to.number("image_offset", peer.image_offset);
}

void inspect_leader(const State& s, Inspector& to) {
  to.instant("lease_until", s.lease_until);
  to.flag("lease_forfeited", s.lease_forfeited);
  to.number("round", s.round);
  to.number("confirmed_round", s.confirmed_round);
  to.number("term_start", s.term_start.value);
  to.begin_group("peers");
  for (const Progress& peer : s.progress) inspect_peer(peer, to);
  to.end();
  inspect_list(to, "reads", s.reads, [&](const PendingRead& read) {
    const InspectedGroup group(to);
    to.number("context", read.context);
    to.number("index", read.index.value);
    to.number("round", read.round);
  });
  to.text("change", name_of(s.change.phase));
  if (s.transfer.active) to.node("transfer_to", s.transfer.to);
}

}  // namespace

void inspect(const RaftCore& core, Inspector& to, const TellCommand& tell) {
  const State& s = core.state();
  to.text("role", name_of(s.role));
  to.number("term", s.term.value);
  to.node("voted_for", s.voted_for);
  to.node("leader", s.leader);
  to.number("commit", s.commit.value);
  to.number("last_index", s.log.last_index().value);
  to.number("last_term", s.log.last_term().value);
  to.number("durable_index", s.durable_index.value);
  to.number("snapshot_index", s.snapshot.index.value);
  to.number("quarantine_until", s.quarantine_until.value);
  to.begin_group("configuration");
  to.number("index", s.configuration_index().value);
  inspect_members(to, "voters", s.configuration().voters);
  inspect_members(to, "outgoing", s.configuration().outgoing);
  inspect_members(to, "learners", s.configuration().learners);
  to.end();
  to.instant("election_deadline", s.election_deadline);
  to.number("issued_ticket", s.issued_ticket);
  to.number("durable_ticket", s.durable_ticket);
  if (s.role == Role::candidate || s.role == Role::pre_candidate) {
    inspect_members(to, "granted", s.granted);
    inspect_members(to, "rejected", s.rejected);
  }
  if (s.role == Role::leader) inspect_leader(s, to);
  if (s.incoming.active) to.number("incoming_image_offset", s.incoming.next_offset);
  inspect_log(s, to, tell);
}

}  // namespace wn::raft
