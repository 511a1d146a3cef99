#pragma once
// Two sessions and the wire between them, for this room's tests and benches.
#include <algorithm>
#include <functional>
#include <memory_resource>
#include <vector>

#include "runtime/base/random.h"
#include "runtime/sync/session.h"

namespace wn::sync {

inline ItemId random_item(const Random& random, std::uint64_t number) {
  Draw draw = random.at("test.item", 0, number);
  ItemId item;
  for (std::uint64_t& word : item.word) word = draw.u64();
  return item;
}

inline std::pmr::memory_resource* test_memory() { return std::pmr::new_delete_resource(); }

// Two sets that differ: `common` items on both sides, and some on one side alone.
struct Sets {
  std::vector<ItemId> asker;
  std::vector<ItemId> giver;
};
inline Sets make_sets(std::uint64_t common, std::uint64_t asker_only, std::uint64_t giver_only,
                      std::uint64_t seed = 1) {
  const Random random(seed);
  Sets sets;
  std::uint64_t number = 0;
  for (std::uint64_t i = 0; i < common; ++i) {
    sets.asker.push_back(random_item(random, number++));
    sets.giver.push_back(sets.asker.back());
  }
  for (std::uint64_t i = 0; i < asker_only; ++i) sets.asker.push_back(random_item(random, number++));
  for (std::uint64_t i = 0; i < giver_only; ++i) sets.giver.push_back(random_item(random, number++));
  return sets;
}

struct Pair {
  Pair(const Sets& sets, const Options& options, std::uint64_t seed = 7)
      : asker_view(View::of(sets.asker, test_memory())),
        giver_view(View::of(sets.giver, test_memory())),
        asker(options, Role::asker, asker_view, {seed, 1}, test_memory()),
        giver(options, Role::giver, giver_view, {seed, 2}, test_memory()) {}

  // One message each way at a time, nothing lost. Every message that passes is shown to `seen`.
  void run(const std::function<void(bool to_giver, const std::vector<std::uint8_t>&)>& seen = {}) {
    std::vector<std::uint8_t> to_giver, to_asker;
    Effects effects;
    for (steps = 0; steps < kStepsMax; ++steps) {
      asker.step(now, to_asker, effects);
      const bool asker_again = effects.again;
      to_giver = effects.message;
      if (seen && !to_giver.empty()) seen(true, to_giver);
      giver.step(now, to_giver, effects);
      to_asker = effects.message;
      if (seen && !to_asker.empty()) seen(false, to_asker);
      if (!asker_again && !effects.again && to_giver.empty() && to_asker.empty()) return;
    }
  }

  // The outcome is the true difference.
  bool right() const {
    std::vector<ItemId> missing(asker.missing().begin(), asker.missing().end()), surplus, a, g;
    for (const std::uint32_t place : asker.surplus()) surplus.push_back(asker_view[place]);
    std::ranges::sort(missing);
    std::ranges::sort(surplus);
    std::ranges::set_difference(asker_view.items(), giver_view.items(), std::back_inserter(a));
    std::ranges::set_difference(giver_view.items(), asker_view.items(), std::back_inserter(g));
    return asker.done() && missing == g && surplus == a;
  }
  std::uint64_t bytes() const { return asker.stats().bytes_in + asker.stats().bytes_out; }

  static constexpr std::uint64_t kStepsMax = 50'000'000;
  View asker_view;
  View giver_view;
  Session asker;
  Session giver;
  Instant now;
  std::uint64_t steps = 0;
};

}  // namespace wn::sync
