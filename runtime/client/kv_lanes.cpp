#include "runtime/client/kv_lanes.h"

#include <algorithm>
#include <utility>

#include "runtime/base/check.h"

namespace wn::client {

KvLanes::KvLanes(const kv::ClientOptions& options, std::uint32_t lanes, std::uint32_t waiting_max,
                 std::pmr::memory_resource* memory)
    : timeout_(options.operation_timeout), waiting_max_(waiting_max), lanes_(memory), waiting_(memory) {
  WN_CHECK(lanes > 0);
  for (std::uint32_t i = 0; i < lanes; ++i) lanes_.push_back({.client = kv::Client(options)});
}

void KvLanes::begin(std::size_t lane, Instant now, std::uint64_t context, kv::ClientOperation operation,
                    std::uint64_t jitter, Effects& effects) {
  lanes_[lane].context = context;
  lanes_[lane].client.invoke(now, std::move(operation), jitter, scratch_);
  take(lane, now, jitter, effects);
}

// What the lane's client wants done; an idle lane takes the next that waits.
void KvLanes::take(std::size_t lane, Instant now, std::uint64_t jitter, Effects& effects) {
  for (kv::ClientSend& send : scratch_.sends) {
    send.request.operation = send.request.operation * lanes_.size() + lane;
    effects.sends.push_back(std::move(send));
  }
  for (kv::ClientResult& result : scratch_.completed)
    effects.completed.push_back({.context = lanes_[lane].context, .result = std::move(result)});
  scratch_.clear();
  if (lanes_[lane].client.busy() || waiting_.empty()) return;
  Waiting next = std::move(waiting_.front());
  waiting_.pop_front();
  begin(lane, now, next.context, std::move(next.operation), jitter, effects);
}

Errc KvLanes::invoke(Instant now, std::uint64_t context, kv::ClientOperation operation, std::uint64_t jitter,
                     Effects& effects) {
  const auto idle = std::ranges::find_if(lanes_, [](const Lane& l) { return !l.client.busy(); });
  if (idle != lanes_.end()) {
    begin(static_cast<std::size_t>(idle - lanes_.begin()), now, context, std::move(operation), jitter,
          effects);
    return Errc::ok;
  }
  if (waiting_.size() >= waiting_max_) return Errc::overloaded;
  waiting_.push_back({.context = context, .operation = std::move(operation), .deadline = now + timeout_});
  return Errc::ok;
}

void KvLanes::on_reply(Instant now, NodeId from, kv::ClientReply reply, std::uint64_t jitter,
                       Effects& effects) {
  const auto lane = static_cast<std::size_t>(reply.operation % lanes_.size());
  reply.operation /= lanes_.size();
  lanes_[lane].client.on_reply(now, from, reply, jitter, scratch_);
  take(lane, now, jitter, effects);
}

void KvLanes::on_tick(Instant now, std::uint64_t jitter, Effects& effects) {
  while (!waiting_.empty() && waiting_.front().deadline <= now) {
    effects.completed.push_back({.context = waiting_.front().context,
                                 .result = {.operation = 0, .outcome = kv::Outcome::fail, .reply = {}}});
    waiting_.pop_front();
  }
  for (std::size_t i = 0; i < lanes_.size(); ++i) {
    if (lanes_[i].client.next_deadline() > now) continue;
    lanes_[i].client.on_tick(now, jitter, scratch_);
    take(i, now, jitter, effects);
  }
}

void KvLanes::close(Effects& effects) {
  for (const Waiting& w : waiting_)
    effects.completed.push_back(
        {.context = w.context, .result = {.operation = 0, .outcome = kv::Outcome::fail}});
  waiting_.clear();
  for (const Lane& lane : lanes_) {
    if (lane.client.busy())
      effects.completed.push_back({.context = lane.context, .result = {.outcome = kv::Outcome::info}});
  }
}

Instant KvLanes::next_deadline() const {
  Instant due = waiting_.empty() ? Instant::max() : waiting_.front().deadline;
  for (const Lane& lane : lanes_) due = std::min(due, lane.client.next_deadline());
  return due;
}

}  // namespace wn::client
