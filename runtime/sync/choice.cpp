#include "runtime/sync/choice.h"

#include <algorithm>

#include "runtime/sync/item.h"

namespace wn::sync {
namespace {

constexpr std::uint64_t kSymbolBytes = 42;
constexpr std::uint64_t kPartBytes = 24;      // of a split: bound, count, fingerprint
constexpr std::uint64_t kQuestionBytes = 10;  // a range in a question
constexpr std::uint64_t kLeafItems = 32;
constexpr std::uint64_t kSplitParts = 16;

}  // namespace

std::uint64_t cost_of_symbols(std::uint64_t difference) {
  return kSymbolBytes * (difference + difference / 5 + 8);
}

std::uint64_t cost_of_whole(const Measured& m) { return ItemId::kBytes * m.theirs; }

std::uint64_t cost_of_ranges(const Measured& m) {
  std::uint64_t ranges = m.open;
  if (ranges == 0) return 0;
  std::uint64_t size = std::max(m.differ_theirs, m.differ_ours) / ranges;
  std::uint64_t cost = 0;
  while (size > kLeafItems) {
    const std::uint64_t parts = ranges * kSplitParts;
    cost += ranges * kQuestionBytes + parts * kPartBytes;
    size /= kSplitParts;
    ranges = std::clamp<std::uint64_t>(m.guess, 1, parts);
  }
  return cost + ranges * (kQuestionBytes + size * ItemId::kBytes);
}

Method choose(const Measured& m) {
  const std::uint64_t symbols = cost_of_symbols(m.guess);
  const std::uint64_t whole = cost_of_whole(m);
  if (whole <= symbols) return Method::whole;
  // All in the parts that differ: a list of them costs no more than this.
  if (m.differ_theirs * ItemId::kBytes <= symbols / 2) return Method::ranges;
  // Fewer parts differ than if the differences were spread: they lie together, and another level will show
  // how closely. Worth it while that costs little beside the symbols.
  const bool together = m.parts_differ * 3 < std::min(m.parts, m.guess);
  const std::uint64_t level = m.open * (kQuestionBytes + kSplitParts * kPartBytes);
  if (together && level <= symbols / 4) return Method::ranges;
  return cost_of_ranges(m) < symbols ? Method::ranges : Method::symbols;
}

}  // namespace wn::sync
