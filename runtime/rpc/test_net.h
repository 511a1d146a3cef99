#pragma once
// A few endpoints and a network between them that may lose, delay, reorder and repeat, for this room's tests.
// Each node's clock begins at a time of its own. Handlers are in the tests; the usual one counts effects.
#include <catch2/catch_test_macros.hpp>
#include <functional>
#include <map>
#include <memory>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/rpc/test_calls.h"

namespace wn::rpc {

struct Weather {
  std::uint32_t loss_ppm = 0;
  std::uint32_t duplicate_ppm = 0;
  Duration delay_min = microseconds(100);
  Duration delay_max = microseconds(100);
};

class Net {
 public:
  struct Node {
    std::unique_ptr<Endpoint> endpoint;
    Options options;
    Duration offset;
    std::uint64_t draws = 0;
    std::map<std::uint64_t, Completion> completions;  // by context
    std::vector<Judgement> judgements;
    std::vector<Withdrawal> withdrawals;
    std::vector<Delivery> slow;  // taken by kSlow
    Effects effects;
  };
  using Handler = std::function<void(Net&, NodeId at, const Delivery&)>;

  explicit Net(std::uint32_t nodes, std::uint64_t seed = 1, const std::function<void(Options&)>& adjust = {})
      : random_(seed) {
    for (std::uint32_t n = 1; n <= nodes; ++n) {
      Node& node = nodes_[NodeId{n}];
      node.options.node = NodeId{n};
      node.options.methods = test_methods();
      for (std::uint32_t m = 1; m <= nodes; ++m) node.options.members.push_back(NodeId{m});
      if (adjust) adjust(node.options);
      node.offset = seconds(1000) * n;
      start(NodeId{n});
    }
  }
  void start(NodeId n) {
    Node& node = nodes_[n];
    ++node.options.incarnation;
    node.endpoint = std::make_unique<Endpoint>(node.options, std::pmr::new_delete_resource());
    node.effects.clear();
    node.slow.clear();
  }
  Node& at(NodeId n) { return nodes_[n]; }
  Moment moment(NodeId n) { return {.now = Instant{} + node_time(n)}; }
  Instant in(NodeId n, Duration d) { return moment(n).now + d; }
  Duration now() const { return now_; }

  std::expected<CallId, Status> call(NodeId from, CallSpec spec) {
    Node& node = nodes_[from];
    return node.endpoint->call(moment(from), spec, node.effects);
  }
  // Carries out what the step decided, then flushes.
  void settle(NodeId n) {
    Node& node = nodes_[n];
    while (!node.effects.deliveries.empty()) {
      std::vector<Delivery> deliveries;
      deliveries.swap(node.effects.deliveries);
      for (const Delivery& d : deliveries) handle(n, d);
    }
    node.endpoint->flush(moment(n), node.effects);
    for (const Completion& c : node.effects.completions) {
      REQUIRE(!node.completions.contains(c.context));
      node.completions[c.context] = c;
    }
    for (const Judgement& j : node.effects.judgements) node.judgements.push_back(j);
    for (const Withdrawal& w : node.effects.withdrawals) node.withdrawals.push_back(w);
    for (const Claim& c : node.effects.sometimes) ++claims[c.name];
    std::vector<Outgoing> sends;
    sends.swap(node.effects.sends);
    node.effects.clear();
    for (Outgoing& out : sends) post(n, std::move(out));
    if (check_invariants) REQUIRE(node.endpoint->broken_invariant() == "");
  }
  // Until nothing is on its way and no deadline lies before the end.
  void run(Duration time) {
    const Duration end = now_ + time;
    for (;;) {
      Duration next = end + nanoseconds(1);
      if (!wire_.empty()) next = std::min(next, wire_.begin()->first.first);
      NodeId timer{};
      for (auto& [n, node] : nodes_) {
        const Instant due = node.endpoint->next_deadline();
        if (due == Instant::max()) continue;
        const Duration at = std::max((due - Instant{}) - node.offset, now_);
        if (at < next) {
          next = at;
          timer = n;
        }
      }
      if (next > end) break;
      now_ = std::max(now_, next);
      if (timer) {
        Node& node = nodes_[timer];
        const std::uint64_t draw = random_.at("tick", timer.value, node.draws++).u64();
        node.endpoint->tick(moment(timer), draw, node.effects);
        settle(timer);
        continue;
      }
      auto frame = std::move(wire_.begin()->second);
      wire_.erase(wire_.begin());
      arrive(frame.from, frame.out);
    }
    now_ = end;
  }
  void arrive(NodeId from, const Outgoing& out) {
    const auto to = nodes_.find(out.to);
    if (to == nodes_.end()) return;
    to->second.endpoint->receive(moment(out.to), from, out.kind, out.payload.view(), to->second.effects);
    settle(out.to);
  }

  void handle(NodeId n, const Delivery& d) {
    if (handler && d.method == kRelay) return handler(*this, n, d);
    Node& node = nodes_[n];
    if (d.method == kSlow) {
      node.slow.push_back(d);
      return;
    }
    Answer answer{.status = Status::done, .error = Errc::ok, .result = {.kind = kKind, .items = {}}};
    if (d.method != kEcho) ++effects[d.key];
    if (d.method == kMake) answer.result.items = {bytes_of({.high = 7, .low = 1000 + d.key.number})};
    if (d.method == kEcho) answer.result.items = d.arguments;
    delivered.push_back(d);
    node.endpoint->reply(moment(n), d.call, std::move(answer), node.effects);
  }

  Weather weather;
  std::function<bool(NodeId from, const Outgoing&)> cut;  // true: lost
  Handler handler;
  bool check_invariants = true;
  std::map<IdempotencyKey, std::uint32_t> effects;
  std::vector<Delivery> delivered;
  std::map<std::string, std::uint64_t> claims;
  std::uint64_t frames = 0;
  std::uint64_t bytes = 0;
  std::vector<std::pair<NodeId, Outgoing>> log;  // of frames, when wanted
  bool keep_log = false;

 private:
  struct Frame {
    NodeId from;
    Outgoing out;
  };
  Duration node_time(NodeId n) { return now_ + nodes_[n].offset; }
  void post(NodeId from, Outgoing out) {
    ++frames;
    bytes += out.payload.size();
    if (keep_log) log.emplace_back(from, out);
    Draw draw = random_.at("weather", from.value, frames);
    const bool lost = draw.chance_ppm(weather.loss_ppm);
    const bool twice = draw.chance_ppm(weather.duplicate_ppm);
    for (int copy = 0; copy < (twice ? 2 : 1); ++copy) {
      const std::int64_t delay = draw.between(weather.delay_min.ns, weather.delay_max.ns);
      if (lost || (cut && cut(from, out))) continue;
      wire_[{now_ + nanoseconds(delay), ++posted_}] = {from, out};
    }
  }

  Random random_;
  std::map<NodeId, Node> nodes_;
  std::map<std::pair<Duration, std::uint64_t>, Frame> wire_;
  std::uint64_t posted_ = 0;
  Duration now_;
};

}  // namespace wn::rpc
