// Mini-transactions (MTC, arXiv 2504.02344): every write has a read of its key before it in its transaction,
// so each version of a key but the first is the successor of exactly the version that its writer read: the
// order of versions is known, and with it every edge there is.
#include "checkers/levels/mini.h"

#include <algorithm>

#include "checkers/levels/events.h"
#include "checkers/levels/levels.h"

namespace wn::checkers {

std::string_view to_string(TxnModel model, TxnOrder order) {
  const bool si = model == TxnModel::snapshot_isolation;
  switch (order) {
    case TxnOrder::none:
      return si ? "snapshot-isolation" : "serializable";
    case TxnOrder::session:
      return si ? "strong-session-snapshot-isolation" : "strong-session-serializable";
    case TxnOrder::real_time:
      return si ? "strong-snapshot-isolation" : "strict-serializable";
  }
  return "serializable";
}

namespace levels {
namespace {

// Who overwrote each version: by its place among all writes, the initial ones by key behind them.
class Successors {
 public:
  explicit Successors(const UniqueHistory& unique)
      : unique_(unique), of_(unique.all_writes.size() + unique.keys.size(), kNoTxn32) {}
  std::uint32_t& of(std::uint32_t writer, std::uint32_t key) {
    if (writer == kInitialTxn) return of_[unique_.all_writes.size() + key];
    const auto writes = unique_.writes(writer);
    const auto at = std::ranges::lower_bound(writes, key) - writes.begin();
    return of_[unique_.first_write[writer] + static_cast<std::size_t>(at)];
  }

 private:
  const UniqueHistory& unique_;
  std::vector<std::uint32_t> of_;
};

}  // namespace

Verdict lost_update(const Explainer& explain, const UniqueHistory& unique, std::uint32_t a, std::uint32_t b,
                    std::uint32_t key) {
  const auto missed = [&](std::uint32_t from, std::uint32_t to) {
    return Link{.from = unique.txns[from].operation,
                .to = unique.txns[to].operation,
                .kind = "rw",
                .why = explain.name(from) + " read the version of key " + explain.key(key) + " that " +
                       explain.name(to) + " overwrote"};
  };
  return explain.links("lost-update", {missed(a, b), missed(b, a)});
}

Verdict judge_mini(const History& history, const UniqueHistory& unique, TxnModel model, TxnOrder order,
                   const Budget& budget) {
  const Explainer explain(history, unique, to_string(model, order));
  if (unique.flaw.has_value()) return explain.flaw(*unique.flaw);
  if (unique.refused != nullptr) return explain.unknown(unique.refused);
  Successors successors(unique);
  for (std::uint32_t t = 0; t < unique.size(); ++t) {
    std::size_t read = 0;
    std::uint32_t last = kNoTxn32;
    for (const auto [key, source] : unique.reads(t)) {
      if (key == last || !unique.writes_key(t, key)) continue;
      std::uint32_t& next = successors.of(source, key);
      if (next == t) continue;  // read once more
      if (next != kNoTxn32) return lost_update(explain, unique, next, t, key);
      next = t;
      last = key;
      ++read;
    }
    if (read < unique.writes(t).size()) {
      Verdict v = explain.unknown("T" + std::to_string(unique.txns[t].operation) +
                                  " writes a key without having read it");
      v.signature = kNotMini;
      return v;
    }
  }
  if (budget.stopped()) return explain.unknown("time is up");
  EventGraph graph(unique, model, order);
  for (std::uint32_t t = 0; t < unique.size(); ++t) {
    for (const auto [key, source] : unique.reads(t)) {
      const std::uint32_t next = successors.of(source, key);
      if (next != kNoTxn32 && next != t) graph.overwritten(t, next);
    }
  }
  const EdgesTo edges(graph.events(), graph.edges());
  const EventPreds preds{.edges = edges, .events = graph.events()};
  Ordering ordering(preds);
  if (ordering.run([](std::uint32_t) {})) return explain.pass();
  const std::vector<Link> links = graph.links(
      explain, ordering.cycle(), [&](std::uint32_t source, std::uint32_t writer, std::uint32_t key) {
        return successors.of(source, key) == writer;
      });
  return explain.links(cycle_name(links), links);
}

}  // namespace levels

Verdict check_mini(const History& history, TxnModel model, TxnOrder order, const Budget& budget,
                   LevelStats* stats) {
  const levels::UniqueHistory unique = levels::unique_history(history);
  if (stats != nullptr) *stats = levels::stats_of(unique);
  return levels::judge_mini(history, unique, model, order, budget);
}

}  // namespace wn::checkers
