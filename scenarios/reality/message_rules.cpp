#include "scenarios/reality/message_rules.h"

#include <algorithm>

#include "faults/plan/names.h"

namespace wn::reality {
namespace {

NodeId peer_of(const TraceEvent& event) { return NodeId{static_cast<std::uint32_t>(event.field[0])}; }

std::string name(NodeId node) { return faults::node_name(node); }

}  // namespace

bool MessageRules::in_force(faults::FaultKind kind, SimTime at) const {
  return std::ranges::any_of(plan_.faults, [&](const faults::Fault& f) {
    return f.kind == kind && f.at <= at && (f.duration == Duration::max() || at <= f.at + f.duration);
  });
}

void MessageRules::on_event(const TraceEvent& event) {
  if (event.kind == TraceKind::message_delivered) return delivered(event);
  if (event.kind == TraceKind::message_sent) {
    Link& link = links_[{event.node, peer_of(event)}];
    findings_.judged(Rule::number);
    const std::uint64_t number = event.field[1] == 0 ? link.last + 1 : event.field[1];
    if (number <= link.last) {
      return findings_.impossible(
          Rule::number, event, "message",
          "message " + std::to_string(event.field[1]) + " follows message " + std::to_string(link.last));
    }
    link.last = number;
    if (link.sent.size() == kLinkMessagesMax) {
      link.sent.pop_front();
      link.cut_short = true;
    }
    link.sent.push_back({.number = number,
                         .at = event.at,
                         .bytes = event.field[2],
                         .checksum = event.field[3],
                         .type = event.field[4]});
  }
  if (event.kind != TraceKind::message_dropped) return;
  // One copy may be lost at a receiver that is down, and another arrive.
  const auto reason = static_cast<DropReason>(event.field[2]);
  if (reason == DropReason::receiver_down || reason == DropReason::sender_down) return;
  if (Sent* sent = find(links_[{event.node, peer_of(event)}], event)) sent->lost = true;
}

MessageRules::Sent* MessageRules::find(Link& link, const TraceEvent& event) {
  if (event.field[1] != 0) {
    const auto at = std::ranges::lower_bound(link.sent, event.field[1], {}, &Sent::number);
    return at == link.sent.end() || at->number != event.field[1] ? nullptr : &*at;
  }
  const auto at = std::ranges::find_if(link.sent, [&](const Sent& s) {
    return s.arrived == 0 && s.bytes == event.field[2] && s.checksum == event.field[3];
  });
  return at == link.sent.end() ? nullptr : &*at;
}

void MessageRules::delivered(const TraceEvent& event) {
  const NodeId from = peer_of(event);
  Link& link = links_[{from, event.node}];
  Sent* sent = find(link, event);
  const std::string which =
      event.field[1] == 0 ? "a message of these bytes" : "message " + std::to_string(event.field[1]);
  findings_.judged(Rule::unsent);
  if (sent == nullptr) {
    if (link.cut_short) return;
    return findings_.impossible(Rule::unsent, event, "message",
                                name(from) + " had not sent " + name(event.node) + " " + which);
  }
  findings_.judged(Rule::too_fast);
  if (event.at < sent->at + plan_.network.latency_min) {
    findings_.impossible(Rule::too_fast, event, "at",
                         which + " of " + name(from) + " took " + std::to_string((event.at - sent->at).ns) +
                             " ns, and the model's network takes at least " +
                             std::to_string(plan_.network.latency_min.ns));
  }
  findings_.judged(Rule::altered);
  const bool may_be_altered = in_force(faults::FaultKind::packet_corrupt, sent->at);
  if (event.field[2] != sent->bytes)
    findings_.impossible(Rule::altered, event, "bytes", which + " had " + std::to_string(sent->bytes));
  if (event.field[3] != sent->checksum && !may_be_altered)
    findings_.impossible(Rule::altered, event, "checksum",
                         which + " left " + name(from) + " with another one");
  if (event.field[4] != 0 && event.field[4] != sent->type)
    findings_.impossible(Rule::altered, event, "type", which + " left as another type");
  findings_.judged(Rule::copied);
  const bool may_be_copied =
      plan_.network.duplicate_ppm > 0 || in_force(faults::FaultKind::packet_duplicate, sent->at);
  if (++sent->arrived > (may_be_copied ? 2U : 1U))
    findings_.impossible(Rule::copied, event, "message", which + " has arrived before");
  findings_.judged(Rule::dropped);
  if (sent->lost) findings_.impossible(Rule::dropped, event, "message", which + " was lost on its way");
}

}  // namespace wn::reality
