#include "checkers/linearizability/search_stage.h"

#include <algorithm>
#include <utility>

namespace wn::checkers {
namespace {

bool appends(const Partition& p) {
  return std::ranges::any_of(p.steps, [](const Step& s) { return s.effect == Effect::append; });
}

class Stage {
 public:
  Stage(const History& history, std::vector<const Partition*> partitions, const Contents& contents,
        const Budget& budget, const LinearizabilityOptions& options)
      : history_(history),
        partitions_(std::move(partitions)),
        contents_(contents),
        budget_(budget),
        options_(options),
        results_(partitions_.size()) {}

  StageResult run() {
    for (std::size_t i = 0; i < partitions_.size(); ++i) pending_.push_back(i);
    if (pending_.size() == 1) {
      round(budget_.steps);
    } else {
      round(budget_.steps / 2);
      std::erase_if(pending_, [&](std::size_t i) { return results_[i].answer != SearchAnswer::unknown; });
      if (!failed_ && !pending_.empty()) round(budget_.steps - budget_.steps / 2);
    }
    return summary();
  }

 private:
  void round(std::uint64_t steps) {
    steps_ = steps / pending_.size();
    const Job job = [&](std::size_t k, const std::function<bool()>& cancelled) { return one(k, cancelled); };
    if (options_.parallel && pending_.size() > 1) {
      options_.parallel(pending_.size(), job);
    } else {
      for (std::size_t k = 0; k < pending_.size(); ++k) {
        if (job(k, [] { return false; })) break;
      }
    }
    for (const std::size_t i : pending_) failed_ |= results_[i].answer == SearchAnswer::refuted;
  }

  // Touches nothing but its own result; contents that grow are copied.
  bool one(std::size_t k, const std::function<bool()>& cancelled) {
    const Partition& p = *partitions_[pending_[k]];
    Result& result = results_[pending_[k]];
    Budget mine;
    mine.steps = steps_;
    mine.bytes = budget_.bytes / std::min<std::size_t>(partitions_.size(), 8);
    mine.stop = [&] { return cancelled() || budget_.stopped(); };
    Contents contents = appends(p) ? contents_ : Contents(history_.atoms, ContentMode::scalar);
    frontier::Scratch scratch;
    result.found = search_one(history_, p, contents, scratch, mine, options_);
    result.answer = result.found.answer;
    result.steps += steps_ - mine.steps;
    result.ran = true;
    return result.answer == SearchAnswer::refuted;
  }

  StageResult summary() {
    StageResult out;
    for (std::size_t i = 0; i < results_.size(); ++i) {
      Result& r = results_[i];
      out.searched += r.ran ? 1 : 0;
      out.steps += r.steps;
      if (r.answer == SearchAnswer::linearizable) continue;
      if (r.answer == SearchAnswer::unknown && (failed_ || out.partition != nullptr)) continue;
      out.answer = r.answer;
      out.partition = partitions_[i];
      out.refutation = std::move(r.found.refutation);
      out.why = r.found.why;
      if (r.answer == SearchAnswer::refuted) break;
    }
    return out;
  }

  struct Result {
    SearchResult found;
    SearchAnswer answer = SearchAnswer::unknown;
    std::uint64_t steps = 0;
    bool ran = false;
  };
  const History& history_;
  std::vector<const Partition*> partitions_;
  const Contents& contents_;
  const Budget& budget_;
  const LinearizabilityOptions& options_;
  std::vector<Result> results_;
  std::vector<std::size_t> pending_;
  std::uint64_t steps_ = 0;
  bool failed_ = false;
};

}  // namespace

StageResult search_all(const History& history, std::vector<const Partition*> partitions,
                       const Contents& contents, const Budget& budget,
                       const LinearizabilityOptions& options) {
  if (partitions.empty()) return {};
  std::ranges::sort(partitions, {}, [](const Partition* p) { return std::pair(p->steps.size(), p->key); });
  return Stage(history, std::move(partitions), contents, budget, options).run();
}

SearchResult search_one(const History& history, const Partition& p, Contents& contents,
                        frontier::Scratch& scratch, Budget& budget, const LinearizabilityOptions& options) {
  if (budget.stopped()) return {.answer = SearchAnswer::unknown, .refutation = {}, .why = "time was up"};
  if (appends(p)) return judge_by_search(history, p, contents, budget, options.defect);
  if (options.depth_first) {
    Budget little = budget;
    little.steps = std::min<std::uint64_t>(budget.steps, 4 * p.steps.size() + 64);
    const std::uint64_t given = little.steps;
    SearchResult found = judge_by_search(history, p, contents, little, options.defect);
    budget.steps -= given - little.steps;
    if (found.answer != SearchAnswer::unknown) return found;
  }
  return judge_by_frontier(history, p, contents.size(), scratch, budget, options.defect);
}

}  // namespace wn::checkers
