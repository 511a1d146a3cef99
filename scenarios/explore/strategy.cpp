#include "scenarios/explore/strategy.h"

#include <algorithm>
#include <array>

#include "runtime/base/check.h"
#include "scenarios/explore/strategies.h"

namespace wn::explore {
namespace {

struct Entry {
  StrategyWord word;
  std::unique_ptr<Strategy> (*make)(const scenarios::Scenario&, const StrategyOptions&);
};

constexpr std::array<Entry, 5> kEntries{
    {{{"random", "the stock swarm: the plan of each seed, as it comes"}, make_random},
     {{"pct", "priorities over links and servers, lowered at --depth change points, on top of the swarm"},
      make_pct},
     {{"delay-bounded", "at most --depth delays of messages or servers, on top of the swarm"},
      make_delay_bounded},
     {{"coverage", "plans that did something new are kept and mutated, inside the fault model"},
      make_coverage},
     {{"portfolio", "all of them in several shapes, by new behaviours for the work done"}, make_portfolio}}};

}  // namespace

std::span<const StrategyWord> strategy_words() {
  static constexpr auto kWords = [] {
    std::array<StrategyWord, kEntries.size()> words;
    for (std::size_t i = 0; i < words.size(); ++i) words[i] = kEntries[i].word;
    return words;
  }();
  return kWords;
}

std::unique_ptr<Strategy> make_strategy(std::string_view name, const scenarios::Scenario& scenario,
                                        const StrategyOptions& options) {
  const auto entry = std::ranges::find_if(kEntries, [&](const Entry& e) { return e.word.name == name; });
  return entry == kEntries.end() ? nullptr : entry->make(scenario, options);
}

std::uint64_t generation_size(std::uint64_t generation) {
  return std::uint64_t{4} << std::min<std::uint64_t>(generation / 2, 4);
}

std::optional<Trial> Explorer::next(std::uint64_t seed) {
  if (next_ == end_) {
    // Learned is exactly what came before the generation that was handed out last, were more known or not.
    if (!learn_below(begin_)) return std::nullopt;
    begin_ = next_;
    end_ += generation_size(++generation_);
  }
  Trial trial = strategy_->propose(next_, seed);
  open_.emplace(next_++, Open{.trial = trial, .feedback = std::nullopt});
  return trial;
}

bool Explorer::learn_below(std::uint64_t end) {
  for (const auto& [index, open] : open_) {
    if (index < end && !open.feedback) return false;
  }
  while (!open_.empty() && open_.begin()->first < end) {
    const auto& [index, open] = *open_.begin();
    strategy_->learn(index, open.trial, *open.feedback);
    open_.erase(open_.begin());
  }
  return true;
}

void Explorer::done(std::uint64_t index, Feedback feedback) {
  const auto at = open_.find(index);
  WN_CHECK(at != open_.end());
  WN_CHECK(!at->second.feedback.has_value());
  at->second.feedback = std::move(feedback);
}

}  // namespace wn::explore
