#pragma once
// Covers for tests and benches: replicas that write and hear of each other, and claims of all kinds.
#include <algorithm>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/sync/glue_section.h"

namespace wn::sync {

inline std::pmr::memory_resource* memory() { return std::pmr::new_delete_resource(); }

class Draws {
 public:
  explicit Draws(std::uint64_t seed) : random_(seed) {}
  std::uint64_t below(std::uint64_t n) { return random_.at("glue.test", 0, at_++).below(n); }
  std::uint32_t small(std::uint32_t n) { return static_cast<std::uint32_t>(below(n)); }

 private:
  Random random_;
  std::uint64_t at_ = 0;
};

inline PropertyKey key(std::uint64_t k) {
  return {.worknode = {.high = 0, .low = 16 + k / 4}, .property = static_cast<std::uint32_t>(k % 4 + 1)};
}

// A section with these values of each key, by number; the context is the greatest counters.
inline Section section_of(std::uint32_t node, const std::vector<std::vector<DottedValue>>& values,
                          std::vector<causality::Dot> context, std::uint64_t shown = ~std::uint64_t{0}) {
  Section out(memory());
  out.node = NodeId{node};
  for (std::size_t k = 0; k < values.size(); ++k) {
    if ((shown >> (k % 64) & 1) == 0) continue;
    std::vector<DottedValue> sorted = values[k];
    std::ranges::sort(sorted);
    static_cast<void>(out.add(key(k), 1, sorted));
  }
  out.context.assign(context.begin(), context.end());
  return out;
}

// What `count` replicas hold after `steps` of writing (a write overwrites what its replica sees of the key)
// and merging, each of which they do alone.
inline std::vector<Section> causal_sections(Draws& draws, std::uint32_t count, std::uint32_t keys,
                                            std::uint32_t steps) {
  std::vector<std::vector<std::vector<DottedValue>>> values(count,
                                                            std::vector<std::vector<DottedValue>>(keys));
  std::vector<std::vector<causality::Dot>> contexts(count);
  const auto view = [&](std::uint32_t r) { return section_of(r + 1, values[r], contexts[r]); };
  for (std::uint32_t step = 0; step < steps; ++step) {
    const std::uint32_t r = draws.small(count);
    if (draws.below(4) != 0) {
      const ReplicaId self{r + 1};
      const auto at = std::ranges::find(contexts[r], self, &causality::Dot::replica);
      const std::uint64_t counter = at == contexts[r].end() ? 1 : at->counter + 1;
      if (at == contexts[r].end()) {
        contexts[r].push_back({self, counter});
        std::ranges::sort(contexts[r]);
      } else {
        at->counter = counter;
      }
      const std::uint64_t value = draws.below(1000);
      values[r][draws.below(keys)] = {{.dot = {self, counter}, .value = value}};
      continue;
    }
    const auto both = joined(view(r), view(draws.small(count)));
    if (!both) continue;
    contexts[r].assign(both->context.begin(), both->context.end());
    for (std::uint32_t k = 0; k < keys; ++k) {
      const auto in = both->values_of(k);
      values[r][k].assign(in.begin(), in.end());
    }
  }
  std::vector<Section> out;
  for (std::uint32_t r = 0; r < count; ++r) out.push_back(view(r));
  return out;
}

// A few claims of every kind for each section and each edge, out of few names, tokens and worknodes, so that
// many a set of sections violates something.
inline void claims_for_all(Draws& draws, Cover& cover) {
  const auto count = static_cast<std::uint32_t>(cover.sections.size());
  const auto dot = [&](std::uint32_t section) {
    const std::uint64_t counter = 1 + draws.below(40);
    return causality::Dot{ReplicaId{section + 1}, counter};
  };
  const auto id = [&](std::uint64_t n) { return WorknodeId{.high = 0, .low = 100 + draws.below(n)}; };
  for (std::uint32_t i = 0; i < count; ++i) {
    Section& s = cover.sections[i];
    const causality::Dot d = dot(i);
    const WorknodeId a = id(4), b = id(4);
    const std::uint64_t x = draws.below(3), y = draws.below(3), z = draws.below(10);
    const causality::Stamp stamp{causality::HlcTime{1 + z}, ReplicaId{i + 1}};
    if (draws.below(2) == 0)
      s.names.push_back({.parent = {0, 1}, .name = x, .worknode = a, .stamp = stamp, .dot = d});
    if (draws.below(2) == 0)
      s.counters.push_back(
          {.counter = key(0), .replica = ReplicaId{i + 1}, .rights = y, .spent = x, .dot = d});
    if (draws.below(2) == 0 && a != b)
      s.moves.push_back(
          {.worknode = a, .parent = b, .stamp = {causality::HlcTime{1 + z}, ReplicaId{i + 1}}, .dot = d});
    if (draws.below(3) == 0) s.revocations.push_back({.token = x, .time = z, .dot = d});
    if (draws.below(3) == 0) s.uses.push_back({.token = y, .time = z + y, .dot = d});
    static_cast<void>(s.settle());
  }
  for (std::uint32_t i = 0; i < count; ++i) {
    for (std::uint32_t j = i + 1; j < count; ++j) {
      const std::uint64_t offset = draws.below(60), wrong = draws.below(8), swap = draws.below(6);
      cover.clocks.push_back({.from = i,
                              .to = j,
                              .offset_ns = static_cast<std::int64_t>((j - i) * 100 + offset) - 30,
                              .error_ns = wrong == 0 ? 1U : 60U});
      for (std::uint32_t f = 1; f <= 2; ++f)
        cover.lenses.push_back({.from = i, .to = j, .field_from = f, .field_to = swap == 0 ? 3 - f : f});
      cover.twists.push_back({.from = i, .to = j, .bits = draws.below(2)});
    }
  }
}

}  // namespace wn::sync
