// The choice of size classes from a histogram. The candidates are the measured sizes and the required ones;
// cost(k, j) is the least that k classes hand out for all sizes up to the j-th candidate, the j-th among
// them: a shortest path, as in the construction of optimal histograms (Jagadish et al., VLDB'98).
#include <algorithm>
#include <string>
#include <vector>

#include "runtime/base/check.h"
#include "runtime/memory/size_classes.h"

namespace wn::memory {
namespace {

constexpr std::uint64_t kInfinite = ~std::uint64_t{0};

struct Candidate {
  std::uint32_t bytes = 0;
  bool required = false;
  std::uint64_t items_below = 0;  // items of all sizes up to this one
};

std::vector<Candidate> candidates_of(const SizeHistogram& histogram) {
  std::vector<Candidate> out;
  std::uint64_t items = 0;
  for (std::uint32_t b = 0; b < SizeHistogram::kBuckets; ++b) {
    const std::uint32_t bytes = SizeHistogram::bucket_bytes(b);
    const bool required =
        std::find(kRequiredClasses.begin(), kRequiredClasses.end(), bytes) != kRequiredClasses.end();
    items += histogram.count_at(b);
    if (histogram.count_at(b) == 0 && !required) continue;
    if (bytes < kRequiredClasses.front()) continue;  // 64 B is the smallest item
    out.push_back({.bytes = bytes, .required = required, .items_below = items});
  }
  return out;
}

// Rows by number of classes, columns by the largest of them.
class Table {
 public:
  Table(const std::vector<Candidate>& candidates, std::uint32_t classes_max)
      : candidates_(candidates), n_(candidates.size()) {
    required_before_.resize(n_, 0);
    for (std::size_t j = 1; j < n_; ++j) {
      required_before_[j] = candidates_[j - 1].required ? j : required_before_[j - 1];
    }
    cost_.assign((classes_max + 1) * n_, kInfinite);
    from_.assign((classes_max + 1) * n_, 0);
    for (std::size_t j = 0; j < n_; ++j) {
      if (required_before_[j] == 0) at(1, j) = candidates_[j].items_below * candidates_[j].bytes;
    }
    for (std::uint32_t k = 2; k <= classes_max; ++k) fill_row(k);
  }
  // What k classes hand out for everything; the last one is the largest candidate, which is required.
  std::uint64_t total(std::uint32_t k) const { return cost_[k * n_ + n_ - 1]; }
  std::vector<std::uint32_t> path(std::uint32_t k) const {
    std::vector<std::uint32_t> out;
    for (std::size_t j = n_ - 1; k >= 1; --k) {
      out.push_back(candidates_[j].bytes);
      j = from_[k * n_ + j];
    }
    std::reverse(out.begin(), out.end());
    return out;
  }

 private:
  std::uint64_t& at(std::uint32_t k, std::size_t j) { return cost_[k * n_ + j]; }
  void fill_row(std::uint32_t k) {
    for (std::size_t j = 1; j < n_; ++j) {
      // The class before may not jump over a required one.
      const std::size_t first = required_before_[j] == 0 ? 0 : required_before_[j] - 1;
      for (std::size_t i = first; i < j; ++i) {
        if (at(k - 1, i) == kInfinite) continue;
        const std::uint64_t items = candidates_[j].items_below - candidates_[i].items_below;
        const std::uint64_t cost = at(k - 1, i) + items * candidates_[j].bytes;
        if (cost < at(k, j)) {
          at(k, j) = cost;
          from_[k * n_ + j] = i;
        }
      }
    }
  }
  const std::vector<Candidate>& candidates_;
  std::size_t n_;
  std::vector<std::size_t> required_before_;  // one more than the index of the last required one before j
  std::vector<std::uint64_t> cost_;
  std::vector<std::size_t> from_;
};

}  // namespace

Result<ClassChoice> choose_classes(const SizeHistogram& histogram, const ClassRules& rules) {
  constexpr std::uint32_t kFewest = kRequiredClasses.size();
  constexpr std::uint32_t kMost = kClassesMax - 6;
  if (rules.classes_max < kFewest || rules.classes_max > kMost) {
    return fail(Errc::invalid_argument, "classes_max: from " + std::to_string(kFewest) + " to " +
                                            std::to_string(kMost) + " is expected");
  }
  const std::vector<Candidate> candidates = candidates_of(histogram);
  const auto most = std::min<std::uint32_t>(rules.classes_max, static_cast<std::uint32_t>(candidates.size()));
  const Table table(candidates, most);
  std::uint32_t k = kFewest;
  const auto within = [&](std::uint64_t given) {
    WN_CHECK(given >= histogram.bytes());
    return (given - histogram.bytes()) * 1000 <= given * rules.waste_permille_max;
  };
  while (k < most && !within(table.total(k))) ++k;
  auto classes = SizeClasses::make(table.path(k));
  if (!classes) return fail(classes.error());
  const std::uint32_t waste = waste_permille(*classes, histogram);
  return ClassChoice{.classes = *classes, .waste_permille = waste};
}

}  // namespace wn::memory
