#include "scenarios/travel/view.h"

#include <fmt/format.h>

#include <algorithm>

#include "faults/plan/describe.h"
#include "runtime/base/time_text.h"
#include "scenarios/travel/inspection.h"
#include "scenarios/travel/words.h"

namespace wn::travel {
namespace {

using faults::NodePlan;
using faults::NodeRole;

Inspection machine_of(Walker& walker, NodeId node) {
  Inspection out;
  walker.run().world().inspect(node, out);
  return out;
}

std::string value_at(const Told& from, std::string_view path) {
  const Told* told = find(from, path);
  if (told == nullptr) return {};
  std::string text = to_text(*told);
  while (!text.empty() && text.back() == '\n') text.pop_back();
  return text;
}

const Told* first_of(const Told& from, std::initializer_list<std::string_view> paths) {
  for (const std::string_view path : paths) {
    if (const Told* told = find(from, path)) return told;
  }
  return nullptr;
}

// "leader of term 3, commit 17 of 18, applied 17": the gist of what a process says.
std::string gist_of(const Told& machine) {
  std::string gist;
  const auto add = [&](std::string_view words, std::string_view path) {
    const std::string value = value_at(machine, path);
    if (!value.empty()) gist += fmt::format("{}{} {}", gist.empty() ? "" : "  ", words, value);
  };
  if (find(machine, "state.raft") != nullptr) {
    gist = value_at(machine, "state.raft.role");
    add("term", "state.raft.term");
    add("commit", "state.raft.commit");
    add("last", "state.raft.last_index");
    add("applied", "state.machine.applied");
  } else if (find(machine, "state.realm") != nullptr) {
    add("replica", "state.realm.replica");
    add("updates", "state.realm.updates");
    add("worknodes", "state.realm.worknodes");
    add("epoch", "state.realm.epoch");
  } else if (find(machine, "state.operation") != nullptr) {
    add("open:", "state.operation.call");
  } else if (find(machine, "state.operations_left") != nullptr) {
    gist = "idle";
    add("done", "state.operations_done");
    add("left", "state.operations_left");
  } else {
    add("phase", "state.phase");
  }
  return gist;
}

Result<std::string> tell_nodes(Walker& walker, bool json) {
  std::string text;
  for (const NodePlan& node : walker.run().plan().nodes) {
    const Inspection machine = machine_of(walker, node.id);
    const bool up = value_at(machine.root(), "up") == "yes";
    const bool paused = value_at(machine.root(), "paused") == "yes";
    const std::string_view stands = !up ? "down" : paused ? "paused" : "up";
    const std::string name = faults::node_name(node.id);
    if (json) {
      text += fmt::format(
          "{}{{\"node\":{},\"role\":\"{}\",\"stands\":\"{}\",\"incarnation\":{},\"gist\":\"{}\"}}",
          text.empty() ? "[" : ",", node.id.value, faults::to_string(node.role), stands,
          value_at(machine.root(), "incarnation"), gist_of(machine.root()));
    } else {
      text += fmt::format("  {:<5} {:<7} {:<7} {}\n", name, faults::to_string(node.role), stands,
                          gist_of(machine.root()));
    }
  }
  return json ? text + "]" : text;
}

std::string shown(const Told& told, bool json) { return json ? to_json(told) : to_text(told); }

Result<std::string> tell_node(Walker& walker, const Question& question) {
  const Inspection machine = machine_of(walker, question.node);
  if (machine.root().inside.empty())
    return fail(Errc::not_found, fmt::format("there is no node {}", question.node.value));
  if (question.path.empty()) return shown(machine.root(), question.json);
  const Told* told = first_of(machine.root(), {question.path, "state." + question.path});
  if (told != nullptr) return shown(*told, question.json);
  return fail(Errc::not_found,
              fmt::format("{} has nothing named {}{}", faults::node_name(question.node), question.path,
                          value_at(machine.root(), "up") == "no" ? "; it is down" : ""));
}

// The lists of a machine and its process in which something waits.
Told waiting_of(const Told& machine) {
  Told out;
  for (const std::string_view path :
       {"incoming", "outgoing", "held", "clogged", "timers", "disk.queued", "state.service.queued",
        "state.service.proposed", "state.service.reads", "state.store.held_frames", "state.held_frames",
        "state.mailboxes", "state.raft.reads"}) {
    const Told* told = find(machine, path);
    if (told == nullptr || (told->inside.empty() && told->left_out == 0)) continue;
    Told& kept = out.inside.emplace_back(*told);
    if (path == "state.raft.reads") kept.name = "unconfirmed_reads";
    if (path == "disk.queued") kept.name = "disk";
    if (path == "state.mailboxes")
      std::erase_if(kept.inside, [](const Told& one) { return value_at(one, "messages") == "0"; });
  }
  return out;
}

Inspection queue_of(Walker& walker) {
  Inspection out;
  walker.run().world().inspect_queue(out);
  return out;
}

// A line for what happens next: "12.402s  n1 -> n2 message 17 append, 120 bytes".
std::string queue_line(const Told& one) {
  const auto text = [&](std::string_view path) { return value_at(one, path); };
  const std::string at = format_moment(SimTime{find(one, "at")->integer});
  const std::string kind = text("kind");
  if (kind == "message") {
    const Told* type = find(one, "type");
    const auto word = word_of_number(TraceKind::message_sent, "type", type->number);
    return fmt::format("{:>12}  n{} -> n{}  message {} {}, {} bytes\n", at, text("from"), text("to"),
                       text("message"), word ? *word : "type " + text("type"), text("bytes"));
  }
  const std::string node = text("node").empty() ? "" : "n" + text("node") + "  ";
  const std::string which = text("slot") + text("fault");
  return fmt::format("{:>12}  {}{}{}{}\n", at, node, kind, which.empty() ? "" : " ", which);
}

Result<std::string> tell_queue(Walker& walker, bool json, bool messages_alone) {
  const Inspection inspection = queue_of(walker);
  const Told* queue = find(inspection.root(), "queue");
  Told wanted{.kind = Told::Kind::list};
  wanted.left_out = queue->left_out;
  for (const Told& one : queue->inside) {
    if (!messages_alone || value_at(one, "kind") == "message") wanted.inside.push_back(one);
  }
  if (json) return to_json(wanted);
  std::string text;
  for (const Told& one : wanted.inside) text += queue_line(one);
  if (wanted.left_out != 0) text += fmt::format("  … and {} more events behind these\n", wanted.left_out);
  return text.empty() ? "  nothing waits\n" : text;
}

Result<std::string> tell_operations(Walker& walker, bool json) {
  std::string text;
  for (const NodePlan& node : walker.run().plan().nodes) {
    if (node.role != NodeRole::client) continue;
    const Inspection machine = machine_of(walker, node.id);
    const Told* state = find(machine.root(), "state");
    if (state == nullptr || find(*state, "operation") == nullptr) continue;
    if (json) {
      text += fmt::format("{}{{\"node\":{},\"state\":{}}}", text.empty() ? "[" : ",", node.id.value,
                          to_json(*state));
      continue;
    }
    const Told* open = first_of(*state, {"client.open.0", "client.open"});
    std::string how;
    if (open != nullptr && !value_at(*open, "target").empty()) {
      const std::string attempts =
          value_at(*open, find(*open, "attempt") != nullptr ? "attempt" : "attempts");
      how = fmt::format("  attempt {} at n{}", attempts, value_at(*open, "target"));
    }
    text += fmt::format("  operation {:<6} {}, called at {}{}\n", value_at(*state, "operation.operation"),
                        value_at(*state, "operation.call"), value_at(*state, "operation.at"), how);
  }
  if (json) return text.empty() ? "[]" : text + "]";
  return text.empty() ? "  no operation is open\n" : text;
}

Result<std::string> tell_faults(Walker& walker, bool json) {
  constexpr std::size_t kNextMax = 5;
  const SimTime now = walker.run().now();
  std::string text;
  std::size_t next = 0;
  for (const faults::Fault& fault : walker.run().plan().faults) {
    const bool begun = fault.at < now;
    if (begun && fault.at + fault.duration <= now) continue;
    if (!begun && ++next > kNextMax) break;
    if (json) {
      text +=
          fmt::format("{}{{\"fault\":{},\"kind\":\"{}\",\"at_ns\":{},\"in_force\":{}}}",
                      text.empty() ? "[" : ",", fault.id, faults::to_string(fault.kind), fault.at.ns, begun);
    } else {
      text += fmt::format("  {:<8} {:>12}  {}\n", begun ? "in force" : "next", format_moment(fault.at),
                          faults::describe(fault));
    }
  }
  if (json) return text.empty() ? "[]" : text + "]";
  return text.empty() ? "  no fault is in force, none is to come\n" : text;
}

Result<std::string> tell_recent(Walker& walker, bool json) {
  std::string text;
  for (const Walker::Recent& one : walker.recent()) {
    if (json) {
      text += fmt::format("{}{{\"event\":{},\"trace\":{},\"at_ns\":{},\"node\":{},\"text\":\"{}\"}}",
                          text.empty() ? "[" : ",", one.event, one.traced, one.what.at.ns,
                          one.what.node.value, event_text(one.what));
    } else {
      text += fmt::format("  {:>8} #{:<8} {:>12}  {}\n", one.event, one.traced, format_moment(one.what.at),
                          event_text(one.what));
    }
  }
  if (json) return text.empty() ? "[]" : text + "]";
  return text.empty() ? "  nothing has happened yet\n" : text;
}

}  // namespace

Result<std::string> answer(Walker& walker, const Question& question) {
  switch (question.subject) {
    case Subject::nodes:
      return tell_nodes(walker, question.json);
    case Subject::node:
      return tell_node(walker, question);
    case Subject::log:
      return tell_node(walker, {.json = question.json, .node = question.node, .path = "state.raft.log"});
    case Subject::waiting: {
      const Inspection machine = machine_of(walker, question.node);
      const Told waiting = waiting_of(machine.root());
      if (question.json || !waiting.inside.empty()) return shown(waiting, question.json);
      return "  nothing waits\n";
    }
    case Subject::queue:
    case Subject::messages:
      return tell_queue(walker, question.json, question.subject == Subject::messages);
    case Subject::operations:
      return tell_operations(walker, question.json);
    case Subject::faults:
      return tell_faults(walker, question.json);
    case Subject::recent:
      return tell_recent(walker, question.json);
  }
  return fail(Errc::invalid_argument, "nobody knows what that is");
}

Result<std::string> judge_at(const faults::Plan& plan, std::uint64_t events) {
  auto run = scenarios::LiveRun::make(plan, {.record_history = false});
  if (!run) return fail(run.error());
  (*run)->run_to_event(events);
  std::string text;
  for (const checkers::Verdict& verdict : (*run)->judge_now()) {
    const std::string& why = verdict.signature.empty() ? verdict.explanation : verdict.signature;
    text += fmt::format("  {:<18} {}{}{}\n", verdict.claim, checkers::to_string(verdict.outcome),
                        why.empty() ? "" : "  ", why);
  }
  return text;
}

}  // namespace wn::travel
