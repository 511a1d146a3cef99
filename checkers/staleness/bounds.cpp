#include "checkers/staleness/bounds.h"

#include <algorithm>

namespace wn::checkers::staleness {
namespace {

// Counts in a range of places that grow one by one (Fenwick 1994).
class Counts {
 public:
  explicit Counts(std::size_t n) : sums_(n + 1, 0) {}
  void add(std::size_t i) {
    for (++i; i < sums_.size(); i += i & (~i + 1)) ++sums_[i];
  }
  std::uint64_t below(std::size_t i) const {
    std::uint64_t sum = 0;
    for (; i > 0; i -= i & (~i + 1)) sum += sums_[i];
    return sum;
  }

 private:
  std::vector<std::uint64_t> sums_;
};

StaleRead of_order(const Register& reg, const std::vector<std::uint32_t>& place) {
  std::vector<std::uint32_t> writes_by_end(reg.writes.size());
  for (std::uint32_t w = 0; w < writes_by_end.size(); ++w) writes_by_end[w] = w;
  std::ranges::sort(writes_by_end, {}, [&](std::uint32_t w) { return reg.writes[w].end; });
  std::vector<std::uint32_t> reads_by_end(reg.reads.size());
  for (std::uint32_t r = 0; r < reads_by_end.size(); ++r) reads_by_end[r] = r;
  std::ranges::sort(reads_by_end, {}, [&](std::uint32_t r) { return reg.reads[r].end; });
  std::vector<std::uint32_t> at(reg.reads.size(), 0);
  StaleRead worst;
  std::uint32_t latest = 0;
  std::size_t over_write = 0;
  std::size_t over_read = 0;
  for (std::size_t i = 0; i < reg.reads.size(); ++i) {
    const RegisterRead& r = reg.reads[i];
    for (; over_write < writes_by_end.size() && reg.writes[writes_by_end[over_write]].end < r.begin;
         ++over_write)
      latest = std::max(latest, place[writes_by_end[over_write]]);
    for (; over_read < reads_by_end.size() && reg.reads[reads_by_end[over_read]].end < r.begin; ++over_read)
      latest = std::max(latest, at[reads_by_end[over_read]]);
    at[i] = std::max(latest, place[r.write]);
    const std::uint64_t k = at[i] - place[r.write] + 1;
    if (k > worst.k) worst = {.k = k, .read = i};
  }
  return worst;
}

}  // namespace

StaleRead lower_bound(const Register& reg) {
  // Writes ascend by begin: by end they are counted in, by begin they are asked for.
  std::vector<std::uint32_t> by_end(reg.writes.size());
  for (std::uint32_t w = 0; w < by_end.size(); ++w) by_end[w] = w;
  std::ranges::sort(by_end, {}, [&](std::uint32_t w) { return reg.writes[w].end; });
  Counts over(reg.writes.size());
  std::uint64_t all = 0;
  StaleRead worst;
  for (std::size_t i = 0; i < reg.reads.size(); ++i) {
    const RegisterRead& r = reg.reads[i];
    for (; all < by_end.size() && reg.writes[by_end[all]].end < r.begin; ++all) over.add(by_end[all]);
    const auto after =
        std::ranges::upper_bound(reg.writes, reg.writes[r.write].end, {}, &RegisterWrite::begin);
    const std::uint64_t k = all - over.below(static_cast<std::size_t>(after - reg.writes.begin())) + 1;
    if (k > worst.k) worst = {.k = k, .read = i};
  }
  return worst;
}

StaleRead upper_bound(const Register& reg) {
  std::vector<std::uint32_t> place(reg.writes.size());
  for (std::uint32_t w = 0; w < place.size(); ++w) place[w] = w;
  const StaleRead by_begin = of_order(reg, place);
  std::vector<std::uint32_t> order = place;
  std::ranges::sort(order, {}, [&](std::uint32_t w) { return std::pair(reg.writes[w].first_end, w); });
  for (std::uint32_t i = 0; i < order.size(); ++i) place[order[i]] = i;
  const StaleRead by_effect = of_order(reg, place);
  return by_effect.k < by_begin.k ? by_effect : by_begin;
}

}  // namespace wn::checkers::staleness
