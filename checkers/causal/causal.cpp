#include "checkers/causal/causal.h"

#include <algorithm>
#include <string>
#include <utility>

#include "checkers/history/element_fates.h"
#include "checkers/history/session_puts.h"

namespace wn::checkers {
namespace {

using Act = ClientStep::Act;
using Edge = std::pair<std::uint32_t, std::uint32_t>;
constexpr std::size_t kWitnessMax = 10;

class Judge {
 public:
  Judge(const History& history, const CausalFacts& facts)
      : history_(history),
        facts_(facts),
        clients_(client_history(history, facts.clients)),
        order_(clients_, facts.cells_max) {
    verdict_.claim = "causal";
  }

  Verdict judge() {
    thin_air();
    if (!order_.cycle().empty()) fail("an effect before its cause", order_.cycle());
    if (done()) return verdict_;
    if (order_.too_large()) return unknown();
    puts_ = puts_by_key(clients_);
    for (std::uint32_t id = 0; id < clients_.steps.size() && !done(); ++id) reg(id);
    if (!done() && facts_.convergent) conflicts();
    if (!done()) sets();
    if (!done() && judged_ == 0) verdict_.explanation = "vacuous: no read that causality says anything of";
    return verdict_;
  }

 private:
  bool done() const { return verdict_.outcome == Outcome3::fail; }
  Verdict unknown() {
    verdict_.outcome = Outcome3::unknown;
    verdict_.signature = "causal: too large";
    verdict_.explanation = "more sessions times operations than the limit of memory allows";
    return verdict_;
  }
  void fail(const char* what, const std::vector<std::uint32_t>& steps) {
    if (done()) return;
    verdict_.outcome = Outcome3::fail;
    verdict_.signature = std::string("causal: ") + what;
    for (std::size_t i = 0; i < steps.size() && i < kWitnessMax; ++i) {
      const std::uint64_t operation = clients_.steps[steps[i]].operation;
      verdict_.operations.push_back(operation);
      if (i > 0) verdict_.explanation += "\n";
      verdict_.explanation += describe(history_, operation);
    }
  }

  void thin_air() {
    for (std::uint32_t id = 0; id < clients_.steps.size(); ++id) {
      if (clients_.steps[id].source == kThinAir) return fail("a value from nowhere", {id});
    }
  }

  void reg(std::uint32_t id) {
    const ClientStep& read = clients_.steps[id];
    if (read.act != Act::read || clients_.keys[read.key].shape != Shape::number) return;
    ++judged_;
    for (const SessionPuts& puts : puts_[read.key]) {
      const std::uint32_t known = order_.clock(id)[order_.column_of(puts.session)];
      const std::uint32_t put = last_put_of(clients_, puts, known);
      if (put == kNoStep || put == read.source) continue;
      if (read.source == kInitial) return fail("a value that must be there is missing", {put, id});
      if (order_.before(read.source, put))
        return fail("an overwritten value came back", {read.source, put, id});
      if (facts_.convergent) conflicts_.emplace_back(put, read.source);
    }
  }

  // Puts that a read has shown to lose are before the one that it saw.
  void conflicts() {
    if (conflicts_.empty()) return;
    std::vector<Edge> edges = conflicts_;
    for (std::uint32_t id = 0; id < clients_.steps.size(); ++id) {
      const ClientStep& step = clients_.steps[id];
      if (step.index > 0) edges.emplace_back(clients_.sessions[step.session][step.index - 1], id);
      if (step.after != kNoStep) edges.emplace_back(step.after, id);
      if (step.source < kThinAir) edges.emplace_back(step.source, id);
      for (const std::uint32_t seen : step.sees) edges.emplace_back(seen, id);
      for (const std::uint32_t other : step.follows) edges.emplace_back(other, id);
    }
    const Sorted sorted = sort_topologically(static_cast<std::uint32_t>(clients_.steps.size()), edges);
    if (!sorted.cycle.empty()) fail("concurrent writes in two orders", sorted.cycle);
  }

  void sets() {
    const auto fates = element_fates(clients_);
    for (std::uint32_t id = 0; id < clients_.steps.size(); ++id) {
      const ClientStep& read = clients_.steps[id];
      if (read.act != Act::read) continue;
      for (const ElementFate& fate : fates[read.key]) {
        if (fate.include == kNoStep || !order_.before(fate.include, id)) continue;
        ++judged_;
        if (!std::ranges::binary_search(read.shown, fate.element)) {
          if (fate.exclude_asked > read.completed)
            return fail("an element that must be there is missing", {fate.include, id});
          continue;
        }
        if (fate.includes > 1) continue;
        for (const std::uint32_t out : fate.excludes) {
          if (order_.before(fate.include, out) && order_.before(out, id))
            return fail("a removed element came back", {fate.include, out, id});
        }
      }
    }
  }

  const History& history_;
  const CausalFacts& facts_;
  ClientHistory clients_;
  CausalOrder order_;
  std::vector<std::vector<SessionPuts>> puts_;  // by key
  std::vector<Edge> conflicts_;
  std::uint64_t judged_ = 0;
  Verdict verdict_;
};

}  // namespace

Verdict check_causal(const History& history, const CausalFacts& facts) {
  return Judge(history, facts).judge();
}

}  // namespace wn::checkers
