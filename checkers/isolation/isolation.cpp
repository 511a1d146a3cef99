#include "checkers/isolation/isolation.h"

#include <algorithm>

#include "checkers/isolation/graph.h"
#include "checkers/isolation/lattice.h"
#include "checkers/isolation/transactions.h"

namespace wn::checkers {
namespace {

constexpr DependencySet kWw = set_of(Dependency::ww);
constexpr DependencySet kWrites = kWw | set_of(Dependency::wr);
constexpr DependencySet kData = kWrites | set_of(Dependency::rw);
constexpr DependencySet kRealtime = set_of(Dependency::realtime);

// Unseen appends of one key that count; more would make the graph quadratic.
constexpr std::size_t kUnseenMax = 64;

void add_data_edges(const Transactions& all, Graph& graph) {
  for (const auto& [key, order] : all.keys) {
    if (!order.usable) continue;
    for (std::size_t i = 1; i < order.versions.size(); ++i) {
      graph.add(order.versions[i - 1].writer, order.versions[i].writer, Dependency::ww);
    }
  }
  // Acknowledged appends that no read shows come after all that reads show.
  std::map<Atom, std::vector<Atom>> shown;
  for (const auto& [key, order] : all.keys) {
    std::vector<Atom>& elements = shown[key];
    for (const Version& v : order.versions) elements.push_back(v.element);
    std::ranges::sort(elements);
  }
  std::map<Atom, std::vector<std::uint32_t>> unseen;
  for (std::uint32_t t = 0; t < all.txns.size(); ++t) {
    if (!all.txns[t].ok) continue;
    for (const auto& [key, element] : all.txns[t].appends) {
      if (!all.keys.at(key).usable || std::ranges::binary_search(shown.at(key), element)) continue;
      auto& list = unseen[key];
      if (list.empty() || list.back() != t) list.push_back(t);
    }
  }
  for (auto& [key, writers] : unseen) {
    // Each reader of the whole list precedes each of them: the ones that ended first say most.
    std::ranges::sort(writers, {}, [&](std::uint32_t t) { return all.txns[t].end; });
    if (writers.size() > kUnseenMax) writers.resize(kUnseenMax);
  }
  for (const auto& [key, writers] : unseen) {
    const KeyOrder& order = all.keys.at(key);
    if (order.versions.empty()) continue;
    for (const std::uint32_t t : writers) graph.add(order.versions.back().writer, t, Dependency::ww);
  }
  for (std::uint32_t t = 0; t < all.txns.size(); ++t) {
    for (const Read& r : all.txns[t].reads) {
      const KeyOrder& order = all.keys.at(r.key);
      if (!order.usable) continue;
      if (!r.before.empty()) graph.add(order.versions[r.before.size() - 1].writer, t, Dependency::wr);
      if (r.before.size() < order.versions.size()) {
        graph.add(t, order.versions[r.before.size()].writer, Dependency::rw);
      } else if (const auto it = unseen.find(r.key); it != unseen.end()) {
        for (const std::uint32_t later : it->second) graph.add(t, later, Dependency::rw);
      }
    }
  }
}

// Real time as few edges: a transaction follows those that ended before it began and were not already
// followed by another one that ended before it began.
void add_realtime_edges(const Transactions& all, Graph& graph) {
  struct Moment {
    std::uint64_t at;
    std::uint32_t txn;
    bool end;
  };
  std::vector<Moment> moments;
  for (std::uint32_t t = 0; t < all.txns.size(); ++t) {
    moments.push_back({all.txns[t].begin, t, false});
    if (all.txns[t].ok) moments.push_back({all.txns[t].end, t, true});
  }
  std::ranges::sort(moments, {}, &Moment::at);
  std::vector<std::uint32_t> frontier;
  for (const Moment& m : moments) {
    if (m.end) {
      std::erase_if(frontier, [&](std::uint32_t t) { return all.txns[t].end < all.txns[m.txn].begin; });
      frontier.push_back(m.txn);
    } else {
      for (const std::uint32_t t : frontier) graph.add(t, m.txn, Dependency::realtime);
    }
  }
}

std::optional<Flaw> name_cycle(std::string name, const std::vector<Edge>& cycle, const History& history,
                               const Transactions& all) {
  if (cycle.empty()) return {};
  Flaw out{std::move(name), "these transactions cannot be put in any order:", {}};
  for (const Edge& e : cycle) {
    out.operations.push_back(all.txns[e.from].operation);
    const std::string_view says = e.kind == Dependency::ww   ? "wrote before"
                                  : e.kind == Dependency::wr ? "was read by"
                                  : e.kind == Dependency::rw ? "did not see"
                                                             : "ended before";
    if (out.operations.size() > 9) continue;
    out.explanation += "\n  " + describe(history, all.txns[e.from].operation) + "\n    " + std::string(says);
  }
  out.explanation += " the first";
  return out;
}

// The strongest claim first: a cycle of writes alone is worse than one that needs reads, real time comes
// last.
std::optional<Flaw> find_cycle(const History& history, const Transactions& all) {
  Graph graph(static_cast<std::uint32_t>(all.txns.size()));
  add_data_edges(all, graph);
  add_realtime_edges(all, graph);
  graph.finish();
  for (const bool realtime : {false, true}) {
    const DependencySet extra = realtime ? kRealtime : DependencySet{0};
    const std::string suffix = realtime ? "-realtime" : "";
    const auto with = [&](DependencySet kinds) { return static_cast<DependencySet>(kinds | extra); };
    // A cycle passes an edge of the kind that gives it its name; real time alone has none.
    if (auto a = name_cycle("G0" + suffix, graph.cycle(with(kWw), Dependency::ww), history, all)) return a;
    if (auto a = name_cycle("G1c" + suffix, graph.cycle(with(kWrites), Dependency::wr), history, all))
      return a;
    if (auto a = name_cycle("G-single" + suffix, graph.cycle_with_one_rw(with(kWrites)), history, all))
      return a;
    if (auto a = name_cycle("G2" + suffix, graph.cycle(with(kData), Dependency::rw), history, all)) return a;
  }
  return {};
}

}  // namespace

Verdict check_strict_serializable(const History& history) {
  Verdict out;
  out.claim = "isolation";
  Transactions all = read_transactions(history);
  std::optional<Flaw> anomaly = std::move(all.anomaly);
  if (!anomaly) anomaly = find_cycle(history, all);
  if (!anomaly) return out;
  out.outcome = Outcome3::fail;
  out.signature = "isolation: " + anomaly->name;
  out.explanation = std::move(anomaly->explanation);
  out.operations = std::move(anomaly->operations);
  for (const std::uint64_t i : out.operations)
    out.at_ns = std::max(out.at_ns, history.operations[i].completed_ns);
  return out;
}

Verdict check_isolation(const History& history, const IsolationOptions& options, const Budget&,
                        IsolationStats*) {
  const bool strict = options.consistency_models == std::vector<std::string>{"strict-serializable"};
  if (options.model == TransactionModel::list_append && strict) return check_strict_serializable(history);
  Verdict out;
  out.claim = "isolation";
  out.outcome = Outcome3::unknown;
  out.explanation = "only strict serializability of list-append transactions is judged here";
  return out;
}

std::vector<std::string> known_consistency_models() { return isolation::all_models(); }
std::vector<std::string> known_anomalies() { return isolation::all_anomalies(); }
bool knows_consistency_model(std::string_view name) { return isolation::is_model(name); }
bool knows_anomaly(std::string_view name) { return isolation::is_anomaly(name); }

}  // namespace wn::checkers
