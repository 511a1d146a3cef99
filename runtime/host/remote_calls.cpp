// Worknodes that are at home on other nodes: requests go there, and sums over children are put together from
// there. A client's operation has one number wherever it is carried out, so it takes effect once however
// often it is sent on; where the answer is missing, the client is told `overloaded` with the reason, and asks
// again.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"
#include "runtime/host/impl.h"
#include "runtime/host/placement.h"
#include "runtime/realm/codec.h"
#include "runtime/wire/frame.h"

namespace wn::host {
namespace {

using realm::Function;

constexpr Duration kPatience = milliseconds(900);  // below that of a request, so that the client is told why
constexpr std::size_t kCountBytes = 8;

// Those that concern one worknode and can be carried out by any replica.
bool goes_home(const realm::Request& request) {
  if (request.mode != Mode::eventual) return false;
  switch (request.function) {
    case Function::get:
    case Function::put:
    case Function::append:
    case Function::add:
    case Function::spend:
    case Function::include:
    case Function::exclude:
    case Function::nest:
    case Function::call:
      return true;
    default:
      return false;
  }
}

bool changes(Function function) { return function != Function::get && function != Function::call; }

Errc error_of(rpc::Status status) {
  switch (status) {
    case rpc::Status::overloaded:
    case rpc::Status::no_calls_left:
      return Errc::overloaded;
    case rpc::Status::too_large:
      return Errc::too_large;
    case rpc::Status::cancelled:
      return Errc::cancelled;
    case rpc::Status::done:
    case rpc::Status::bad_response:
      return Errc::bad_input;  // what came is not an answer to this call, or not the callee's
    default:
      return Errc::timed_out;
  }
}

Bytes bytes_of_count(std::int64_t count) {
  const auto bits = static_cast<std::uint64_t>(count);
  return Bytes::build(kCountBytes, [&](std::uint8_t* to) {
    for (std::size_t i = 0; i < kCountBytes; ++i) to[i] = static_cast<std::uint8_t>(bits >> (8 * i));
  });
}

std::optional<std::int64_t> count_from(const std::vector<Bytes>& items) {
  if (items.size() != 1 || items[0].size() != kCountBytes) return {};
  std::uint64_t bits = 0;
  for (std::size_t i = 0; i < kCountBytes; ++i) bits |= std::uint64_t{items[0].view()[i]} << (8 * i);
  return static_cast<std::int64_t>(bits);
}

}  // namespace

Bytes incarnation_bytes(std::uint64_t incarnation) {
  std::vector<std::uint8_t> bytes;
  ProtoWriter(bytes).varint(1, incarnation);
  return Bytes::copy_of(ByteView(bytes));
}

bool incarnation_from(ByteView bytes, std::uint64_t& out) {
  ProtoReader in(bytes);
  std::uint64_t got = 0;
  if (!in.varint(1, got) || !in.done()) return false;
  out = std::max(out, got);
  return true;
}

// Each start has a number of its own, durable before any frame of it leaves.
void Host::start_remote() {
  if (!options_.remote_calls && !options_.endpoint && !groups_) return;
  ++incarnation_;
  journal_.append(tagged(Part::rpc, incarnation_bytes(incarnation_)));
  remote_rests_on_ = journal_.appended();
  const auto& identity = options_.realm.identity;
  remote_ = std::make_unique<Remote>(Remote::Options{.node = options_.realm.node,
                                                     .members = options_.realm.members,
                                                     .incarnation = incarnation_,
                                                     .calls_per_handler = calls_max(),
                                                     .identity = identity ? &*identity : nullptr,
                                                     .defect = options_.defect,
                                                     .fault_points = backend_.fault_points},
                                     std::pmr::new_delete_resource());
  start_strong();
  if (!options_.remote_calls) return;
  remote_->serve(RemoteMethod::execute, [this](const rpc::Delivery& d) { execute_for(d); });
  remote_->serve(RemoteMethod::count, [this](const rpc::Delivery& d) { count_for(d); });
}

// Handlers and outcomes that are due, each with all that follows from it.
void Host::serve_remote() {
  while (remote_ && !failed_ && remote_->run_next()) settle();
}

void Host::settle_remote() {
  if (!remote_) return;
  rpc::Effects& effects = remote_->flush({.now = backend_.clock.monotonic_now()});
  for (const rpc::Note& note : effects.notes) backend_.probe.emit(note.kind, note.field);
  for (const Claim claim : effects.sometimes) backend_.probe.sometimes(claim);
  if (std::exchange(remote_tells_, false)) remote_rests_on_ = journal_.appended();
  for (rpc::Outgoing& out : effects.sends)
    send_after(remote_rests_on_, out.to, static_cast<std::uint8_t>(out.kind), std::move(out.payload));
  effects.clear();
}

NodeId Host::home_of(WorknodeId worknode) const {
  return options_.remote_calls ? placed_on(worknode, options_.realm.members) : options_.realm.node;
}

// False: its home is here.
bool Host::send_home(NodeId from, const realm::Request& request) {
  if (!remote_ || !goes_home(request)) return false;
  const NodeId home = home_of(request.worknode);
  if (home == options_.realm.node) return false;
  const auto handle =
      requests_.add({.client = from, .arrived = backend_.clock.monotonic_now(), .request = request});
  if (!handle) {
    refuse(from, request, realm::ReplyCode::overloaded, memory::errc_of(handle.error()));
    return true;
  }
  backend_.probe.sometimes("host: a request sent to its worknode's home");
  realm::Request bare = request;
  bare.token = {};
  bare.attempt = 1;  // an operation looks the same however often it is asked for
  remote_->call({.now = backend_.clock.monotonic_now()},
                {.to = home,
                 .method = RemoteMethod::execute,
                 .target = request.worknode,
                 .key = {from, request.operation},
                 .within = kPatience,
                 .arguments = {realm::encode(bare)},
                 .capability = request.token},
                [this, handle = *handle](const rpc::Completion& c) { answer_from_home(handle, c); });
  return true;
}

void Host::answer_from_home(RequestHandle handle, const rpc::Completion& completion) {
  const auto found = requests_.find(handle);
  if (!found) return;
  const realm::Request& request = (*found)->request;
  realm::Reply reply;
  const bool answered = completion.status == rpc::Status::done && completion.result.items.size() == 1 &&
                        realm::decode(completion.result.items[0].view(), reply) == Errc::ok;
  if (answered) {
    reply.operation = request.operation;
    reply.attempt = request.attempt;
    return finish(handle, reply);
  }
  const Errc error = error_of(completion.status);
  backend_.probe.sometimes(error == Errc::bad_input
                               ? Claim("host: an answer of a worknode's home was not believed")
                               : Claim("host: a worknode's home did not answer in time"));
  // An answer too large for one call stays so; what may have taken effect is not called refused.
  const bool for_good = error == Errc::too_large && !changes(request.function);
  finish_refused(handle, for_good ? realm::ReplyCode::refused : realm::ReplyCode::overloaded, error);
}

// Another node asks, for one of its clients.
void Host::execute_for(const rpc::Delivery& d) {
  realm::Request request;
  const bool good = d.arguments.size() == 1 && realm::decode(d.arguments[0].view(), request) == Errc::ok &&
                    goes_home(request) && request.worknode == d.target &&
                    home_of(d.target) == options_.realm.node;
  if (!good) {
    rpc::Answer denied;
    denied.status = rpc::Status::denied;
    return remote_->reply({.now = backend_.clock.monotonic_now()}, d.call, std::move(denied));
  }
  request.operation = d.key.number;  // which operation it is, the key says
  request.token = d.capability;
  const NodeId client = d.key.caller;
  const bool known = request.worknode == realm::kRealmRoot || realm_->parent_of(request.worknode);
  if (!known) {
    const auto reply = realm_->execute(moment(), client, request, effects_);
    WN_CHECK(reply.has_value());
    return reply_for(d.call, *reply);
  }
  const Errc covered = realm_->covers(request.session.view());
  if (covered == Errc::corrupt)
    return reply_for(d.call, realm_->refuse_for_good(client, request, covered, effects_));
  const auto handle = requests_.add({.client = client,
                                     .arrived = backend_.clock.monotonic_now(),
                                     .request = request,
                                     .remote = d.call.value});
  if (!handle) {
    realm::Reply full;
    full.code = realm::ReplyCode::overloaded;
    return reply_for(d.call, full);
  }
  if (covered == Errc::behind) return park(*handle);
  dispatch(*handle);
}

void Host::reply_for(rpc::Incoming call, const realm::Reply& reply) {
  remote_tells_ = true;
  const rpc::Moment now{.now = backend_.clock.monotonic_now()};
  if (reply.code == realm::ReplyCode::overloaded) {
    // It took no effect and may do better: not an outcome to be remembered.
    rpc::Answer answer;
    answer.status = rpc::Status::overloaded;
    return remote_->reply(now, call, std::move(answer));
  }
  remote_->reply(now, call, {realm::encode(reply)});
}

void Host::count_for(const rpc::Delivery& d) {
  const bool known = realm_->parent_of(d.target) != WorknodeId{};
  const auto actor = known ? actor_of(d.target) : std::nullopt;
  if (!known) return reply_count(d.call, 0);  // it has not come here yet: nor has anything of it
  actor::Message message;
  message.kind = kCountFor;
  message.word[0] = d.call.value;
  if (actor && actor::is_queued(system_->send(*actor, message))) return;
  rpc::Answer answer;
  answer.status = rpc::Status::overloaded;
  remote_->reply({.now = backend_.clock.monotonic_now()}, d.call, std::move(answer));
}

void Host::reply_count(rpc::Incoming call, std::int64_t count) {
  if (!remote_) return;
  remote_tells_ = true;
  remote_->reply({.now = backend_.clock.monotonic_now()}, call, {bytes_of_count(count)});
}

// Asks the homes of the children that are not here, all at once. False: there are none.
bool Host::sum_elsewhere(RequestHandle handle, WorknodeId worknode) {
  if (!options_.remote_calls) return false;
  const auto children = realm_->children_of(worknode, calls_max());
  if (!children) return false;
  const auto found = requests_.find(handle);
  WN_CHECK(found.has_value());
  const rpc::Incoming parent{(*found)->remote};
  const Instant now = backend_.clock.monotonic_now();
  Sum sum{.worknode = worknode};
  for (const WorknodeId child : *children) {
    const NodeId home = home_of(child);
    if (home == options_.realm.node) continue;
    ++sum.waits_for;
    remote_->call({.now = now},
                  {.to = home,
                   .method = RemoteMethod::count,
                   .target = child,
                   .key = remote_->own_key(),
                   .within = kPatience,
                   .parent = parent},
                  [this, handle](const rpc::Completion& c) { counted_elsewhere(handle, c); });
  }
  if (sum.waits_for == 0) return false;
  sums_[handle.raw.bits] = sum;
  return true;
}

void Host::counted_elsewhere(RequestHandle handle, const rpc::Completion& completion) {
  const auto at = sums_.find(handle.raw.bits);
  if (at == sums_.end()) return;
  Sum& sum = at->second;
  const auto count =
      completion.status == rpc::Status::done ? count_from(completion.result.items) : std::nullopt;
  if (count) sum.total += *count;
  if (!count) sum.error = error_of(completion.status);
  if (--sum.waits_for > 0) return;
  const Errc error = sum.error;
  if (error == Errc::ok) {
    const auto actor = actor_of(sum.worknode);
    actor::Message message;
    message.kind = kServe;
    message.word[0] = handle.raw.bits;
    message.word[1] = 1;
    if (requests_.find(handle) && actor && actor::is_queued(system_->send(*actor, message))) return;
  } else {
    backend_.probe.sometimes(error == Errc::bad_input
                                 ? Claim("host: an answer of a child's home was not believed")
                                 : Claim("host: a child's home did not answer in time"));
  }
  sums_.erase(at);
  finish_refused(handle, realm::ReplyCode::overloaded, error == Errc::ok ? Errc::overloaded : error);
}

}  // namespace wn::host
