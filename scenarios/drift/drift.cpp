#include "scenarios/drift/drift.h"

#include <fmt/format.h>

#include <algorithm>
#include <map>

#include "faults/plan/fault_points.h"
#include "faults/plan/names.h"

namespace wn::drift {
namespace {

constexpr std::uint64_t kWhole = 1'000'000;
constexpr std::size_t kToldMax = 8;

std::uint32_t share(std::uint64_t part, std::uint64_t whole) {
  return whole == 0 ? 0 : static_cast<std::uint32_t>(part * kWhole / whole);
}

void compare_events(const Skeleton& then, const Skeleton& now, Drift& out) {
  std::uint64_t differ = 0, whole = 0;
  const auto count = [](const Skeleton& s, const std::string& kind) {
    const std::uint64_t* found = s.events.find(kind);
    return found == nullptr ? 0 : *found;
  };
  std::map<std::string, int> kinds;
  for (const auto& [kind, n] : then.events) kinds[kind] = 1;
  for (const auto& [kind, n] : now.events) kinds[kind] = 1;
  for (const auto& [kind, one] : kinds) {
    const std::uint64_t a = count(then, kind), b = count(now, kind);
    differ += std::max(a, b) - std::min(a, b);
    whole += std::max(a, b);
  }
  out.events_ppm = share(differ, whole);
}

void compare_operations(const Skeleton& then, const Skeleton& now, Drift& out) {
  std::map<std::uint64_t, Drift::OtherEnd> ends;
  for (const OperationEnd& op : then.operations)
    ends[op.operation] = {
        .operation = op.operation, .process = op.process, .then = op.end, .now = "never begun"};
  for (const OperationEnd& op : now.operations) {
    auto& end = ends[op.operation];
    if (end.then.empty())
      end = {.operation = op.operation, .process = op.process, .then = "never begun", .now = {}};
    end.now = op.end;
  }
  for (const auto& [number, end] : ends) {
    if (end.then != end.now) out.operations.push_back(end);
  }
  out.operations_ppm = share(out.operations.size(), ends.size());
}

// By node, since two nodes' steps may change places without a meaning.
void compare_steps(const Skeleton& then, const Skeleton& now, Drift& out) {
  using Steps = std::map<std::string, std::vector<std::pair<std::size_t, std::string>>>;
  const auto by_node = [](const Skeleton& s) {
    Steps steps;
    for (std::size_t i = 0; i < s.steps.size(); ++i)
      steps[s.steps[i].substr(0, s.steps[i].find(' '))].emplace_back(i, s.steps[i]);
    return steps;
  };
  const Steps a = by_node(then), b = by_node(now);
  std::map<std::string, int> nodes;
  for (const auto& [node, steps] : a) nodes[node] = 1;
  for (const auto& [node, steps] : b) nodes[node] = 1;
  std::uint64_t differ = 0, whole = 0;
  std::size_t first = ~std::size_t{0};
  for (const auto& [node, one] : nodes) {
    static const std::vector<std::pair<std::size_t, std::string>> kNone;
    const auto& x = a.contains(node) ? a.at(node) : kNone;
    const auto& y = b.contains(node) ? b.at(node) : kNone;
    const std::size_t longer = std::max(x.size(), y.size());
    std::size_t same = 0;
    while (same < std::min(x.size(), y.size()) && x[same].second == y[same].second) ++same;
    differ += longer - same;
    whole += longer;
    if (same == longer) continue;
    const std::size_t at = same < x.size() ? x[same].first : y[same].first;
    if (at >= first) continue;
    first = at;
    out.then = same < x.size() ? x[same].second : node + ": nothing more";
    out.now = same < y.size() ? y[same].second : node + ": nothing more";
  }
  out.steps_ppm = share(differ, whole);
}

std::string percent(std::uint32_t ppm) { return fmt::format("{}.{}%", ppm / 10'000, ppm % 10'000 / 1000); }

}  // namespace

bool Drift::none() const {
  return parts_per_million == 0 && lost_deviations.empty() && lost_points.empty() && !other_signature;
}

Drift drift_between(const faults::Plan& plan, const Skeleton& then, const Skeleton& now) {
  Drift out;
  compare_events(then, now, out);
  compare_operations(then, now, out);
  compare_steps(then, now, out);
  out.parts_per_million = (out.events_ppm + out.operations_ppm + out.steps_ppm) / 3;
  if (out.parts_per_million == 0 && (out.events_ppm | out.operations_ppm | out.steps_ppm) != 0)
    out.parts_per_million = 1;
  std::ranges::set_difference(then.targets, now.targets, std::back_inserter(out.lost_deviations));
  out.lost_points = faults::missing_fault_points(plan);
  out.other_signature = then.signature != now.signature;
  out.signature_then = then.signature;
  out.signature_now = now.signature;
  return out;
}

std::string to_text(const Drift& d) {
  if (d.none()) return "drift: none; this code does what the stored run did\n";
  std::string text = fmt::format(
      "drift: {} from the stored run (events {}, operations {}, transitions of nodes {})\n",
      percent(d.parts_per_million), percent(d.events_ppm), percent(d.operations_ppm), percent(d.steps_ppm));
  if (d.other_signature) {
    const auto said = [](const std::string& s) { return s.empty() ? std::string("passed") : s; };
    text += fmt::format("  it failed otherwise: then {}; now {}\n", said(d.signature_then),
                        said(d.signature_now));
  }
  if (!d.then.empty()) text += fmt::format("  first parting: then {}; now {}\n", d.then, d.now);
  for (std::size_t i = 0; i < d.operations.size() && i < kToldMax; ++i) {
    const Drift::OtherEnd& o = d.operations[i];
    text += fmt::format("  operation {} of {}: then {}, now {}\n", o.operation, faults::node_name(o.process),
                        o.then, o.now);
  }
  if (d.operations.size() > kToldMax)
    text += fmt::format("  and {} operations more\n", d.operations.size() - kToldMax);
  for (const std::uint32_t id : d.lost_deviations)
    text += fmt::format("  deviation {} finds no message any more that it means\n", id);
  for (const std::string& point : d.lost_points)
    text += fmt::format("  fault point {} is in this build no longer\n", point);
  return text;
}

}  // namespace wn::drift
