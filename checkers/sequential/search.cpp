// Depth first. What never hurts is done at once: a read that fits; a put that nobody reads, once nobody waits
// for the value that it replaces. Choices are left between puts that are read, and additions: those that real
// time has first come first. A state that failed is remembered by its hash (sessions' places, values).
#include "checkers/sequential/search.h"

#include <algorithm>
#include <set>
#include <tuple>

namespace wn::checkers {
namespace {

using Act = ClientStep::Act;

class Search {
 public:
  Search(const ClientHistory& history, const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges,
         std::uint64_t steps_max)
      : history_(history),
        steps_max_(steps_max),
        place_(history.sessions.size(), 0),
        waits_(history.steps.size(), 0),
        out_edges_(history.steps.size()),
        readers_(history.steps.size(), 0),
        rank_(history.steps.size(), kNever),
        initial_readers_(history.keys.size(), 0),
        current_(history.keys.size(), kInitial),
        sum_(history.keys.size(), 0),
        reads_left_(history.keys.size()),
        maybe_done_(history.unknown.size(), false) {
    for (const auto& [from, to] : edges) {
      out_edges_[from].push_back(to);
      ++waits_[to];
    }
    for (std::uint32_t id = 0; id < history.steps.size(); ++id) {
      const ClientStep& step = history.steps[id];
      rank_[id] = std::min(rank_[id], step.completed);
      if (step.act != Act::read) continue;
      if (counts(step.key)) {
        reads_left_[step.key].insert(step.amount);
      } else if (step.source == kInitial) {
        ++initial_readers_[step.key];
      } else if (step.source != kThinAir) {
        ++readers_[step.source];
        rank_[step.source] = std::min(rank_[step.source], step.completed);
      }
    }
    for (std::uint32_t i = 0; i < history.unknown.size(); ++i) {
      if (history.unknown[i].act == Act::add) maybe_.push_back(i);
    }
  }

  OrderFound run() {
    OrderFound result;
    settle();
    std::vector<Frame> frames;
    bool forward = true;
    while (true) {
      if (done_ == history_.steps.size()) {
        result.found = Found::order;
        return result;
      }
      if (forward) {
        if (done_ >= furthest_ || result.stuck.empty()) {
          furthest_ = done_;
          result.stuck = waiting_reads();
        }
        const bool fresh = !hopeless() && failed_.insert(hash()).second;
        frames.push_back({trail_.size(), fresh ? choices() : std::vector<Choice>(), 0});
      }
      Frame& top = frames.back();
      undo(top.trail);
      if (top.next == top.choices.size()) {
        frames.pop_back();
        if (frames.empty()) break;
        forward = false;
        continue;
      }
      if (++taken_ > steps_max_) return result;  // unknown
      take(top.choices[top.next++]);
      settle();
      forward = true;
    }
    result.found = Found::none;
    return result;
  }

 private:
  struct Choice {
    bool maybe = false;  // of unknown[number]
    std::uint32_t number = 0;
  };
  struct Frame {
    std::size_t trail = 0;
    std::vector<Choice> choices;
    std::size_t next = 0;
  };
  struct Done {
    Choice what;
    std::uint32_t replaced = kInitial;  // a put: what was there before
  };

  bool counts(std::uint32_t key) const { return history_.keys[key].shape != Shape::number; }
  bool only_grows(std::uint32_t key) const { return counts(key) && !history_.keys[key].shrinks; }

  std::uint32_t head(std::uint32_t session) const {
    const auto& steps = history_.sessions[session];
    if (place_[session] == steps.size()) return kNoStep;
    const std::uint32_t id = steps[place_[session]];
    return waits_[id] == 0 ? id : kNoStep;
  }
  bool fits(const ClientStep& read) const {
    return counts(read.key) ? sum_[read.key] == read.amount : current_[read.key] == read.source;
  }
  bool replaceable(std::uint32_t key) const {
    return current_[key] == kInitial ? initial_readers_[key] == 0 : readers_[current_[key]] == 0;
  }

  void take(const Choice& choice) {
    ++taken_;
    if (choice.maybe) {
      const ClientStep& step = history_.unknown[choice.number];
      maybe_done_[choice.number] = true;
      sum_[step.key] += step.amount;
      trail_.push_back({choice, kInitial});
      return;
    }
    const ClientStep& step = history_.steps[choice.number];
    Done done{choice, kInitial};
    ++place_[step.session];
    ++done_;
    for (const std::uint32_t to : out_edges_[choice.number]) --waits_[to];
    if (step.act == Act::put) {
      done.replaced = current_[step.key];
      current_[step.key] = choice.number;
    } else if (step.act == Act::add) {
      sum_[step.key] += step.amount;
    } else {
      read(step, -1);
    }
    trail_.push_back(done);
  }

  void read(const ClientStep& step, int by) {
    if (counts(step.key)) {
      auto& left = reads_left_[step.key];
      if (by > 0)
        left.insert(step.amount);
      else
        left.erase(left.find(step.amount));
      return;
    }
    std::uint32_t& waiting = step.source == kInitial ? initial_readers_[step.key] : readers_[step.source];
    waiting = by > 0 ? waiting + 1 : waiting - 1;
  }

  void undo(std::size_t to) {
    while (trail_.size() > to) {
      const Done done = trail_.back();
      trail_.pop_back();
      if (done.what.maybe) {
        const ClientStep& step = history_.unknown[done.what.number];
        maybe_done_[done.what.number] = false;
        sum_[step.key] -= step.amount;
        continue;
      }
      const ClientStep& step = history_.steps[done.what.number];
      --place_[step.session];
      --done_;
      for (const std::uint32_t next : out_edges_[done.what.number]) ++waits_[next];
      if (step.act == Act::put) current_[step.key] = done.replaced;
      if (step.act == Act::add) sum_[step.key] -= step.amount;
      if (step.act == Act::read) read(step, 1);
    }
  }

  void settle() {
    for (bool again = true; again;) {
      again = false;
      for (std::uint32_t s = 0; s < place_.size(); ++s) {
        for (std::uint32_t id = head(s); id != kNoStep && harmless(id); id = head(s)) {
          take({false, id});
          again = true;
        }
      }
    }
  }
  bool harmless(std::uint32_t id) const {
    const ClientStep& step = history_.steps[id];
    if (step.act == Act::read) return fits(step);
    return step.act == Act::put && readers_[id] == 0 && replaceable(step.key);
  }

  std::vector<Choice> choices() const {
    std::vector<std::pair<std::uint64_t, Choice>> ranked;
    for (std::uint32_t s = 0; s < place_.size(); ++s) {
      const std::uint32_t id = head(s);
      if (id == kNoStep || history_.steps[id].act == Act::read) continue;
      const ClientStep& step = history_.steps[id];
      if (step.act == Act::put && !replaceable(step.key)) continue;
      ranked.push_back({rank_[id], {false, id}});
    }
    for (const std::uint32_t i : maybe_) {
      const ClientStep& step = history_.unknown[i];
      if (maybe_done_[i] || reads_left_[step.key].empty()) continue;
      const std::uint32_t after = step.after;
      if (after != kNoStep && place_[history_.steps[after].session] <= history_.steps[after].index) continue;
      ranked.push_back({kNever, {true, i}});
    }
    std::ranges::sort(ranked, {},
                      [](const auto& r) { return std::tuple(r.first, r.second.maybe, r.second.number); });
    std::vector<Choice> out;
    out.reserve(ranked.size());
    for (const auto& [rank, choice] : ranked) out.push_back(choice);
    return out;
  }

  // A counter that only grows is already beyond what somebody has yet to read.
  bool hopeless() const {
    for (std::uint32_t key = 0; key < sum_.size(); ++key) {
      if (only_grows(key) && !reads_left_[key].empty() && *reads_left_[key].begin() < sum_[key]) return true;
    }
    return false;
  }

  std::uint64_t hash() const {
    std::uint64_t h = 0x9E3779B97F4A7C15ULL;
    const auto mix = [&h](std::uint64_t x) {
      h = (h ^ x) * 0xBF58476D1CE4E5B9ULL;
      h ^= h >> 29;
    };
    for (const std::uint32_t place : place_) mix(place);
    for (const std::uint32_t current : current_) mix(current);
    for (const std::int64_t sum : sum_) mix(static_cast<std::uint64_t>(sum));
    for (const bool done : maybe_done_) mix(done ? 1 : 2);
    return h;
  }

  std::vector<std::uint32_t> waiting_reads() const {
    std::vector<std::uint32_t> out;
    for (std::uint32_t s = 0; s < place_.size(); ++s) {
      if (place_[s] < history_.sessions[s].size()) out.push_back(history_.sessions[s][place_[s]]);
    }
    return out;
  }

  const ClientHistory& history_;
  std::uint64_t steps_max_;
  std::vector<std::uint32_t> place_, waits_;
  std::vector<std::vector<std::uint32_t>> out_edges_;
  std::vector<std::uint32_t> readers_;  // of each put: those that have not read it yet
  std::vector<std::uint64_t> rank_;
  std::vector<std::uint32_t> initial_readers_, current_;  // by key
  std::vector<std::int64_t> sum_;
  std::vector<std::multiset<std::int64_t>> reads_left_;
  std::vector<std::uint32_t> maybe_;
  std::vector<bool> maybe_done_;
  std::vector<Done> trail_;
  std::set<std::uint64_t> failed_;
  std::uint64_t taken_ = 0, done_ = 0, furthest_ = 0;
};

}  // namespace

OrderFound search_order(const ClientHistory& history,
                        const std::vector<std::pair<std::uint32_t, std::uint32_t>>& edges,
                        std::uint64_t steps_max) {
  return Search(history, edges, steps_max).run();
}

}  // namespace wn::checkers
