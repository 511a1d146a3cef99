#include "checkers/levels/levels.h"

#include <algorithm>

#include "checkers/levels/explain.h"
#include "checkers/levels/inference.h"

namespace wn::checkers {

std::string_view to_string(Level level) {
  switch (level) {
    case Level::read_committed:
      return "read-committed";
    case Level::read_atomic:
      return "read-atomic";
    case Level::causal:
      return "causal";
  }
  return "read-committed";
}

namespace levels {
namespace {

// so, wr and what was inferred.
struct AllPreds {
  const UniqueHistory& unique;
  const EdgesTo& inferred;
  std::uint32_t count() const { return unique.size(); }
  std::uint32_t at(std::uint32_t t, std::uint32_t i) const {
    const auto known = static_cast<std::uint32_t>(unique.reads(t).size()) + 1;
    if (i < known) return KnownPreds{unique}.at(t, i);
    return inferred.at(t, i - known);
  }
};

class Collector : public InferredSink {
 public:
  bool take(const Inferred& edge) override {
    if (edge.to == kInitialTxn) {
      initial = edge;
      return false;
    }
    const OrderEdge e{.from = edge.from, .to = edge.to};
    if (edges.empty() || edges.back() != e) edges.push_back(e);
    return true;
  }
  std::vector<OrderEdge> edges;
  Inferred initial;
};

// Why each of the wanted edges is there: the first reason.
class Finder : public InferredSink {
 public:
  explicit Finder(std::vector<OrderEdge> wanted) : wanted_(std::move(wanted)) {}
  bool take(const Inferred& edge) override {
    const auto at = std::ranges::find(wanted_, OrderEdge{.from = edge.from, .to = edge.to});
    if (at == wanted_.end()) return true;
    found.push_back(edge);
    wanted_.erase(at);
    return !wanted_.empty();
  }
  std::vector<Inferred> found;

 private:
  std::vector<OrderEdge> wanted_;
};

Verdict judge(const History& history, const UniqueHistory& unique, Level level, const LevelRules& rules,
              const Budget& budget, LevelStats* stats) {
  const Explainer explain(history, unique, to_string(level));
  if (unique.flaw.has_value()) return explain.flaw(*unique.flaw);
  if (unique.refused != nullptr) return explain.unknown(unique.refused);
  Collector collector;
  const InferenceResult result = infer(unique, level, rules, budget, collector);
  if (stats != nullptr) stats->edges = collector.edges.size();
  switch (result.kind) {
    case Inference::too_large:
      return explain.unknown("more sessions times transactions than the budget of memory allows");
    case Inference::time_up:
      return explain.unknown("time is up");
    case Inference::repeated:
      return explain.repeated(result.at);
    case Inference::stopped:
      return explain.initial(collector.initial);
    case Inference::cycle:
    case Inference::done:
      break;
  }
  if (!rules.commit_order) collector.edges.clear();
  const EdgesTo inferred(unique.size(), collector.edges);
  const AllPreds preds{unique, inferred};
  Ordering ordering(preds);
  if (ordering.run([](std::uint32_t) {})) return explain.pass();
  const std::vector<std::uint32_t> cycle = ordering.cycle();
  std::vector<OrderEdge> wanted;
  for (std::size_t i = 0; i < cycle.size(); ++i)
    wanted.push_back({.from = cycle[i], .to = cycle[(i + 1) % cycle.size()]});
  Finder finder(std::move(wanted));
  static_cast<void>(infer(unique, level, rules, Budget{.bytes = budget.bytes}, finder));
  return explain.cycle(cycle, finder.found);
}

}  // namespace

LevelStats stats_of(const UniqueHistory& unique) {
  return {.transactions = unique.size(),
          .reads = unique.all_reads.size(),
          .writes = unique.all_writes.size(),
          .sessions = unique.first_of_session.empty() ? 0 : unique.sessions(),
          .keys = unique.keys.size()};
}

Verdict check_level_by(const History& history, Level level, const LevelRules& rules, const Budget& budget,
                       LevelStats* stats) {
  const UniqueHistory unique = unique_history(history);
  if (stats != nullptr) *stats = stats_of(unique);
  return judge(history, unique, level, rules, budget, stats);
}

}  // namespace levels

Verdict check_level(const History& history, Level level, const Budget& budget, LevelStats* stats) {
  return levels::check_level_by(history, level, levels::LevelRules{}, budget, stats);
}

}  // namespace wn::checkers
