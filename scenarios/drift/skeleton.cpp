#include "scenarios/drift/skeleton.h"

#include <algorithm>
#include <charconv>
#include <map>
#include <tuple>

#include "faults/plan/names.h"

namespace wn::drift {
namespace {

std::string kind_word(TraceKind kind) {
  const TraceKindInfo* info = trace_kind_info(kind);
  return info == nullptr ? "kind-" + std::to_string(static_cast<unsigned>(kind)) : std::string(info->name);
}

const char* role_word(std::uint64_t role) {
  constexpr const char* kRoles[] = {"follower", "pre-candidate", "candidate", "leader"};
  return role < std::size(kRoles) ? kRoles[role] : "?";
}

const char* end_word(std::uint64_t outcome) {
  switch (outcome) {
    case 1:
      return "ok";
    case 2:
      return "fail";
    default:
      return "info";
  }
}

// A node's transition in words; empty for events that are none. Raft's are told when role or term change
// alone.
class Steps {
 public:
  std::string of(const TraceEvent& e) {
    const std::string node = faults::node_name(e.node);
    const auto numbered = [&](std::uint64_t n) {
      return node + " " + kind_word(e.kind) + " " + std::to_string(n);
    };
    switch (e.kind) {
      case TraceKind::node_started:
      case TraceKind::realm_evicted:
      case TraceKind::raft_snapshot_installed:
        return numbered(e.field[0]);
      case TraceKind::node_crashed:
      case TraceKind::store_refused:
      case TraceKind::realm_restored:
      case TraceKind::liar_proven:
      case TraceKind::actor_restarted:
        return node + " " + kind_word(e.kind);
      case TraceKind::raft_state: {
        auto& [role, term] = raft_[e.node];
        if (role == e.field[0] + 1 && term == e.field[1]) return {};
        role = e.field[0] + 1;
        term = e.field[1];
        return node + " raft_state " + role_word(e.field[0]) + " " + std::to_string(e.field[1]);
      }
      case TraceKind::raft_config:
        return node + " raft_config " + std::to_string(e.field[4]);
      default:
        return {};
    }
  }

 private:
  std::map<NodeId, std::pair<std::uint64_t, std::uint64_t>> raft_;  // role + 1, term
};

// Which deviations find what they mean.
class Targets {
 public:
  explicit Targets(const faults::Plan& plan) : plan_(plan) {}

  void see(const TraceEvent& e) {
    if (plan_.deviations.empty()) return;
    if (e.kind == TraceKind::op_sent)
      carried_[e.node] = {NodeId{static_cast<std::uint32_t>(e.field[2])}, e.field[0]};
    if (e.kind == TraceKind::actor_chosen) steps_[e.node] = std::max(steps_[e.node], e.field[0]);
    if (e.kind == TraceKind::message_sent) see_message(e);
  }

  std::vector<std::uint32_t> found() {
    for (const faults::Deviation& d : plan_.deviations) {
      if (d.kind == faults::DeviationKind::delay_process) found_.push_back(d.id);
      if (d.kind == faults::DeviationKind::reorder_actors && steps_[d.from] >= d.message)
        found_.push_back(d.id);
    }
    std::ranges::sort(found_);
    return std::move(found_);
  }

 private:
  void see_message(const TraceEvent& e) {
    const NodeId to{static_cast<std::uint32_t>(e.field[0])};
    auto& [target, operation] = carried_[e.node];
    const std::uint64_t carries = target == to ? std::exchange(operation, 0) : 0;
    for (const faults::Deviation& d : plan_.deviations) {
      if (d.kind != faults::DeviationKind::delay_message || d.from != e.node || d.to != to) continue;
      if (d.message_type != 0 && d.message_type != e.field[4]) continue;
      if (d.operation != 0 && d.operation != carries) continue;
      if (++seen_[d.id] == d.message) found_.push_back(d.id);
    }
  }

  const faults::Plan& plan_;
  std::map<NodeId, std::pair<NodeId, std::uint64_t>> carried_;
  std::map<NodeId, std::uint64_t> steps_;
  std::map<std::uint32_t, std::uint64_t> seen_;
  std::vector<std::uint32_t> found_;
};

bool number_from(std::string_view text, std::uint64_t& out) {
  const auto [end, error] = std::from_chars(text.data(), text.data() + text.size(), out);
  return error == std::errc{} && end == text.data() + text.size();
}

std::string_view next_word(std::string_view& line) {
  const std::size_t space = std::min(line.find(' '), line.size());
  const std::string_view word = line.substr(0, space);
  line.remove_prefix(std::min(space + 1, line.size()));
  return word;
}

// False: the line begins with a word of ours and does not go on as it should.
bool take_line(std::string_view line, Skeleton& out) {
  const std::string_view what = next_word(line);
  std::uint64_t number = 0;
  if (what == "signature") {
    out.signature = line;
  } else if (what == "events") {
    const std::string kind(next_word(line));
    if (kind.empty() || !number_from(line, number)) return false;
    out.events[kind] = number;
  } else if (what == "op") {
    OperationEnd op;
    if (!number_from(next_word(line), op.operation)) return false;
    const auto process = faults::node_from(next_word(line));
    if (!process) return false;
    op.process = *process;
    op.end = line;
    out.operations.push_back(std::move(op));
  } else if (what == "step") {
    if (out.steps.size() < kStepsMax) out.steps.emplace_back(line);
  } else if (what == "target") {
    while (!line.empty()) {
      if (!number_from(next_word(line), number)) return false;
      out.targets.push_back(static_cast<std::uint32_t>(number));
    }
  }
  return true;
}

}  // namespace

Skeleton skeleton_of(const faults::Plan& plan, std::span<const TraceEvent> trace,
                     std::string_view signature) {
  Skeleton out;
  out.signature = signature.substr(0, signature.find('\n'));
  std::map<TraceKind, std::uint64_t> counts;
  std::map<std::uint64_t, OperationEnd> operations;
  Steps steps;
  Targets targets(plan);
  for (const TraceEvent& e : trace) {
    ++counts[e.kind];
    targets.see(e);
    if (e.kind == TraceKind::op_invoked) operations[e.field[0]] = {e.field[0], e.node, "open"};
    if (e.kind == TraceKind::op_completed) operations[e.field[0]].end = end_word(e.field[1]);
    if (out.steps.size() == kStepsMax) continue;
    if (std::string step = steps.of(e); !step.empty()) out.steps.push_back(std::move(step));
  }
  for (const auto& [kind, count] : counts) out.events[kind_word(kind)] = count;
  for (auto& [number, end] : operations) out.operations.push_back(std::move(end));
  out.targets = targets.found();
  return out;
}

std::string to_text(const Skeleton& s) {
  std::string text;
  if (!s.signature.empty()) text += "signature " + s.signature + "\n";
  for (const auto& [kind, count] : s.events) text += "events " + kind + " " + std::to_string(count) + "\n";
  for (const OperationEnd& op : s.operations) {
    text += "op " + std::to_string(op.operation) + " " + faults::node_name(op.process) + " " + op.end + "\n";
  }
  for (const std::string& step : s.steps) text += "step " + step + "\n";
  if (!s.targets.empty()) {
    text += "target";
    for (const std::uint32_t id : s.targets) text += " " + std::to_string(id);
    text += "\n";
  }
  return text;
}

Result<Skeleton> parse_skeleton(std::string_view text, const std::string& file) {
  Skeleton out;
  if (text.size() > kSkeletonBytesMax) {
    return fail({.code = Errc::too_large, .message = "longer than a skeleton may be", .at = {.file = file}});
  }
  std::uint32_t number = 0;
  while (!text.empty()) {
    const std::size_t end = std::min(text.find('\n'), text.size());
    ++number;
    if (!take_line(text.substr(0, end), out)) {
      return fail({.code = Errc::bad_input,
                   .message = "no line of a skeleton",
                   .at = {.file = file, .line = number, .column = 1}});
    }
    text.remove_prefix(std::min(end + 1, text.size()));
  }
  return out;
}

}  // namespace wn::drift
