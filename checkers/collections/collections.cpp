#include "checkers/collections/collections.h"

#include <algorithm>
#include <array>
#include <numeric>

#include "checkers/collections/part.h"
#include "checkers/collections/search_part.h"
#include "checkers/collections/shortcuts.h"

namespace wn::checkers {
namespace {

using collections::Finding;
using collections::Part;

constexpr auto kModels = std::to_array<CollectionInfo>({
    {"set", "add, remove, contains", CollectionModel::set},
    {"queue", "first in, first out", CollectionModel::queue},
    {"stack", "last in, first out", CollectionModel::stack},
    {"priority-queue", "largest number out first", CollectionModel::priority_queue},
    {"lock", "one holder at a time", CollectionModel::lock},
    {"semaphore", "so many permits at a time", CollectionModel::semaphore},
    {"counter", "increment, decrement, add, read", CollectionModel::counter},
});

constexpr std::size_t kOrderOperationsMax = 64;  // a witness larger than this gets no order
constexpr std::uint64_t kOrderSteps = 200'000;   // and no more steps than this are spent on one

class Checker {
 public:
  Checker(const History& history, CollectionModel model, const Budget& budget,
          const CollectionOptions& options)
      : history_(history), model_(model), budget_(budget), options_(options) {}

  Verdict run() {
    verdict_.claim = "linearizability";
    const collections::Split split = collections::split(history_, model_, options_);
    stats_.partitions = split.parts.size();
    if (!split.refused.empty()) {  // it may be what explains the others: nothing can be proved
      verdict_.outcome = Outcome3::unknown;
      verdict_.explanation = "Not understood as an operation of a " + std::string(name()) + " (" +
                             split.refused + "):\n  " + describe(history_, split.refused_op);
      verdict_.operations = {split.refused_op};
      return std::move(verdict_);
    }
    for (const Part& part : split.parts) {
      if (verdict_.outcome == Outcome3::fail) break;
      if (budget_.stopped()) {
        ran_out();
        break;
      }
      judge(part);
    }
    return std::move(verdict_);
  }
  const CollectionStats& stats() const { return stats_; }

 private:
  std::string_view name() const { return kModels[static_cast<std::size_t>(model_)].name; }

  Finding ask(const Part& part, std::vector<std::vector<std::uint32_t>>& rest) const {
    const collections::Shortcut how{history_, options_};
    switch (model_) {
      case CollectionModel::set:
        return collections::set(how, part, rest);
      case CollectionModel::queue:
        return collections::queue(how, part);
      case CollectionModel::stack:
        return collections::stack(how, part);
      case CollectionModel::priority_queue:
        return collections::priority_queue(how, part);
      case CollectionModel::lock:
        return collections::lock(how, part);
      case CollectionModel::semaphore:
        return collections::semaphore(how, part);
      case CollectionModel::counter:
        return collections::counter(how, part);
    }
    return Finding::undecided();
  }

  void judge(const Part& part) {
    std::vector<std::vector<std::uint32_t>> rest;
    Finding finding = options_.shortcuts ? ask(part, rest) : Finding::undecided();
    if (finding.kind == Finding::Kind::pass) {
      ++stats_.direct;
      return;
    }
    if (finding.kind == Finding::Kind::fail) {
      ++stats_.direct;
      return report(part, finding);
    }
    ++stats_.searched;
    if (rest.empty()) {
      rest.emplace_back(part.ops.size());
      std::iota(rest[0].begin(), rest[0].end(), 0U);
    }
    for (const auto& which : rest) {
      search(part, which);
      if (verdict_.outcome == Outcome3::fail) return;
    }
  }

  void search(const Part& part, std::span<const std::uint32_t> which) {
    const collections::Searched found =
        collections::search_part(history_, model_, part, which, options_, budget_, stats_.steps);
    if (found.outcome == Outcome3::unknown) ran_out();
    if (found.outcome != Outcome3::fail) return;
    order(part, found);
    verdict_.outcome = Outcome3::fail;
    verdict_.signature = "linearizability: no order exists";
    verdict_.operations = verdict_.order.stuck;
    verdict_.explanation =
        "No order of operations" + of_key(part) + " is one of a " + std::string(name()) + ".";
    if (verdict_.order.stuck.empty()) return;
    verdict_.explanation += " After the longest that was found (" + std::to_string(found.placed.size()) +
                            " operations), nothing explains\n  " +
                            describe(history_, verdict_.order.stuck.front());
    verdict_.at_ns = history_.operations[verdict_.order.stuck.front()].completed_ns;
  }

  void order(const Part& part, const collections::Searched& found) {
    verdict_.order = {};
    for (const std::uint32_t i : found.placed) verdict_.order.placed.push_back(part.ops[i].index);
    for (const std::uint32_t i : found.stuck) verdict_.order.stuck.push_back(part.ops[i].index);
    verdict_.order.states = found.states;
  }

  void report(const Part& part, Finding& finding) {
    verdict_.outcome = Outcome3::fail;
    verdict_.signature = "linearizability: " + finding.signature;
    verdict_.explanation = finding.explanation + of_key(part);
    std::sort(finding.ops.begin(), finding.ops.end());
    finding.ops.erase(std::unique(finding.ops.begin(), finding.ops.end()), finding.ops.end());
    for (const std::uint32_t i : finding.ops) {
      const Operation& op = history_.operations[part.ops[i].index];
      verdict_.operations.push_back(part.ops[i].index);
      verdict_.at_ns = std::max(verdict_.at_ns, op.outcome == Outcome::ok ? op.completed_ns : -1);
      if (finding.ops.size() <= 8) verdict_.explanation += "\n  " + describe(history_, part.ops[i].index);
    }
    if (!options_.witness_order || !finding.whole || finding.ops.size() > kOrderOperationsMax) return;
    Budget small = budget_;
    small.steps = kOrderSteps;
    std::uint64_t spent = 0;
    const auto found = collections::search_part(history_, model_, part, finding.ops, options_, small, spent);
    if (found.outcome == Outcome3::fail) order(part, found);
  }

  std::string of_key(const Part& part) const {
    return part.key == kNil ? "" : " of key " + history_.atoms.to_json(part.key);
  }

  void ran_out() {
    verdict_.outcome = Outcome3::unknown;
    verdict_.explanation = "The budget ended before an order of a " + std::string(name()) +
                           " was found or refuted. Unique values are decided without search.";
  }

  const History& history_;
  CollectionModel model_;
  const Budget& budget_;
  const CollectionOptions& options_;
  Verdict verdict_;
  CollectionStats stats_;
};

}  // namespace

std::span<const CollectionInfo> collection_models() { return kModels; }

std::optional<CollectionModel> collection_named(std::string_view name) {
  for (const CollectionInfo& info : kModels) {
    if (info.name == name) return info.model;
  }
  return std::nullopt;
}

Verdict check_collection(const History& history, CollectionModel model, const Budget& budget,
                         const CollectionOptions& options, CollectionStats* stats) {
  Checker checker(history, model, budget, options);
  Verdict verdict = checker.run();
  if (stats != nullptr) *stats = checker.stats();
  return verdict;
}

}  // namespace wn::checkers
