// Calls of others: taken, or refused with no more bytes than they came in.
#include <algorithm>

#include "runtime/rpc/rules.h"

namespace wn::rpc {
namespace {

void refuse(State& s, const CallView& call, Status status) {
  ++s.refused;
  s.refusals.push_back(
      {.id = call.id, .attempt = call.attempt, .held = {}, .status = status, .items = {}, .signature = {}});
}

// For want of room: a late copy of this very attempt will be refused too.
void refuse_for_now(State& s, Peer& peer, const CallView& call) {
  Refused& place = peer.refused[peer.next_refused++ % kRefusedKept];
  if (place.id >= peer.floor && place.id != 0) peer.forgotten = std::max(peer.forgotten, place.id + 1);
  place = {.id = call.id, .attempt = call.attempt};
  refuse(s, call, Status::overloaded);
}

bool was_refused(const Peer& peer, const CallView& call) {
  return std::ranges::any_of(peer.refused,
                             [&](const Refused& r) { return r.id == call.id && r.attempt >= call.attempt; });
}

// Which operation a call asks for, as far as it says so itself.
Digest operation_of(const State& s, const CallView& call) {
  Digest d;
  d.absorb(call.method);
  if (const auto* id = std::get_if<WorknodeId>(&call.target)) {
    d.absorb(id->high);
    d.absorb(id->low);
  }
  for (std::uint32_t i = 0; i < call.arguments; ++i) {
    const ArgumentView& a = s.calls_in.arguments[call.first_argument + i];
    if (!a.is_promise) d.absorb(a.bytes);
  }
  return d;
}

// The call is known by its number: it is being carried out, or was.
void repeated(State& s, const Moment& moment, Peer& peer, Entry& entry, const CallView& call) {
  entry.id = call.id;
  entry.session = peer.caller;
  entry.attempt = std::max(entry.attempt, call.attempt);
  entry.arrived = moment.now;
  if (entry.phase == Phase::answered) return queue_reply(s, peer, entry);
  if (entry.phase == Phase::withdrawn) refuse(s, call, Status::unknown_outcome);
}

// Bounds that a call must keep wherever it goes; none: it does.
std::optional<Status> out_of_bounds(const State& s, const CallView& call, const MethodSpec& method) {
  if (call.depth == 0 || call.depth > kDepthMax) return Status::too_deep;
  if (call.hops > kHopsMax) return Status::no_hops;
  if (call.request_bytes > method.request_bytes_max) return Status::too_large;
  if (call.sign && s.options.signatures == nullptr) return Status::denied;
  if (call.budget <= Duration{}) return Status::timed_out;
  return {};
}

Entry& enter(State& s, const Moment& moment, NodeId from, Peer& peer, const CallView& call,
             const MethodSpec& method, std::size_t cost) {
  const std::uint64_t serial = ++s.last_serial;
  Entry& e = s.entries[serial];
  e.serial = serial;
  e.from = from;
  e.session = peer.caller;
  e.id = call.id;
  e.attempt = call.attempt;
  e.key = call.key;
  e.method = method;
  e.operation = operation_of(s, call);
  e.arrived = moment.now;
  e.due = moment.now + call.budget;
  e.hops = call.hops;
  e.depth = call.depth;
  e.response_bytes = std::min(call.response_bytes, method.response_bytes_max);
  e.response_items = std::min(call.response_items, method.response_items_max);
  e.sign = call.sign;
  e.cost = static_cast<std::uint32_t>(cost);
  e.target = call.target;
  e.capability = Bytes::copy_of(call.capability);
  e.arguments.reserve(call.arguments);
  for (std::uint32_t i = 0; i < call.arguments; ++i) {
    const ArgumentView& a = s.calls_in.arguments[call.first_argument + i];
    if (a.is_promise) {
      e.arguments.emplace_back(a.promise);
    } else {
      e.arguments.emplace_back(Bytes::copy_of(a.bytes));
    }
  }
  peer.by_id[call.id] = serial;
  peer.by_key[call.key] = serial;
  ++peer.running;
  hold(s, peer, &Peer::running_bytes, cost);
  peer.parked.insert(serial);
  arm(s, e, true, serial, e.due);
  return e;
}

// The key is known. True: dealt with.
bool known_key(State& s, const Moment& moment, Peer& peer, const CallView& call, const MethodSpec& method) {
  const auto key = peer.by_key.find(call.key);
  if (key == peer.by_key.end()) return false;
  Entry& entry = s.entries.find(key->second)->second;
  if (entry.operation != operation_of(s, call)) {
    refuse(s, call, Status::key_reused);
    return true;
  }
  if (entry.is_void() || (entry.phase == Phase::withdrawn && method.repeatable)) return false;
  peer.by_id[call.id] = entry.serial;
  if (entry.phase < Phase::withdrawn && entry.due < moment.now + call.budget) {
    entry.due = moment.now + call.budget;
    arm(s, entry, true, entry.serial, entry.due);
  }
  entry.attempt = 0;
  repeated(s, moment, peer, entry, call);
  return true;
}

void admit(State& s, const Moment& moment, NodeId from, Peer& peer, const CallView& call) {
  if (call.id < peer.floor) return;  // a late copy: nobody waits
  if (const auto known = peer.by_id.find(call.id); known != peer.by_id.end()) {
    const auto at = s.entries.find(known->second);
    if (at == s.entries.end()) return refuse(s, call, Status::unknown_outcome);
    Entry& entry = at->second;
    const bool anew = entry.is_void() && entry.id == call.id && call.attempt > entry.attempt;
    if (!anew) return repeated(s, moment, peer, entry, call);
    forget_outcome(s, peer, entry.serial, false);
  }
  const Options& o = s.options;
  const MethodSpec* method = method_of(s, call.method);
  if (method == nullptr) return refuse(s, call, Status::unknown_method);
  if (was_refused(peer, call)) return refuse(s, call, Status::overloaded);
  const bool crowded = peer.by_id.size() >= o.outcomes_max + 2 * std::size_t{o.peer_calls_max};
  if (crowded) return refuse_for_now(s, peer, call);
  if (known_key(s, moment, peer, call, *method)) return;
  if (!method->repeatable) {
    if (s.calls_in.head.callee != o.incarnation) return refuse(s, call, Status::introduce);
    if (call.id < peer.forgotten) return refuse(s, call, Status::unknown_outcome);
  }
  if (const auto out = out_of_bounds(s, call, *method)) return refuse(s, call, *out);
  const std::size_t cost = cost_of(call.request_bytes, call.arguments, call.capability.size(),
                                   std::min(call.response_bytes, method->response_bytes_max),
                                   std::min(call.response_items, method->response_items_max));
  if (cost > live_share(o)) return refuse(s, call, Status::too_large);
  while (!has_room(s, peer, cost) && !peer.outcomes.empty())
    forget_outcome(s, peer, peer.outcomes.begin()->second);
  if (peer.running >= o.peer_calls_max || peer.running_bytes + cost > running_share(o) ||
      !has_room(s, peer, cost))
    return refuse_for_now(s, peer, call);
  enter(s, moment, from, peer, call, *method, cost);
}

// The caller waits for no call below: what still runs for those is stopped.
void raise_floor(State& s, const Moment& moment, Peer& peer, std::uint64_t floor, Effects& effects) {
  peer.floor = std::max(peer.floor, floor);
  while (!peer.by_id.empty() && peer.by_id.begin()->first < peer.floor) {
    const auto [id, serial] = *peer.by_id.begin();
    peer.by_id.erase(peer.by_id.begin());
    const auto entry = s.entries.find(serial);
    if (entry == s.entries.end() || entry->second.id != id) continue;
    if (entry->second.phase < Phase::withdrawn)
      withdraw(s, moment, peer, entry->second, Status::cancelled, effects);
  }
}

// False: of an earlier incarnation of the caller.
bool enter_session(State& s, const Moment& moment, NodeId from, Peer& peer, const CallsHead& head,
                   Effects& effects) {
  if (head.caller < peer.caller || head.caller < peer.callee) return false;
  if (head.caller > peer.caller) {
    peer.caller = head.caller;
    peer.floor = 0;
    peer.forgotten = 0;
    peer.by_id.clear();
    peer.refused.fill({});
  }
  if (head.caller > peer.callee) {
    const bool restarted = peer.callee != 0;
    peer.callee = head.caller;
    peer.advert = 0;
    if (restarted) callee_restarted(s, from, peer, effects);
  }
  peer.heard = moment.now;
  raise_floor(s, moment, peer, head.floor, effects);
  return true;
}

// As many as fit into as many bytes as came.
void send_refusals(State& s, NodeId from, Peer* peer, std::size_t came, Effects& effects) {
  if (s.refusals.empty()) return;
  const std::size_t head = replies_frame(replies_head(s, peer), {}).size() + 4;
  s.list.clear();
  std::size_t whole = 0;
  for (const ReplyOut& r : s.refusals) {
    put_reply(s.list, r);
    if (head + s.list.size() > came) break;
    whole = s.list.size();
  }
  s.refusals.clear();
  if (whole == 0) return;
  effects.sends.push_back(
      {.to = from,
       .kind = MessageKind::replies,
       .payload = replies_frame(replies_head(s, peer), ByteView(s.list).subspan(0, whole))});
}

}  // namespace

void on_calls(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects) {
  if (decode(payload, s.calls_in) != Errc::ok) {
    effects.sometimes.push_back("rpc: a frame that cannot be read");
    return;
  }
  Peer* peer = peer_of(s, moment, from, true);
  s.refusals.clear();
  if (peer == nullptr) {
    for (const CallView& call : s.calls_in.calls) refuse(s, call, Status::overloaded);
    effects.sometimes.push_back("rpc: too many peers");
  } else if (enter_session(s, moment, from, *peer, s.calls_in.head, effects)) {
    for (const CallView& call : s.calls_in.calls) admit(s, moment, from, *peer, call);
    resolve(s, moment, *peer, effects);
  }
  send_refusals(s, from, peer, payload.size(), effects);
}

void on_cancels(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects) {
  Peer* peer = peer_of(s, moment, from, false);
  if (peer == nullptr || decode(payload, s.cancels_in) != Errc::ok) return;
  if (s.cancels_in.head.caller != peer->caller) return;
  for (const std::uint64_t id : s.cancels_in.ids) {
    const auto known = peer->by_id.find(id);
    if (known == peer->by_id.end()) continue;
    const auto entry = s.entries.find(known->second);
    if (entry == s.entries.end() || entry->second.id != id || entry->second.phase >= Phase::withdrawn)
      continue;
    withdraw(s, moment, *peer, entry->second, Status::cancelled, effects);
  }
  raise_floor(s, moment, *peer, s.cancels_in.head.floor, effects);
  resolve(s, moment, *peer, effects);
}

}  // namespace wn::rpc
