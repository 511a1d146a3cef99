#include "runtime/rpc/endpoint.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/rpc/rules.h"

namespace wn::rpc {
namespace {

void run_timers(State& s, const Moment& moment, Effects& effects) {
  while (!s.timers.empty() && s.timers.begin()->at <= moment.now) {
    const Timer timer = *s.timers.begin();
    timer.incoming ? entry_due(s, moment, timer.id, effects) : live_due(s, moment, timer.id, effects);
  }
}

}  // namespace

void Effects::clear() {
  sends.clear();
  deliveries.clear();
  withdrawals.clear();
  completions.clear();
  judgements.clear();
  notes.clear();
  sometimes.clear();
}

Endpoint::Endpoint(const Options& options, std::pmr::memory_resource* memory)
    : state_(std::make_unique<State>(options, memory)) {
  const Options& o = state_->options;
  WN_CHECK(o.node && o.incarnation != 0 && o.attempts_max + kIntroductionsMax < kAttemptsEver);
  WN_CHECK(std::ranges::is_sorted(o.methods, {}, &MethodSpec::method) && std::ranges::is_sorted(o.members));
  for (const MethodSpec& method : o.methods)
    WN_CHECK(method.request_bytes_max <= kBodyBytesMax && method.response_bytes_max <= kBodyBytesMax / 2 &&
             method.response_items_max <= kItemsMax);
  state_->retry_credit = std::int64_t{o.retry_burst} * 100;
  state_->noise = o.incarnation;
}
Endpoint::~Endpoint() = default;
Endpoint::Endpoint(Endpoint&&) noexcept = default;
Endpoint& Endpoint::operator=(Endpoint&&) noexcept = default;

std::expected<CallId, Status> Endpoint::call(const Moment& moment, const CallSpec& spec, Effects& effects) {
  return make_call(*state_, moment, spec, effects);
}

void Endpoint::cancel(const Moment& moment, CallId call, Effects& effects) {
  cancel_call(*state_, moment, call.value, effects);
}

Errc Endpoint::reply(const Moment& moment, Incoming call, Answer answer, Effects& effects) {
  return answer_entry(*state_, moment, call.value, std::move(answer), effects);
}

void Endpoint::receive(const Moment& moment, NodeId from, MessageKind kind, ByteView payload,
                       Effects& effects) {
  State& s = *state_;
  run_timers(s, moment, effects);  // an answer that comes at the deadline comes too late
  switch (kind) {
    case MessageKind::calls:
      return on_calls(s, moment, from, payload, effects);
    case MessageKind::replies:
      return on_replies(s, moment, from, payload, effects);
    case MessageKind::cancels:
      return on_cancels(s, moment, from, payload, effects);
  }
}

void Endpoint::flush(const Moment& moment, Effects& effects) { flush_peers(*state_, moment, effects); }

void Endpoint::tick(const Moment& moment, std::uint64_t draw, Effects& effects) {
  state_->noise = draw;
  run_timers(*state_, moment, effects);
}

Instant Endpoint::next_deadline() const {
  return state_->timers.empty() ? Instant::max() : state_->timers.begin()->at;
}

Usage Endpoint::usage() const {
  const State& s = *state_;
  Usage out;
  out.peers = s.peers.size();
  out.bytes = s.bytes;
  out.calls = s.live.size();
  for (const auto& [node, peer] : s.peers) {
    out.incoming += peer.running;
    out.outcomes += peer.outcomes.size();
  }
  out.retries = s.retries;
  out.refused = s.refused;
  return out;
}

Credit Endpoint::credit(NodeId node) const {
  const auto at = state_->peers.find(node);
  if (at == state_->peers.end()) return {};
  const Peer& peer = at->second;
  return {.calls_window = peer.window_calls,
          .calls_used = peer.used_calls,
          .bytes_window = peer.window_bytes,
          .bytes_used = peer.used_bytes};
}

Duration Endpoint::round_trip(NodeId node) const {
  const auto at = state_->peers.find(node);
  return at == state_->peers.end() ? Duration{} : at->second.round_trip;
}

std::string Endpoint::broken_invariant() const { return rpc::broken_invariant(*state_); }

}  // namespace wn::rpc
