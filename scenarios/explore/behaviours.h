#pragma once
// Behaviours: what a sweep has seen so far, and what that says about the rest. Order-free: adding the same
// runs in any order, or merging any parts of them, gives the same value.
//
// It keeps at most kKept behaviours and kKept happens-before classes, those with the smallest hashes, each
// with in how many runs it was seen and the lowest seed that showed it (a bottom-k sample: Cohen & Kaplan,
// PODC 2007). Up to kKept of them everything below is exact; beyond, counts are estimates with a relative
// error of about 1 / sqrt(kKept) = 1.6%. Memory: about 500 KiB at most.
#include <cstdint>
#include <map>
#include <vector>

#include "scenarios/explore/fingerprint.h"

namespace wn::explore {

inline constexpr std::size_t kKept = 4096;
inline constexpr std::size_t kCurvePoints = 50;

class Sample {
 public:
  struct Item {
    std::uint64_t runs = 0;
    std::uint64_t first = 0;  // the lowest seed
    friend bool operator==(const Item&, const Item&) = default;
  };
  void add(std::uint64_t hash, std::uint64_t runs, std::uint64_t first);
  void merge(const Sample& other);
  const std::map<std::uint64_t, Item>& items() const { return items_; }
  bool exact() const { return limit_ == ~std::uint64_t{0}; }
  // Everything below this hash is known. For reading a stored sample: lower_limit.
  std::uint64_t limit() const { return limit_; }
  void lower_limit(std::uint64_t limit);
  double distinct() const;
  double seen_in(std::uint64_t runs) const;   // how many were seen in exactly so many runs
  double found_by(std::uint64_t seed) const;  // how many some seed up to this one showed
  friend bool operator==(const Sample&, const Sample&) = default;

 private:
  double scale() const;
  std::map<std::uint64_t, Item> items_;
  std::uint64_t limit_ = ~std::uint64_t{0};  // hashes from here on are not kept
};

struct CurvePoint {
  std::uint64_t seed = 0;
  double behaviours = 0;
  double classes = 0;
};

class Behaviours {
 public:
  void add(std::uint64_t seed, const Fingerprint& print);
  void merge(const Behaviours& other);
  std::uint64_t runs() const { return runs_; }
  const Sample& behaviours() const { return behaviours_; }
  const Sample& classes() const { return classes_; }
  // New behaviours that one more run is expected to bring (Good 1953, Turing): those seen in one run alone,
  // by the number of runs. An upper estimate for strategies that learn: their next runs differ from the past
  // ones.
  double new_in_next_run() const;
  // The chance that the next run's class is one that was never seen.
  double new_class_chance() const;
  // Behaviours that exist and were not seen, at least (Chao 1987, for incidences).
  double unseen() const;
  std::vector<CurvePoint> curve() const;  // at most kCurvePoints, evenly over the seeds
  // Of a stored form.
  static Behaviours of(std::uint64_t runs, std::uint64_t lowest, std::uint64_t highest, Sample behaviours,
                       Sample classes);
  std::uint64_t lowest() const { return lowest_; }
  std::uint64_t highest() const { return highest_; }
  friend bool operator==(const Behaviours&, const Behaviours&) = default;

 private:
  std::uint64_t runs_ = 0;
  std::uint64_t lowest_ = ~std::uint64_t{0};
  std::uint64_t highest_ = 0;
  Sample behaviours_;
  Sample classes_;
};

// The upper end of the one-sided 95% interval for the chance that one more run fails, when `failed` of `runs`
// did (Clopper & Pearson 1934; with none failed this is the rule of three, 3 / runs). Of the runs that the
// strategy makes of this scenario; it says nothing about faults that the scenario does not have. 1 when runs
// = 0.
double failure_rate_bound(std::uint64_t failed, std::uint64_t runs);

}  // namespace wn::explore
