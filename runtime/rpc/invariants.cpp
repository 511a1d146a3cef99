#include "runtime/rpc/rules.h"

namespace wn::rpc {
namespace {

struct Sums {
  std::uint32_t live = 0, credited = 0, running = 0, outcomes = 0;
  std::size_t live_bytes = 0, credited_bytes = 0, running_bytes = 0, outcome_bytes = 0;
};

std::string broken_peer(const State& s, NodeId node, const Peer& peer) {
  Sums sum;
  for (const auto& [id, live] : s.live) {
    if (live.to != node) continue;
    ++sum.live;
    sum.live_bytes += live.cost;
    sum.credited += live.credited ? 1 : 0;
    sum.credited_bytes += live.credited ? live.cost : 0;
    if (!peer.bases.contains(live.base)) return "a call's base is not held";
  }
  for (const auto& [serial, entry] : s.entries) {
    if (entry.from != node) continue;
    const bool running = entry.phase < Phase::withdrawn;
    ++(running ? sum.running : sum.outcomes);
    (running ? sum.running_bytes : sum.outcome_bytes) += entry.cost;
    if (running && !peer.by_key.contains(entry.key)) return "a running call's key is not held";
  }
  if (sum.live != peer.live || sum.live_bytes != peer.live_bytes) return "live calls are miscounted";
  if (sum.credited != peer.used_calls || sum.credited_bytes != peer.used_bytes)
    return "credit is not conserved";
  if (sum.running != peer.running || sum.running_bytes != peer.running_bytes)
    return "running calls are miscounted";
  if (sum.outcomes != peer.outcomes.size() || sum.outcome_bytes != peer.outcome_bytes)
    return "outcomes are miscounted";
  if (peer.bytes() > s.options.peer_bytes_max) return "a peer holds more than its share";
  return {};
}

}  // namespace

std::string broken_invariant(const State& s) {
  std::size_t bytes = 0, strangers = 0, armed = 0;
  for (const auto& [node, peer] : s.peers) {
    if (std::string broken = broken_peer(s, node, peer); !broken.empty()) return broken;
    bytes += peer.bytes();
    strangers += peer.member ? 0 : peer.bytes();
  }
  for (const auto& [id, live] : s.live) armed += live.armed < Instant::max() ? 1 : 0;
  for (const auto& [serial, entry] : s.entries) armed += entry.armed < Instant::max() ? 1 : 0;
  if (bytes != s.bytes || strangers != s.stranger_bytes) return "bytes are miscounted";
  if (bytes > s.options.bytes_max) return "more is held than allowed";
  if (armed != s.timers.size() || armed != s.live.size() + s.entries.size()) return "a call without a timer";
  return {};
}

}  // namespace wn::rpc
