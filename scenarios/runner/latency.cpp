#include "scenarios/runner/latency.h"

#include <algorithm>

namespace wn::scenarios {
namespace {

std::int64_t percentile(const std::vector<std::int64_t>& sorted, std::uint64_t percent) {
  const std::size_t rank = (sorted.size() * percent + 99) / 100;
  return sorted[std::max<std::size_t>(rank, 1) - 1];
}

void add(std::string what, std::vector<std::int64_t> samples, std::vector<Latency>& out) {
  if (samples.empty()) return;
  std::ranges::sort(samples);
  out.push_back({.what = std::move(what),
                 .count = samples.size(),
                 .p50_ns = percentile(samples, 50),
                 .p99_ns = percentile(samples, 99)});
}

}  // namespace

void VisibilityMeter::on_event(const TraceEvent& event) {
  if (event.kind != TraceKind::realm_update) return;
  const auto [at, news] =
      seen_.try_emplace({event.field[0], event.field[1]}, Seen{.at = event.at, .nodes = {}});
  Seen& seen = at->second;
  if (!seen.nodes.insert(event.node).second || news) return;
  const std::int64_t took = (event.at - seen.at).ns;
  if (seen.nodes.size() == 2) first_.push_back(took);
  each_.push_back(took);
}

std::vector<Latency> latencies(const checkers::History& history, const VisibilityMeter& visible) {
  std::vector<std::int64_t> local, eventual, strong;
  for (const checkers::Operation& o : history.operations) {
    if (o.outcome != checkers::Outcome::ok || o.invoked_ns < 0 || o.completed_ns < 0) continue;
    if (history.atoms.kind(o.key) != checkers::Interner::Kind::text) continue;
    const std::string_view key = history.atoms.text_of(o.key);
    std::vector<std::int64_t>& into = key.starts_with('n') ? local : key.starts_with('s') ? strong : eventual;
    into.push_back(o.completed_ns - o.invoked_ns);
  }
  std::vector<Latency> out;
  add("local", std::move(local), out);
  add("eventual", std::move(eventual), out);
  add("strong", std::move(strong), out);
  add("visible-at-a-peer", visible.first(), out);
  add("visible-at-each-peer", visible.each(), out);
  return out;
}

}  // namespace wn::scenarios
