#include "scenarios/reality/reexecution.h"

#include <algorithm>
#include <map>
#include <utility>
#include <vector>

#include "faults/plan/names.h"

namespace wn::reality {
namespace {

using faults::Fault;
using faults::FaultKind;

constexpr Duration kNever = seconds(3600);  // longer than what is recorded; the world ends before

struct Message {
  SimTime sent;
  std::uint64_t number = 0, bytes = 0, checksum = 0;
  std::optional<SimTime> arrived;
};
using Links = std::map<std::pair<NodeId, NodeId>, std::vector<Message>>;  // in the order of sending

NodeId peer_of(const TraceEvent& event) { return NodeId{static_cast<std::uint32_t>(event.field[0])}; }

// Number 0: the oldest of these bytes that has not arrived (message_rules.h).
Message* find(std::vector<Message>& sent, const TraceEvent& event) {
  const auto at = std::ranges::find_if(sent, [&](const Message& m) {
    return event.field[1] != 0 ? m.number == event.field[1]
                               : !m.arrived && m.bytes == event.field[2] && m.checksum == event.field[3];
  });
  return at == sent.end() ? nullptr : &*at;
}

Links links_of(std::span<const TraceEvent> trace, RecordedPlan& out) {
  Links links;
  for (const TraceEvent& event : trace) {
    if (event.kind == TraceKind::message_sent) {
      links[{event.node, peer_of(event)}].push_back({.sent = event.at,
                                                     .number = event.field[1],
                                                     .bytes = event.field[2],
                                                     .checksum = event.field[3],
                                                     .arrived = {}});
    }
    if (event.kind != TraceKind::message_delivered) continue;
    Message* message = find(links[{peer_of(event), event.node}], event);
    if (message == nullptr) continue;
    if (message->arrived) {
      ++out.copies;
      continue;
    }
    if (message->checksum != event.field[3]) ++out.altered;
    message->arrived = event.at;
  }
  return links;
}

void record_passages(const Links& links, RecordedPlan& out) {
  Duration least = Duration::max();
  for (const auto& [link, messages] : links) {
    for (const Message& m : messages) {
      if (m.arrived) least = std::min(least, *m.arrived - m.sent);
    }
  }
  if (least == Duration::max() || least < Duration{}) least = {};
  faults::NetworkPlan& network = out.plan.network;
  network = {};
  network.latency_min = network.latency_mean = least;
  network.tail_ppm = 0;
  network.link_messages_max = 1'000'000;
  std::uint32_t id = out.plan.deviations.empty() ? 0 : out.plan.deviations.back().id;
  for (const auto& [link, messages] : links) {
    for (std::size_t i = 0; i < messages.size(); ++i) {
      const Message& m = messages[i];
      const Duration more = m.arrived ? *m.arrived - m.sent - least : kNever;
      if (out.plan.deviations.size() == faults::kDeviationsMax) {
        out.cut = true;
        return;
      }
      ++out.messages;
      out.lost += m.arrived ? 0 : 1;
      if (more <= Duration{}) continue;
      out.plan.deviations.push_back({.id = ++id,
                                     .kind = faults::DeviationKind::delay_message,
                                     .from = link.first,
                                     .to = link.second,
                                     .message = i + 1,
                                     .amount = more});
    }
  }
}

// When they really began and ended.
void record_faults(std::span<const TraceEvent> trace, RecordedPlan& out) {
  std::map<std::uint64_t, std::pair<SimTime, std::optional<SimTime>>> times;
  for (const TraceEvent& event : trace) {
    if (event.kind == TraceKind::fault_began) times[event.field[0]] = {event.at, {}};
    if (event.kind == TraceKind::fault_ended) {
      const auto at = times.find(event.field[0]);
      if (at != times.end()) at->second.second = event.at;
    }
  }
  std::erase_if(out.plan.faults,
                [](const Fault& f) { return f.kind == FaultKind::partition || faults::is_packet(f.kind); });
  for (Fault& f : out.plan.faults) {
    const auto at = times.find(f.id);
    if (at == times.end()) continue;
    const auto [began, ended] = at->second;
    const Duration lasted = ended ? *ended - began : f.duration;
    out.moved += f.at != began || lasted != f.duration ? 1 : 0;
    f.at = began;
    f.duration = lasted;
  }
  std::ranges::sort(out.plan.faults, [](const Fault& a, const Fault& b) {
    return std::pair(a.at, a.id) < std::pair(b.at, b.id);
  });
}

// What a node did, as against what was done to it.
bool counts(const TraceEvent& event, const PartingOptions& options) {
  const auto number = static_cast<std::uint16_t>(event.kind);
  if (!event.node || number < 200 || event.kind == TraceKind::message_dropped ||
      event.kind == TraceKind::disk_damaged)
    return false;
  if (options.physics) return true;
  return event.kind == TraceKind::message_sent || (number >= 400 && number < 600) || number >= 700;
}

using ByNode = std::map<NodeId, std::vector<const TraceEvent*>>;
ByNode by_node(std::span<const TraceEvent> trace, const PartingOptions& options) {
  ByNode out;
  for (const TraceEvent& event : trace) {
    if (counts(event, options)) out[event.node].push_back(&event);
  }
  return out;
}

std::string name_of(TraceKind kind) {
  const TraceKindInfo* info = trace_kind_info(kind);
  return info == nullptr ? "unknown" : std::string(info->name);
}

std::optional<Parting> compare(const TraceEvent& a, const TraceEvent& b, const PartingOptions& options) {
  Parting out{.at = a.at, .node = a.node, .kind = name_of(a.kind), .field = {}};
  if (a.kind != b.kind) {
    out.field = "kind";
    out.recorded = static_cast<std::uint64_t>(a.kind);
    out.model = static_cast<std::uint64_t>(b.kind);
    return out;
  }
  if (options.times && a.at != b.at) {
    out.field = "at";
    out.recorded = static_cast<std::uint64_t>(a.at.ns);
    out.model = static_cast<std::uint64_t>(b.at.ns);
    return out;
  }
  for (std::size_t i = 0; i < a.field.size(); ++i) {
    // Numbers of messages are the recorder's own where it does not know the link's.
    const bool number = a.kind == TraceKind::message_sent && i == 1 && !options.physics;
    if (a.field[i] == b.field[i] || number) continue;
    const TraceKindInfo* info = trace_kind_info(a.kind);
    out.field = info == nullptr ? std::to_string(i) : std::string(info->fields[i]);
    out.recorded = a.field[i];
    out.model = b.field[i];
    return out;
  }
  return {};
}

std::optional<Parting> parting_of(const std::vector<const TraceEvent*>& recorded,
                                  const std::vector<const TraceEvent*>& model,
                                  const PartingOptions& options) {
  const std::size_t both = std::min(recorded.size(), model.size());
  for (std::size_t i = 0; i < both; ++i) {
    if (auto found = compare(*recorded[i], *model[i], options)) {
      found->same_before = i;
      return found;
    }
  }
  if (recorded.size() == model.size()) return {};
  const TraceEvent& more = recorded.size() > both ? *recorded[both] : *model[both];
  return Parting{.at = more.at,
                 .node = more.node,
                 .kind = name_of(more.kind),
                 .field = "end",
                 .recorded = recorded.size(),
                 .model = model.size(),
                 .same_before = both};
}

}  // namespace

RecordedPlan recorded_plan(const faults::Plan& plan, std::span<const TraceEvent> trace) {
  RecordedPlan out{.plan = plan};
  std::erase_if(out.plan.deviations, [](const faults::Deviation& d) {
    return d.kind == faults::DeviationKind::delay_message;  // it is in what was recorded
  });
  record_faults(trace, out);
  record_passages(links_of(trace, out), out);
  return out;
}

std::optional<Parting> first_parting(std::span<const TraceEvent> recorded, std::span<const TraceEvent> model,
                                     PartingOptions options) {
  const ByNode a = by_node(recorded, options), b = by_node(model, options);
  std::optional<Parting> first;
  const auto take = [&](const std::optional<Parting>& found) {
    if (found && (!first || found->at < first->at)) first = found;
  };
  for (const auto& [node, events] : a) {
    const auto other = b.find(node);
    take(parting_of(events, other == b.end() ? std::vector<const TraceEvent*>{} : other->second, options));
  }
  for (const auto& [node, events] : b) {
    if (!a.contains(node)) take(parting_of({}, events, options));
  }
  return first;
}

std::string Parting::to_string() const {
  const std::string fraction = std::to_string(1'000'000'000 + at.ns % 1'000'000'000).substr(1);
  return "at " + std::to_string(at.ns / 1'000'000'000) + "." + fraction + "s, " + faults::node_name(node) +
         ", " + kind + ", " + field + ": recorded " + std::to_string(recorded) + ", the model " +
         std::to_string(model) + "; " + std::to_string(same_before) +
         " events of this node before it are the same";
}

}  // namespace wn::reality
