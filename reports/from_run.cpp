#include <span>

#include "checkers/history/history_io.h"
#include "reports/html.h"
#include "scenarios/runner/message_names.h"
#include "scenarios/runner/process_node.h"

namespace wn::reports {
namespace {

using checkers::Atom;
using checkers::Function;
using checkers::History;
using checkers::Outcome;

std::string key_text(const History& h, Atom key) {
  if (key == checkers::kNil) return "";
  if (h.atoms.kind(key) == checkers::Interner::Kind::text) return std::string(h.atoms.text_of(key));
  const bool number = h.atoms.kind(key) == checkers::Interner::Kind::number;
  return (number ? "k" : "") + h.atoms.to_json(key);
}

std::string list_text(const History& h, std::span<const Atom> list) {
  std::string out = "[";
  for (std::size_t i = 0; i < list.size(); ++i) out += (i == 0 ? "" : " ") + h.atoms.to_json(list[i]);
  return out + "]";
}

std::string txn_text(const History& h, const checkers::Operation& op) {
  std::string out = "txn";
  for (const checkers::MicroOperation& micro : op.txn) {
    out += micro.append ? " append(" : " read(";
    out += key_text(h, micro.key);
    if (micro.append) out += " " + h.atoms.to_json(micro.value);
    if (!micro.append && micro.list) out += " " + list_text(h, *micro.list);
    if (!micro.append && micro.seen) out += " " + h.atoms.to_json(*micro.seen);
    out += ")";
  }
  return out;
}

std::string text_of(const History& h, const checkers::Operation& op) {
  if (op.function == Function::txn) return txn_text(h, op);
  std::string out(checkers::to_string(op.function));
  const std::string key = key_text(h, op.key);
  if (!key.empty()) out += " " + key;
  const bool reads = op.function == Function::get || op.function == Function::read ||
                     op.function == Function::dequeue || op.function == Function::pop ||
                     op.function == Function::query || op.function == Function::call;
  if (reads) return op.outcome == Outcome::ok ? out + " -> " + h.atoms.to_json(op.result) : out;
  if (op.function == Function::cas) {
    out += " " + h.atoms.to_json(op.expected) + " => " + h.atoms.to_json(op.value);
  } else if (op.value != checkers::kNil) {
    out += " = " + h.atoms.to_json(op.value);
  }
  return out;
}

}  // namespace

Result<std::vector<ReportOperation>> report_operations(std::string_view history_jsonl) {
  // A run without operations has a history without lines, which as a file from outside would be an error.
  if (history_jsonl.empty()) return std::vector<ReportOperation>{};
  auto history = checkers::read_history_text(history_jsonl, "history.jsonl");
  if (!history) return fail(history.error());
  std::vector<ReportOperation> out;
  out.reserve(history->operations.size());
  for (const checkers::Operation& op : history->operations) {
    out.push_back({.process = op.process,
                   .node = scenarios::node_of_process(op.process),
                   .outcome = op.outcome,
                   .invoked_ns = op.invoked_ns,
                   .completed_ns = op.completed_ns,
                   .text = text_of(*history, op)});
  }
  return out;
}

Result<ReportInput> report_input(scenarios::RunResult run) {
  auto operations = report_operations(run.history_jsonl);
  if (!operations) return fail(operations.error());
  ReportInput in;
  in.operations = std::move(*operations);
  in.plan = std::move(run.plan);
  in.outcome = run.outcome;
  in.signature = std::move(run.signature);
  in.claims = std::move(run.claims);
  for (scenarios::Gluing& gluing : run.gluings) in.gluings.push_back(std::move(gluing.says));
  in.trace = std::move(run.trace);
  in.trace_truncated = run.trace_truncated;
  in.sometimes = std::move(run.sometimes);
  in.stats = run.stats;
  in.simulated_ns = run.simulated_ns;
  in.wall_seconds = run.wall_seconds;
  in.digest = run.digest.to_hex();
  in.message_types = scenarios::message_type_names();
  return in;
}

}  // namespace wn::reports
