#include "scenarios/shrink/shrink.h"

#include <algorithm>
#include <array>
#include <bit>
#include <utility>

#include "faults/plan/plan_check.h"
#include "scenarios/shrink/edits.h"
#include "scenarios/shrink/zoom.h"

namespace wn::scenarios {
namespace {

using faults::Fault;
using faults::Plan;

// A batch of other seeds asks for much first and for little last: the first that fails is taken.
constexpr std::array<std::uint32_t, 6> kReseedShares{600'000, 450'000, 300'000, 180'000, 90'000, 40'000};
// The few faults of a story are often of one or two sorts, or close together in time: dropping whole sorts or
// slices keeps them more often than dropping each fault by its own throw.
constexpr std::array<Together, 4> kTogether{Together::sort, Together::none, Together::slice, Together::sort};
constexpr std::uint32_t kReseedPerShare = 32;
constexpr std::uint32_t kReseedBatchesMax = 4;
constexpr std::uint32_t kRoundsMax = 24;
constexpr std::size_t kPairsItemsMax = 40;
constexpr Duration kZoomFrom = seconds(20);
constexpr std::uint32_t kZoomRounds = 4;  // before anything else is tried
// A removal is tried again under so many seeds, and the more of them the shorter the run.
constexpr std::uint32_t kThinSeedsMin = 4;
constexpr std::uint32_t kThinSeedsMax = 192;
constexpr Duration kThinTime = seconds(600);
constexpr std::size_t kThinAbove = 8;
constexpr std::uint32_t kElsewhere = 1U << 20;  // from here on its seeds are no other search's
constexpr std::uint32_t kElsewhereSeeds = 32;

std::size_t weight(const Plan& plan) {
  return plan.faults.size() + plan.operations.size() + plan.deviations.size();
}

std::string grouped(std::size_t n) {
  std::string text = std::to_string(n);
  for (std::size_t at = text.size(); at > 3; at -= 3) text.insert(at - 3, ",");
  return text;
}

std::string counted(std::size_t n, const char* noun) { return grouped(n) + " " + noun + (n == 1 ? "" : "s"); }

class Shrinker {
 public:
  Shrinker(const Plan& plan, Oracle& oracle, const ShrinkOptions& options)
      : first_(plan), best_(plan), oracle_(oracle), options_(options) {}

  bool confirm() {
    const auto found = oracle_.first_failing(1, [&](std::size_t) { return std::optional<Plan>(best_); });
    ++steps_;
    if (!found) return false;
    at_ns_ = found->at_ns;
    return true;
  }

  void run() {
    shorten();
    // A long run is judged slowly; in a short one every step is cheap, and the story keeps its own times.
    if (long_run()) {
      bool near = false;
      for (std::uint32_t round = 0; round < kZoomRounds && !near && !spent(); ++round) {
        near = zoom(round) || elsewhere(round);
      }
      while (near && zoom(0)) {
      }
    }
    to_fixed_point();
    // Above the limit that a story may have, the whole budget is spent on getting below it.
    for (std::uint32_t batch = 0; !spent(); ++batch) {
      const std::size_t items = weight(best_);
      if (items <= kShrinkTarget || (items <= kShrinkLimit && batch >= kReseedBatchesMax)) return;
      const bool smaller = (items > kThinAbove && thin(batch)) || zoom(kZoomRounds + batch) ||
                           (items > kShrinkLimit && restart(batch)) || reseed(batch);
      if (!smaller) continue;
      drop(Axis::faults);
      drop(Axis::operations);
      if (weight(best_) <= kShrinkLimit) to_fixed_point();
    }
  }

  ShrinkResult result(const PlanSize& before) const {
    return {.plan = best_, .before = before, .after = size_of(best_), .steps = steps_, .complete = !spent()};
  }

 private:
  bool spent() const { return steps_ >= options_.steps_max || oracle_.out_of_time(); }

  bool unchanged(const Plan& before) const {
    return size_of(before) == size_of(best_) && before.duration == best_.duration &&
           before.faults == best_.faults;
  }

  void to_fixed_point() {
    for (std::uint32_t round = 0; round < kRoundsMax && !spent(); ++round) {
      const Plan before = best_;
      one_round();
      if (unchanged(before) && !drop_pair()) return;
    }
  }

  // Two that lean on each other (a fault and its counterpart) go together or not at all.
  bool drop_pair() {
    const std::size_t n = weight(best_);
    if (n <= kShrinkTarget || n > kPairsItemsMax) return false;
    std::vector<std::pair<std::size_t, std::size_t>> pairs;
    for (std::size_t a = n; a-- > 1;) {
      for (std::size_t b = a; b-- > 0;) pairs.emplace_back(a, b);
    }
    return try_first(pairs.size(),
                     [&](std::size_t i) { return without_pair(best_, pairs[i].first, pairs[i].second); })
        .has_value();
  }

  // Takes over the first of `count` candidates that still fails. The index that was taken, or nullopt.
  std::optional<std::size_t> try_first(std::size_t count, const std::function<Plan(std::size_t)>& make) {
    if (spent() || count == 0) return std::nullopt;
    const std::size_t allowed =
        static_cast<std::size_t>(std::min<std::uint64_t>(count, options_.steps_max - steps_));
    const auto valid = [&](std::size_t i) -> std::optional<Plan> {
      Plan candidate = make(i);
      if (!faults::plan_check(candidate)) return std::nullopt;
      return candidate;
    };
    const auto found = oracle_.first_failing(allowed, valid);
    steps_ += found ? found->index + 1 : allowed;
    if (found) {
      best_ = make(found->index);
      at_ns_ = found->at_ns;
    }
    if (options_.progress) options_.progress({.steps = steps_, .size = size_of(best_)});
    return found ? std::optional(found->index) : std::nullopt;
  }

  void one_round() {
    drop(Axis::fault_points);
    drop(Axis::deviations);
    drop(Axis::faults);
    drop_clients();
    drop(Axis::operations);
    drop_nodes();
    shorten();
    quieten();
    if (!std::exchange(plain_tried_, true)) {
      for (const Edit& edit : plainer_systems(best_)) {
        try_first(1, [&](std::size_t) { return edit(best_); });
      }
    }
    simplify_faults();
  }

  // Chunks from the whole axis down to single items, from the end to the start: what comes late matters
  // least.
  void drop(Axis axis) {
    std::size_t chunk = count_on(best_, axis);
    while (chunk > 0 && !spent()) {
      std::size_t end = count_on(best_, axis);
      while (end > 0 && !spent()) {
        const std::size_t pieces = (end + chunk - 1) / chunk;
        const auto taken = try_first(pieces, [&](std::size_t i) {
          const std::size_t high = end - i * chunk;
          return without(best_, axis, high > chunk ? high - chunk : 0, high);
        });
        if (!taken) break;
        // The pieces after the one taken have kept their place; those before it are not tried again.
        const std::size_t high = end - *taken * chunk;
        end = high > chunk ? high - chunk : 0;
      }
      if (chunk == 1) break;
      chunk = std::min(chunk, count_on(best_, axis) * 2) / 2;
    }
  }

  void drop_clients() {
    try_first(1, [&](std::size_t) { return without_idle_nodes(best_); });
    drop_each([&](const faults::NodePlan& node) { return node.role == faults::NodeRole::client; });
  }

  void drop_nodes() {
    try_first(1, [&](std::size_t) { return without_idle_nodes(best_); });
    drop_each([](const faults::NodePlan&) { return true; });
    drop_server_pairs();
  }

  void drop_each(const std::function<bool(const faults::NodePlan&)>& wanted) {
    std::vector<NodeId> refused;
    while (!spent()) {
      std::vector<NodeId> candidates;
      for (const NodeId id : removable_nodes(best_)) {
        const auto node = std::ranges::find(best_.nodes, id, &faults::NodePlan::id);
        if (wanted(*node) && std::ranges::find(refused, id) == refused.end()) candidates.push_back(id);
      }
      if (best_.nodes.size() < 2) return;
      const auto taken =
          try_first(candidates.size(), [&](std::size_t i) { return without_node(best_, candidates[i]); });
      if (!taken) return;
      refused.insert(refused.end(), candidates.begin(),
                     candidates.begin() + static_cast<std::ptrdiff_t>(*taken));
    }
  }

  // A group of four tolerates no more than one of three: from five the way down is by two.
  void drop_server_pairs() {
    std::vector<NodeId> servers;
    for (const auto& node : best_.nodes) {
      if (node.role == faults::NodeRole::server) servers.push_back(node.id);
    }
    if (servers.size() < 4) return;
    std::vector<std::pair<NodeId, NodeId>> pairs;
    for (std::size_t a = servers.size(); a-- > 1;) {
      for (std::size_t b = a; b-- > 0;) pairs.emplace_back(servers[a], servers[b]);
    }
    try_first(std::min<std::size_t>(pairs.size(), 28), [&](std::size_t i) {
      return without_node(without_node(best_, pairs[i].first), pairs[i].second);
    });
  }

  void shorten() {
    const std::int64_t whole = best_.duration.ns;
    std::vector<std::int64_t> ends;
    for (const Duration slack : {milliseconds(10), seconds(1), seconds(5)}) {
      if (at_ns_ >= 0) ends.push_back((SimTime{at_ns_} + slack).ns);
    }
    for (const std::int64_t eighths : {4, 6, 7}) ends.push_back(whole / 8 * eighths);
    std::erase_if(ends, [&](std::int64_t end) { return end <= 0 || end >= whole - whole / 50; });
    std::ranges::sort(ends);
    try_first(ends.size(), [&](std::size_t i) { return cut_at(best_, SimTime{ends[i]}); });
    // Judges of the end of a run (liveness) need that end: then the faults freeze earlier instead.
    const std::int64_t freeze = best_.freeze_at.ns;
    std::int64_t last = 0;
    for (const Fault& f : best_.faults) {
      last = std::max(last, f.duration == Duration::max() ? f.at.ns : (f.at + f.duration).ns);
    }
    std::vector<std::int64_t> moments{last + 1'000'000, freeze / 4, freeze / 2, freeze / 4 * 3};
    std::erase_if(moments, [&](std::int64_t at) { return at <= 0 || at >= freeze - freeze / 50; });
    std::ranges::sort(moments);
    try_first(moments.size(), [&](std::size_t i) { return freeze_at(best_, SimTime{moments[i]}); });
  }

  void quieten() {
    for (const Edit& edit : quieter_worlds()) {
      // No size tells these apart, so each is tried once, and only while it changes something.
      if (quiet_tried_ >= quieter_worlds().size()) return;
      ++quiet_tried_;
      try_first(1, [&](std::size_t) { return edit(best_); });
    }
  }

  void simplify_faults() {
    for (std::size_t f = 0; f < best_.faults.size() && !spent(); ++f) {
      // Each acceptance at least halves a duration or takes a node or links away.
      while (!spent()) {
        const std::vector<Fault> forms = simpler_forms(best_.faults[f]);
        const auto taken = try_first(forms.size(), [&](std::size_t i) {
          Plan simpler = best_;
          simpler.faults[f] = forms[i];
          return simpler;
        });
        if (!taken) break;
      }
    }
  }

  bool zoom(std::uint32_t round) {
    if (at_ns_ < 0) return false;
    const std::vector<Window> windows = windows_before(best_, SimTime{at_ns_}, round);
    return try_first(windows.size(), [&](std::size_t i) { return zoomed(best_, windows[i]); }).has_value();
  }

  // Half of it, a quarter of it, … each item left out, each under several other seeds.
  bool thin(std::uint32_t batch) {
    const std::size_t items = best_.faults.size() + best_.operations.size();
    const auto fits = static_cast<std::uint32_t>(kThinTime.ns / std::max<std::int64_t>(1, best_.duration.ns));
    const std::uint32_t seeds = std::clamp(fits, kThinSeedsMin, kThinSeedsMax);
    for (std::size_t chunk = items / 2; chunk > 0 && !spent(); chunk /= 2) {
      const std::size_t pieces = (items + chunk - 1) / chunk;
      const auto candidate = [&](std::size_t i) {
        const auto attempt = static_cast<std::uint32_t>(batch * kThinSeedsMax + i / pieces);
        const std::size_t begin = i % pieces * chunk;
        return thinned(best_, attempt, begin, std::min(items, begin + chunk));
      };
      if (try_first(pieces * seeds, candidate)) return true;
    }
    return false;
  }

  bool reseed(std::uint32_t batch) {
    constexpr std::size_t kBatch = kReseedShares.size() * kReseedPerShare;
    return try_first(kBatch,
                     [&](std::size_t i) {
                       const auto attempt = static_cast<std::uint32_t>(batch * kBatch + i);
                       return reseeded(best_, attempt, kReseedShares[i / kReseedPerShare], kTogether[i % 4]);
                     })
        .has_value();
  }

  bool long_run() const { return first_.freeze_at - SimTime{} > kZoomFrom; }

  // The failure as another seed of the whole plan has it, seen in a window: a story that hangs on exact times
  // there may not do so here. False: none was found, and nothing has changed.
  bool elsewhere(std::uint32_t round) {
    const Plan kept = best_;
    const std::int64_t kept_at = at_ns_;
    const auto other = [&](std::size_t i) {
      return reseeded(first_, kElsewhere + round * kElsewhereSeeds + static_cast<std::uint32_t>(i), 0);
    };
    if (try_first(kElsewhereSeeds, other)) {
      shorten();
      if (zoom(round)) return true;
    }
    best_ = kept;
    at_ns_ = kept_at;
    return false;
  }

  // All over again from there. True: it has become smaller than what there was.
  bool restart(std::uint32_t batch) {
    const Plan kept = best_;
    const std::int64_t kept_at = at_ns_;
    if (long_run() && elsewhere(kZoomRounds + batch)) {
      do {
        drop(Axis::faults);
        drop(Axis::operations);
      } while (weight(best_) > kThinAbove && (zoom(0) || thin(batch)));
      if (weight(best_) < weight(kept)) return true;
    }
    best_ = kept;
    at_ns_ = kept_at;
    return false;
  }

  const Plan first_;
  Plan best_;
  Oracle& oracle_;
  const ShrinkOptions& options_;
  std::uint64_t steps_ = 0;
  std::int64_t at_ns_ = -1;
  std::size_t quiet_tried_ = 0;
  bool plain_tried_ = false;
};

}  // namespace

PlanSize size_of(const Plan& plan) {
  return {.nodes = plan.nodes.size(),
          .faults = plan.faults.size(),
          .operations = plan.operations.size(),
          .deviations = plan.deviations.size()};
}

std::string to_words(const PlanSize& size) {
  std::string words = counted(size.nodes, "node") + ", " + counted(size.faults, "fault") + ", " +
                      counted(size.operations, "operation");
  if (size.deviations > 0) words += ", " + counted(size.deviations, "deviation");
  return words;
}

Result<ShrinkResult> shrink_plan(const Plan& plan, Oracle& oracle, const ShrinkOptions& options) {
  Shrinker shrinker(plan, oracle, options);
  if (!shrinker.confirm()) {
    return fail(Errc::precondition, oracle.out_of_time()
                                        ? "the time limit passed before the plan had failed once"
                                        : "the plan does not fail, so there is nothing to shrink");
  }
  shrinker.run();
  return shrinker.result(size_of(plan));
}

}  // namespace wn::scenarios
