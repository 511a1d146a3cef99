// What has been gathered for each peer, in as few frames as it takes.
#include <algorithm>

#include "runtime/rpc/rules.h"

namespace wn::rpc {
namespace {

constexpr std::size_t kFrameRoom = 64;  // for a frame's head

CallsHead calls_head(const State& s, const Peer& peer) {
  const std::uint64_t floor = peer.bases.empty() ? s.last_id + 1 : peer.bases.begin()->first;
  return {.caller = s.options.incarnation, .callee = peer.callee, .floor = floor};
}

void send(NodeId to, MessageKind kind, Bytes payload, Effects& effects) {
  effects.sends.push_back({.to = to, .kind = kind, .payload = std::move(payload)});
}

// What the callee may take: the rest, less what the way there and back takes. Half of it at the most, so that
// one slow answer does not put an end to all calls.
Duration budget_of(const State& s, const Peer& peer, Duration rest) {
  return rest - std::min(s.options.margin + peer.round_trip, rest / 2);
}

void flush_calls(State& s, const Moment& moment, NodeId node, Peer& peer, Effects& effects) {
  if (peer.call_batch.empty()) return;
  s.list.clear();
  const CallsHead head = calls_head(s, peer);
  for (const std::uint64_t id : peer.call_batch) {
    const auto at = s.live.find(id);
    if (at == s.live.end()) continue;
    Live& live = at->second;
    live.batched = false;
    if (moment.now >= live.deadline || live.attempts == kAttemptsEver) continue;  // its timer ends it
    if (s.list.size() + live.body.size() + 2 * kFrameRoom > kFrameBytesMax ||
        (!s.list.empty() && WN_FAULT_POINT(s.options.fault_points, "rpc.frame-of-one-call"))) {
      send(node, MessageKind::calls, calls_frame(head, s.list), effects);
      s.list.clear();
    }
    ++live.attempts;
    live.sent_at = moment.now;
    live.sent_to = peer.callee;
    live.retry_at = moment.now + backoff(s, live);
    arm(s, live, false, id, std::min(live.deadline, live.retry_at));
    put_call(s.list,
             {.id = id,
              .attempt = live.attempts,
              .budget = budget_of(s, peer, live.deadline - moment.now),
              .key = live.key},
             live.body.view());
  }
  peer.call_batch.clear();
  if (!s.list.empty()) send(node, MessageKind::calls, calls_frame(head, s.list), effects);
}

Bytes signature_of(State& s, const Peer& peer, const Entry& e, Effects& effects) {
  if (!e.sign || (e.answer.status != Status::done && e.answer.status != Status::failed)) return {};
  std::vector<std::uint8_t> items;
  put_items(e.answer.result.items, items);
  s.signed_bytes.clear();
  put_signed({.realm = s.options.realm,
              .callee = s.options.node,
              .caller = e.from,
              .incarnation = peer.caller,
              .id = e.id,
              .key = e.key,
              .method = e.method.method,
              .status = static_cast<std::uint64_t>(e.answer.status),
              .error = static_cast<std::uint64_t>(e.answer.error),
              .kind = e.answer.result.kind},
             items, s.signed_bytes);
  effects.notes.push_back({.kind = TraceKind::rpc_signed,
                           .field = {e.from.value, e.id, answer_digest(s.signed_bytes), e.method.method, 0}});
  return s.options.signatures->sign(s.signed_bytes);
}

void flush_replies(State& s, const Moment& moment, NodeId node, Peer& peer, Effects& effects) {
  if (peer.reply_batch.empty()) return;
  s.list.clear();
  for (const std::uint64_t serial : peer.reply_batch) {
    Entry& e = s.entries.find(serial)->second;
    e.queued = false;
    const Bytes signature = signature_of(s, peer, e, effects);
    const std::size_t before = s.list.size();
    put_reply(s.list, {.id = e.id,
                       .attempt = e.attempt,
                       .held = moment.now - e.arrived,
                       .status = e.answer.status,
                       .error = e.answer.error,
                       .kind = e.answer.result.kind,
                       .items = e.answer.result.items,
                       .signature = signature.view()});
    if (before > 0 && s.list.size() + kFrameRoom > kFrameBytesMax) {
      const ByteView whole(s.list);
      send(node, MessageKind::replies, replies_frame(replies_head(s, &peer), whole.subspan(0, before)),
           effects);
      s.list.erase(s.list.begin(), s.list.begin() + static_cast<std::ptrdiff_t>(before));
    }
  }
  peer.reply_batch.clear();
  send(node, MessageKind::replies, replies_frame(replies_head(s, &peer), s.list), effects);
}

}  // namespace

// The credit that we give: less when memory runs short.
RepliesHead replies_head(const State& s, Peer* peer) {
  RepliesHead head{.callee = s.options.incarnation, .caller = s.calls_in.head.caller};
  if (peer == nullptr) return head;
  head.caller = peer->caller;
  head.advert = ++peer->adverts;
  const bool short_of_room = s.bytes > s.options.bytes_max / 2;
  const std::uint32_t part =
      short_of_room || WN_FAULT_POINT(s.options.fault_points, "rpc.little-credit") ? 8 : 1;
  head.window_calls = std::max(s.options.peer_calls_max / part, 1U);
  head.window_bytes =
      static_cast<std::uint32_t>(std::min<std::size_t>(running_share(s.options) / part, ~std::uint32_t{0}));
  return head;
}

void flush_peers(State& s, const Moment& moment, Effects& effects) {
  for (const NodeId node : s.dirty) {
    Peer& peer = s.peers.find(node)->second;
    peer.dirty = false;
    flush_calls(s, moment, node, peer, effects);
    if (!peer.cancel_batch.empty()) {
      send(node, MessageKind::cancels, cancels_frame(calls_head(s, peer), peer.cancel_batch), effects);
      peer.cancel_batch.clear();
    }
    flush_replies(s, moment, node, peer, effects);
  }
  s.dirty.clear();
}

}  // namespace wn::rpc
