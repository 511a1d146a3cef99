// The life of a call that we were asked to carry out: parked, delivered, answered or withdrawn, forgotten.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/rpc/rules.h"

namespace wn::rpc {
namespace {

enum class Found : std::uint8_t { value, not_yet, broken };

Found look_up(const State& s, const Peer& peer, const Promise& promise, Bytes& out) {
  const auto known = peer.by_id.find(promise.call.value);
  if (known == peer.by_id.end()) {
    const bool gone = promise.call.value < peer.floor || promise.call.value < peer.forgotten;
    return gone ? Found::broken : Found::not_yet;
  }
  const auto at = s.entries.find(known->second);
  if (at == s.entries.end() || at->second.phase == Phase::withdrawn) return Found::broken;
  const Entry& entry = at->second;
  if (entry.phase != Phase::answered) return Found::not_yet;
  const auto& items = entry.answer.result.items;
  if (entry.answer.status != Status::done || promise.field >= items.size()) return Found::broken;
  out = items[promise.field];
  return Found::value;
}

void deliver(Peer& peer, Entry& e, Effects& effects) {
  e.phase = Phase::delivered;
  e.ran = true;
  peer.parked.erase(e.serial);
  Delivery d;
  d.call = Incoming{e.serial};
  d.from = e.from;
  d.method = e.method.method;
  d.target = std::get<WorknodeId>(e.target);
  d.key = e.key;
  d.capability = std::move(e.capability);
  d.arguments.reserve(e.arguments.size());
  for (Argument& a : e.arguments) d.arguments.push_back(std::move(std::get<Bytes>(a)));
  d.deadline = e.due;
  d.hops = e.hops;
  d.depth = e.depth;
  d.response_bytes = e.response_bytes;
  d.response_items = e.response_items;
  e.arguments = {};
  effects.deliveries.push_back(std::move(d));
}

// Puts values in the place of promises. No value: it must wait on.
std::optional<Status> substitute(const State& s, const Peer& peer, Entry& e, std::size_t& grown) {
  bool waits = false, broken = false;
  Bytes value;
  const auto one = [&](const Promise& p) {
    const Found found = look_up(s, peer, p, value);
    waits = waits || found == Found::not_yet;
    broken = broken || found == Found::broken;
    return found == Found::value;
  };
  if (const auto* target = std::get_if<Promise>(&e.target)) {
    WorknodeId id;
    if (one(*target)) {
      if (worknode_from(value.view(), id)) {
        e.target = id;
      } else {
        broken = true;
      }
    }
  }
  for (Argument& a : e.arguments) {
    const auto* p = std::get_if<Promise>(&a);
    if (p == nullptr || !one(*p)) continue;
    grown += value.size();
    a = value;
  }
  if (broken) return Status::broken_promise;
  if (waits) return {};
  return Status::done;
}

// True: it waits no more.
bool try_resolve(State& s, const Moment& moment, Peer& peer, Entry& e, Effects& effects) {
  if (moment.now >= e.due) return false;  // its timer ends it
  std::size_t grown = 0;
  std::optional<Status> status = substitute(s, peer, e, grown);
  if (grown > 0 && status != Status::broken_promise) {
    // What a promise brought counts like what was sent.
    if (grown > e.method.request_bytes_max) {
      status = Status::too_large;
    } else if (peer.running_bytes + grown > running_share(s.options) || !has_room(s, peer, grown)) {
      status = Status::overloaded;
    } else {
      hold(s, peer, &Peer::running_bytes, grown);
      e.cost += static_cast<std::uint32_t>(grown);
    }
  }
  if (!status) return false;
  if (*status == Status::done) {
    effects.sometimes.push_back("rpc: a call was delivered");
    deliver(peer, e, effects);
  } else {
    finish(s, peer, e, {.status = *status, .error = Errc::ok, .result = {}});
  }
  return true;
}

std::size_t bytes_of_result(const Answer& answer) {
  std::size_t out = 0;
  for (const Bytes& item : answer.result.items) out += item.size() + kItemBytes;
  return out;
}

void leave_running(State& s, Peer& peer, Entry& e) {
  --peer.running;
  let_go(s, peer, &Peer::running_bytes, e.cost);
  peer.parked.erase(e.serial);
  e.capability = {};
  e.arguments = {};
}

// Among outcomes, with as many older ones forgotten as it takes.
void enter_outcomes(State& s, Peer& peer, Entry& e) {
  const std::size_t bytes = kOverheadBytes + bytes_of_result(e.answer);
  const Options& o = s.options;
  while (!peer.outcomes.empty() &&
         (peer.outcomes.size() >= o.outcomes_max || peer.outcome_bytes + bytes > outcome_share(o)))
    forget_outcome(s, peer, peer.outcomes.begin()->second);
  e.order = ++s.last_order;
  e.cost = static_cast<std::uint32_t>(bytes);
  peer.outcomes[e.order] = e.serial;
  hold(s, peer, &Peer::outcome_bytes, bytes);
  arm(s, e, true, e.serial, e.due + o.outcome_kept);
}

}  // namespace

void resolve(State& s, const Moment& moment, Peer& peer, Effects& effects) {
  // Each round lets at least one go.
  for (bool moved = true; moved && !peer.parked.empty();) {
    moved = false;
    for (auto at = peer.parked.begin(); at != peer.parked.end();) {
      Entry& e = s.entries.find(*at++)->second;
      moved = try_resolve(s, moment, peer, e, effects) || moved;
    }
  }
}

void queue_reply(State& s, Peer& peer, Entry& entry) {
  if (entry.queued || entry.session != peer.caller || entry.id < peer.floor) return;
  entry.queued = true;
  peer.reply_batch.push_back(entry.serial);
  mark_dirty(s, entry.from, peer);
}

void finish(State& s, Peer& peer, Entry& e, Answer answer) {
  leave_running(s, peer, e);
  e.phase = Phase::answered;
  e.answer = std::move(answer);
  enter_outcomes(s, peer, e);
  queue_reply(s, peer, e);
}

Errc answer_entry(State& s, const Moment& moment, std::uint64_t serial, Answer answer, Effects& effects) {
  const auto at = s.entries.find(serial);
  if (at == s.entries.end() || at->second.phase == Phase::answered) return Errc::not_found;
  Entry& e = at->second;
  WN_CHECK(e.phase != Phase::parked);
  WN_CHECK(answer.status != Status::done || answer.result.kind == e.method.response_kind);
  WN_CHECK((answer.status == Status::failed) == (answer.error != Errc::ok));
  Peer& peer = s.peers.find(e.from)->second;
  Errc out = Errc::ok;
  std::size_t bytes = 0;
  for (const Bytes& item : answer.result.items) bytes += item.size();
  if (bytes > e.response_bytes || answer.result.items.size() > e.response_items) {
    answer = {.status = Status::too_large, .error = Errc::ok, .result = {}};
    out = Errc::too_large;
  }
  if (e.phase == Phase::withdrawn) {
    // It took effect all the same: whoever asks again under this key is told the truth.
    peer.outcomes.erase(e.order);
    let_go(s, peer, &Peer::outcome_bytes, e.cost);
    e.phase = Phase::answered;
    e.answer = std::move(answer);
    if (!has_room(s, peer, kOverheadBytes + bytes_of_result(e.answer)))
      e.answer = {.status = Status::unknown_outcome, .error = Errc::ok, .result = {}};
    enter_outcomes(s, peer, e);
    return Errc::not_found;
  }
  cancel_children(s, moment, Incoming{serial}, effects);
  finish(s, peer, e, std::move(answer));
  resolve(s, moment, peer, effects);
  return out;
}

void withdraw(State& s, const Moment& moment, Peer& peer, Entry& e, Status reason, Effects& effects) {
  if (e.phase == Phase::parked)
    return finish(s, peer, e, {.status = reason, .error = Errc::ok, .result = {}});
  effects.sometimes.push_back("rpc: work was withdrawn");
  effects.withdrawals.push_back({.call = Incoming{e.serial}, .reason = reason});
  leave_running(s, peer, e);
  e.phase = Phase::withdrawn;
  enter_outcomes(s, peer, e);
  cancel_children(s, moment, Incoming{e.serial}, effects);
}

void entry_due(State& s, const Moment& moment, std::uint64_t serial, Effects& effects) {
  Entry& e = s.entries.find(serial)->second;
  Peer& peer = s.peers.find(e.from)->second;
  if (e.phase >= Phase::withdrawn) return forget_outcome(s, peer, serial);
  withdraw(s, moment, peer, e, Status::timed_out, effects);
  resolve(s, moment, peer, effects);
}

void forget_outcome(State& s, Peer& peer, std::uint64_t serial, bool for_good) {
  const auto at = s.entries.find(serial);
  Entry& e = at->second;
  WN_CHECK(e.phase >= Phase::withdrawn);
  arm(s, e, true, serial, Instant::max());
  peer.outcomes.erase(e.order);
  let_go(s, peer, &Peer::outcome_bytes, e.cost);
  if (const auto key = peer.by_key.find(e.key); key != peer.by_key.end() && key->second == serial)
    peer.by_key.erase(key);
  if (e.session == peer.caller) {
    // The caller may still ask: we do not know any more, and say so.
    if (for_good && e.id >= peer.floor) peer.forgotten = std::max(peer.forgotten, e.id + 1);
    if (const auto id = peer.by_id.find(e.id); id != peer.by_id.end() && id->second == serial)
      peer.by_id.erase(id);
  }
  if (e.queued) std::erase(peer.reply_batch, serial);
  s.entries.erase(at);
}

}  // namespace wn::rpc
