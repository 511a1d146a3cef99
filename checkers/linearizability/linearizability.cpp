#include "checkers/linearizability/linearizability.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "checkers/linearizability/minimal.h"
#include "checkers/linearizability/search_stage.h"
#include "checkers/linearizability/zones.h"

namespace wn::checkers {
namespace {

constexpr auto kModels = std::to_array<ModelInfo>({
    {"register", "read and write of one value a key", ModelName::reg},
    {"cas-register", "register with compare-and-set; a failed cas is an observation",
     ModelName::cas_register},
    {"kv", "get, put, append, cas and remove by key; transactions are judged key by key", ModelName::kv},
    {"list-append", "append and read of one list a key; transactions are judged key by key",
     ModelName::list_append},
});

Verdict refuted(const History& history, const Refutation& r) {
  Verdict v;
  v.claim = "linearizability";
  v.outcome = Outcome3::fail;
  v.signature = "linearizability: " + r.signature;
  v.explanation = r.explanation;
  v.operations = r.operations;
  for (const std::uint64_t i : r.operations) v.at_ns = std::max(v.at_ns, history.operations[i].completed_ns);
  return v;
}

constexpr std::size_t kToldMax = 8;  // operations of a minimal part that the explanation names

class Judge {
 public:
  Judge(const History& history, const Budget& budget, const LinearizabilityOptions& options,
        LinearizabilityStats& stats, Contents& contents)
      : history_(history), options_(options), budget_(budget), stats_(stats), contents_(contents) {}

  Verdict run(const Partitions& partitions) {
    std::vector<const Partition*> to_search;
    for (const Partition& p : partitions.parts) {
      ++stats_.partitions;
      if (const auto r = quick(p, to_search)) return explained(p, *r);
    }
    StageResult found = search_all(history_, std::move(to_search), contents_, budget_, options_);
    stats_.searched += found.searched;
    stats_.steps += found.steps;
    if (found.answer == SearchAnswer::refuted) return searched(found);
    Verdict verdict;
    verdict.claim = "linearizability";
    if (found.answer == SearchAnswer::unknown) {
      verdict.outcome = Outcome3::unknown;
      verdict.signature = "linearizability: undecided";
      verdict.explanation = "key " + history_.atoms.to_json(found.partition->key) + ": " + found.why;
    }
    return verdict;
  }

 private:
  // The witness of a cheap refutation is small already.
  Verdict explained(const Partition& p, const Refutation& r) {
    Verdict verdict = refuted(history_, r);
    if (!options_.minimal) return verdict;
    Partition part;
    part.key = p.key;
    for (const Step& s : p.steps) {
      if (std::ranges::find(r.operations, s.operation) != r.operations.end()) part.steps.push_back(s);
    }
    verdict.order = longest_order(history_, part, contents_);
    return verdict;
  }

  // At most as much work again as the search took, twice, and a little.
  Verdict searched(StageResult& found) {
    if (!options_.minimal) return refuted(history_, found.refutation);
    Budget budget = budget_;
    budget.steps = std::min(budget_.steps, 2 * found.steps + 20'000);
    const Refutes refutes = [&](const Partition& candidate) {
      return !budget.stopped() &&
             search_one(history_, candidate, contents_, numbers_, budget, options_).answer ==
                 SearchAnswer::refuted;
    };
    const Partition part = shrink(*found.partition, found.refutation.cut, refutes);
    if (part.steps.size() < found.partition->steps.size() || part.steps.size() <= kOrderStepsMax) {
      found.refutation.operations.clear();
      for (const Step& s : part.steps) found.refutation.operations.push_back(s.operation);
      std::ranges::sort(found.refutation.operations);
      found.refutation.explanation +=
          "\nno order explains these " + std::to_string(part.steps.size()) + " operations:";
      for (std::size_t i = 0; i < part.steps.size() && i < kToldMax; ++i) {
        found.refutation.explanation += "\n  " + describe(history_, part.steps[i].operation);
        if (part.steps[i].optional()) found.refutation.explanation += " (if it happened)";
      }
    }
    Verdict verdict = refuted(history_, found.refutation);
    verdict.order = longest_order(history_, part, contents_);
    return verdict;
  }

  // Everything but the search.
  std::optional<Refutation> quick(const Partition& p, std::vector<const Partition*>& to_search) {
    if (p.broken != kNever) {
      ++stats_.refuted;
      return Refutation{.signature = "no order exists",
                        .explanation = "this transaction contradicts itself: " + describe(history_, p.broken),
                        .operations = {p.broken}};
    }
    ZoneResult zones;
    if (options_.zones) zones = judge_by_zones(history_, p, contents_, scratch_);
    if (zones.answer == ZoneAnswer::linearizable || zones.answer == ZoneAnswer::refuted) ++stats_.zoned;
    if (zones.answer == ZoneAnswer::linearizable) return {};
    if (zones.answer == ZoneAnswer::refuted) return std::move(zones.refutation);
    if (auto r = refute_cheaply(history_, p, scratch_, contents_.size())) {
      ++stats_.refuted;
      return r;
    }
    to_search.push_back(&p);
    return {};
  }

  const History& history_;
  LinearizabilityOptions options_;
  Budget budget_;
  LinearizabilityStats& stats_;
  Contents& contents_;
  ZoneScratch scratch_;
  frontier::Scratch numbers_;
};

}  // namespace

std::span<const ModelInfo> linearizability_models() { return kModels; }

std::optional<ModelName> model_named(std::string_view name) {
  for (const ModelInfo& m : kModels) {
    if (m.name == name) return m.model;
  }
  return {};
}

Verdict check_linearizable(const History& history, ModelName model, const Budget& budget,
                           const LinearizabilityOptions& options, LinearizabilityStats* stats) {
  LinearizabilityStats own;
  Contents contents(history.atoms, content_mode(history, model));
  const Partitions partitions = split(history, model, options, contents);
  if (partitions.unsupported != kNever) {
    Verdict v;
    v.claim = "linearizability";
    v.outcome = Outcome3::unknown;
    v.signature = "linearizability: unsupported operation";
    v.explanation = "the model does not know this operation: " + describe(history, partitions.unsupported);
    v.operations.push_back(partitions.unsupported);
    return v;
  }
  return Judge(history, budget, options, stats != nullptr ? *stats : own, contents).run(partitions);
}

}  // namespace wn::checkers
