#pragma once
// Strategy: which plan to try next. One interface, by name:
//
//   random          the stock swarm: the plan of the sweep's seed, as ever
//   pct             priorities over links and servers, lowered at d change points (Burckhardt et al., ASPLOS
//                   2010; over chains of messages: Ozkan et al., OOPSLA 2018), on top of the swarm
//   delay-bounded   at most d delays (Emmi, Qadeer & Rakamaric, POPL 2011), on top of the swarm
//   coverage        a corpus of plans that did something new, mutated by a power schedule (Boehme et al., CCS
//                   2016), inside the scenario's fault model
//   portfolio       all of them in several shapes, shared out by new behaviours for the work done (Auer et
//   al.,
//                   "Finite-time analysis of the multiarmed bandit problem", 2002)
//
// Pure: what is proposed for an index depends on the scenario, the options, the index and what was learned
// before. `Explorer` feeds learning back in generations, in the order of indices, so that a sweep proposes
// the same trials with any number of workers: trials of generation g know what generations 0 … g-2 found,
// while the one between may still be running.
//
// Limits: kCorpusMax plans, kNoveltyMax behaviours remembered; then the least useful go. One thread.
#include <cstdint>
#include <map>
#include <memory>
#include <optional>
#include <span>
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history/verdict.h"
#include "scenarios/explore/fingerprint.h"
#include "scenarios/explore/trial.h"

namespace wn::explore {

inline constexpr std::uint32_t kDepthMax = 64;
inline constexpr std::size_t kCorpusMax = 512;
inline constexpr std::size_t kNoveltyMax = std::size_t{1} << 22;

struct StrategyOptions {
  std::uint32_t depth = 3;  // change points of pct, delays of delay-bounded
};

// What a trial came to. `work` is its cost as a number that every machine agrees on.
struct Feedback {
  checkers::Outcome3 outcome = checkers::Outcome3::pass;
  std::uint64_t work = 0;
  Fingerprint print;
};

class Strategy {
 public:
  virtual ~Strategy() = default;
  // `index` counts from 0 what this strategy is asked for; `seed` is the sweep's own, and the root of all
  // chance in the answer: shards have other seeds, and so explore apart.
  virtual Trial propose(std::uint64_t index, std::uint64_t seed) = 0;
  // In ascending order of indices, each index that was proposed once.
  virtual void learn(std::uint64_t index, const Trial& trial, const Feedback& feedback) = 0;
};

struct StrategyWord {
  std::string_view name;
  std::string_view words;  // one line for `worknode list strategies`
};
std::span<const StrategyWord> strategy_words();
// nullptr for a name that none has. `scenario` must outlive it.
std::unique_ptr<Strategy> make_strategy(std::string_view name, const scenarios::Scenario& scenario,
                                        const StrategyOptions& options);

// The number of trials of generation g: 4, 4, 8, 8, 16, 16, 32, 32, 64, 64, …
std::uint64_t generation_size(std::uint64_t generation);

class Explorer {
 public:
  explicit Explorer(std::unique_ptr<Strategy> strategy) : strategy_(std::move(strategy)) {}
  // The next trial in order, for this seed of the sweep; nothing while its generation may not begin (then
  // some trial is still running). Its index is what next_index() was before.
  std::optional<Trial> next(std::uint64_t seed);
  std::uint64_t next_index() const { return next_; }
  // In any order. REQUIRES an index that next() gave, once.
  void done(std::uint64_t index, Feedback feedback);

 private:
  struct Open {
    Trial trial;
    std::optional<Feedback> feedback;
  };
  bool learn_below(std::uint64_t end);

  std::unique_ptr<Strategy> strategy_;
  std::uint64_t next_ = 0;
  std::uint64_t generation_ = 0;  // of next_
  std::uint64_t begin_ = 0;       // its first index
  std::uint64_t end_ = 4;         // the first index beyond it
  std::map<std::uint64_t, Open> open_;
};

}  // namespace wn::explore
