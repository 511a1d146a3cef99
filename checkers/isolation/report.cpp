#include "checkers/isolation/report.h"

#include <algorithm>
#include <array>
#include <utility>

namespace wn::checkers::isolation {
namespace {

constexpr std::size_t kLinksToldMax = 12;

// Types in the order in which they name a verdict, and the name.
constexpr std::array<std::pair<std::string_view, std::string_view>, 14> kSignatures = {{
    {"incompatible-order", "incompatible order"},
    {"duplicate-elements", "duplicate append"},
    {"G1a", "G1a"},
    {"dirty-update", "G1a"},
    {"garbage-read", "value from nowhere"},
    {"future-read", "internal"},
    {"G1b", "G1b"},
    {"internal", "internal"},
    {"cyclic-versions", "cyclic-versions"},
    {"G0", "G0"},
    {"G1c", "G1c"},
    {"G-single-item", "G-single"},
    {"G-nonadjacent-item", "G2"},
    {"G2-item", "G2"},
}};

std::string signature(const std::vector<std::string>& types) {
  for (const std::string_view suffix : {"", "-process", "-realtime"}) {
    for (const auto& [type, name] : kSignatures) {
      if (std::ranges::find(types, std::string(type) + std::string(suffix)) != types.end())
        return "isolation: " + std::string(name) + std::string(suffix);
    }
  }
  return "isolation: " + types.front();
}

}  // namespace

Anomaly explain_cycle(const History& history, const Cycle& cycle,
                      const std::function<std::string(const Edge&)>& why) {
  Anomaly out;
  out.type = cycle.type;
  out.explanation = "these transactions cannot be put in any order:";
  for (const Edge& e : cycle.edges) {
    out.operations.push_back(e.from);
    std::string reason;
    if (e.kind == Kind::process) {
      reason = "process " + std::to_string(history.operations[e.from].process) + " did " + txn_name(e.from) +
               " before " + txn_name(e.to);
    } else if (e.kind == Kind::realtime) {
      reason = txn_name(e.from) + " was acknowledged before " + txn_name(e.to) + " was invoked";
    } else {
      reason = why(e);
    }
    out.links.push_back({e.from, e.to, std::string(to_string(e.kind)), std::move(reason)});
  }
  for (std::size_t i = 0; i < out.operations.size() && i < kLinksToldMax; ++i)
    out.explanation += "\n  " + txn_name(out.operations[i]) + " = " + describe(history, out.operations[i]);
  for (std::size_t i = 0; i < out.links.size() && i < kLinksToldMax; ++i) {
    const Link& l = out.links[i];
    out.explanation += "\n  " + txn_name(l.from) + " < " + txn_name(l.to) + ", because " + l.why + ";";
  }
  if (out.links.size() > kLinksToldMax)
    out.explanation += "\n  … " + std::to_string(out.links.size() - kLinksToldMax) + " more steps;";
  out.explanation += "\n  so " + txn_name(out.operations.front()) + " < itself, a contradiction";
  return out;
}

Verdict report(const History& history, const Findings& findings, const Names& forbidden, bool whole,
               bool quiet) {
  Verdict out;
  out.claim = "isolation";
  Names all;
  Names bad;
  for (const auto& [type, anomaly] : findings.all()) {
    all.push_back(type);
    const bool is_bad = std::ranges::binary_search(forbidden, type);
    if (is_bad) bad.push_back(type);
    if (is_bad || !is_anomaly(type)) out.anomalies.push_back(anomaly);
  }
  Boundary boundary = ruled_out_by(all);
  out.ruled_out = std::move(boundary.weakest);
  out.also_ruled_out = std::move(boundary.stronger);
  if (bad.empty()) {
    const bool empty = findings.has("empty-transaction-graph");
    if (!whole) {
      out.outcome = Outcome3::unknown;
      out.explanation = "the budget ran out before everything was looked at";
    } else if (empty && !quiet) {
      out.outcome = Outcome3::unknown;
      out.explanation = "no transaction is related to another one: the history says nothing";
    }
    if (empty && quiet) out.anomalies.clear();
    return out;
  }
  out.outcome = Outcome3::fail;
  out.signature = signature(bad);
  // The anomaly that names the verdict tells its story.
  const auto names_it = [&](const Anomaly& a) { return signature({a.type}) == out.signature; };
  const auto& told = *std::ranges::find_if(out.anomalies, names_it);
  out.explanation = told.explanation;
  out.operations = told.operations;
  for (const std::uint64_t i : out.operations)
    out.at_ns = std::max(out.at_ns, history.operations[i].completed_ns);
  if (bad.size() > 1) {
    out.explanation += "\nalso found:";
    for (const std::string& type : bad)
      if (type != told.type) out.explanation += " " + type;
  }
  return out;
}

}  // namespace wn::checkers::isolation
