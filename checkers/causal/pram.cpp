#include "checkers/causal/pram.h"

#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "checkers/history/session_puts.h"

namespace wn::checkers {
namespace {

using Act = ClientStep::Act;
using Edge = std::pair<std::uint32_t, std::uint32_t>;

class Pram {
 public:
  Pram(const History& history, const CausalFacts& facts)
      : history_(history), clients_(client_history(history, facts.clients)) {
    verdict_.claim = "pram";
    width_ = clients_.sessions.size();
    if (std::uint64_t{clients_.steps.size()} * width_ > facts.cells_max) too_large_ = true;
  }

  Verdict judge() {
    if (too_large_) {
      verdict_.outcome = Outcome3::unknown;
      verdict_.signature = "pram: too large";
      return verdict_;
    }
    for (std::uint32_t id = 0; id < clients_.steps.size(); ++id) {
      if (clients_.steps[id].source == kThinAir) return fail("a value from nowhere", {id});
    }
    puts_ = puts_by_key(clients_);
    for (std::uint32_t s = 0; s < width_; ++s) {
      for (const std::uint32_t id : clients_.sessions[s]) {
        const ClientStep& step = clients_.steps[id];
        if (step.index > 0) base_.emplace_back(clients_.sessions[s][step.index - 1], id);
        if (step.after != kNoStep) base_.emplace_back(step.after, id);
      }
    }
    for (std::uint32_t s = 0; s < width_ && verdict_.outcome == Outcome3::pass; ++s) process(s);
    return verdict_;
  }

 private:
  Verdict fail(const char* what, const std::vector<std::uint32_t>& steps) {
    constexpr std::size_t kWitnessMax = 10;
    verdict_.outcome = Outcome3::fail;
    verdict_.signature = std::string("pram: ") + what;
    for (std::size_t i = 0; i < steps.size() && i < kWitnessMax; ++i) {
      verdict_.operations.push_back(clients_.steps[steps[i]].operation);
      verdict_.explanation += (i > 0 ? "\n" : "") + describe(history_, clients_.steps[steps[i]].operation);
    }
    return verdict_;
  }
  bool registers(const ClientStep& step) const {
    return step.act == Act::read && clients_.keys[step.key].shape == Shape::number;
  }

  // How many of each session's steps come before each step.
  void clocks(const std::vector<Edge>& edges, const std::vector<std::uint32_t>& order) {
    std::vector<std::vector<std::uint32_t>> before(clients_.steps.size());
    for (const auto& [from, to] : edges) before[to].push_back(from);
    cells_.assign(clients_.steps.size() * width_, 0);
    for (const std::uint32_t id : order) {
      std::uint32_t* row = cells_.data() + id * width_;
      for (const std::uint32_t from : before[id]) {
        const std::uint32_t* other = cells_.data() + from * width_;
        for (std::size_t c = 0; c < width_; ++c) row[c] = std::max(row[c], other[c]);
        std::uint32_t& own = row[clients_.steps[from].session];
        own = std::max(own, clients_.steps[from].index + 1);
      }
    }
  }
  bool before(std::uint32_t a, std::uint32_t b) const {
    return cells_[b * width_ + clients_.steps[a].session] > clients_.steps[a].index;
  }

  void process(std::uint32_t s) {
    std::vector<Edge> edges = base_;
    for (const std::uint32_t id : clients_.sessions[s]) {
      if (registers(clients_.steps[id]) && clients_.steps[id].source < kThinAir)
        edges.emplace_back(clients_.steps[id].source, id);
    }
    for (bool more = true; more;) {
      const Sorted sorted = sort_topologically(static_cast<std::uint32_t>(clients_.steps.size()), edges);
      if (!sorted.cycle.empty()) {
        static_cast<void>(fail("no order of the writes", sorted.cycle));
        return;
      }
      clocks(edges, sorted.order);
      more = false;
      for (const std::uint32_t id : clients_.sessions[s]) {
        const ClientStep& read = clients_.steps[id];
        if (!registers(read)) continue;
        for (const SessionPuts& puts : puts_[read.key]) {
          const std::uint32_t put = last_put_of(clients_, puts, cells_[id * width_ + puts.session]);
          if (put == kNoStep || put == read.source) continue;
          if (read.source == kInitial) {
            static_cast<void>(fail("a value that must be there is missing", {put, id}));
            return;
          }
          if (before(put, read.source)) continue;
          edges.emplace_back(put, read.source);
          more = true;
        }
      }
    }
  }

  const History& history_;
  ClientHistory clients_;
  std::size_t width_ = 0;
  bool too_large_ = false;
  std::vector<Edge> base_;
  std::vector<std::vector<SessionPuts>> puts_;  // by key, by session
  std::vector<std::uint32_t> cells_;
  Verdict verdict_;
};

}  // namespace

Verdict check_pram(const History& history, const CausalFacts& facts) { return Pram(history, facts).judge(); }

}  // namespace wn::checkers
