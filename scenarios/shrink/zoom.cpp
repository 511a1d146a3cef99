#include "scenarios/shrink/zoom.h"

#include <algorithm>
#include <array>
#include <tuple>

#include "runtime/base/random.h"

namespace wn::scenarios {
namespace {

using faults::Fault;
using faults::Plan;

// A window of a hundredth of the run costs a hundredth of it to try, so that short ones are tried with many
// seeds: together they cost as much as some twenty runs of two minutes.
struct Tries {
  Duration length;
  std::uint32_t seeds = 0;
};
constexpr std::array<Tries, 6> kWindows{{{seconds(1), 128},
                                         {seconds(2), 128},
                                         {seconds(4), 192},
                                         {seconds(8), 96},
                                         {seconds(16), 24},
                                         {seconds(32), 12}}};
constexpr Duration kAfter = milliseconds(200);

// The part of the fault that lies in the window. False: there is none.
bool clip(Fault& fault, const Window& window) {
  if (fault.at >= window.end) return false;
  const bool for_ever = fault.duration == Duration::max();
  if (fault.at >= window.begin) {
    if (!for_ever) fault.duration = std::min(fault.duration, window.end - fault.at);
    return true;
  }
  if (for_ever) {
    fault.at = window.begin;
    return true;
  }
  const SimTime over = std::min(fault.at + fault.duration, window.end);
  if (over <= window.begin) return false;
  fault.duration = over - window.begin;
  fault.at = window.begin;
  return true;
}

}  // namespace

std::vector<Window> windows_before(const Plan& plan, SimTime at, std::uint32_t round) {
  std::vector<Window> out;
  const SimTime end = std::min(at + kAfter, plan.freeze_at);
  for (const auto& [length, seeds] : kWindows) {
    const SimTime begin = end - length;
    // Less than a third off is not worth the throw of the dice.
    if (begin <= SimTime{} + kZoomLead || begin - SimTime{} < (plan.freeze_at - SimTime{}) / 3) break;
    for (std::uint32_t i = 0; i < seeds; ++i)
      out.push_back({.begin = begin, .end = end, .attempt = round * seeds + i});
  }
  return out;
}

Plan zoomed(const Plan& plan, const Window& window) {
  Plan out = plan;
  const Duration shift = window.begin - (SimTime{} + kZoomLead);
  if (window.attempt != 0) out.seed = Random(plan.seed).at("shrink.zoom", window.attempt).u64();
  std::erase_if(out.faults, [&](Fault& fault) { return !clip(fault, window); });
  for (Fault& fault : out.faults) fault.at = fault.at - shift;
  std::ranges::sort(
      out.faults, [](const Fault& a, const Fault& b) { return std::tie(a.at, a.id) < std::tie(b.at, b.id); });
  std::erase_if(out.operations, [&](const auto& op) { return op.at < window.begin || op.at >= window.end; });
  for (auto& op : out.operations) op.at = op.at - shift;
  std::erase_if(out.deviations, [&](const auto& d) {
    return d.kind != faults::DeviationKind::delay_process || d.at < window.begin || d.at >= window.end;
  });
  for (auto& deviation : out.deviations) deviation.at = deviation.at - shift;
  std::erase_if(out.branches, [&](const auto& b) { return b.at < window.begin || b.at >= window.end; });
  for (auto& branch : out.branches) branch.at = branch.at - shift;
  for (auto& token : out.tokens) {
    if (token.expires != SimTime::max()) token.expires = std::max(token.expires - shift, SimTime{});
  }
  const Duration tail = (SimTime{} + plan.duration) - plan.freeze_at;
  out.freeze_at = window.end - shift;
  out.duration = (out.freeze_at + tail) - SimTime{};
  return out;
}

}  // namespace wn::scenarios
