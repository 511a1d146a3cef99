#include "scenarios/multiverse/on_sometimes.h"

#include <algorithm>
#include <chrono>
#include <deque>
#include <memory>
#include <set>
#include <utility>

#include "runtime/base/random.h"

namespace wn::scenarios {
namespace {

using checkers::Outcome3;

// A place that has energy left.
struct Open {
  faults::Plan plan;  // with the branches that led there
  std::size_t place = 0;
  std::uint64_t used = 0;  // futures
  std::uint32_t refills = 0;
};

class Explorer {
 public:
  Explorer(const SometimesOptions& options, SometimesReport& out)
      : options_(options),
        out_(out),
        end_(std::chrono::steady_clock::now() + std::chrono::nanoseconds(options.time_limit.ns)) {}

  Result<void> explore(const faults::Plan& plan) {
    auto root = LiveRun::make(plan, {.record_history = false, .check = false});
    if (!root) return fail(std::move(root).error());
    for (const CameTrue& c : claims_ahead(**root)) discover(plan, c, 1, nullptr);
    while (!open_.empty() && !stopped()) {
      Open next = std::move(open_.front());
      open_.pop_front();
      if (auto worked = work(std::move(next)); !worked) return worked;
    }
    out_.complete = open_.empty();
    out_.outcomes = outcomes_of(endings_);
    return {};
  }

 private:
  bool stopped() const {
    return out_.futures >= options_.futures_max || std::chrono::steady_clock::now() >= end_;
  }

  void discover(const faults::Plan& plan, const CameTrue& came, std::uint32_t depth, Place* by) {
    if (!seen_.insert(came.claim).second) return;
    out_.claims.push_back(came.claim);
    if (by != nullptr) by->brought.push_back(came.claim);
    if (depth > options_.depth_max) return;
    open_.push_front({.plan = plan, .place = out_.places.size()});
    out_.places.push_back({.claim = came.claim, .depth = depth, .events = came.events});
  }

  Result<void> work(Open open) {
    auto run = LiveRun::make(open.plan, {.record_history = false});
    if (!run) return fail(std::move(run).error());
    (*run)->run_to_event(out_.places[open.place].events);
    (*run)->settle();
    const SimTime at = (*run)->now() - nanoseconds(1);
    out_.places[open.place].at = at;
    FutureOptions futures{.rule = options_.rule, .jobs = options_.jobs};
    // Each place draws futures of its own.
    futures.rule.seed = Random(options_.rule.seed).at("sometimes.place", 0, open.place).u64();
    futures.first = open.used;
    futures.count = std::min(options_.futures, options_.futures_max - out_.futures);
    auto endings = run_futures(**run, futures);
    if (!endings) return fail(std::move(endings).error());
    open.used += endings->size();
    const bool brought = take(open, at, futures.rule, *std::move(endings));
    if (options_.progress) options_.progress(out_.futures, out_.claims.size(), failing_);
    if (brought && open.refills++ < kRefillsMax) open_.push_back(std::move(open));
    return {};
  }

  // True when something was new.
  bool take(const Open& open, SimTime at, const FutureRule& rule, std::vector<Ending> endings) {
    const std::size_t known = out_.claims.size() + signatures_.size();
    for (Ending& ending : endings) {
      ++out_.futures;
      ++out_.places[open.place].futures;
      const std::uint32_t depth = out_.places[open.place].depth + 1;
      const auto plan = [&] { return future_plan(open.plan, at, rule, ending.number); };
      for (const CameTrue& came : ending.came_true) {
        if (seen_.contains(came.claim)) continue;
        Place copy = out_.places[open.place];  // discover() may move them
        discover(plan(), came, depth, &copy);
        out_.places[open.place] = std::move(copy);
      }
      if (ending.outcome == Outcome3::fail) {
        ++failing_;
        ++out_.places[open.place].failing;
        if (signatures_.insert(ending.signature).second && out_.found.size() < kFoundMax)
          out_.found.push_back({.plan = plan(), .ending = ending});
      }
      endings_.push_back(std::move(ending));
    }
    return out_.claims.size() + signatures_.size() > known;
  }

  const SometimesOptions& options_;
  SometimesReport& out_;
  std::chrono::steady_clock::time_point end_;
  std::deque<Open> open_;
  std::set<std::string> seen_;
  std::set<std::string> signatures_;
  std::vector<Ending> endings_;
  std::uint64_t failing_ = 0;
};

}  // namespace

Result<SometimesReport> branch_on_sometimes(const faults::Plan& plan, const SometimesOptions& options) {
  SometimesReport out;
  if (auto explored = Explorer(options, out).explore(plan); !explored)
    return fail(std::move(explored).error());
  return out;
}

}  // namespace wn::scenarios
