#include "reports/synthetic.h"

#include <algorithm>
#include <tuple>

#include "runtime/base/random.h"

namespace wn::reports {
namespace {

constexpr std::uint32_t kServers = 5;
constexpr std::uint32_t kClients = 5;
constexpr std::int64_t kMs = 1'000'000;
constexpr std::int64_t kEnd = 60'000 * kMs;

class Maker {
 public:
  explicit Maker(std::size_t events) : events_(events) {}

  ReportInput make() {
    nodes();
    faults();
    elections();
    traffic();
    operations();
    claims();
    auto& trace = in_.trace;
    std::ranges::sort(trace, {},
                      [](const TraceEvent& e) { return std::tuple(e.at.ns, e.node.value, e.kind, e.field); });
    in_.stats.events = trace.size();
    return std::move(in_);
  }

 private:
  void event(std::int64_t at, std::uint32_t node, TraceKind kind, std::array<std::uint64_t, 5> field) {
    in_.trace.push_back({.at = SimTime{at}, .node = NodeId{node}, .kind = kind, .field = field});
  }
  std::uint64_t draw(std::uint64_t n) { return Random(7).at("synthetic", ++draws_).below(n); }

  void nodes() {
    faults::Plan& plan = in_.plan;
    plan.scenario = "synthetic-lease-read";
    plan.seed = 17;
    plan.duration = Duration{kEnd};
    plan.freeze_at = SimTime{kEnd * 3 / 4};
    plan.claims = {"linearizability", "raft-safety"};
    for (std::uint32_t i = 1; i <= kServers + kClients; ++i) {
      faults::NodePlan node{.id = NodeId{i}};
      node.role = i <= kServers ? faults::NodeRole::server : faults::NodeRole::client;
      if (i == 2) node.wall_offset = milliseconds(40);
      if (i == 3) node.drift_ppm = -500;
      plan.nodes.push_back(node);
    }
  }

  void fault(faults::FaultKind kind, std::int64_t at_ms, std::int64_t for_ms, std::vector<NodeId> on,
             std::string label) {
    faults::Fault f;
    f.id = static_cast<std::uint32_t>(in_.plan.faults.size() + 1);
    f.kind = kind;
    f.at = SimTime{at_ms * kMs};
    f.duration = milliseconds(for_ms);
    f.nodes = std::move(on);
    f.label = std::move(label);
    if (kind == faults::FaultKind::partition) {
      f.links = {
          {NodeId{1}, NodeId{2}}, {NodeId{2}, NodeId{1}}, {NodeId{1}, NodeId{3}}, {NodeId{3}, NodeId{1}}};
    }
    in_.plan.faults.push_back(std::move(f));
  }

  void faults() {
    fault(faults::FaultKind::partition, 9'000, 4'000, {}, "minority/majority");
    fault(faults::FaultKind::pause, 12'410, 2'600, {NodeId{1}}, "");
    fault(faults::FaultKind::clock_step, 15'000, 8'000, {NodeId{4}}, "");
    fault(faults::FaultKind::power_loss, 30'000, 3'000, {NodeId{5}}, "");
    event(12'410 * kMs, 1, TraceKind::node_paused, {});
    event(15'010 * kMs, 1, TraceKind::node_resumed, {3, 0, 0, 0, 0});
    event(15'000 * kMs, 4, TraceKind::clock_changed, {static_cast<std::uint64_t>(250 * kMs), 0, 0, 0, 0});
    event(23'000 * kMs, 4, TraceKind::clock_changed, {static_cast<std::uint64_t>(-250 * kMs), 0, 0, 0, 0});
    event(30'000 * kMs, 5, TraceKind::node_crashed, {1, 2, 0, 0, 0});
    event(33'000 * kMs, 5, TraceKind::node_started, {2, 0, 0, 0, 0});
  }

  void elections() {
    event(300 * kMs, 1, TraceKind::raft_state, {2, 1, 0, 1, 0});
    event(305 * kMs, 1, TraceKind::raft_state, {3, 1, 1, 1, 0});
    event(12'900 * kMs, 2, TraceKind::raft_state, {2, 2, 0, 2, 50});
    event(12'910 * kMs, 2, TraceKind::raft_state, {3, 2, 2, 2, 50});
    event(15'020 * kMs, 1, TraceKind::raft_state, {0, 2, 2, 0, 50});
  }

  void traffic() {
    const std::size_t pairs = events_ / 2;
    for (std::size_t i = 0; i < pairs; ++i) {
      const std::int64_t at = kEnd / static_cast<std::int64_t>(pairs + 1) * static_cast<std::int64_t>(i);
      const bool client = draw(6) == 0;
      std::uint32_t from = at < 12'900 * kMs ? 1 : 2;
      std::uint32_t to =
          1 + static_cast<std::uint32_t>(draw(client ? kClients : kServers)) + (client ? kServers : 0);
      if (draw(2) == 0) std::swap(from, to);
      if (from == to) continue;
      const std::uint64_t type = client ? (from > kServers ? 32 : 33) : draw(40) == 0 ? 3 : 5 + draw(2);
      const std::int64_t latency = (200 + static_cast<std::int64_t>(draw(900))) * 1000;
      event(at, from, TraceKind::message_sent, {to, i + 1, 40 + draw(400), draw(1ULL << 60), type});
      if (draw(50) == 0) {
        event(at, from, TraceKind::message_dropped, {to, i + 1, 1, 0, 0});
      } else {
        event(at + latency, to, TraceKind::message_delivered, {from, i + 1, 40, 1, type});
      }
    }
  }

  void operation(std::uint32_t process, checkers::Outcome outcome, std::int64_t from, std::int64_t to,
                 std::string text) {
    in_.operations.push_back({process, process, outcome, from, to, std::move(text)});
  }

  void operations() {
    for (std::uint32_t client = kServers + 1; client <= kServers + kClients; ++client) {
      for (std::int64_t at = 500 + client * 13; at < 59'000;
           at += 90 + static_cast<std::int64_t>(draw(120))) {
        if (at > 12'300 && at < 13'500) continue;
        const auto lasts = static_cast<std::int64_t>(2 + draw(9));
        const auto luck = draw(60);
        const auto outcome = luck == 0  ? checkers::Outcome::info
                             : luck < 4 ? checkers::Outcome::fail
                                        : checkers::Outcome::ok;
        operation(client, outcome, at * kMs, luck == 0 ? checkers::kNoTime : (at + lasts) * kMs,
                  "get k" + std::to_string(draw(5)) + " -> " + std::to_string(draw(1000)));
      }
    }
    operation(6, checkers::Outcome::ok, 12'400 * kMs, 12'404 * kMs, "put k3 = 16");
    operation(7, checkers::Outcome::ok, 12'950 * kMs, 12'958 * kMs, "put k3 = 17");
    operation(8, checkers::Outcome::ok, 12'970 * kMs, 12'981 * kMs, "get k3 -> 16");
    std::ranges::sort(in_.operations, {},
                      [](const ReportOperation& o) { return std::tuple(o.invoked_ns, o.process); });
  }

  void claims() {
    checkers::Verdict bad{.claim = "linearizability", .outcome = checkers::Outcome3::fail};
    bad.signature = in_.signature = "linearizability: stale read";
    bad.explanation = "p8 read k3 = 16 although p7 had written 17 and was told so before the read began.";
    bad.at_ns = 12'981 * kMs;
    for (std::uint64_t i = 0; i < in_.operations.size(); ++i) {
      const std::string& text = in_.operations[i].text;
      if (in_.operations[i].invoked_ns >= 12'400 * kMs && in_.operations[i].invoked_ns < 13'000 * kMs &&
          (text.starts_with("put") || text == "get k3 -> 16")) {
        bad.operations.push_back(i);
      }
    }
    checkers::Verdict good{.claim = "raft-safety"};
    in_.claims = {bad, good};
    in_.outcome = checkers::Outcome3::fail;
    in_.simulated_ns = kEnd;
    in_.wall_seconds = 0.031;
    in_.digest = "0123456789abcdef0123456789abcdef";
    in_.story =
        "12.400s  p6 puts k3 = 16: ok\n12.410s  pause n1 for 2.6s\n12.910s  n2 leads term 2\n"
        "12.950s  p7 puts k3 = 17: ok\n12.981s  p8 gets k3 -> 16: </script> stale";
    in_.replay_command = "worknode replay runs/synthetic-lease-read/17";
    in_.sometimes["a leader steps down"] = 3;
    in_.sometimes["snapshot installed"] = 0;
    in_.message_types = {{3, "vote"}, {5, "append"}, {6, "append-reply"}, {32, "request"}, {33, "reply"}};
    in_.build_id = "test";
  }

  std::size_t events_;
  std::uint64_t draws_ = 0;
  ReportInput in_;
};

}  // namespace

ReportInput synthetic_run(std::size_t events) { return Maker(events).make(); }

}  // namespace wn::reports
