#include "reports/page_data.h"

#include <algorithm>
#include <span>

#include "faults/plan/describe.h"
#include "faults/plan/names.h"
#include "reports/convergence.h"
#include "reports/encode.h"
#include "reports/plan_tables.h"
#include "reports/spacetime.h"
#include "reports/timeline.h"

namespace wn::reports {
namespace {

// The part of a long trace that is kept: `count` events from `first`.
struct Cut {
  std::size_t first = 0;
  std::size_t count = 0;
};

// When the violation became visible; the end of the run when nothing failed.
std::int64_t moment_of_interest(const ReportInput& input) {
  for (const checkers::Verdict& claim : input.claims) {
    if (claim.outcome != checkers::Outcome3::fail) continue;
    if (claim.at_ns >= 0) return claim.at_ns;
    std::int64_t last = -1;
    for (const std::uint64_t i : claim.operations) {
      if (i < input.operations.size()) last = std::max(last, input.operations[i].completed_ns);
    }
    if (last >= 0) return last;
  }
  return input.simulated_ns;
}

Cut cut_of(const ReportInput& input) {
  const std::size_t all = input.trace.size();
  if (all <= kReportEventsMax) return {0, all};
  const std::int64_t moment = moment_of_interest(input);
  const auto it =
      std::ranges::lower_bound(input.trace, moment, {}, [](const TraceEvent& e) { return e.at.ns; });
  const auto at = static_cast<std::size_t>(it - input.trace.begin());
  // What led to the violation matters more than what came after it.
  const std::size_t before = kReportEventsMax / 10 * 8;
  const std::size_t first = std::min(at > before ? at - before : 0, all - kReportEventsMax);
  return {first, kReportEventsMax};
}

void put_run(JsonText& json, const ReportInput& in, const Cut& cut) {
  json.key("run");
  json.begin_object();
  json.field("scenario", in.plan.scenario);
  json.field("seed", std::to_string(in.seed.value_or(in.plan.seed)));
  json.field("outcome", checkers::to_string(in.outcome));
  json.field("signature", in.signature);
  json.field("story", in.story);
  json.field("replay_command", in.replay_command);
  json.field("shrunk_from", in.shrunk_from);
  json.field("digest", in.digest);
  json.field("build_id", in.build_id);
  json.field("config_hash", in.config_hash);
  json.field("generated_at", in.generated_at);
  json.field("defect", to_string(in.plan.system.defect));
  json.field("simulated_ns", in.simulated_ns);
  json.field("freeze_ns", in.plan.freeze_at.ns);
  json.field("wall_seconds", in.wall_seconds);
  json.field("events", in.stats.events);
  json.field("messages_sent", in.stats.messages_sent);
  json.field("messages_dropped", in.stats.messages_dropped);
  json.field("restarts", in.stats.restarts);
  json.field("trace_truncated", in.trace_truncated);
  json.field("events_cut", cut.count < in.trace.size());
  json.field("events_total", static_cast<std::uint64_t>(in.trace.size()));
  json.field("operations_cut", in.operations.size() > kReportOperationsMax);
  json.field("operations_total", static_cast<std::uint64_t>(in.operations.size()));
  json.end_object();
}

void put_nodes(JsonText& json, const faults::Plan& plan) {
  json.key("nodes");
  json.begin_array();
  for (const faults::NodePlan& node : plan.nodes) {
    json.begin_object();
    json.field("id", std::uint64_t{node.id.value});
    json.field("role", faults::to_string(node.role));
    json.end_object();
  }
  json.end_array();
}

void put_claims(JsonText& json, const ReportInput& in, const Cut& cut) {
  constexpr std::size_t kWitnessMax = 500;
  json.key("claims");
  json.begin_array();
  for (const checkers::Verdict& claim : in.claims) {
    json.begin_object();
    json.field("claim", claim.claim);
    json.field("outcome", checkers::to_string(claim.outcome));
    json.field("signature", claim.signature);
    json.field("explanation", claim.explanation);
    json.field("at_ns", claim.at_ns);
    json.key("operations");
    json.begin_array();
    for (std::size_t i = 0; i < std::min(claim.operations.size(), kWitnessMax); ++i) {
      json.unsigned_number(claim.operations[i]);
    }
    json.end_array();
    json.key("events");
    json.begin_array();
    for (std::size_t i = 0; i < std::min(claim.events.size(), kWitnessMax); ++i) {
      if (claim.events[i] >= cut.first) json.unsigned_number(claim.events[i] - cut.first);
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

// Checksums fill the file and help nobody who looks at a picture.
bool is_kept(std::string_view field) { return field != "checksum" && field != "state_digest"; }

void put_events(JsonText& json, std::span<const TraceEvent> trace) {
  Column at;
  Column node;
  Column kind;
  std::array<Column, 5> fields;
  for (const TraceEvent& event : trace) {
    at.put_delta(event.at.ns);
    node.put(event.node.value);
    kind.put(static_cast<std::int64_t>(event.kind));
    const TraceKindInfo* info = trace_kind_info(event.kind);
    for (std::size_t i = 0; i < fields.size(); ++i) {
      const bool kept = info == nullptr || is_kept(info->fields[i]);
      fields[i].put(kept ? static_cast<std::int64_t>(event.field[i]) : 0);
    }
  }
  json.key("events");
  json.begin_object();
  json.field("count", static_cast<std::uint64_t>(trace.size()));
  json.field("at", at.base64());
  json.field("node", node.base64());
  json.field("kind", kind.base64());
  json.key("fields");
  json.begin_array();
  for (const Column& field : fields) json.string(field.base64());
  json.end_array();
  json.end_object();
}

void put_messages(JsonText& json, std::span<const TraceEvent> trace) {
  const std::vector<Message> messages = messages_of(trace);
  Column sent;
  Column end;
  for (const Message& m : messages) {
    sent.put_delta(m.sent);
    end.put(m.end == kNoEvent ? -1 : std::int64_t{m.end} - m.sent);
  }
  json.key("messages");
  json.begin_object();
  json.field("count", static_cast<std::uint64_t>(messages.size()));
  json.field("sent", sent.base64());
  json.field("end", end.base64());
  json.end_object();
}

void put_operations(JsonText& json, const std::vector<ReportOperation>& all) {
  const std::span<const ReportOperation> operations(all.data(), std::min(all.size(), kReportOperationsMax));
  Column process;
  Column node;
  Column outcome;
  Column invoked;
  Column lasted;
  for (const ReportOperation& op : operations) {
    process.put(op.process);
    node.put(op.node);
    outcome.put(static_cast<std::int64_t>(op.outcome));
    invoked.put_delta(op.invoked_ns);
    lasted.put(op.completed_ns < op.invoked_ns ? -1 : op.completed_ns - op.invoked_ns);
  }
  json.key("operations");
  json.begin_object();
  json.field("count", static_cast<std::uint64_t>(operations.size()));
  json.field("process", process.base64());
  json.field("node", node.base64());
  json.field("outcome", outcome.base64());
  json.field("invoked", invoked.base64());
  json.field("lasted", lasted.base64());
  json.key("text");
  json.begin_array();
  for (const ReportOperation& op : operations) json.string(op.text);
  json.end_array();
  json.end_object();
}

void put_timeline(JsonText& json, const Timeline& timeline) {
  json.key("spans");
  json.begin_array();
  for (const Span& span : timeline.spans) {
    json.begin_object();
    json.field("node", std::uint64_t{span.node});
    json.field("kind", to_string(span.kind));
    json.field("begin_ns", span.begin_ns);
    json.field("end_ns", span.end_ns);
    json.field("term", span.term);
    if (span.kind == SpanKind::down) json.field("cause", to_string(static_cast<CrashCause>(span.term)));
    json.end_object();
  }
  json.end_array();
  json.key("clocks");
  json.begin_array();
  const auto& points = timeline.clocks;
  for (std::size_t i = 0; i < points.size();) {
    std::size_t end = i;
    while (end < points.size() && points[end].node == points[i].node) ++end;
    json.begin_object();
    json.field("node", std::uint64_t{points[i].node});
    json.key("at_ns");
    json.begin_array();
    for (std::size_t k = i; k < end; ++k) json.number(points[k].at_ns);
    json.end_array();
    json.key("skew_ns");
    json.begin_array();
    for (std::size_t k = i; k < end; ++k) json.number(points[k].skew_ns);
    json.end_array();
    json.end_object();
    i = end;
  }
  json.end_array();
}

void put_faults(JsonText& json, const faults::Plan& plan) {
  json.key("faults");
  json.begin_array();
  for (const faults::Fault& fault : plan.faults) {
    json.begin_object();
    json.field("at_ns", fault.at.ns);
    json.field("duration_ns", fault.duration.ns);
    json.field("name", fault_name(fault));
    json.field("detail", faults::describe(fault));
    json.key("touches");
    json.begin_array();
    for (const std::uint32_t node : fault_touches(fault, plan)) json.unsigned_number(node);
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

void put_names(JsonText& json, const ReportInput& in, std::span<const TraceEvent> trace) {
  std::vector<TraceKind> kinds;
  for (const TraceEvent& event : trace) {
    if (kinds.empty() || kinds.back() != event.kind) kinds.push_back(event.kind);
  }
  std::ranges::sort(kinds);
  const auto rest = std::ranges::unique(kinds);
  kinds.erase(rest.begin(), rest.end());
  json.key("kinds");
  json.begin_array();
  for (const TraceKind kind : kinds) {
    const TraceKindInfo* info = trace_kind_info(kind);
    if (info == nullptr) continue;
    json.begin_array();
    json.unsigned_number(static_cast<std::uint64_t>(kind));
    json.string(info->name);
    json.begin_array();
    for (const std::string_view field : info->fields) json.string(field);
    json.end_array();
    json.end_array();
  }
  json.end_array();
  json.key("message_types");
  json.begin_array();
  for (const auto& [number, name] : in.message_types) {
    json.begin_array();
    json.unsigned_number(number);
    json.string(name);
    json.end_array();
  }
  json.end_array();
  json.key("drop_reasons");
  json.begin_array();
  json.string("");
  for (std::uint8_t r = 1; r <= static_cast<std::uint8_t>(DropReason::sender_down); ++r) {
    json.string(to_string(static_cast<DropReason>(r)));
  }
  json.end_array();
  json.key("crash_causes");
  json.begin_array();
  json.string("");
  for (std::uint8_t c = 1; c <= static_cast<std::uint8_t>(CrashCause::check_failed); ++c) {
    json.string(to_string(static_cast<CrashCause>(c)));
  }
  json.end_array();
}

void put_sometimes(JsonText& json, const FlatMap<std::string, std::uint64_t>& sometimes) {
  json.key("sometimes");
  json.begin_array();
  for (const auto& [name, count] : sometimes) {
    json.begin_array();
    json.string(name);
    json.unsigned_number(count);
    json.end_array();
  }
  json.end_array();
}

void put_plan(JsonText& json, const faults::Plan& plan) {
  json.key("plan");
  json.begin_array();
  for (const PlanGroup& group : plan_groups(plan)) {
    json.begin_object();
    json.field("title", group.title);
    json.key("rows");
    json.begin_array();
    for (const auto& [name, value] : group.rows) {
      json.begin_array();
      json.string(name);
      json.string(value);
      json.end_array();
    }
    json.end_array();
    json.end_object();
  }
  json.end_array();
}

void put_convergence(JsonText& json, const Convergence& convergence) {
  json.key("convergence");
  json.begin_object();
  json.key("nodes");
  json.begin_array();
  for (const std::uint32_t node : convergence.nodes) json.unsigned_number(node);
  json.end_array();
  json.field("samples", static_cast<std::uint64_t>(kConvergenceSamples));
  json.key("behind");
  json.begin_array();
  for (const std::vector<std::uint64_t>& line : convergence.behind) {
    Column column;
    for (const std::uint64_t updates : line) column.put_delta(static_cast<std::int64_t>(updates));
    json.string(column.base64());
  }
  json.end_array();
  json.key("in_sync");
  json.begin_array();
  for (const InSync& pair : convergence.in_sync) {
    json.begin_array();
    json.unsigned_number(pair.node);
    json.unsigned_number(pair.peer);
    json.number(pair.since_ns);
    json.end_array();
  }
  json.end_array();
  json.end_object();
}

}  // namespace

std::string page_data(const ReportInput& input) {
  const Cut cut = cut_of(input);
  const std::span<const TraceEvent> trace(input.trace.data() + cut.first, cut.count);
  JsonText json;
  json.begin_object();
  json.field("lanes_max", static_cast<std::uint64_t>(kReportLanesMax));
  put_run(json, input, cut);
  put_nodes(json, input.plan);
  put_claims(json, input, cut);
  put_names(json, input, trace);
  put_events(json, trace);
  put_messages(json, trace);
  put_operations(json, input.operations);
  // Roles before the cut matter inside of it, so the time line is read from the whole trace.
  put_timeline(json, timeline_of(input.plan, input.trace, input.simulated_ns));
  put_faults(json, input.plan);
  put_branches(json, input.plan);
  put_explanation(json, input.explanation, cut.first);
  put_sometimes(json, input.sometimes);
  put_convergence(json, convergence_of(input.plan, input.trace, input.simulated_ns));
  json.key("gluings");
  json.begin_array();
  for (const std::string& gluing :
       std::span(input.gluings).first(std::min(input.gluings.size(), kReportGluingsMax)))
    json.string(gluing);
  json.end_array();
  put_plan(json, input.plan);
  json.end_object();
  return json.text();
}

}  // namespace wn::reports
