#include "checkers/sequential/forced.h"

#include <algorithm>
#include <map>
#include <span>

#include "checkers/history/causal_order.h"
#include "checkers/history/session_puts.h"

namespace wn::checkers {
namespace {

using Act = ClientStep::Act;
using Edge = std::pair<std::uint32_t, std::uint32_t>;

class Saturation {
 public:
  explicit Saturation(const ClientHistory& history)
      : history_(history), columns_(history.sessions.size()), puts_(puts_by_key(history)) {}

  Forced run() {
    base();
    counters();
    if (std::uint64_t{history_.steps.size()} * columns_ > kForcedCellsMax) {
      out_.complete = false;
      out_.cycle = sorted().cycle;
      return std::move(out_);
    }
    for (int round = 0;; ++round) {
      Sorted order = sorted();
      if (!order.cycle.empty()) {
        out_.cycle = std::move(order.cycle);
        break;
      }
      if (round == kForcedRoundsMax) {
        out_.complete = false;
        break;
      }
      clocks(order.order);
      const std::size_t before = out_.edges.size();
      for (std::uint32_t id = 0; id < history_.steps.size(); ++id) follow(id);
      if (out_.edges.size() == before) break;
    }
    return std::move(out_);
  }

 private:
  Sorted sorted() const {
    std::vector<Edge> edges = out_.edges;
    for (const std::vector<std::uint32_t>& session : history_.sessions) {
      for (std::size_t i = 1; i < session.size(); ++i) edges.emplace_back(session[i - 1], session[i]);
    }
    return sort_topologically(static_cast<std::uint32_t>(history_.steps.size()), edges);
  }

  bool reads_register(const ClientStep& step) const {
    return step.act == Act::read && history_.keys[step.key].shape == Shape::number && step.source != kThinAir;
  }

  void base() {
    for (std::uint32_t id = 0; id < history_.steps.size(); ++id) {
      const ClientStep& step = history_.steps[id];
      if (step.after != kNoStep) out_.edges.emplace_back(step.after, id);
      if (!reads_register(step)) continue;
      if (step.source != kInitial) {
        out_.edges.emplace_back(step.source, id);
        continue;
      }
      // Before every put; an own one that came first makes a cycle, and rightly so.
      for (const SessionPuts& puts : puts_[step.key]) out_.edges.emplace_back(id, puts.steps.front());
    }
  }

  // A counter that only grows: what shows less is earlier.
  void counters() {
    std::map<std::uint32_t, std::map<std::int64_t, std::vector<std::uint32_t>>> reads;
    for (std::uint32_t id = 0; id < history_.steps.size(); ++id) {
      const ClientStep& step = history_.steps[id];
      const ClientKey& key = history_.keys[step.key];
      const bool counts = key.shape == Shape::counter || key.shape == Shape::bounded;
      if (counts && !key.shrinks && step.act == Act::read) reads[step.key][step.amount].push_back(id);
    }
    for (const auto& [key, by_value] : reads) {
      const std::vector<std::uint32_t>* before = nullptr;
      for (const auto& [value, ids] : by_value) {
        // The last of each session against the first of each: sessions order the rest.
        for (const std::uint32_t a : before == nullptr ? std::vector<std::uint32_t>() : ends(*before, true)) {
          for (const std::uint32_t b : ends(ids, false)) out_.edges.emplace_back(a, b);
        }
        before = &ids;
      }
    }
  }
  std::vector<std::uint32_t> ends(const std::vector<std::uint32_t>& ids, bool last) const {
    std::map<std::uint32_t, std::uint32_t> by_session;
    for (const std::uint32_t id : ids) {
      const auto [at, fresh] = by_session.try_emplace(history_.steps[id].session, id);
      if (!fresh && (history_.steps[id].index > history_.steps[at->second].index) == last) at->second = id;
    }
    std::vector<std::uint32_t> out;
    for (const auto& [session, id] : by_session) out.push_back(id);
    return out;
  }

  std::span<std::uint32_t> clock(std::uint32_t id) {
    return {cells_.data() + std::size_t{id} * columns_, columns_};
  }
  bool before(std::uint32_t a, std::uint32_t b) {
    return a != b && clock(b)[history_.steps[a].session] > history_.steps[a].index;
  }

  void clocks(const std::vector<std::uint32_t>& order) {
    cells_.assign(history_.steps.size() * columns_, 0);
    std::vector<std::vector<std::uint32_t>> from(history_.steps.size());
    for (const auto& [a, b] : out_.edges) from[b].push_back(a);
    for (const std::uint32_t id : order) {
      const ClientStep& step = history_.steps[id];
      const auto mine = clock(id);
      const auto join = [&](std::uint32_t other) {
        const auto theirs = clock(other);
        for (std::size_t c = 0; c < columns_; ++c) mine[c] = std::max(mine[c], theirs[c]);
      };
      if (step.index > 0) join(history_.sessions[step.session][step.index - 1]);
      for (const std::uint32_t other : from[id]) join(other);
      mine[step.session] = step.index + 1;
    }
  }

  // A put that comes before a read comes before what the read saw; one that comes after what a read saw comes
  // after the read. The nearest of each session say it for all.
  void follow(std::uint32_t id) {
    const ClientStep& read = history_.steps[id];
    if (!reads_register(read) || read.source == kInitial) return;
    for (const SessionPuts& puts : puts_[read.key]) {
      const std::uint32_t last = last_put_of(history_, puts, clock(id)[puts.session]);
      if (last != kNoStep && last != read.source && !before(last, read.source))
        out_.edges.emplace_back(last, read.source);
      const auto first =
          std::ranges::partition_point(puts.steps, [&](std::uint32_t p) { return !before(read.source, p); });
      if (first != puts.steps.end() && *first != read.source && !before(id, *first))
        out_.edges.emplace_back(id, *first);
    }
  }

  const ClientHistory& history_;
  std::size_t columns_;
  std::vector<std::vector<SessionPuts>> puts_;  // by key
  std::vector<std::uint32_t> cells_;
  Forced out_;
};

}  // namespace

Forced forced_order(const ClientHistory& history) { return Saturation(history).run(); }

}  // namespace wn::checkers
