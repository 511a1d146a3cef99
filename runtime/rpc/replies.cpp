// Answers to our calls: judged before anything of them is believed.
#include <algorithm>

#include "runtime/rpc/rules.h"

namespace wn::rpc {
namespace {

constexpr std::int64_t kSmoothing = 8;

void judge(NodeId peer, std::uint64_t call, std::uint32_t method, Verdict verdict, ByteView evidence,
           Effects& effects) {
  const ByteView cut = evidence.subspan(0, std::min(evidence.size(), kEvidenceBytesMax));
  effects.judgements.push_back({.peer = peer,
                                .call = CallId{call},
                                .method = method,
                                .verdict = verdict,
                                .evidence = Bytes::copy_of(cut)});
  if (!proves_fault(verdict)) return effects.sometimes.push_back("rpc: a late answer");
  Digest d;
  d.absorb(cut);
  effects.notes.push_back(
      {.kind = TraceKind::rpc_verdict,
       .field = {peer.value, call, static_cast<std::uint64_t>(verdict), method, d.low()}});
}

Digest digest_of(const State& s, const ReplyView& r) {
  Digest d;
  d.absorb(r.status);
  d.absorb(r.error);
  d.absorb(r.kind);
  for (std::uint32_t i = 0; i < r.items; ++i) d.absorb(s.replies_in.items[r.first_item + i]);
  return d;
}

// Of a call that is not live here.
Verdict late_or_false(const State& s, NodeId from, const ReplyView& r) {
  if (r.id > s.last_id) return Verdict::unknown_call;
  const auto done = static_cast<std::uint64_t>(Status::done);
  for (const Ended& e : s.ended) {
    if (e.id != r.id || e.peer != from || e.callee != s.replies_in.head.callee || r.status != done) continue;
    if (e.result != digest_of(s, r)) return Verdict::equivocation;
  }
  return Verdict::stale;
}

bool may_be_said(Status status) { return status != Status::bad_response && status != Status::no_calls_left; }

std::optional<Verdict> wrong_status(const State& s, const Live& live, const ReplyView& r) {
  if (r.status == 0 || r.status >= kStatusEnd || r.error > static_cast<std::uint64_t>(Errc::internal))
    return Verdict::wrong_status;
  const auto status = static_cast<Status>(r.status);
  const bool speaks = status == Status::done || status == Status::failed;
  if (!may_be_said(status) || (status == Status::failed) != (r.error != 0) || (!speaks && r.items != 0) ||
      (status == Status::broken_promise && !live.promises))
    return Verdict::wrong_status;
  if (status == Status::introduce && r.attempt == live.attempts && live.sent_to == s.replies_in.head.callee)
    return Verdict::wrong_status;
  return {};
}

std::optional<Verdict> bad_signature(State& s, const Live& live, const ReplyView& r) {
  if (!live.sign) return {};
  s.signed_bytes.clear();
  put_signed({.realm = s.options.realm,
              .callee = live.to,
              .caller = s.options.node,
              .incarnation = s.options.incarnation,
              .id = r.id,
              .key = live.key,
              .method = live.method.method,
              .status = r.status,
              .error = r.error,
              .kind = r.kind},
             r.items_field, s.signed_bytes);
  if (s.options.defect == Defect::rpc_answer_unverified) return {};
  const bool good = !r.signature.empty() && r.signature.size() <= kSignatureBytesMax &&
                    s.options.signatures->verify(live.to, s.signed_bytes, r.signature);
  return good ? std::nullopt : std::optional(Verdict::bad_signature);
}

std::optional<Verdict> verdict_on(State& s, const Live& live, const ReplyView& r) {
  if (r.attempt > live.attempts) return Verdict::unknown_call;
  if (const auto wrong = wrong_status(s, live, r)) return wrong;
  const auto status = static_cast<Status>(r.status);
  if (status != Status::done && status != Status::failed) return {};
  if (status == Status::done && r.kind != live.method.response_kind) return Verdict::wrong_type;
  if (r.items > live.response_items) return Verdict::too_many_items;
  if (r.bytes > live.response_bytes) return Verdict::too_large;
  return bad_signature(s, live, r);
}

void measure(Peer& peer, const Moment& moment, const Live& live, const ReplyView& r) {
  if (r.attempt != live.attempts) return;  // Karn: which attempt it answers must be certain
  const Duration sample = std::max(moment.now - live.sent_at - r.held, nanoseconds(1));
  peer.round_trip =
      peer.round_trip == Duration{} ? sample : peer.round_trip + (sample - peer.round_trip) / kSmoothing;
}

Payload payload_of(const State& s, const ReplyView& r) {
  Payload out;
  out.kind = static_cast<std::uint32_t>(r.kind);
  if (r.items == 0) return out;
  // One copy for all items: slices of it.
  const Bytes whole = Bytes::copy_of(r.items_field);
  out.items.reserve(r.items);
  for (std::uint32_t i = 0; i < r.items; ++i) {
    const ByteView item = s.replies_in.items[r.first_item + i];
    out.items.push_back(
        whole.slice(static_cast<std::size_t>(item.data() - r.items_field.data()), item.size()));
  }
  return out;
}

void introduced(State& s, const ReplyView& r, Live& live, Effects& effects) {
  if (r.attempt != live.attempts || live.batched) return;
  if (++live.introductions > kIntroductionsMax)
    return complete(s, live.id, Status::overloaded, Errc::ok, {}, effects);
  live.retry_at = Instant::max();
  arm(s, live, false, live.id, live.deadline);
  send_again(s, live);
}

void refused(State& s, const Moment& moment, const ReplyView& r, Live& live, Effects& effects) {
  if (r.attempt != live.attempts || live.batched) return;
  const bool more = live.attempts - live.introductions < s.options.attempts_max && s.retry_credit >= 100;
  if (!more) return complete(s, live.id, Status::overloaded, Errc::ok, {}, effects);
  live.retry_at = moment.now + backoff(s, live);
  arm(s, live, false, live.id, std::min(live.deadline, live.retry_at));
}

void on_reply(State& s, const Moment& moment, NodeId from, const ReplyView& r, Effects& effects) {
  const auto at = s.live.find(r.id);
  if (at == s.live.end() || at->second.to != from) {
    const Verdict verdict = at != s.live.end() ? Verdict::unknown_call : late_or_false(s, from, r);
    return judge(from, r.id, 0, verdict, r.whole, effects);
  }
  Live& live = at->second;
  const auto status = static_cast<Status>(r.status);
  if (const auto verdict = verdict_on(s, live, r)) {
    judge(from, r.id, live.method.method, *verdict, r.whole, effects);
    return complete(s, live.id, Status::bad_response, Errc::ok, {}, effects);
  }
  if (live.sign && (status == Status::done || status == Status::failed)) {
    // What was verified is still in signed_bytes.
    effects.notes.push_back(
        {.kind = TraceKind::rpc_believed,
         .field = {from.value, r.id, answer_digest(s.signed_bytes), live.method.method, 0}});
  }
  measure(s.peers.find(from)->second, moment, live, r);
  if (status == Status::introduce || status == Status::overloaded) {
    live.settled |= std::uint32_t{1} << (r.attempt - 1);
    return status == Status::introduce ? introduced(s, r, live, effects)
                                       : refused(s, moment, r, live, effects);
  }
  if (status == Status::done && !live.method.repeatable) {
    s.ended[s.next_ended++ % kEndedKept] = {
        .id = r.id, .peer = from, .callee = s.replies_in.head.callee, .result = digest_of(s, r)};
  }
  const bool unclear = status == Status::stale || status == Status::cancelled;  // not by this call
  complete(s, live.id, unclear ? Status::unknown_outcome : status, static_cast<Errc>(r.error),
           payload_of(s, r), effects);
}

}  // namespace

void on_replies(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects) {
  if (decode(payload, s.replies_in) != Errc::ok)
    return judge(from, 0, 0, Verdict::malformed, payload, effects);
  const RepliesHead& head = s.replies_in.head;
  Peer* peer = peer_of(s, moment, from, false);
  if (peer == nullptr || head.caller != s.options.incarnation) {
    const bool false_one = peer != nullptr && head.caller > s.options.incarnation;
    return judge(from, 0, 0, false_one ? Verdict::unknown_call : Verdict::stale, payload, effects);
  }
  if (head.callee < peer->callee) return judge(from, 0, 0, Verdict::stale, payload, effects);
  peer->heard = moment.now;
  if (head.callee > peer->callee) {
    peer->callee = head.callee;
    peer->advert = 0;
    callee_restarted(s, from, *peer, effects);
  }
  if (head.advert > peer->advert) {
    peer->advert = head.advert;
    peer->window_calls = head.window_calls;
    peer->window_bytes = head.window_bytes;
  }
  for (const ReplyView& r : s.replies_in.replies) on_reply(s, moment, from, r, effects);
}

}  // namespace wn::rpc
