#include "scenarios/explore/behaviours.h"

#include <algorithm>
#include <cmath>

namespace wn::explore {
namespace {

// Ids are hashes already; spread over 64 bits so that one sample serves both kinds.
std::uint64_t spread(std::uint64_t z) {
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

// The chance of at most `failed` failures in `runs`, each with chance p.
double at_most(std::uint64_t failed, std::uint64_t runs, double p) {
  double log_term = static_cast<double>(runs) * std::log1p(-p);
  double sum = std::exp(log_term);
  for (std::uint64_t k = 1; k <= failed; ++k) {
    log_term +=
        std::log(static_cast<double>(runs - k + 1) / static_cast<double>(k)) + std::log(p) - std::log1p(-p);
    sum += std::exp(log_term);
  }
  return sum;
}

}  // namespace

void Sample::add(std::uint64_t hash, std::uint64_t runs, std::uint64_t first) {
  if (hash >= limit_) return;
  const auto [at, is_new] = items_.try_emplace(hash, Item{.runs = runs, .first = first});
  if (!is_new) {
    at->second.runs += runs;
    at->second.first = std::min(at->second.first, first);
    return;
  }
  if (items_.size() > kKept) lower_limit(std::prev(items_.end())->first);
}

void Sample::lower_limit(std::uint64_t limit) {
  limit_ = std::min(limit_, limit);
  items_.erase(items_.lower_bound(limit_), items_.end());
}

void Sample::merge(const Sample& other) {
  lower_limit(other.limit_);
  for (const auto& [hash, item] : other.items_) add(hash, item.runs, item.first);
}

double Sample::scale() const {
  return exact() ? 1.0 : std::ldexp(1.0, 64) / static_cast<double>(std::max<std::uint64_t>(limit_, 1));
}

double Sample::distinct() const { return static_cast<double>(items_.size()) * scale(); }

double Sample::seen_in(std::uint64_t runs) const {
  const auto count =
      std::ranges::count_if(items_, [&](const auto& item) { return item.second.runs == runs; });
  return static_cast<double>(count) * scale();
}

double Sample::found_by(std::uint64_t seed) const {
  const auto count =
      std::ranges::count_if(items_, [&](const auto& item) { return item.second.first <= seed; });
  return static_cast<double>(count) * scale();
}

void Behaviours::add(std::uint64_t seed, const Fingerprint& print) {
  ++runs_;
  lowest_ = std::min(lowest_, seed);
  highest_ = std::max(highest_, seed);
  for (const Behaviour& b : print.behaviours) behaviours_.add(spread(b.id), 1, seed);
  classes_.add(spread(print.order_class), 1, seed);
}

void Behaviours::merge(const Behaviours& other) {
  runs_ += other.runs_;
  lowest_ = std::min(lowest_, other.lowest_);
  highest_ = std::max(highest_, other.highest_);
  behaviours_.merge(other.behaviours_);
  classes_.merge(other.classes_);
}

double Behaviours::new_in_next_run() const {
  return runs_ == 0 ? 0 : behaviours_.seen_in(1) / static_cast<double>(runs_);
}

double Behaviours::new_class_chance() const {
  return runs_ == 0 ? 1 : std::min(1.0, classes_.seen_in(1) / static_cast<double>(runs_));
}

double Behaviours::unseen() const {
  if (runs_ == 0) return 0;
  const double once = behaviours_.seen_in(1);
  const double twice = behaviours_.seen_in(2);
  const double n = static_cast<double>(runs_);
  return (n - 1) / n * (twice > 0 ? once * once / (2 * twice) : once * (once - 1) / 2);
}

std::vector<CurvePoint> Behaviours::curve() const {
  std::vector<CurvePoint> points;
  if (runs_ == 0) return points;
  const std::uint64_t span = highest_ - lowest_ + 1;
  const std::uint64_t count = std::min<std::uint64_t>(span, kCurvePoints);
  for (std::uint64_t i = 1; i <= count; ++i) {
    const auto part = static_cast<unsigned __int128>(span) * i / count;
    const std::uint64_t seed = lowest_ + static_cast<std::uint64_t>(part) - 1;
    points.push_back(
        {.seed = seed, .behaviours = behaviours_.found_by(seed), .classes = classes_.found_by(seed)});
  }
  return points;
}

Behaviours Behaviours::of(std::uint64_t runs, std::uint64_t lowest, std::uint64_t highest, Sample behaviours,
                          Sample classes) {
  Behaviours out;
  out.runs_ = runs;
  out.lowest_ = lowest;
  out.highest_ = highest;
  out.behaviours_ = std::move(behaviours);
  out.classes_ = std::move(classes);
  return out;
}

double failure_rate_bound(std::uint64_t failed, std::uint64_t runs) {
  if (failed >= runs) return 1;
  double low = static_cast<double>(failed) / static_cast<double>(runs);
  double high = 1;
  for (int i = 0; i < 60; ++i) {
    const double middle = (low + high) / 2;
    (at_most(failed, runs, middle) > 0.05 ? low : high) = middle;
  }
  return high;
}

}  // namespace wn::explore
