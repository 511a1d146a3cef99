// coverage and portfolio.
#include <algorithm>
#include <array>

#include "scenarios/explore/corpus.h"
#include "scenarios/explore/strategies.h"

namespace wn::explore {
namespace {

constexpr std::uint64_t kFreshOneIn = 4;  // of coverage's trials

class Coverage final : public Strategy {
 public:
  explicit Coverage(const scenarios::Scenario& scenario) : corpus_(scenario) {}

  Trial propose(std::uint64_t, std::uint64_t seed) override {
    Trial trial;
    if (corpus_.empty() || Random(seed).at("explore.fresh").below(kFreshOneIn) == 0) {
      trial.seed = seed;
    } else {
      trial = corpus_.mutant(seed);
    }
    trial.by = "coverage";
    return trial;
  }
  void learn(std::uint64_t, const Trial& trial, const Feedback& feedback) override {
    corpus_.learn(trial, feedback);
  }

 private:
  Corpus corpus_;
};

enum class Source : std::uint8_t { fresh, mutant, pct, delay_bounded };

// A way to make a trial, and its share of the work.
struct Way {
  Source source = Source::fresh;
  Shape shape;
  std::uint64_t share = 1;
};

// Whole runs and short ones, with faults as the scenario has them and in quicker succession, with its
// operations and with fewer. The shares were fitted on every other bug of the benchmark (docs/exploring.md).
constexpr std::array<Way, 9> kWays{
    {{Source::fresh, {}, 10},
     {Source::fresh, {.horizon = kWhole, .tail = kWhole, .interval = 21, .rate = kWhole}, 6},
     {Source::fresh, {.horizon = kWhole, .tail = kWhole, .interval = 21, .rate = 24}, 3},
     {Source::fresh, {.horizon = 16, .tail = 8, .interval = kWhole, .rate = 24}, 2},
     {Source::fresh, {.horizon = 32, .tail = kWhole, .interval = 21, .rate = 24}, 1},
     {Source::fresh, {.horizon = kWhole, .tail = kWhole, .interval = kWhole, .rate = 10}, 1},
     {Source::mutant, {}, 2},
     {Source::pct, {}, 1},
     {Source::delay_bounded, {.horizon = kWhole, .tail = 8, .interval = kWhole, .rate = kWhole}, 1}}};

// Who is next: each way gets its share of the work (weighted fair queueing: the next is the one that would
// be furthest behind its share when it is done), and a way that brings more new behaviours for its work than
// the others of its time a larger share, between half and twice. Early trials find much because everything is
// new; that is no merit of theirs, so only others of the same time are compared with.
class Shares {
 public:
  // REQUIRES some way that is `open`.
  std::size_t next(bool (*open)(const Way&, bool), bool any_parent) {
    std::size_t best = kWays.size();
    std::uint64_t best_due = 0;
    for (std::size_t i = 0; i < kWays.size(); ++i) {
      if (!open(kWays[i], any_parent)) continue;
      const std::uint64_t due = (ways_[i].spent + estimate(i)) * kOne / (kWays[i].share * worth(i));
      if (best != kWays.size() && due >= best_due) continue;
      best = i;
      best_due = due;
    }
    return best;
  }
  // What it will cost is charged when it begins; learn() puts it right.
  std::uint64_t begin(std::size_t way) {
    const std::uint64_t cost = estimate(way);
    ways_[way].spent += cost;
    return cost;
  }
  void learn(std::size_t way, std::uint64_t charged, std::uint64_t work, std::uint64_t brought) {
    Account& account = ways_[way];
    account.spent += work - charged;
    account.work += work;
    ++account.runs;
    const std::uint64_t rate = brought * kRateScale / std::max<std::uint64_t>(1, work);
    const std::uint64_t usual =
        std::max<std::uint64_t>(1, recent_brought_ * kRateScale / std::max<std::uint64_t>(1, recent_work_));
    if (recent_work_ != 0) account.worth += std::min(rate * kOne / usual, 16 * kOne);
    if (recent_work_ != 0) ++account.judged;
    recent_brought_ += brought - recent_brought_ / kWindow;
    recent_work_ += work - recent_work_ / kWindow;
    size_ += size_of(kWays[way]);
    work_ += work;
  }

 private:
  static constexpr std::uint64_t kOne = 1024;
  static constexpr std::uint64_t kPrior = 8;  // trials of usual worth, before any
  static constexpr std::uint64_t kRateScale = std::uint64_t{1} << 20;
  static constexpr std::uint64_t kWindow = 32;
  static constexpr std::uint64_t kUnit = 64;  // work for a 64th of a run, before anything is known
  struct Account {
    std::uint64_t spent = 0;  // charges of what is under way included
    std::uint64_t work = 0;
    std::uint64_t runs = 0;
    std::uint64_t worth = 0;
    std::uint64_t judged = 0;
  };
  static std::uint64_t size_of(const Way& way) { return way.shape.horizon + way.shape.tail / 2U; }
  std::uint64_t estimate(std::size_t i) const {
    if (ways_[i].runs != 0) return std::max<std::uint64_t>(1, ways_[i].work / ways_[i].runs);
    const std::uint64_t unit = size_ == 0 ? kUnit : std::max<std::uint64_t>(1, work_ / size_);
    return size_of(kWays[i]) * unit;
  }
  std::uint64_t worth(std::size_t i) const {
    const std::uint64_t mean = (ways_[i].worth + kPrior * kOne) / (ways_[i].judged + kPrior);
    return std::clamp<std::uint64_t>(mean, kOne / 2, 2 * kOne);
  }

  std::array<Account, kWays.size()> ways_;
  std::uint64_t recent_brought_ = 0;
  std::uint64_t recent_work_ = 0;
  std::uint64_t size_ = 0;  // of all that was learned
  std::uint64_t work_ = 0;
};

class Portfolio final : public Strategy {
 public:
  Portfolio(const scenarios::Scenario& scenario, const StrategyOptions& options)
      : scenario_(scenario), options_(options), corpus_(scenario) {}

  Trial propose(std::uint64_t index, std::uint64_t seed) override {
    const auto can = [](const Way& way, bool any_parent) {
      return any_parent || way.source != Source::mutant;
    };
    const std::size_t way = shares_.next(can, !corpus_.empty());
    open_.emplace(index, Open{.way = way, .charged = shares_.begin(way)});
    return made(kWays[way], seed);
  }

  void learn(std::uint64_t index, const Trial& trial, const Feedback& feedback) override {
    const Open open = open_.at(index);
    open_.erase(index);
    steps_.learn(feedback.print);
    shares_.learn(open.way, open.charged, feedback.work, corpus_.learn(trial, feedback));
  }

 private:
  struct Open {
    std::size_t way = 0;
    std::uint64_t charged = 0;
  };

  Trial made(const Way& way, std::uint64_t seed) {
    if (way.source == Source::mutant) {
      Trial trial = corpus_.mutant(seed);
      trial.by = "portfolio: coverage";
      return trial;
    }
    Trial trial;
    trial.seed = seed;
    trial.by = "portfolio: random";
    if (way.source != Source::fresh) {
      const bool pct = way.source == Source::pct;
      trial = scheduled(bent(scenario_, way.shape), pct, options_.depth, steps_, seed);
      trial.by = pct ? "portfolio: pct" : "portfolio: delay-bounded";
    }
    trial.shape = way.shape;
    return trial;
  }

  const scenarios::Scenario& scenario_;
  StrategyOptions options_;
  Corpus corpus_;
  StepMap steps_;
  std::map<std::uint64_t, Open> open_;
  Shares shares_;
};

}  // namespace

std::unique_ptr<Strategy> make_coverage(const scenarios::Scenario& scenario, const StrategyOptions&) {
  return std::make_unique<Coverage>(scenario);
}
std::unique_ptr<Strategy> make_portfolio(const scenarios::Scenario& scenario,
                                         const StrategyOptions& options) {
  return std::make_unique<Portfolio>(scenario, options);
}

}  // namespace wn::explore
