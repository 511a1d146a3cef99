#include "scenarios/multiverse/outcomes.h"

#include <algorithm>
#include <cmath>
#include <map>
#include <tuple>

namespace wn::scenarios {

using checkers::Outcome3;

Share share_of(std::uint64_t count, std::uint64_t of) {
  Share share{.count = count, .of = of};
  if (of == 0) return share;
  constexpr double z = 1.959964;  // two sides of 95%
  const double n = static_cast<double>(of);
  share.p = static_cast<double>(count) / n;
  const double middle = share.p + z * z / (2 * n);
  const double spread = z * std::sqrt(share.p * (1 - share.p) / n + z * z / (4 * n * n));
  share.low = count == 0 ? 0 : (middle - spread) / (1 + z * z / n);
  share.high = count == of ? 1 : (middle + spread) / (1 + z * z / n);
  return share;
}

Share failing_share(std::span<const Ending> endings) {
  const auto fails = std::ranges::count(endings, Outcome3::fail, &Ending::outcome);
  return share_of(static_cast<std::uint64_t>(fails), endings.size());
}

Outcomes outcomes_of(std::span<const Ending> endings) {
  Outcomes out;
  out.failing = failing_share(endings);
  std::map<std::pair<Outcome3, std::string>, OutcomeRow> rows;
  for (const Ending& ending : endings) {
    out.events += ending.events;
    OutcomeRow& row = rows[{ending.outcome, ending.signature}];
    if (row.count++ == 0) {
      row = {.signature = ending.signature, .outcome = ending.outcome, .count = 1, .example = ending.number};
    }
    row.example = std::min(row.example, ending.number);
    if (ending.failed_ns >= 0 && (row.earliest_ns < 0 || ending.failed_ns < row.earliest_ns))
      row.earliest_ns = ending.failed_ns;
  }
  for (auto& [key, row] : rows) out.rows.push_back(std::move(row));
  std::ranges::sort(out.rows, [](const OutcomeRow& a, const OutcomeRow& b) {
    const bool a_fails = a.outcome == Outcome3::fail;
    const bool b_fails = b.outcome == Outcome3::fail;
    return std::tuple(!a_fails, b.count, a.signature) < std::tuple(!b_fails, a.count, b.signature);
  });
  return out;
}

}  // namespace wn::scenarios
