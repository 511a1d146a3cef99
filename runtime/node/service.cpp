// Clients: what they ask, and when and how they are answered.
#include <algorithm>
#include <utility>

#include "runtime/node/rules.h"

namespace wn::node {
namespace {

kv::ReplyCode code_of(Errc refusal) {
  switch (refusal) {
    case Errc::not_leader:
      return kv::ReplyCode::not_leader;
    case Errc::overloaded:
    case Errc::timed_out:  // a follower did not catch up in time: it may next time
    case Errc::cancelled:
      return kv::ReplyCode::overloaded;
    default:
      return kv::ReplyCode::rejected;
  }
}

// Whom to ask instead. A server that has heard nothing from its leader for a while (one that was removed from
// the configuration, say) must not send clients back to it for ever.
NodeId leader_hint(const State& s) {
  if (s.role == raft::Role::leader) return s.options.id;
  const Instant now = s.backend.clock.monotonic_now();
  return now - s.leader_heard <= s.options.raft.election_timeout_max ? s.leader : kNobody;
}

std::size_t pending(const State& s) {
  return s.queued.size() + s.commands.size() + s.reads.size() + s.admin.size();
}

void accept_command(State& s, const Caller& caller) {
  if (kv::validate(s.request.request.command) != kv::Status::ok ||
      s.request.command.size() > raft::kEntryBytesMax) {
    return reply(s, caller, kv::ReplyCode::rejected);
  }
  s.queued.push_back({.caller = caller, .command = s.request.command});
  if (s.queued.size() >= s.options.limits.batch_commands_max) propose_queued(s, true);
}

void accept_read(State& s, const Caller& caller) {
  const kv::Command& command = s.request.request.command;
  if (!kv::is_read(command) || kv::validate(command) != kv::Status::ok) {
    return reply(s, caller, kv::ReplyCode::rejected);
  }
  const std::uint64_t context = ++s.last_context;
  s.reads.push_back({.context = context, .caller = caller, .command = command});
  step(s, raft::RequestRead{context});
}

bool to_members(const std::vector<NodeId>& ids, raft::MemberList& out) {
  return std::ranges::all_of(ids, [&](NodeId id) { return id && out.insert_sorted(id); });
}

void accept_admin(State& s, const Caller& caller) {
  const kv::ClientRequest& request = s.request.request;
  if (s.admin.size() >= kPendingAdminMax) return reply(s, caller, kv::ReplyCode::overloaded);
  const std::uint64_t context = ++s.last_context;
  if (request.kind == kv::RequestKind::transfer) {
    if (!request.target) return reply(s, caller, kv::ReplyCode::rejected);
    s.admin.push_back({.context = context, .caller = caller});
    if (s.from_image) {
      s.backend.probe.sometimes("node: a server that began from an image is asked to hand over");
      // Defect image_lost_on_transfer, the canary of the workload's blind spots: nothing shows it but these
      // two together, an image taken up and a transfer asked for.
      if (s.options.defect == Defect::image_lost_on_transfer) s.machine = kv::StateMachine(kv::Options{});
    }
    return step(s, raft::TransferLeadership{.to = request.target, .context = context});
  }
  raft::ChangeMembership change{.context = context};
  if (request.voters.empty() || !to_members(request.voters, change.voters) ||
      !to_members(request.learners, change.learners)) {
    return reply(s, caller, kv::ReplyCode::rejected);
  }
  s.admin.push_back({.context = context, .caller = caller});
  step(s, change);
}

}  // namespace

void receive_request(State& s, NodeId from, const Bytes& frame, const wire::FrameView& view) {
  if (wire::decode_opened(frame, view, s.request) != Errc::ok) {
    s.backend.probe.sometimes("node: invalid request dropped");
    return;
  }
  const kv::ClientRequest& request = s.request.request;
  const Caller caller{.client = from, .operation = request.operation, .attempt = request.attempt};
  if (s.role != raft::Role::leader) return reply(s, caller, kv::ReplyCode::not_leader);
  if (pending(s) >= s.options.limits.pending_requests_max ||
      WN_FAULT_POINT(s.backend.fault_points, "node.too-many-pending")) {
    s.backend.probe.sometimes("node: request refused, too many pending");
    return reply(s, caller, kv::ReplyCode::overloaded);
  }
  switch (request.kind) {
    case kv::RequestKind::operation:
      return accept_command(s, caller);
    case kv::RequestKind::read:
      return accept_read(s, caller);
    case kv::RequestKind::membership:
    case kv::RequestKind::transfer:
      return accept_admin(s, caller);
  }
}

void reply(State& s, const Caller& caller, kv::ReplyCode code, kv::Reply answer) {
  const kv::ClientReply out{.operation = caller.operation,
                            .attempt = caller.attempt,
                            .code = code,
                            .leader = leader_hint(s),
                            .reply = std::move(answer)};
  send_frame(s, caller.client, static_cast<std::uint8_t>(wire::FrameType::client_reply), wire::encode(out));
}

void propose_queued(State& s, bool now_or_never) {
  // While the disk is busy, commands gather and go into one entry batch, one write and one sync.
  if (s.queued.empty() || (!now_or_never && s.durable_ticket < s.issued_ticket)) return;
  s.proposal.clear();
  s.proposers.clear();
  while (!s.queued.empty() && s.proposal.size() < s.options.limits.batch_commands_max) {
    QueuedCommand& command = s.queued.front();
    s.proposal.push_back(std::move(command.command));
    s.proposers.push_back(command.caller);
    s.queued.pop_front();
    if (WN_FAULT_POINT(s.backend.fault_points, "node.batch-cut-short")) break;
  }
  s.proposal_context = ++s.last_context;
  step(s, raft::Propose{.commands = s.proposal, .context = s.proposal_context});
  s.proposal.clear();
  s.proposers.clear();
}

void on_refusals(State& s) {
  for (const raft::Refusal& refusal : s.effects.refusals) {
    const kv::ReplyCode code = code_of(refusal.code);
    if (refusal.context == s.proposal_context) {
      for (const Caller& caller : s.proposers) reply(s, caller, code);
      continue;
    }
    const auto read = std::ranges::lower_bound(s.reads, refusal.context, {}, &PendingRead::context);
    if (read != s.reads.end() && read->context == refusal.context) {
      const Caller caller = read->caller;
      s.reads.erase(read);
      reply(s, caller, code);
      continue;
    }
    const auto admin = std::ranges::find(s.admin, refusal.context, &PendingAdmin::context);
    if (admin == s.admin.end()) continue;
    const Caller caller = admin->caller;
    s.admin.erase(admin);
    reply(s, caller, code);
  }
}

void on_reads_ready(State& s) {
  for (const raft::ReadReady& ready : s.effects.reads) {
    const auto read = std::ranges::lower_bound(s.reads, ready.context, {}, &PendingRead::context);
    if (read == s.reads.end() || read->context != ready.context) continue;
    read->ready = true;
    read->index = ready.index;
  }
  answer_ready_reads(s);
}

void on_completed(State& s) {
  for (std::uint64_t context : s.effects.completed) {
    const auto admin = std::ranges::find(s.admin, context, &PendingAdmin::context);
    if (admin == s.admin.end()) continue;
    const Caller caller = admin->caller;
    s.admin.erase(admin);
    reply(s, caller, kv::ReplyCode::done);
  }
}

void abandon_clients(State& s) {
  while (!s.queued.empty()) {
    reply(s, s.queued.front().caller, kv::ReplyCode::not_leader);
    s.queued.pop_front();
  }
  while (!s.commands.empty()) {
    reply(s, s.commands.front().caller, kv::ReplyCode::uncertain);
    s.commands.pop_front();
  }
  // A read that already has its read point stays valid: the point was confirmed while this node led.
  std::erase_if(s.reads, [&](const PendingRead& read) {
    if (!read.ready) reply(s, read.caller, kv::ReplyCode::not_leader);
    return !read.ready;
  });
}

}  // namespace wn::node
