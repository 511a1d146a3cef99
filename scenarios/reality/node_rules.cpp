#include "scenarios/reality/node_rules.h"

#include <algorithm>

#include "runtime/backend/disk.h"
#include "scenarios/reality/tape.h"

namespace wn::reality {
namespace {

constexpr auto kList = static_cast<std::uint64_t>(DiskOperation::list);

// What happens to a node, as against what it does.
bool done_by_the_world(TraceKind kind) {
  const auto number = static_cast<std::uint16_t>(kind);
  return number < 200 || kind == TraceKind::message_dropped || kind == TraceKind::disk_damaged;
}

}  // namespace

NodeRules::NodeRules(const faults::Plan& plan, bool real, Duration hands, Findings& findings)
    : real_(real), hands_(real ? hands : Duration{}), findings_(findings) {
  for (const faults::NodePlan& node : plan.nodes) nodes_.emplace(node.id, Node(node));
}

void NodeRules::on_event(const TraceEvent& event) {
  if (!event.node) return;
  const auto at = nodes_.find(event.node);
  if (at == nodes_.end()) {
    findings_.judged(Rule::life);
    return findings_.impossible(Rule::life, event, "node", "the plan has no such node");
  }
  Node& node = at->second;
  if (done_by_the_world(event.kind)) return life(node, event);
  acts(node, event);
  timer(node, event);
  disk(node, event);
  client(node, event);
}

void NodeRules::life(Node& node, const TraceEvent& event) {
  const auto wrong = [&](std::string_view field, std::string says) {
    findings_.impossible(Rule::life, event, field, std::move(says));
  };
  switch (event.kind) {
    case TraceKind::node_started:
      findings_.judged(Rule::life);
      if (node.up) wrong("node", "it is up already");
      if (event.field[0] != node.incarnation + 1)
        wrong("incarnation", "the one before was " + std::to_string(node.incarnation));
      node.incarnation = event.field[0];
      node.up = node.told = true;
      node.paused.reset();
      node.asked.clear();
      node.clock.boot(event.at);
      return;
    case TraceKind::node_crashed:
      findings_.judged(Rule::life);
      if (!node.up) wrong("node", "it is down already");
      if (event.field[0] != node.incarnation)
        wrong("incarnation", "the one that runs is " + std::to_string(node.incarnation));
      node.up = false;
      node.paused.reset();
      node.asked.clear();
      return;
    case TraceKind::node_paused:
      findings_.judged(Rule::life);
      if (!node.up) wrong("node", "it is down");
      if (node.paused) wrong("node", "it is paused already");
      node.paused = event.at;
      return;
    case TraceKind::node_resumed:
      findings_.judged(Rule::life);
      if (!node.paused) wrong("node", "it was not paused");
      node.paused.reset();
      return;
    case TraceKind::clock_changed: {
      const auto drift = static_cast<std::int32_t>(static_cast<std::int64_t>(event.field[1]));
      if (drift != node.clock.drift_ppm()) node.clock.set_drift(event.at, drift);
      return;
    }
    default:
      return;
  }
}

void NodeRules::acts(Node& node, const TraceEvent& event) {
  // Clients of a real run are one program that nobody starts and stops.
  if (!node.told && real_ && !node.server) return;
  findings_.judged(Rule::down);
  if (!node.up) findings_.impossible(Rule::down, event, "node", "it is down, and nothing happens there");
  findings_.judged(Rule::paused);
  if (node.paused && event.at > *node.paused + hands_)
    findings_.impossible(Rule::paused, event, "node", "it is paused, and nothing happens there");
}

void NodeRules::timer(Node& node, const TraceEvent& event) {
  if (event.kind == kHandlerBegan) node.reads = Instant{static_cast<std::int64_t>(event.field[1])};
  if (event.kind != TraceKind::timer_fired || (real_ && !node.reads)) return;
  findings_.judged(Rule::early_timer);
  if (event.field[1] == kNotArmed)
    return findings_.impossible(Rule::early_timer, event, "deadline_ns", "it was not armed, or no longer");
  const Instant reads = node.reads ? *node.reads : node.clock.monotonic(event.at);
  const auto deadline = static_cast<std::int64_t>(event.field[1]);
  if (reads.ns < deadline)
    findings_.impossible(Rule::early_timer, event, "deadline_ns",
                         "the node's clock shows " + std::to_string(reads.ns) + " ns then");
}

void NodeRules::disk(Node& node, const TraceEvent& event) {
  if (event.kind == TraceKind::disk_submitted) {
    node.asked.push_back(
        {.ticket = event.field[0], .operation = event.field[1], .file = event.field[4] >> 32});
    return;
  }
  if (event.kind != TraceKind::disk_completed) return;
  findings_.judged(Rule::disk_unasked);
  const auto at = std::ranges::find_if(node.asked, [&](const Asked& a) {
    return a.ticket == event.field[0] && a.operation == event.field[1];
  });
  if (at == node.asked.end())
    return findings_.impossible(Rule::disk_unasked, event, "ticket",
                                "nothing of the kind is under way there");
  findings_.judged(Rule::disk_order);
  const bool earlier = at->operation != kList && std::any_of(node.asked.begin(), at, [&](const Asked& a) {
                         return a.file == at->file && a.operation != kList;
                       });
  if (earlier)
    findings_.impossible(Rule::disk_order, event, "ticket", "an earlier operation on this file is under way");
  node.asked.erase(at);
}

void NodeRules::client(Node& node, const TraceEvent& event) {
  if (event.kind == TraceKind::op_invoked) {
    findings_.judged(Rule::client);
    if (!node.running.insert(event.field[0]).second)
      findings_.impossible(Rule::client, event, "operation", "it is under way already");
  }
  if (event.kind != TraceKind::op_completed) return;
  findings_.judged(Rule::client);
  if (node.running.erase(event.field[0]) == 0)
    findings_.impossible(Rule::client, event, "operation", "it is not under way");
}

}  // namespace wn::reality
