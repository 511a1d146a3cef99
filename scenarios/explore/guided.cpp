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

// One question that the portfolio answers for each trial, with the answers' worth so far.
//
// Worth is what a trial brought for its work, against the others of its time: early trials find much because
// everything is new, and that is no merit of theirs. An answer's chance is its weight at the start times its
// mean worth, between a quarter and four times.
class Choice {
 public:
  explicit Choice(std::vector<std::uint64_t> weights)
      : weights_(std::move(weights)), sums_(weights_.size()) {}

  std::size_t draw(Draw& draw) const {
    std::uint64_t all = 0;
    for (std::size_t i = 0; i < weights_.size(); ++i) all += chance(i);
    std::uint64_t wanted = draw.below(all);
    for (std::size_t i = 0; i < weights_.size(); ++i) {
      if (wanted < chance(i)) return i;
      wanted -= chance(i);
    }
    return weights_.size() - 1;
  }
  // `worth` in 1024ths of the usual.
  void learn(std::size_t answer, std::uint64_t worth) {
    sums_[answer].worth += std::min<std::uint64_t>(worth, 16 * kOne);
    ++sums_[answer].count;
  }

 private:
  static constexpr std::uint64_t kOne = 1024;
  static constexpr std::uint64_t kPrior = 4;  // trials of usual worth, before any
  struct Sum {
    std::uint64_t worth = 0;
    std::uint64_t count = 0;
  };
  std::uint64_t chance(std::size_t i) const {
    const std::uint64_t mean = (sums_[i].worth + kPrior * kOne) / (sums_[i].count + kPrior);
    return weights_[i] * std::clamp<std::uint64_t>(mean, kOne / 4, 4 * kOne);
  }
  std::vector<std::uint64_t> weights_;
  std::vector<Sum> sums_;
};

constexpr std::array<std::uint16_t, 3> kHorizons{16, 32, kWhole};
constexpr std::array<std::uint16_t, 2> kTails{8, kWhole};
constexpr std::array<std::uint16_t, 3> kIntervals{21, 40, kWhole};
constexpr std::array<std::uint16_t, 3> kRates{12, 24, kWhole};
enum class Source : std::uint8_t { fresh, mutant, pct, delay_bounded };

// The first trials are small, but for one as the scenario has it: what shows itself at once is found for
// little.
constexpr std::array<Shape, 4> kFirst{{{.horizon = 16, .tail = 8, .interval = kWhole, .rate = 24},
                                       {.horizon = 32, .tail = kWhole, .interval = kWhole, .rate = 24},
                                       {.horizon = 32, .tail = 8, .interval = 40, .rate = 24},
                                       {}}};

class Portfolio final : public Strategy {
 public:
  Portfolio(const scenarios::Scenario& scenario, const StrategyOptions& options)
      : scenario_(scenario), options_(options), corpus_(scenario) {}

  Trial propose(std::uint64_t index, std::uint64_t seed) override {
    Draw draw = Random(seed).at("explore.portfolio");
    Answers a;
    a.source = corpus_.empty() ? 0 : source_.draw(draw);
    a.horizon = horizon_.draw(draw);
    a.tail = tail_.draw(draw);
    a.interval = interval_.draw(draw);
    a.rate = rate_.draw(draw);
    Shape shape{.horizon = kHorizons[a.horizon],
                .tail = kTails[a.tail],
                .interval = kIntervals[a.interval],
                .rate = kRates[a.rate]};
    if (index < kFirst.size()) {
      a.source = 0;
      shape = kFirst[index];
    }
    Trial trial = of_source(static_cast<Source>(a.source), seed, shape);
    open_.emplace(index, a);
    return trial;
  }

  void learn(std::uint64_t index, const Trial& trial, const Feedback& feedback) override {
    const Answers a = open_.at(index);
    open_.erase(index);
    steps_.learn(feedback.print);
    const std::uint64_t brought = corpus_.learn(trial, feedback);
    // Against a window of what was learned last: about two generations.
    const std::uint64_t rate = brought * kRateScale / std::max<std::uint64_t>(1, feedback.work);
    const std::uint64_t usual =
        std::max<std::uint64_t>(1, recent_brought_ * kRateScale / std::max<std::uint64_t>(1, recent_work_));
    const std::uint64_t worth = recent_work_ == 0 ? 1024 : rate * 1024 / usual;
    recent_brought_ += brought - recent_brought_ / kWindow;
    recent_work_ += feedback.work - recent_work_ / kWindow;
    if (index < kFirst.size()) return;
    source_.learn(a.source, worth);
    if (static_cast<Source>(a.source) == Source::mutant) return;  // its shape is its parent's
    horizon_.learn(a.horizon, worth);
    tail_.learn(a.tail, worth);
    interval_.learn(a.interval, worth);
    rate_.learn(a.rate, worth);
  }

 private:
  static constexpr std::uint64_t kRateScale = std::uint64_t{1} << 20;
  static constexpr std::uint64_t kWindow = 32;
  struct Answers {
    std::size_t source = 0, horizon = 0, tail = 0, interval = 0, rate = 0;
  };

  Trial of_source(Source source, std::uint64_t seed, const Shape& shape) {
    if (source == Source::mutant) {
      Trial trial = corpus_.mutant(seed);
      trial.by = "portfolio: coverage";
      return trial;
    }
    Trial trial;
    trial.seed = seed;
    trial.shape = shape;
    trial.by = "portfolio: random";
    if (source == Source::fresh) return trial;
    const bool pct = source == Source::pct;
    trial = scheduled(bent(scenario_, shape), pct, options_.depth, steps_, seed);
    trial.shape = shape;
    trial.by = pct ? "portfolio: pct" : "portfolio: delay-bounded";
    return trial;
  }

  const scenarios::Scenario& scenario_;
  StrategyOptions options_;
  Corpus corpus_;
  StepMap steps_;
  std::map<std::uint64_t, Answers> open_;
  Choice source_{{3, 3, 1, 1}};
  Choice horizon_{{2, 2, 3}};
  Choice tail_{{1, 1}};
  Choice interval_{{1, 1, 2}};
  Choice rate_{{2, 2, 2}};
  std::uint64_t recent_brought_ = 0;
  std::uint64_t recent_work_ = 0;
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
