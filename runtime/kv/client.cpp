#include "runtime/kv/client.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"

namespace wn::kv {
namespace {

bool needs_session(const ClientOperation& operation) {
  return operation.kind == RequestKind::operation && operation.command.kind != CommandKind::open_session;
}

}  // namespace

Client::Client(ClientOptions options) : options_(std::move(options)) {
  WN_CHECK(!options_.servers.empty());
  WN_CHECK_LE(options_.servers.size(), kServersMax);
}

std::uint64_t Client::invoke(Instant now, ClientOperation operation, std::uint64_t jitter,
                             ClientEffects& effects) {
  WN_CHECK(!busy_);
  // Clients that know no leader begin at different servers.
  if (leader_ == kNobody) next_server_ = static_cast<std::uint32_t>(jitter % options_.servers.size());
  busy_ = true;
  ++operation_;
  ++stats_.operations;
  open_ = std::move(operation);
  deadline_ = now + options_.operation_timeout;
  attempt_ = 0;
  first_work_attempt_ = 1;
  work_attempts_ = refused_ = sent_in_session_ = redirects_ = backoff_steps_ = 0;
  phase_ = needs_session(open_) && session_ == 0 ? Phase::opening_session : Phase::working;
  if (phase_ == Phase::working && needs_session(open_)) ++sequence_;
  send(now, effects);
  return operation_;
}

void Client::send(Instant now, ClientEffects& effects) {
  if (attempt_ >= options_.attempts_max) return give_up(effects);
  target_ = leader_ != kNobody ? leader_ : options_.servers[next_server_ % options_.servers.size()];
  ++attempt_;
  ++stats_.attempts;
  waiting_ = true;
  resend_at_ = now + options_.attempt_timeout;
  ClientSend& out = effects.sends.emplace_back();
  out.to = target_;
  out.request.operation = operation_;
  out.request.attempt = attempt_;
  if (phase_ == Phase::opening_session) {
    out.request.kind = RequestKind::operation;
    out.request.command.kind = CommandKind::open_session;
    return;
  }
  ++work_attempts_;
  ++sent_in_session_;
  out.request.kind = open_.kind;
  out.request.command = open_.command;
  out.request.voters = open_.voters;
  out.request.learners = open_.learners;
  out.request.target = open_.target;
  if (needs_session(open_)) {
    out.request.command.session = session_;
    out.request.command.sequence = sequence_;
  }
}

void Client::rotate() {
  // Past the server that was just tried, so that a wrong hint does not make the round start over.
  const auto at = std::find(options_.servers.begin(), options_.servers.end(), target_);
  if (at != options_.servers.end()) next_server_ = static_cast<std::uint32_t>(at - options_.servers.begin());
  next_server_ = (next_server_ + 1) % static_cast<std::uint32_t>(options_.servers.size());
  leader_ = kNobody;
}

void Client::retry_later(Instant now, std::uint64_t jitter) {
  waiting_ = false;
  redirects_ = 0;
  const std::int64_t low = std::max<std::int64_t>(1, options_.backoff_min.ns);
  const std::int64_t high = std::max(low, options_.backoff_max.ns);
  std::int64_t delay = low;
  for (std::uint32_t i = 0; i < backoff_steps_ && delay < high; ++i)
    delay = delay > high / 2 ? high : delay * 2;
  if (delay < high) ++backoff_steps_;
  const std::int64_t half = delay / 2;
  resend_at_ = now + nanoseconds(delay - half +
                                 static_cast<std::int64_t>(jitter % (static_cast<std::uint64_t>(half) + 1)));
}

bool Client::effect_possible() const {
  if (open_.kind == RequestKind::read || (open_.kind == RequestKind::operation && is_read(open_.command))) {
    return false;
  }
  // A refused attempt is dead only if the network has no second copy of it, which another server might accept
  // later.
  return sent_in_session_ > (options_.frames_may_be_duplicated ? 0 : refused_);
}

void Client::finish(Outcome outcome, Reply reply, ClientEffects& effects) {
  busy_ = false;
  waiting_ = false;
  switch (outcome) {
    case Outcome::ok:
      ++stats_.ok;
      break;
    case Outcome::fail:
      ++stats_.fail;
      break;
    case Outcome::info:
      ++stats_.info;
      break;
  }
  effects.completed.push_back({operation_, outcome, std::move(reply), work_attempts_});
}

void Client::give_up(ClientEffects& effects) {
  rotate();
  finish(effect_possible() ? Outcome::info : Outcome::fail, {}, effects);
}

void Client::on_reply(Instant now, NodeId from, const ClientReply& reply, std::uint64_t jitter,
                      ClientEffects& effects) {
  if (!busy_ || reply.operation != operation_) return;
  if (reply.attempt == 0 || reply.attempt > attempt_) return;
  // Answers to attempts that opened a session say nothing about the operation itself.
  if (phase_ == Phase::working && reply.attempt < first_work_attempt_) return;
  if (now >= deadline_) return give_up(effects);
  if (reply.code == ReplyCode::done) return on_done(now, from, reply, effects);
  // An older attempt that is refused late changes nothing: the newer one is under way.
  if (waiting_ && reply.attempt == attempt_) on_refused(now, from, reply, jitter, effects);
}

void Client::on_done(Instant now, NodeId from, const ClientReply& reply, ClientEffects& effects) {
  const Status status = reply.reply.status;
  if (phase_ == Phase::opening_session) {
    if (status != Status::ok || reply.reply.session == 0) return;
    leader_ = from;
    session_ = reply.reply.session;
    sequence_ = 1;
    ++stats_.sessions_opened;
    phase_ = Phase::working;
    first_work_attempt_ = attempt_ + 1;
    redirects_ = backoff_steps_ = 0;
    return send(now, effects);
  }
  leader_ = from;
  switch (status) {
    case Status::ok:
    case Status::cas_mismatch:
    case Status::not_found:
      if (work_attempts_ == 1) ++stats_.first_try;
      return finish(Outcome::ok, reply.reply, effects);
    case Status::too_large:
    case Status::invalid:
      return finish(Outcome::fail, reply.reply, effects);
    case Status::stale_sequence:
      return finish(Outcome::info, reply.reply, effects);
    case Status::session_expired:
      break;
  }
  session_ = 0;
  sequence_ = 0;
  // The command did not take effect at that point. It is dead only if no other copy can have been applied
  // while the session lived; then a new session may carry it.
  const bool only_copy = !options_.frames_may_be_duplicated && sent_in_session_ - refused_ == 1;
  if (!only_copy && effect_possible()) return finish(Outcome::info, reply.reply, effects);
  phase_ = Phase::opening_session;
  sent_in_session_ = refused_ = 0;
  send(now, effects);
}

void Client::on_refused(Instant now, NodeId from, const ClientReply& reply, std::uint64_t jitter,
                        ClientEffects& effects) {
  const bool working = phase_ == Phase::working;
  switch (reply.code) {
    case ReplyCode::not_leader:
      if (working) ++refused_;
      if (reply.leader != kNobody && reply.leader != from && redirects_ < options_.redirects_max) {
        ++redirects_;
        leader_ = reply.leader;
        return send(now, effects);
      }
      rotate();
      return retry_later(now, jitter);
    case ReplyCode::overloaded:
      if (working) ++refused_;
      return retry_later(now, jitter);
    case ReplyCode::rejected:
      if (working && sent_in_session_ - refused_ > 1) return give_up(effects);
      return finish(Outcome::fail, reply.reply, effects);
    case ReplyCode::uncertain:
      rotate();
      if (reply.leader != from) leader_ = reply.leader;
      return retry_later(now, jitter);
    case ReplyCode::done:
      break;
  }
}

void Client::on_tick(Instant now, std::uint64_t jitter, ClientEffects& effects) {
  static_cast<void>(jitter);
  if (!busy_) return;
  if (now >= deadline_) return give_up(effects);
  if (now < resend_at_) return;
  if (waiting_) rotate();  // no answer: the server is down, cut off or slow
  send(now, effects);
}

Instant Client::next_deadline() const { return busy_ ? std::min(deadline_, resend_at_) : Instant::max(); }

}  // namespace wn::kv
