#include "scenarios/cli/timeline.h"

#include <fmt/format.h>

#include <algorithm>
#include <set>

#include "checkers/history/history_io.h"
#include "faults/plan/describe.h"
#include "runtime/raft/types.h"
#include "scenarios/cli/realm_words.h"

namespace wn::scenarios {
namespace {

using faults::Fault;
using faults::node_name;

constexpr int kVerdictWeight = 100;
constexpr int kWitnessWeight = 90;
constexpr int kFaultWeight = 80;
constexpr int kLeaderWeight = 70;
constexpr int kProcessWeight = 60;
constexpr int kLogWeight = 50;
constexpr int kHealWeight = 40;
constexpr int kOperationWeight = 30;
constexpr int kLeaseWeight = 20;
constexpr int kEventWeight = 10;

std::string mask_names(std::uint64_t mask) {
  std::string text;
  for (std::uint32_t bit = 0; bit < 64; ++bit) {
    if ((mask >> bit & 1) == 0) continue;
    text += (text.empty() ? "n" : ",n") + std::to_string(bit);
  }
  return "{" + text + "}";
}

class Teller {
 public:
  Teller(const RunResult& run, const TimelineOptions& options) : run_(run), options_(options) {}

  std::vector<TimelineLine> tell() {
    for (std::size_t i = 0; i < run_.trace.size(); ++i) {
      const TraceEvent& event = run_.trace[i];
      if (event.at.ns > options_.until_ns) break;
      options_.every_event ? tell_raw(i, event) : tell_event(event);
    }
    tell_operations();
    for (const checkers::Verdict& claim : run_.claims) {
      if (claim.outcome != checkers::Outcome3::fail || claim.at_ns < 0) continue;
      // After everything of the same moment: the violation is what that moment led to.
      add(claim.at_ns, kVerdictWeight, "^ VIOLATION  " + claim.signature);
    }
    std::ranges::sort(lines_, {}, [](const TimelineLine& l) { return std::pair(l.at_ns, l.order); });
    return std::move(lines_);
  }

 private:
  void add(std::int64_t at_ns, int weight, std::string text) {
    if (at_ns <= options_.until_ns)
      lines_.push_back({.at_ns = at_ns, .order = lines_.size(), .weight = weight, .text = std::move(text)});
  }

  const Fault* fault_of(const TraceEvent& event) const {
    const auto at = std::ranges::find(run_.plan.faults, event.field[0], &Fault::id);
    return at == run_.plan.faults.end() ? nullptr : &*at;
  }

  void tell_raw(std::size_t index, const TraceEvent& event) {
    const TraceKindInfo* info = trace_kind_info(event.kind);
    std::string text = fmt::format("#{} {} {}", index, event.node ? node_name(event.node) : "world",
                                   info != nullptr ? info->name : std::string_view("unknown kind"));
    for (std::size_t f = 0; info != nullptr && f < info->fields.size(); ++f) {
      if (!info->fields[f].empty()) text += fmt::format(" {}={}", info->fields[f], event.field[f]);
    }
    add(event.at.ns, kEventWeight, std::move(text));
  }

  void tell_event(const TraceEvent& event) {
    const std::string who = event.node ? node_name(event.node) : "world";
    const auto& f = event.field;
    switch (event.kind) {
      case TraceKind::fault_began:
        if (const Fault* fault = fault_of(event)) {
          add(event.at.ns, kFaultWeight, faults::describe(*fault));
        }
        break;
      case TraceKind::fault_ended:
        if (const Fault* fault = fault_of(event); fault != nullptr && !faults::is_process(fault->kind)) {
          add(event.at.ns, kHealWeight, std::string(faults::to_string(fault->kind)) + " is over");
        }
        break;
      case TraceKind::faults_frozen:
        add(event.at.ns, kHealWeight, "faults freeze");
        break;
      case TraceKind::node_started:
        if (f[0] > 1) tell_restart(event, who);
        break;
      case TraceKind::node_crashed:
        leaders_.erase(event.node);
        break;
      case TraceKind::node_resumed:
        add(event.at.ns, kProcessWeight, who + " resumes");
        break;
      case TraceKind::disk_damaged:
        add(event.at.ns, kLogWeight, who + "'s disk is damaged");
        break;
      case TraceKind::store_refused:
        add(event.at.ns, kFaultWeight, who + " refuses to start: its log is damaged");
        break;
      case TraceKind::realm_restored:
      case TraceKind::realm_evicted:
      case TraceKind::clock_refused:
      case TraceKind::cap_revoked:
      case TraceKind::actor_failed:
      case TraceKind::actor_stopped:
      case TraceKind::mailbox_full:
      case TraceKind::actor_stalled:
      case TraceKind::handle_used:
        if (const std::string words = realm_words(event); !words.empty())
          add(event.at.ns, kLogWeight, who + " " + words);
        break;
      case TraceKind::raft_state:
        tell_state(event, who);
        break;
      case TraceKind::raft_truncate:
        add(event.at.ns, kLogWeight, fmt::format("{} drops log entries {} to {}", who, f[0], f[1]));
        break;
      case TraceKind::raft_snapshot_installed:
        add(event.at.ns, kLogWeight, fmt::format("{} installs a snapshot up to entry {}", who, f[0]));
        break;
      case TraceKind::raft_config:
        if (leaders_.contains(event.node)) {
          add(event.at.ns, kLogWeight,
              fmt::format("{} proposes voters {}{}", who, mask_names(f[1]), f[4] ? " (joint)" : ""));
        }
        break;
      case TraceKind::raft_lease:
        if (leased_.insert({event.node, f[0]}).second) {
          add(event.at.ns, kLeaseWeight,
              fmt::format("{} holds a lease for {}ms at first", who, (f[1] - f[2]) / 1'000'000));
        }
        break;
      default:
        break;
    }
  }

  // Nodes that come back at one moment share a line.
  void tell_restart(const TraceEvent& event, const std::string& who) {
    if (restart_line_ < lines_.size() && lines_[restart_line_].at_ns == event.at.ns) {
      std::string& text = lines_[restart_line_].text;
      const std::size_t verb = text.rfind(" restart");
      text = text.substr(0, verb) + ", " + who + " restart";
      return;
    }
    restart_line_ = lines_.size();
    add(event.at.ns, kProcessWeight, who + " restarts");
  }

  void tell_state(const TraceEvent& event, const std::string& who) {
    const auto role = static_cast<raft::Role>(event.field[0]);
    const bool leads = leaders_.contains(event.node);
    if (role == raft::Role::leader && !leads) {
      leaders_.insert(event.node);
      add(event.at.ns, kLeaderWeight, fmt::format("{} becomes leader of term {}", who, event.field[1]));
    } else if (role != raft::Role::leader && leads) {
      leaders_.erase(event.node);
      add(event.at.ns, kLeaderWeight - 5, fmt::format("{} leads no more (term {})", who, event.field[1]));
    }
  }

  void tell_operations() {
    const auto history = checkers::read_history_text(run_.history_jsonl, "history.jsonl");
    if (!history) return;
    std::set<std::uint64_t> witnesses;
    for (const checkers::Verdict& claim : run_.claims) {
      if (claim.outcome == checkers::Outcome3::fail)
        witnesses.insert(claim.operations.begin(), claim.operations.end());
    }
    const bool all = options_.every_operation || history->operations.size() <= options_.operations_max;
    for (std::size_t i = 0; i < history->operations.size(); ++i) {
      const bool witness = witnesses.contains(i);
      if (!all && !witness) continue;
      tell_operation(*history, history->operations[i], witness ? kWitnessWeight : kOperationWeight);
    }
  }

  void tell_operation(const checkers::History& history, const checkers::Operation& op, int weight) {
    const std::string who = node_name(NodeId{op.process});
    const std::string call = call_of(history, op);
    const std::string answer = answer_of(history, op);
    // An operation that nothing else happened during is one line.
    add(op.invoked_ns, weight - 1, who + " calls " + call);
    if (op.completed_ns != checkers::kNoTime) {
      add(op.completed_ns, weight, who + " " + call + " -> " + answer);
    }
  }

  // "k3", or the path of a worknode's property as it stands.
  static std::string key_of(const checkers::History& history, checkers::Atom key) {
    if (history.atoms.kind(key) == checkers::Interner::Kind::text)
      return std::string(history.atoms.text_of(key));
    return "k" + history.atoms.to_json(key);
  }

  static std::string call_of(const checkers::History& history, const checkers::Operation& op) {
    if (op.function == checkers::Function::txn) return txn_of(history, op);
    std::string text(checkers::to_string(op.function));
    if (op.key != checkers::kNil) text += " " + key_of(history, op.key);
    if (op.function == checkers::Function::cas) {
      return text +
             fmt::format(" {} => {}", history.atoms.to_json(op.expected), history.atoms.to_json(op.value));
    }
    if (op.value != checkers::kNil) text += " " + history.atoms.to_json(op.value);
    return text;
  }

  static std::string txn_of(const checkers::History& history, const checkers::Operation& op) {
    std::string text = "txn [";
    for (const auto& part : op.txn) {
      if (text.back() != '[') text += ", ";
      text += fmt::format("{} k{}", part.append ? "append" : "read", history.atoms.to_json(part.key));
      if (part.append) text += " " + history.atoms.to_json(part.value);
      if (!part.append && part.list) {
        text += " = [";
        for (const auto element : *part.list) {
          if (text.back() != '[') text += ",";
          text += history.atoms.to_json(element);
        }
        text += "]";
      }
    }
    return text + "]";
  }

  static std::string answer_of(const checkers::History& history, const checkers::Operation& op) {
    switch (op.outcome) {
      case checkers::Outcome::fail:
        return "fail";
      case checkers::Outcome::info:
        return "nobody knows (timeout)";
      case checkers::Outcome::ok:
        break;
    }
    const bool reads = op.function == checkers::Function::get || op.function == checkers::Function::read ||
                       op.function == checkers::Function::query || op.function == checkers::Function::call;
    return reads ? history.atoms.to_json(op.result) : "ok";
  }

  const RunResult& run_;
  const TimelineOptions& options_;
  std::vector<TimelineLine> lines_;
  std::size_t restart_line_ = std::numeric_limits<std::size_t>::max();
  std::set<NodeId> leaders_;
  std::set<std::pair<NodeId, std::uint64_t>> leased_;
};

}  // namespace

std::vector<TimelineLine> timeline_of(const RunResult& run, const TimelineOptions& options) {
  return Teller(run, options).tell();
}

std::vector<TimelineLine> shortened(std::vector<TimelineLine> lines, std::size_t lines_max) {
  if (lines.size() <= lines_max) return lines;
  const std::size_t surplus = lines.size() - lines_max;
  std::vector<std::size_t> order(lines.size());
  for (std::size_t i = 0; i < order.size(); ++i) order[i] = i;
  std::ranges::sort(order, {}, [&](std::size_t at) { return std::pair(lines[at].weight, at); });
  std::set<std::size_t> dropped(order.begin(), order.begin() + static_cast<std::ptrdiff_t>(surplus));
  std::vector<TimelineLine> kept;
  for (std::size_t i = 0; i < lines.size(); ++i) {
    if (!dropped.contains(i)) kept.push_back(std::move(lines[i]));
  }
  return kept;
}

std::string to_text(const TimelineLine& line) {
  // Milliseconds are what a person follows; plans and traces have the exact moments.
  const std::int64_t ms = line.at_ns / 1'000'000;
  return fmt::format("{:>8}.{:03}s  {}", ms / 1000, ms % 1000, line.text);
}

}  // namespace wn::scenarios
