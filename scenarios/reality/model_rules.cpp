#include "scenarios/reality/model_rules.h"

#include <utility>

#include "faults/plan/names.h"

namespace wn::reality {

std::string_view to_string(Rule rule) {
  switch (rule) {
    case Rule::time:
      return "time";
    case Rule::life:
      return "life";
    case Rule::down:
      return "down";
    case Rule::paused:
      return "paused";
    case Rule::number:
      return "number";
    case Rule::unsent:
      return "unsent";
    case Rule::too_fast:
      return "too-fast";
    case Rule::altered:
      return "altered";
    case Rule::copied:
      return "copied";
    case Rule::dropped:
      return "dropped";
    case Rule::early_timer:
      return "early-timer";
    case Rule::disk_unasked:
      return "disk-unasked";
    case Rule::disk_order:
      return "disk-order";
    case Rule::term:
      return "term";
    case Rule::vote:
      return "vote";
    case Rule::commit:
      return "commit";
    case Rule::apply_order:
      return "apply-order";
    case Rule::entry_differs:
      return "entry-differs";
    case Rule::state_differs:
      return "state-differs";
    case Rule::client:
      return "client";
    case Rule::unsynced:
      return "unsynced";
  }
  return "unknown";
}

std::string Impossibility::to_string() const {
  const std::string fraction = std::to_string(1'000'000'000 + at.ns % 1'000'000'000).substr(1);
  return "event " + std::to_string(position) + " at " + std::to_string(at.ns / 1'000'000'000) + "." +
         fraction + "s, " + faults::node_name(node) + ", " + kind + ", " + field + ": " + says + " (" +
         std::string(reality::to_string(rule)) + ")";
}

ModelRules::ModelRules(const faults::Plan& plan, RulesOptions options)
    : nodes_(plan, options.real, options.hands, *this),
      messages_(plan, *this),
      raft_(plan, *this),
      durable_(plan, *this) {}

void ModelRules::on_event(const TraceEvent& event) {
  judged(Rule::time);
  if (event.at < last_) {
    impossible(Rule::time, event, "at", "it comes after an event of a later time");
  } else {
    last_ = event.at;
  }
  nodes_.on_event(event);
  messages_.on_event(event);
  raft_.on_event(event);
  durable_.on_event(event);
  ++position_;
}

void ModelRules::impossible(Rule rule, const TraceEvent& event, std::string_view field, std::string says) {
  const TraceKindInfo* info = trace_kind_info(event.kind);
  Impossibility found{.rule = rule,
                      .position = position_,
                      .at = event.at,
                      .node = event.node,
                      .kind = info == nullptr ? "unknown" : std::string(info->name),
                      .field = std::string(field),
                      .says = std::move(says)};
  Broken& broken = broken_[rule];
  if (++broken.times == 1) broken.first = found;
  if (!first_) first_ = std::move(found);
}

std::optional<Impossibility> first_impossible(const faults::Plan& plan, std::span<const TraceEvent> trace,
                                              RulesOptions options) {
  ModelRules rules(plan, options);
  for (const TraceEvent& event : trace) {
    rules.on_event(event);
    if (rules.first()) break;
  }
  return rules.first();
}

}  // namespace wn::reality
