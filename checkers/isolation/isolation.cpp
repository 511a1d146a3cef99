#include "checkers/isolation/isolation.h"

#include <algorithm>
#include <map>

#include "checkers/isolation/dependency_graph.h"
#include "checkers/isolation/findings.h"
#include "checkers/isolation/knot.h"
#include "checkers/isolation/lattice.h"
#include "checkers/isolation/list_append.h"
#include "checkers/isolation/report.h"
#include "checkers/isolation/rw_register.h"

namespace wn::checkers {
namespace {

using namespace isolation;

bool any_with(const Names& names, std::string_view suffix) {
  return std::ranges::any_of(names, [&](const std::string& n) { return n.ends_with(suffix); });
}

// Acknowledged transactions of one process, one after the other.
std::vector<Edge> process_edges(const History& history) {
  std::vector<Edge> out;
  std::map<std::uint32_t, std::uint32_t> last;
  for (std::uint32_t i = 0; i < history.operations.size(); ++i) {
    const Operation& op = history.operations[i];
    if (op.outcome != Outcome::ok) continue;
    const auto [it, fresh] = last.try_emplace(op.process, i);
    if (!fresh) out.push_back({it->second, i, Kind::process});
    it->second = i;
  }
  return out;
}

template <typename Model>
bool judge(const History& history, Model& model, const Names& forbidden, const Budget& budget,
           Findings& findings, IsolationStats& stats) {
  if (!model.prepare(budget)) return false;
  const bool real_time = any_with(forbidden, "-realtime");
  const bool process = !real_time && any_with(forbidden, "-process");
  DependencyGraph graph;
  model.add_edges(graph, process ? process_edges(history) : std::vector<Edge>{});
  if (real_time) graph.add_real_time(history);
  stats.edges = graph.edges();
  if (graph.edges() == 0 && !graph.real_time_says_something())
    findings.add("empty-transaction-graph", "no transaction is related to another one", {});
  if (budget.stopped()) return false;
  const auto knots = find_knots(graph);
  stats.knots = knots.size();
  std::vector<std::uint32_t> local(knots.empty() ? 0 : graph.nodes(), 0);
  bool stopped = false;
  for (const auto& nodes : knots) {
    stats.largest_knot = std::max<std::uint64_t>(stats.largest_knot, nodes.size());
    const Knot knot(graph, nodes, local);
    for (const Cycle& c : knot.cycles(real_time ? "realtime" : process ? "process" : "", budget, stopped)) {
      if (findings.has(c.type)) continue;
      findings.add(explain_cycle(history, c, [&](const Edge& e) { return model.why(e); }));
    }
    if (stopped || budget.stopped()) return false;
  }
  return true;
}

Verdict unknown(const std::string& why) {
  Verdict out;
  out.claim = "isolation";
  out.outcome = Outcome3::unknown;
  out.explanation = why;
  return out;
}

}  // namespace

Verdict check_isolation(const History& history, const IsolationOptions& options, const Budget& budget,
                        IsolationStats* stats) {
  for (const std::string& m : options.consistency_models)
    if (!is_model(m)) return unknown("no consistency model is called " + m);
  for (const std::string& a : options.anomalies)
    if (!is_anomaly(a)) return unknown("no anomaly is called " + a);
  const Names forbidden = prohibited(options.consistency_models, options.anomalies);
  IsolationStats own;
  IsolationStats& s = stats != nullptr ? *stats : own;
  s = {};
  s.transactions = static_cast<std::uint64_t>(std::ranges::count_if(
      history.operations, [](const Operation& o) { return o.outcome != Outcome::fail; }));
  Findings findings(history);
  bool whole = false;
  if (options.model == TransactionModel::list_append) {
    ListAppend model(history, findings, options.lenient);
    whole = judge(history, model, forbidden, budget, findings, s);
  } else {
    RwRegister model(history, findings, options);
    whole = judge(history, model, forbidden, budget, findings, s);
  }
  if (findings.refusal) return unknown(*findings.refusal);
  return report(history, findings, forbidden, whole, options.lenient);
}

Verdict check_strict_serializable(const History& history) {
  IsolationOptions options;
  options.lenient = true;
  return check_isolation(history, options, Budget{});
}

std::vector<std::string> known_consistency_models() { return isolation::all_models(); }
std::vector<std::string> known_anomalies() { return isolation::all_anomalies(); }
bool knows_consistency_model(std::string_view name) { return isolation::is_model(name); }
bool knows_anomaly(std::string_view name) { return isolation::is_anomaly(name); }

}  // namespace wn::checkers
