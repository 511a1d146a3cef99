// Actors of worknodes: where they live, what they do, and what becomes of them.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/host/impl.h"

namespace wn::host {
namespace {

constexpr Duration kCallTimeout = milliseconds(500);

std::uint64_t code_of(const actor::Outcome& outcome) { return static_cast<std::uint64_t>(outcome.code); }

realm::Reply reply_to(const realm::Request& request) {
  realm::Reply reply;
  reply.operation = request.operation;
  reply.attempt = request.attempt;
  return reply;
}

}  // namespace

std::size_t Host::ToldOrder::choose(std::uint64_t step, std::span<const actor::ActorId> ready) {
  const std::size_t choice = inner_.choose(step, ready);
  if (ready.size() > 1) {
    host_.emit(TraceKind::actor_chosen, step, choice, ready.size(), host_.worknode_of(ready[choice]).low);
  }
  return choice;
}

WorknodeId Host::worknode_of(actor::ActorId actor) const {
  const auto at = places_.find(actor.value);
  return at == places_.end() ? WorknodeId{} : at->second;
}

// The worknode's actor, with those above it. None: a limit.
std::optional<actor::ActorId> Host::actor_of(WorknodeId worknode) {
  std::vector<WorknodeId> missing;
  actor::ActorId above = actor::kOutside;
  for (WorknodeId at = worknode; at; at = realm_->parent_of(at)) {
    if (const auto known = actors_.find(at); known != actors_.end()) {
      above = known->second;
      break;
    }
    if (missing.size() == kPathMax) return {};
    missing.push_back(at);
  }
  for (auto it = missing.rbegin(); it != missing.rend(); ++it) {
    const Result<actor::ActorId> spawned =
        system_->spawn({.kind = worknode_kind_, .behaviour = &serving_, .state = it->low}, above);
    if (!spawned) return {};
    above = *spawned;
    actors_[*it] = above;
    places_[above.value] = *it;
  }
  return above;
}

// A worknode that moved has another supervisor now.
void Host::restart_moved() {
  for (const WorknodeId moved : effects_.moved) {
    const auto at = actors_.find(moved);
    if (at == actors_.end()) continue;
    backend_.probe.sometimes("host: an actor moved with its worknode");
    static_cast<void>(system_->stop(at->second));
  }
}

// Null when the request was answered meanwhile: the handle is stale.
PendingRequest* Host::request_of(const actor::Message& message, WorknodeId holder) {
  const RequestHandle handle{memory::RawHandle{message.word[0]}};
  const auto found = requests_.find(handle);
  if (!found) {
    backend_.probe.sometimes("host: a stale handle was refused");
    return nullptr;
  }
  const realm::Request& request = (*found)->request;
  const WorknodeId owner = request.function == realm::Function::create ? request.other : request.worknode;
  emit(TraceKind::handle_used, handle.raw.bits, holder.low, owner.low);
  return *found;
}

actor::Outcome Host::serve(actor::Context& context, const actor::Message& message) {
  const WorknodeId self = worknode_of(context.self());
  if (message.kind == kCount && message.is_request()) {
    actor::Message answer;
    answer.kind = kCount;
    answer.word[0] = static_cast<std::uint64_t>(realm_->counter_of(self).value_or(0));
    static_cast<void>(context.reply(message, answer));
    return actor::done();
  }
  if (message.kind == kCountFor) {
    reply_count(rpc::Incoming{message.word[0]}, realm_->counter_of(self).value_or(0));
    return actor::done();
  }
  if (message.kind != kServe) return actor::done();
  const RequestHandle handle{memory::RawHandle{message.word[0]}};
  PendingRequest* pending = request_of(message, self);
  if (pending == nullptr) return actor::done();
  ++mailbox_waits_;
  mailbox_waited_ = mailbox_waited_ + (backend_.clock.monotonic_now() - pending->arrived);
  const realm::Request request = pending->request;
  const NodeId client = pending->client;
  if (request.function != realm::Function::call && request.function != realm::Function::crash) {
    const auto reply = realm_->execute(moment(), client, request, effects_);
    if (reply) {
      finish(handle, *reply);
    } else {
      requests_.remove(handle);  // answered later, by the realm
    }
    return actor::done();
  }
  const bool counted = message.word[1] != 0;  // elsewhere: it comes for the second time
  if (!counted) {
    if (const auto refused = realm_->authorize(moment(), client, request, effects_)) {
      finish(handle, *refused);
      return actor::done();
    }
  }
  if (request.function == realm::Function::crash) {
    realm::Reply reply = reply_to(request);
    reply.code = realm::ReplyCode::failed;
    reply.error = Errc::internal;
    finish(handle, reply);
    return actor::failed(Errc::internal, "asked to fail");
  }
  if (!counted && sum_elsewhere(handle, self)) return actor::done();
  const Result<actor::ActorId> helper =
      context.spawn({.kind = sum_kind_, .behaviour = &summing_, .state = self.low});
  actor::Message forward;
  forward.kind = kSum;
  forward.word[0] = message.word[0];
  if (!helper || !actor::is_queued(context.send(*helper, forward))) {
    realm::Reply reply = reply_to(request);
    reply.code = realm::ReplyCode::overloaded;
    reply.error = Errc::overloaded;
    finish(handle, reply);
  } else {
    places_[helper->value] = self;
  }
  return actor::done();
}

// On a fiber: reads like straight code, waits for each child's answer.
actor::Outcome Host::sum(actor::Context& context, const actor::Message& message) {
  const WorknodeId self = worknode_of(context.self());
  const RequestHandle handle{memory::RawHandle{message.word[0]}};
  std::int64_t total = 0;
  if (const auto elsewhere = sums_.extract(message.word[0])) total = elsewhere.mapped().total;
  PendingRequest* pending = request_of(message, self);
  if (pending == nullptr) return actor::done();
  realm::Reply reply = reply_to(pending->request);
  const auto children = realm_->children_of(self, calls_max());
  if (!children) {
    reply.code = realm::ReplyCode::refused;
    reply.error = children.error().code;
  } else {
    for (const WorknodeId child : *children) {
      if (home_of(child) != options_.realm.node) continue;
      const auto known = actors_.find(child);
      if (known == actors_.end()) continue;  // it came while we waited
      actor::Message ask;
      ask.kind = kCount;
      const Result<actor::Received> counted = context.call(known->second, ask, kCallTimeout);
      if (!counted) {
        reply.code = realm::ReplyCode::overloaded;
        reply.error = counted.error().code;
        break;
      }
      total += static_cast<std::int64_t>(counted->message.word[0]);
    }
  }
  if (reply.code == realm::ReplyCode::done) {
    reply.found = true;
    reply.items = {total};
  }
  finish(handle, reply);
  static_cast<void>(context.stop(context.self()));
  return actor::done();
}

void Host::on_failed(const actor::Failure& failure) {
  emit(TraceKind::actor_failed, worknode_of(failure.actor).low, code_of(failure.outcome), restarts_);
}

void Host::on_restarted(actor::ActorId actor) {
  emit(TraceKind::actor_restarted, worknode_of(actor).low, ++restarts_);
}

void Host::on_stopped(actor::ActorId actor) {
  const auto at = places_.find(actor.value);
  if (at == places_.end()) return;
  const auto own = actors_.find(at->second);
  if (own != actors_.end() && own->second == actor) {
    emit(TraceKind::actor_stopped, at->second.low, 0);
    actors_.erase(own);
  }
  places_.erase(at);
}

void Host::on_escalated(actor::ActorId from, actor::ActorId to, const actor::Outcome&) {
  emit(TraceKind::actor_escalated, worknode_of(from).low, worknode_of(to).low);
}

void Host::on_stalled(const actor::Stall& stall) {
  emit(TraceKind::actor_stalled, worknode_of(stall.actor).low, stall.message_kind,
       static_cast<std::uint64_t>(stall.ran.ns));
}

void Host::on_shed(actor::ActorId actor, const actor::Message& message) {
  if (message.kind != kServe) return;
  emit(TraceKind::mailbox_full, worknode_of(actor).low, static_cast<std::uint64_t>(options_.mailbox_full),
       mailbox_messages());
  const RequestHandle handle{memory::RawHandle{message.word[0]}};
  const auto found = requests_.find(handle);
  if (!found) return;
  realm::Reply reply = reply_to((*found)->request);
  reply.code = realm::ReplyCode::overloaded;
  reply.error = Errc::overloaded;
  finish(handle, reply);
}

}  // namespace wn::host
