// Clients' requests: into a mailbox, and out as replies.
#include "runtime/base/check.h"
#include "runtime/host/impl.h"
#include "runtime/realm/codec.h"
#include "runtime/wire/frame.h"

namespace wn::host {
namespace {

using realm::Function;

// The worknode whose handler carries the request out; none: it concerns the realm.
WorknodeId worknode_that_serves(const realm::Request& request) {
  switch (request.function) {
    case Function::create:
      return request.other;
    case Function::revoke:
    case Function::publish:
      return {};
    default:
      return request.worknode;
  }
}

}  // namespace

void Host::receive_request(NodeId from, ByteView payload) {
  realm::Request request;
  if (realm::decode(payload, request) != Errc::ok) {
    backend_.probe.sometimes("host: a request that cannot be read");
    return;
  }
  if (requests_.waits(from, request.operation)) return;  // it will be answered
  switch (request.mode) {
    case Mode::local:
      return serve_local(from, request);
    case Mode::eventual:
      if (send_home(from, request)) return;
      return serve_here(from, std::move(request));
    case Mode::strong:
      return serve_strong(from, request);
  }
}

void Host::serve_here(NodeId from, realm::Request request) {
  const WorknodeId worknode = worknode_that_serves(request);
  const bool known = worknode && (worknode == realm::kRealmRoot || realm_->parent_of(worknode));
  if (!known) {
    if (const auto reply = realm_->execute(moment(), from, request, effects_)) answer(from, *reply);
    return settle();
  }
  const Errc covered = realm_->covers(request.session.view());
  if (covered == Errc::corrupt)
    return answer(from, realm_->refuse_for_good(from, request, covered, effects_));
  const auto handle =
      requests_.add({.client = from, .arrived = backend_.clock.monotonic_now(), .request = request});
  if (!handle) return refuse(from, request, realm::ReplyCode::overloaded, memory::errc_of(handle.error()));
  if (covered == Errc::behind) return park(*handle);
  dispatch(*handle);
}

void Host::dispatch(RequestHandle handle) {
  const auto found = requests_.find(handle);
  if (!found) return;  // it waited too long
  const realm::Request request = (*found)->request;
  const WorknodeId worknode = worknode_that_serves(request);
  if (request.function == Function::call) {
    // Those that it will call must be there: handlers spawn below themselves only.
    const auto children = realm_->children_of(worknode, calls_max());
    if (children) {
      for (const WorknodeId child : *children) static_cast<void>(actor_of(child));
    }
  }
  const auto actor = actor_of(worknode);
  actor::Message message;
  message.kind = kServe;
  message.word[0] = handle.raw.bits;
  const actor::Sent sent = actor ? system_->send(*actor, message) : actor::Sent::no_memory;
  if (actor::is_queued(sent)) return;
  emit(TraceKind::mailbox_full, worknode.low, static_cast<std::uint64_t>(options_.mailbox_full),
       mailbox_messages());
  finish_refused(handle, realm::ReplyCode::overloaded, actor::to_errc(sent));
}

// Leaves with the next settle(), behind the records of what it answers.
void Host::answer(NodeId client, const realm::Reply& reply) {
  effects_.answers.push_back({.client = client, .reply = reply});
}

void Host::refuse(NodeId client, const realm::Request& request, realm::ReplyCode code, Errc error) {
  realm::Reply reply;
  reply.operation = request.operation;
  reply.attempt = request.attempt;
  reply.code = code;
  reply.error = error;
  answer(client, reply);
}

void Host::finish(RequestHandle handle, const realm::Reply& reply) {
  const auto found = requests_.find(handle);
  if (!found) return;
  const NodeId client = (*found)->client;
  const rpc::Incoming remote{(*found)->remote};
  requests_.remove(handle);
  if (remote) return reply_for(remote, reply);
  answer(client, reply);
}

void Host::finish_refused(RequestHandle handle, realm::ReplyCode code, Errc error) {
  const auto found = requests_.find(handle);
  if (!found) return;
  realm::Reply reply;
  reply.operation = (*found)->request.operation;
  reply.attempt = (*found)->request.attempt;
  reply.code = code;
  reply.error = error;
  finish(handle, reply);
}

}  // namespace wn::host
