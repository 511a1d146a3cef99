#include "checkers/linearizability/linearizability.h"

#include <algorithm>
#include <array>
#include <utility>
#include <vector>

#include "checkers/linearizability/frontier.h"
#include "checkers/linearizability/search.h"
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

class Judge {
 public:
  Judge(const History& history, const Budget& budget, const LinearizabilityOptions& options,
        LinearizabilityStats& stats, Contents& contents)
      : history_(history), options_(options), budget_(budget), stats_(stats), contents_(contents) {}

  Verdict run(const Partitions& partitions) {
    Verdict verdict;
    verdict.claim = "linearizability";
    std::vector<const Partition*> to_search;
    for (const Partition& p : partitions.parts) {
      ++stats_.partitions;
      if (auto r = quick(p, to_search)) return refuted(history_, *r);
    }
    // Small ones first: a violation is found before the budget is gone.
    std::ranges::sort(to_search, {}, [](const Partition* p) { return std::pair(p->steps.size(), p->key); });
    for (const Partition* p : to_search) {
      ++stats_.searched;
      const std::uint64_t before = budget_.steps;
      const SearchResult found = search(*p);
      stats_.steps += before - budget_.steps;
      if (found.answer == SearchAnswer::refuted) return refuted(history_, found.refutation);
      if (found.answer == SearchAnswer::unknown && verdict.outcome == Outcome3::pass) {
        verdict.outcome = Outcome3::unknown;
        verdict.signature = "linearizability: undecided";
        verdict.explanation = "key " + history_.atoms.to_json(p->key) + ": " + found.why;
      }
    }
    return verdict;
  }

 private:
  // Depth first and with little patience: it finds an order soon or late. Then breadth first, which does not
  // depend on luck; with appends there is only the former.
  SearchResult search(const Partition& p) {
    const bool appends =
        std::ranges::any_of(p.steps, [](const Step& s) { return s.effect == Effect::append; });
    if (appends) return judge_by_search(history_, p, contents_, budget_, options_.defect);
    if (options_.depth_first) {
      Budget little = budget_;
      little.steps = std::min<std::uint64_t>(budget_.steps, 4 * p.steps.size() + 64);
      const std::uint64_t given = little.steps;
      SearchResult found = judge_by_search(history_, p, contents_, little, options_.defect);
      budget_.steps -= given - little.steps;
      if (found.answer != SearchAnswer::unknown) return found;
    }
    return judge_by_frontier(history_, p, contents_.size(), numbers_, budget_, options_.defect);
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
