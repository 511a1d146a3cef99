#include "runtime/client/core/core.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::client {
namespace {

constexpr std::int64_t kWholeRetry = 100;

Duration shortened(Duration d, std::uint32_t percent, std::uint64_t jitter) {
  const std::int64_t span = d.ns / 100 * std::min<std::uint32_t>(percent, 100);
  if (span <= 0) return d;
  return {d.ns - static_cast<std::int64_t>(jitter % static_cast<std::uint64_t>(span))};
}

// At its deadline, without an answer that settles it.
Outcome outcome_of_silence(std::uint32_t attempts) { return attempts == 0 ? Outcome::fail : Outcome::info; }

bool is_strong(const Operation& o) { return o.request.mode == Mode::strong; }

}  // namespace

bool changes_nothing(realm::Function function) {
  return function == realm::Function::get || function == realm::Function::query ||
         function == realm::Function::call || function == realm::Function::crash;
}

void Effects::clear() {
  sends.clear();
  completed.clear();
  sometimes.clear();
}

Core::Core(CoreOptions options, std::pmr::memory_resource* memory)
    : options_(std::move(options)),
      memory_(memory),
      open_(memory),
      by_number_(memory),
      due_(memory),
      strong_(memory),
      released_(memory),
      seen_(memory),
      next_number_(options_.first_number),
      credit_(std::int64_t{options_.retry_burst} * kWholeRetry) {
  WN_CHECK(!options_.servers.empty() && options_.servers.size() <= kServersMax);
  WN_CHECK(options_.retry > Duration{} && options_.timeout > Duration{});
}

Errc Core::invoke(Instant now, Operation operation, std::uint64_t jitter, Effects& effects) {
  if (!realm::has_mode(operation.request.function, operation.request.mode)) return Errc::invalid_argument;
  if (open_.size() >= options_.open_max) return Errc::overloaded;
  if (WN_FAULT_POINT(options_.fault_points, "client.home-moves")) move_home();
  ++stats_.operations;
  credit_ = std::min(credit_ + options_.retry_percent, std::int64_t{options_.retry_burst} * kWholeRetry);
  const Key key = ++last_key_;
  const auto at = open_.emplace(key, Open{}).first;
  Open& o = at->second;
  o.deadline = now + (operation.timeout > Duration{} ? operation.timeout : options_.timeout);
  o.pause = options_.retry;
  o.last.code = {};
  o.operation = std::move(operation);
  if (is_strong(o.operation)) {
    auto& queue = strong_.try_emplace(o.operation.request.worknode).first->second;
    queue.push_back(key);
    if (queue.size() > 1) {
      o.held = true;
      schedule(at, o.deadline);
      return Errc::ok;
    }
  }
  send(now, at, jitter, effects);
  return Errc::ok;
}

NodeId Core::target_of(const Open& o) const {
  if (o.operation.to) return o.operation.to;
  if (o.operation.request.mode == Mode::local) return options_.servers.front();
  return o.attempts > 0 && !may_move(o) ? o.target : home();
}

// In the middle of it, to another server.
bool Core::may_move(const Open& o) const {
  if (o.operation.to || o.operation.request.mode == Mode::local) return false;
  return is_strong(o.operation) || changes_nothing(o.operation.request.function);
}

void Core::send(Instant now, Opens::iterator at, std::uint64_t jitter, Effects& effects) {
  Open& o = at->second;
  realm::Request& r = o.operation.request;
  if (o.attempts == 0) {
    r.operation = next_number_++;
    by_number_[r.operation] = at->first;
    if (options_.sessions && r.mode == Mode::eventual) {
      r.keeps_session = true;
      r.session = session();
    }
  }
  o.held = o.answered = false;
  o.target = target_of(o);
  ++o.attempts;
  ++stats_.attempts;
  r.attempt = o.attempts;
  effects.sends.push_back(
      {.context = o.operation.context, .to = o.target, .attempt = o.attempts, .request = r});
  Duration patience = shortened(o.pause, options_.jitter_percent, jitter);
  if (WN_FAULT_POINT(options_.fault_points, "client.retry-early")) patience = patience / 8 + nanoseconds(1);
  schedule(at, std::min(o.deadline, now + patience));
  o.pause = std::max(options_.retry, std::min(o.pause * 2, options_.retry_max));
}

void Core::schedule(Opens::iterator at, Instant due) {
  due_.erase({at->second.due, at->first});
  at->second.due = due;
  due_.insert({due, at->first});
}

Instant Core::next_deadline() const { return due_.empty() ? Instant::max() : due_.begin()->first; }

bool Core::pay() {
  if (!options_.budget) return true;
  if (credit_ < kWholeRetry) {
    ++stats_.retries_refused;
    return false;
  }
  credit_ -= kWholeRetry;
  return true;
}

void Core::move_home() {
  if (options_.servers.size() == 1) return;
  home_ = (home_ + 1) % options_.servers.size();
  ++stats_.moves;
}

void Core::complete(Opens::iterator at, Outcome outcome, Effects& effects) {
  Open& o = at->second;
  ++(outcome == Outcome::ok ? stats_.ok : outcome == Outcome::fail ? stats_.fail : stats_.info);
  if (outcome == Outcome::fail && o.last.error == Errc::behind)
    effects.sometimes.push_back("client: refused by a replica that lags");
  effects.completed.push_back({.context = o.operation.context,
                               .outcome = outcome,
                               .reply = std::move(o.last),
                               .attempts = o.attempts});
  const Key key = at->first;
  const bool strong = is_strong(o.operation);
  const WorknodeId worknode = o.operation.request.worknode;
  if (o.attempts > 0) by_number_.erase(o.operation.request.operation);
  due_.erase({o.due, key});
  open_.erase(at);
  if (!strong) return;
  auto& queue = strong_.find(worknode)->second;
  const bool first = queue.front() == key;
  queue.erase(std::ranges::find(queue, key));
  if (first) release(worknode);
}

// The next one on the worknode is sent before the call that ended this one returns (send_released).
void Core::release(WorknodeId worknode) {
  const auto at = strong_.find(worknode);
  if (at->second.empty()) {
    strong_.erase(at);
  } else {
    released_.push_back(at->second.front());
  }
}

Outcome Core::outcome_of_refusal(const Open& o, const realm::Reply& reply) const {
  const realm::Request& r = o.operation.request;
  if (changes_nothing(r.function)) return Outcome::fail;
  const bool said_no = reply.error == Errc::precondition && reply.refusal == 0;
  // A cas that fails says that its expectation did not hold; refused for another reason it says nothing.
  if (r.function == realm::Function::cas) return said_no ? Outcome::fail : Outcome::info;
  // "Late" is what a replica says to a number below the last one it has seen. An earlier attempt may have
  // taken effect before that.
  const bool overtaken = r.operation + 1 != next_number_;
  return said_no && overtaken && o.attempts - o.dead > 1 ? Outcome::info : Outcome::fail;
}

void Core::on_reply(Instant now, NodeId from, const realm::Reply& reply, std::uint64_t jitter,
                    Effects& effects) {
  const auto number = by_number_.find(reply.operation);
  if (number == by_number_.end()) return;
  const auto at = open_.find(number->second);
  Open& o = at->second;
  if (reply.attempt == 0 || reply.attempt > o.attempts) return;
  // One that may move is answered by any server that it was sent to; those are servers of ours.
  const bool asked = from == o.target ||
                     (may_move(o) && std::ranges::find(options_.servers, from) != options_.servers.end());
  if (!asked) return;
  o.last = reply;
  switch (reply.code) {
    case realm::ReplyCode::done:
      see(reply.session.view(), effects);
      complete(at, Outcome::ok, effects);
      break;
    case realm::ReplyCode::refused:
      complete(at, outcome_of_refusal(o, reply), effects);
      break;
    case realm::ReplyCode::overloaded:
      overloaded(now, at, effects);
      break;
    case realm::ReplyCode::failed:
      complete(at, changes_nothing(o.operation.request.function) ? Outcome::fail : Outcome::info, effects);
      break;
    default:
      break;
  }
  send_released(now, jitter, effects);
}

// Asked again when its time has come. Another copy of the request may still take effect, so the number stays.
void Core::overloaded(Instant now, Opens::iterator at, Effects& effects) {
  effects.sometimes.push_back("client: told that the realm is overloaded");
  Open& o = at->second;
  if (o.last.error == Errc::overloaded) ++o.dead;
  o.answered = true;
  if (!options_.budget || credit_ >= kWholeRetry) {
    if (o.unpaid) schedule(at, std::min(o.deadline, now + o.pause));
    o.unpaid = false;
    return;
  }
  ++stats_.retries_refused;
  complete(at, o.dead == o.attempts ? Outcome::fail : Outcome::info, effects);
}

void Core::unanswered(Instant now, Opens::iterator at, std::uint64_t jitter, Effects& effects) {
  Open& o = at->second;
  if (!o.answered && !o.operation.to && o.target == home() && o.operation.request.mode != Mode::local)
    move_home();
  if (o.unpaid || !pay()) {
    o.unpaid = true;
    return schedule(at, o.deadline);
  }
  send(now, at, jitter, effects);
}

void Core::on_tick(Instant now, std::uint64_t jitter, Effects& effects) {
  while (!due_.empty() && due_.begin()->first <= now) {
    const auto at = open_.find(due_.begin()->second);
    if (now >= at->second.deadline) {
      complete(at, outcome_of_silence(at->second.attempts), effects);
    } else {
      unanswered(now, at, jitter, effects);
    }
  }
  send_released(now, jitter, effects);
}

void Core::send_released(Instant now, std::uint64_t jitter, Effects& effects) {
  for (std::size_t i = 0; i < released_.size(); ++i) {
    const auto at = open_.find(released_[i]);
    if (at != open_.end() && at->second.held) send(now, at, jitter, effects);
  }
  released_.clear();
}

void Core::close(Effects& effects) {
  while (!open_.empty()) complete(open_.begin(), outcome_of_silence(open_.begin()->second.attempts), effects);
  released_.clear();
}

void Core::see(ByteView session, Effects& effects) {
  if (!session.empty() && resume(session) != Errc::ok)
    effects.sometimes.push_back("client: a session that cannot be read");
}

Errc Core::resume(ByteView session) {
  const auto seen = causality::VersionVector::decode(session, memory_);
  if (!seen) return Errc::corrupt;
  return seen_.join(*seen) == Errc::ok ? Errc::ok : Errc::corrupt;
}

Bytes Core::session() const {
  std::vector<std::uint8_t> bytes;
  seen_.encode(bytes);
  return Bytes::copy_of(ByteView(bytes));
}

}  // namespace wn::client
