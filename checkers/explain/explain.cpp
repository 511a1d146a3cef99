#include "checkers/explain/explain.h"

#include <algorithm>

#include "runtime/base/check.h"

namespace wn::checkers {
namespace {

std::string micro_label(const Interner& atoms, const MicroOperation& m) {
  std::string out = m.append ? "append(" : m.write ? "w(" : "r(";
  out += atoms.to_json(m.key);
  if (m.append || m.write) return out + " " + atoms.to_json(m.value) + ")";
  out += ")";
  if (m.seen) out += "=" + atoms.to_json(*m.seen);
  if (!m.list) return out;
  out += "=[";
  for (std::size_t i = 0; i < m.list->size(); ++i) out += (i == 0 ? "" : " ") + atoms.to_json((*m.list)[i]);
  return out + "]";
}

// Cut between characters: UTF-8 continuation bytes are never parted from what they continue.
std::string cut(std::string text, std::size_t length) {
  if (text.size() <= length) return text;
  std::size_t end = length;
  while (end > 0 && (static_cast<unsigned char>(text[end]) & 0xC0U) == 0x80U) --end;
  text.resize(end);
  return text + "…";
}

std::string operation_line(const History& history, std::uint64_t operation) {
  if (operation >= history.operations.size()) return "  (an operation that is not in this history)\n";
  return "  [" + std::to_string(operation) + "] " + cut(describe(history, operation), 400) + "\n";
}

std::string list_of(const std::vector<std::string>& names) {
  std::string out;
  for (const std::string& name : names) out += (out.empty() ? "" : ", ") + name;
  return out;
}

// A checker that tells more than one line has named the operations itself.
bool tells_all(const std::string& explanation) {
  const std::size_t end = explanation.find('\n');
  return end != std::string::npos && end + 1 < explanation.size();
}

std::string anomaly_text(const History& history, const Anomaly& anomaly) {
  std::string out = anomaly.type + "\n";
  if (!anomaly.explanation.empty()) {
    out += "  ";
    for (const char c : anomaly.explanation) out += c == '\n' ? std::string("\n  ") : std::string(1, c);
    if (out.back() == ' ') out.resize(out.size() - 2);
    if (out.back() != '\n') out += "\n";
  }
  if (tells_all(anomaly.explanation)) return out;
  const std::size_t shown = std::min(anomaly.operations.size(), kOperationsShownMax);
  for (std::size_t i = 0; i < shown; ++i) out += operation_line(history, anomaly.operations[i]);
  if (shown < anomaly.operations.size())
    out += "  … and " + std::to_string(anomaly.operations.size() - shown) + " more\n";
  for (std::size_t i = 0; i < std::min(anomaly.links.size(), kOperationsShownMax); ++i) {
    const Link& link = anomaly.links[i];
    out += "  [" + std::to_string(link.from) + "] < [" + std::to_string(link.to) + "] (" + link.kind + ")";
    out += link.why.empty() ? "\n" : ": " + link.why + "\n";
  }
  return out;
}

std::string order_text(const History& history, const PartialOrder& order) {
  if (order.placed.empty() && order.stuck.empty()) return {};
  std::string out = "An order that explains " + std::to_string(order.placed.size()) + " operations";
  const std::size_t shown = std::min<std::size_t>(order.placed.size(), 16);
  out += shown < order.placed.size() ? "; its last " + std::to_string(shown) + ":\n" : ":\n";
  for (std::size_t i = order.placed.size() - shown; i < order.placed.size(); ++i) {
    out += "  " + std::to_string(i + 1) + ". " + operation_label(history, order.placed[i]);
    if (i < order.states.size() && !order.states[i].empty()) out += "   -> " + cut(order.states[i], 80);
    out += "\n";
  }
  if (order.stuck.empty()) return out;
  out += "No place after it for:\n";
  for (std::size_t i = 0; i < std::min(order.stuck.size(), kOperationsShownMax); ++i)
    out += operation_line(history, order.stuck[i]);
  return out;
}

}  // namespace

std::string operation_label(const History& history, std::uint64_t operation, std::size_t length) {
  if (operation >= history.operations.size()) return "?";
  const Operation& op = history.operations[operation];
  const Interner& atoms = history.atoms;
  std::string out;
  if (op.function == Function::txn) {
    out = "T" + std::to_string(operation) + ":";
    for (const MicroOperation& m : op.txn) {
      out += " " + micro_label(atoms, m);
      if (out.size() > length) break;
    }
  } else {
    out = std::string(to_string(op.function));
    if (op.key != kNil) out += " " + atoms.to_json(op.key);
    if (op.function == Function::cas) {
      out += " " + atoms.to_json(op.expected) + " -> " + atoms.to_json(op.value);
    } else if (op.value != kNil) {
      out += " " + atoms.to_json(op.value);
    }
    const bool reads = op.function == Function::read || op.function == Function::get;
    if (op.outcome == Outcome::ok && (reads || op.result != kNil)) out += " = " + atoms.to_json(op.result);
  }
  if (op.outcome == Outcome::fail) out += " refused";
  if (op.outcome == Outcome::info) out += " ?";
  return cut(std::move(out), length);
}

std::vector<std::uint64_t> operations_shown(const History& history, const Verdict& verdict) {
  std::vector<std::uint64_t> shown;
  const auto take = [&](std::uint64_t operation) {
    if (shown.size() < kOperationsShownMax && operation < history.operations.size() &&
        std::ranges::find(shown, operation) == shown.end()) {
      shown.push_back(operation);
    }
  };
  for (const std::uint64_t operation : verdict.order.stuck) take(operation);
  for (const std::uint64_t operation : verdict.operations) take(operation);
  for (auto it = verdict.order.placed.rbegin(); it != verdict.order.placed.rend(); ++it) take(*it);
  std::ranges::sort(shown);
  return shown;
}

std::string explain(const History& history, const Verdict& verdict) {
  if (verdict.outcome == Outcome3::pass) return {};
  std::string out;
  if (!verdict.signature.empty()) out += verdict.signature + "\n";
  // Anomalies tell themselves, the first one first.
  const bool told = !verdict.anomalies.empty() && !verdict.anomalies.front().explanation.empty();
  if (!verdict.explanation.empty() && !told) {
    out += verdict.explanation;
    if (out.back() != '\n') out += "\n";
  }
  if (verdict.anomalies.empty() && !verdict.operations.empty() && !tells_all(verdict.explanation)) {
    out += "The operations that prove it:\n";
    const std::size_t shown = std::min(verdict.operations.size(), kOperationsShownMax);
    for (std::size_t i = 0; i < shown; ++i) out += operation_line(history, verdict.operations[i]);
    if (shown < verdict.operations.size())
      out += "  … and " + std::to_string(verdict.operations.size() - shown) + " more\n";
  }
  const std::size_t shown = std::min(verdict.anomalies.size(), kAnomaliesShownMax);
  for (std::size_t i = 0; i < shown; ++i) out += "\n" + anomaly_text(history, verdict.anomalies[i]);
  if (shown < verdict.anomalies.size())
    out += "… and " + std::to_string(verdict.anomalies.size() - shown) + " more anomalies\n";
  out += order_text(history, verdict.order);
  if (!verdict.ruled_out.empty()) out += "Does not hold: " + list_of(verdict.ruled_out) + "\n";
  if (!verdict.also_ruled_out.empty()) out += "And therefore not: " + list_of(verdict.also_ruled_out) + "\n";
  return out;
}

}  // namespace wn::checkers
