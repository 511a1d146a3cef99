// Calls of ours: made, sent again, ended.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/rpc/rules.h"

namespace wn::rpc {
namespace {

constexpr std::uint32_t kBackoffDoublingsMax = 5;
constexpr std::int64_t kWholeRetry = 100;

struct Bounds {
  Instant deadline;
  std::uint32_t hops = 0;
  std::uint32_t depth = 1;
};

// What a call may take from the one above it.
std::expected<Bounds, Status> bounds_of(State& s, const Moment& moment, const CallSpec& spec,
                                        Effects& effects) {
  Bounds b{.deadline = spec.deadline.value, .hops = spec.hops.value};
  if (spec.parent) {
    const auto above = s.entries.find(spec.parent.value);
    if (above == s.entries.end() || above->second.phase != Phase::delivered)
      return std::unexpected(Status::cancelled);
    Entry& entry = above->second;
    if (entry.calls >= s.options.calls_per_handler) {
      effects.sometimes.push_back("rpc: a handler used up its calls");
      return std::unexpected(Status::no_calls_left);
    }
    b.deadline = std::min(b.deadline, entry.due);
    b.hops = std::min(b.hops, entry.hops);
    b.depth = entry.depth + 1;
  }
  if (b.depth > kDepthMax) return std::unexpected(Status::too_deep);
  if (b.hops == 0 || b.hops > kHopsMax) return std::unexpected(Status::no_hops);
  if (moment.now >= b.deadline) return std::unexpected(Status::timed_out);
  return b;
}

struct Sizes {
  std::size_t request = 0;
  std::uint32_t promises = 0;
  std::uint64_t base = ~std::uint64_t{0};
};

// The promises must be of calls to the same node that have not ended.
std::expected<Sizes, Status> sizes_of(const State& s, const CallSpec& spec) {
  Sizes out;
  bool broken = false;
  const auto promise = [&](const Promise& p) {
    const auto at = s.live.find(p.call.value);
    broken = broken || at == s.live.end() || at->second.to != spec.to || p.field >= kItemsMax;
    ++out.promises;
    out.base = std::min(out.base, p.call.value);
  };
  if (const auto* target = std::get_if<Promise>(&spec.target)) promise(*target);
  for (const Argument& argument : spec.arguments) {
    if (const auto* p = std::get_if<Promise>(&argument)) promise(*p);
    out.request += std::holds_alternative<Bytes>(argument) ? std::get<Bytes>(argument).size() : 16;
  }
  if (broken) return std::unexpected(Status::broken_promise);
  if (out.promises > kPromisesMax || spec.arguments.size() > kItemsMax)
    return std::unexpected(Status::too_large);
  return out;
}

bool fits(const Peer& peer, const Live& live) {
  if (peer.used_calls == 0) return true;  // one at least, whatever the window
  return peer.used_calls < peer.window_calls && peer.used_bytes + live.cost <= peer.window_bytes;
}

// What waits goes out as far as the callee's credit reaches, in its order.
void pump(State& s, NodeId node, Peer& peer) {
  while (!peer.waiting.empty()) {
    const auto at = s.live.find(peer.waiting.front());
    if (at != s.live.end()) {
      Live& live = at->second;
      if (!fits(peer, live)) return;
      live.credited = true;
      live.batched = true;
      ++peer.used_calls;
      peer.used_bytes += live.cost;
      peer.call_batch.push_back(live.id);
      mark_dirty(s, node, peer);
    }
    peer.waiting.pop_front();
  }
}

// A retry under another name: the callee cannot tell that it is the same operation. (Planted bug.)
Live& under_another_name(State& s, Peer& peer, Live& old) {
  Live live = std::move(old);
  arm(s, live, false, live.id, Instant::max());
  s.live.erase(live.id);
  live.id = ++s.last_id;
  ++live.key.number;
  ++peer.bases[live.id];
  if (const auto base = peer.bases.find(live.base); --base->second == 0) peer.bases.erase(base);
  live.base = live.id;
  return s.live[live.id] = std::move(live);
}

}  // namespace

std::expected<CallId, Status> make_call(State& s, const Moment& moment, const CallSpec& spec,
                                        Effects& effects) {
  const Options& o = s.options;
  WN_CHECK(spec.to && spec.to != o.node && spec.key.number != 0);
  const MethodSpec* method = method_of(s, spec.method.value);
  if (method == nullptr) return std::unexpected(Status::unknown_method);
  const auto bounds = bounds_of(s, moment, spec, effects);
  if (!bounds) return std::unexpected(bounds.error());
  const auto sizes = sizes_of(s, spec);
  if (!sizes) return std::unexpected(sizes.error());
  if (spec.sign && o.signatures == nullptr) return std::unexpected(Status::denied);
  const std::size_t carried = sizes->request + spec.capability.value.size();
  if (sizes->request > std::min(spec.request_bytes.value, method->request_bytes_max) ||
      spec.capability.value.size() > kCapabilityBytesMax ||
      carried + spec.arguments.size() * 16 > kBodyBytesMax)
    return std::unexpected(Status::too_large);

  Live live;
  live.response_bytes = std::min(spec.response_bytes.value, method->response_bytes_max);
  live.response_items = std::min(spec.response_items.value, method->response_items_max);
  const std::size_t cost = cost_of(sizes->request, spec.arguments.size(), spec.capability.value.size(),
                                   live.response_bytes, live.response_items);
  if (cost > live_share(o)) return std::unexpected(Status::too_large);
  Peer* peer = peer_of(s, moment, spec.to, true);
  if (peer == nullptr || peer->live >= 2 * o.peer_calls_max || peer->live_bytes + cost > live_share(o) ||
      !has_room(s, *peer, cost)) {
    effects.sometimes.push_back("rpc: no room for another call");
    return std::unexpected(Status::overloaded);
  }

  if (spec.parent) ++s.entries.find(spec.parent.value)->second.calls;
  live.id = ++s.last_id;
  live.name = CallId{live.id};
  live.to = spec.to;
  live.method = *method;
  live.key = spec.key;
  live.parent = spec.parent;
  live.context = spec.context;
  live.deadline = bounds->deadline;
  live.sign = spec.sign;
  live.promises = sizes->promises > 0;
  live.base = std::min(live.id, sizes->base);
  live.cost = static_cast<std::uint32_t>(cost);
  s.list.clear();
  encode_body({.spec = &spec,
               .hops = bounds->hops - 1,
               .depth = bounds->depth,
               .response_bytes = live.response_bytes,
               .response_items = live.response_items},
              s.list);
  live.body = Bytes::copy_of(ByteView(s.list));
  ++peer->bases[live.base];
  ++peer->live;
  hold(s, *peer, &Peer::live_bytes, cost);
  s.retry_credit = std::min<std::int64_t>(s.retry_credit + o.retry_percent, o.retry_burst * kWholeRetry);
  const std::uint64_t id = live.id;
  Live& kept = s.live[id] = std::move(live);
  arm(s, kept, false, id, kept.deadline);
  peer->waiting.push_back(id);
  pump(s, spec.to, *peer);
  return CallId{id};
}

void complete(State& s, std::uint64_t id, Status status, Errc error, Payload result, Effects& effects) {
  const auto at = s.live.find(id);
  WN_CHECK(at != s.live.end());
  Live& live = at->second;
  // Refused, but another attempt is still on its way.
  if (status == Status::overloaded && !live.all_settled()) status = Status::timed_out;
  effects.completions.push_back({.call = live.name,
                                 .peer = live.to,
                                 .context = live.context,
                                 .status = status,
                                 .error = error,
                                 .result = std::move(result)});
  arm(s, live, false, id, Instant::max());
  const NodeId node = live.to;
  Peer& peer = s.peers.find(node)->second;
  if (const auto base = peer.bases.find(live.base); --base->second == 0) peer.bases.erase(base);
  --peer.live;
  let_go(s, peer, &Peer::live_bytes, live.cost);
  if (live.credited) {
    --peer.used_calls;
    peer.used_bytes -= live.cost;
  } else {
    std::erase(peer.waiting, id);
  }
  s.live.erase(at);
  pump(s, node, peer);
}

void cancel_call(State& s, const Moment&, std::uint64_t id, Effects& effects) {
  auto at = s.live.find(id);
  if (at == s.live.end())
    at = std::ranges::find_if(s.live, [&](const auto& l) { return l.second.name.value == id; });
  if (at == s.live.end()) return;
  const Live& live = at->second;
  if (live.attempts > 0) {
    Peer& peer = s.peers.find(live.to)->second;
    peer.cancel_batch.push_back(live.id);
    mark_dirty(s, live.to, peer);
  }
  complete(s, at->first, Status::cancelled, Errc::ok, {}, effects);
}

void cancel_children(State& s, const Moment& moment, Incoming parent, Effects& effects) {
  std::vector<std::uint64_t> ids;
  for (const auto& [id, live] : s.live) {
    if (live.parent == parent) ids.push_back(id);
  }
  for (const std::uint64_t id : ids) cancel_call(s, moment, id, effects);
}

void send_again(State& s, Live& live) {
  if (live.batched) return;
  live.batched = true;
  Peer& peer = s.peers.find(live.to)->second;
  peer.call_batch.push_back(live.id);
  mark_dirty(s, live.to, peer);
}

// Doubles with each attempt; never below twice the round trip; up to half of it more, by the draw.
Duration backoff(const State& s, const Live& live) {
  const Peer& peer = s.peers.find(live.to)->second;
  const std::uint32_t tries = live.attempts - live.introductions;
  const std::uint32_t doublings = std::min(tries > 0 ? tries - 1 : 0, kBackoffDoublingsMax);
  const Duration base = std::max(s.options.retry_after, peer.round_trip * 2) * (std::int64_t{1} << doublings);
  Digest mix;
  mix.absorb(s.noise);
  mix.absorb(live.id);
  mix.absorb(live.attempts);
  const auto half = static_cast<std::uint64_t>(base.ns / 2 + 1);
  if (WN_FAULT_POINT(s.options.fault_points, "rpc.retry-early")) return base / 8 + nanoseconds(1);
  return base + nanoseconds(static_cast<std::int64_t>(mix.low() % half));
}

void live_due(State& s, const Moment& moment, std::uint64_t id, Effects& effects) {
  Live* live = &s.live.find(id)->second;
  if (moment.now >= live->deadline) {
    effects.sometimes.push_back("rpc: a call's deadline passed");
    return complete(s, id, Status::timed_out, Errc::ok, {}, effects);
  }
  if (moment.now < live->retry_at) return arm(s, *live, false, id, std::min(live->deadline, live->retry_at));
  live->retry_at = Instant::max();
  if (live->attempts - live->introductions < s.options.attempts_max) {
    if (s.retry_credit >= kWholeRetry) {
      s.retry_credit -= kWholeRetry;
      ++s.retries;
      effects.sometimes.push_back("rpc: a call was sent again");
      if (s.options.defect == Defect::rpc_retry_without_key)
        live = &under_another_name(s, s.peers.find(live->to)->second, *live);
      send_again(s, *live);
    } else {
      effects.sometimes.push_back("rpc: no retry left in the budget");
      live->retry_at = moment.now + s.options.retry_after * (1 << kBackoffDoublingsMax);
    }
  }
  arm(s, *live, false, live->id, std::min(live->deadline, live->retry_at));
}

void callee_restarted(State& s, NodeId node, Peer& peer, Effects& effects) {
  std::vector<std::uint64_t> lost;
  for (auto& [id, live] : s.live) {
    if (live.to != node || live.attempts == 0 || live.sent_to == 0 || live.sent_to == peer.callee) continue;
    if (!live.method.repeatable) {
      lost.push_back(id);
    } else if (!live.batched) {
      live.retry_at = Instant{};
      arm(s, live, false, id, live.retry_at);
    }
  }
  for (const std::uint64_t id : lost) {
    effects.sometimes.push_back("rpc: the callee restarted under a call");
    complete(s, id, Status::unknown_outcome, Errc::ok, {}, effects);
  }
}

}  // namespace wn::rpc
