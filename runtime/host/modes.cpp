// LOCAL operations, and clients that have seen more than this replica has.
#include "runtime/host/impl.h"

namespace wn::host {

// No network, no mailbox: answered by the next settle(), behind its record. The worknode need not be in the
// tree: what a node keeps for itself is nobody else's affair.
void Host::serve_local(NodeId from, const realm::Request& request) {
  const bool begun = local_.took(from, request.operation);
  if (const auto refused = realm_->admit(moment(), from, request, begun, effects_); refused && !begun)
    return answer(from, *refused);
  modes::LocalOperation operation{.client = from,
                                  .number = request.operation,
                                  .function = modes::LocalFunction::get,
                                  .worknode = request.worknode,
                                  .property = static_cast<std::uint32_t>(request.property),
                                  .value = request.value};
  if (request.function == realm::Function::put) operation.function = modes::LocalFunction::put;
  if (request.function == realm::Function::add) operation.function = modes::LocalFunction::add;
  const modes::LocalAnswer got = local_.execute(operation, local_journal_);
  realm::Reply reply;
  reply.operation = request.operation;
  reply.attempt = request.attempt;
  reply.error = got.error;
  // timed_out: a copy, or not, of what a client that is forgotten by now has asked. Nobody knows.
  const bool open = got.error == Errc::overloaded || got.error == Errc::timed_out;
  if (got.error != Errc::ok) reply.code = open ? realm::ReplyCode::overloaded : realm::ReplyCode::refused;
  reply.found = got.found;
  if (got.found) reply.items = {got.value};
  answer(from, reply);
}

// Until what the client has seen elsewhere has come here too, or its time is up.
void Host::park(RequestHandle handle) {
  const Instant until = backend_.clock.monotonic_now() + kParkedPatience;
  parked_.push_back({.handle = handle, .until = until});
  backend_.probe.sometimes("host: a client has seen more than this replica");
  if (parked_.size() > kParkedMax) parked_.front().until = Instant{};
}

void Host::serve_parked() {
  if (parked_.empty()) return;
  const Instant now = backend_.clock.monotonic_now();
  std::deque<Parked> waiting;
  waiting.swap(parked_);
  for (const Parked& p : waiting) {
    const auto found = requests_.find(p.handle);
    if (!found) continue;
    const PendingRequest pending = **found;
    if (realm_->covers(pending.request.session.view()) == Errc::ok) {
      dispatch(p.handle);
    } else if (p.until <= now) {
      finish(p.handle, realm_->refuse_for_good(pending.client, pending.request, Errc::behind, effects_));
    } else {
      parked_.push_back(p);
    }
  }
  settle();
}

Instant Host::parked_deadline() const { return parked_.empty() ? Instant::max() : parked_.front().until; }

}  // namespace wn::host
