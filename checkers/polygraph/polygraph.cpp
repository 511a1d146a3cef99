#include "checkers/polygraph/polygraph.h"

#include <algorithm>
#include <string>

#include "checkers/levels/mini.h"
#include "checkers/polygraph/judge.h"
#include "checkers/polygraph/search.h"

namespace wn::checkers {
namespace polygraph {
namespace {

class Judge {
 public:
  Judge(const History& history, const UniqueHistory& unique, TxnModel model, TxnOrder order,
        const PolygraphRules& rules, const Budget& budget, PolygraphStats& stats)
      : unique_(unique),
        order_(order),
        rules_(rules),
        budget_(budget),
        stats_(stats),
        explain_(history, unique, to_string(model, order)),
        versions_(unique),
        graph_(unique, model, order),
        constraints_(unique, versions_, graph_, rules_) {}

  Verdict judge() {
    if (const auto& lost = versions_.lost_update())
      return levels::lost_update(explain_, unique_, lost->a, lost->b, lost->key);
    stats_.chains = versions_.count() - unique_.keys.size();
    constraints_.add_known();
    auto reach = Reach::over(unique_, graph_, order_ != TxnOrder::none, budget_.bytes);
    if (!reach.has_value()) return explain_.unknown("more transactions than the budget of memory allows");
    for (;;) {
      const std::vector<std::uint32_t> cycle = reach->compute(graph_);
      if (!cycle.empty()) return fail(cycle, "");
      const Constraints::Round round = constraints_.prune(*reach, budget_);
      stats_.pairs = constraints_.pairs();
      stats_.searched = constraints_.left().size();
      stats_.edges = graph_.edges().size();
      if (round == Constraints::Round::too_many)
        return explain_.unknown("more pairs of writes than the budget allows");
      if (round == Constraints::Round::time_up) return explain_.unknown("time is up");
      if (round == Constraints::Round::impossible) return neither(*reach);
      if (round == Constraints::Round::nothing || !rules_.prune) break;
    }
    if (constraints_.left().empty() || !rules_.search) return explain_.pass();
    return search(*reach);
  }

 private:
  // The cycle, and what else must be known to believe it.
  Verdict fail(const std::vector<std::uint32_t>& cycle, const std::string& besides) const {
    const std::vector<Link> links =
        graph_.links(explain_, cycle, [&](std::uint32_t source, std::uint32_t writer, std::uint32_t key) {
          return constraints_.follows(source, writer, key);
        });
    Verdict v = explain_.links(levels::cycle_name(links), links);
    if (!besides.empty()) {
      v.explanation += "\n" + besides;
      v.anomalies[0].explanation = v.explanation;
    }
    return v;
  }

  std::vector<std::uint32_t> cycle_of(const Pair& pair, bool a_first, const Reach& reach) {
    const Chain& a = constraints_.chain(pair.key, a_first ? pair.a : pair.b);
    const Chain& b = constraints_.chain(pair.key, a_first ? pair.b : pair.a);
    DynamicOrder order(graph_.events(), graph_.edges(), reach.order());
    bool fits = true;
    constraints_.edges(pair.key, a, b,
                       [&](std::uint32_t from, std::uint32_t to) { fits = fits && order.add(from, to, 0); });
    constraints_.decided(pair.key, a, b);
    return order.way();
  }
  // Whichever of two writes is first, there is a cycle.
  Verdict neither(Reach& reach) {
    // What the round has forced so far counts, too.
    if (const std::vector<std::uint32_t> cycle = reach.compute(graph_); !cycle.empty())
      return fail(cycle, "");
    const Pair& pair = constraints_.impossible();
    const Chain& a = constraints_.chain(pair.key, pair.a);
    const Chain& b = constraints_.chain(pair.key, pair.b);
    const std::vector<std::uint32_t> one = cycle_of(pair, true, reach);
    const std::vector<std::uint32_t> two = cycle_of(pair, false, reach);
    const auto follows = [&](std::uint32_t source, std::uint32_t writer, std::uint32_t key) {
      return constraints_.follows(source, writer, key);
    };
    std::string besides = "And if " + explain_.name(b.last) + " wrote key " + explain_.key(pair.key) +
                          " before " + explain_.name(a.first) + ":";
    for (const Link& link : graph_.links(explain_, two, follows))
      besides +=
          "\nT" + std::to_string(link.from) + " < T" + std::to_string(link.to) + ", because " + link.why;
    return fail(one, besides);
  }

  Verdict search(const Reach& reach) {
    DynamicOrder order(graph_.events(), graph_.edges(), reach.order());
    Search search(constraints_, graph_, order, budget_);
    const Found found = search.run();
    stats_.decisions = search.decisions();
    stats_.conflicts = search.conflicts();
    stats_.steps = search.steps();
    switch (found) {
      case Found::order:
        return explain_.pass();
      case Found::out_of_steps:
        return explain_.unknown("no order was found within the budget");
      case Found::time_up:
        return explain_.unknown("time is up");
      case Found::contradiction:
        break;
    }
    for (const Search::Taken& t : search.taken()) constraints_.decided(t.key, t.a, t.b);
    return fail(search.cycle(), "Every other order of these writes was tried and leads to a cycle as well (" +
                                    std::to_string(search.conflicts()) + " of them)");
  }

  const UniqueHistory& unique_;
  TxnOrder order_;
  const PolygraphRules& rules_;
  const Budget& budget_;
  PolygraphStats& stats_;
  levels::Explainer explain_;
  Versions versions_;
  levels::EventGraph graph_;
  Constraints constraints_;
};

}  // namespace

Verdict check_polygraph_by(const History& history, TxnModel model, TxnOrder order, const PolygraphWays& ways,
                           const Budget& budget, PolygraphStats* stats) {
  const UniqueHistory unique = levels::unique_history(history);
  PolygraphStats own;
  PolygraphStats& s = stats != nullptr ? *stats : own;
  s = {.transactions = unique.size()};
  if (ways.mini || unique.flaw.has_value() || unique.refused != nullptr) {
    Verdict v = levels::judge_mini(history, unique, model, order, budget);
    if (v.signature != levels::kNotMini) return v;
  }
  if (unique.size() == 0) return levels::Explainer(history, unique, to_string(model, order)).pass();
  return Judge(history, unique, model, order, ways.rules, budget, s).judge();
}

}  // namespace polygraph

Verdict check_polygraph(const History& history, TxnModel model, TxnOrder order, const Budget& budget,
                        PolygraphStats* stats) {
  return polygraph::check_polygraph_by(history, model, order, polygraph::PolygraphWays{}, budget, stats);
}

}  // namespace wn::checkers
