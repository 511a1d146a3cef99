#include "scenarios/cli/story.h"

#include <fmt/format.h>

#include <algorithm>

#include "faults/plan/describe.h"
#include "scenarios/cli/timeline.h"

namespace wn::scenarios {
namespace {

constexpr std::size_t kTimelineMax = 28;
constexpr std::size_t kExplanationMax = 5;

std::string head(const faults::Plan& plan, const std::string& signature, const StoryFacts& facts) {
  std::string text =
      fmt::format("FAIL  {}   seed {}   {}\n", facts.scenario.empty() ? plan.scenario : facts.scenario,
                  facts.seed.value_or(plan.seed), signature);
  text += "  " + to_words(size_of(plan));
  if (facts.from)
    text += fmt::format(" (from {}; shrunk in {:.1f} s)", to_words(*facts.from), facts.shrink_seconds);
  text += "\n";
  if (plan.system.defect != Defect::none) {
    text += fmt::format("  planted bug: {}\n", to_string(plan.system.defect));
  }
  return text;
}

std::string foot(const StoryFacts& facts) {
  std::string text = "  replay:  " + facts.replay + "\n";
  text += "  build " + facts.build_id;
  if (!facts.config_hash.empty()) text += ", config " + facts.config_hash;
  return text + "\n";
}

// The explanation of the claim that gave the run its signature, a few lines of it.
std::string explanation_of(const RunResult& run) {
  for (const checkers::Verdict& claim : run.claims) {
    if (claim.outcome != checkers::Outcome3::fail || claim.signature != run.signature) continue;
    std::string text;
    std::size_t lines = 0;
    for (std::size_t at = 0; at < claim.explanation.size() && lines < kExplanationMax; ++lines) {
      const std::size_t end = std::min(claim.explanation.find('\n', at), claim.explanation.size());
      text += "  | " + claim.explanation.substr(at, std::min(end - at, std::size_t{200})) + "\n";
      at = end + 1;
    }
    return text;
  }
  return {};
}

// What comes after the violation explains nothing.
std::int64_t end_of_story(const RunResult& run) {
  for (const checkers::Verdict& claim : run.claims) {
    if (claim.outcome == checkers::Outcome3::fail && claim.signature == run.signature && claim.at_ns >= 0) {
      return claim.at_ns;
    }
  }
  return TimelineOptions{}.until_ns;
}

}  // namespace

std::string tell_story(const RunResult& run, const StoryFacts& facts) {
  std::string text = head(run.plan, run.signature, facts);
  const std::vector<TimelineLine> all = timeline_of(run, {.until_ns = end_of_story(run)});
  const std::vector<TimelineLine> lines = shortened(all, kTimelineMax);
  for (const TimelineLine& line : lines) text += to_text(line) + "\n";
  if (lines.size() < all.size()) {
    text += fmt::format("  ({} lesser events left out; the replay tells them)\n", all.size() - lines.size());
  }
  return text + explanation_of(run) + facts.why + foot(facts);
}

std::string tell_crash(const faults::Plan& plan, const std::string& signature, const StoryFacts& facts) {
  std::string text = head(plan, signature, facts);
  const std::size_t shown = std::min<std::size_t>(plan.faults.size(), kTimelineMax);
  for (std::size_t i = 0; i < shown; ++i) {
    text += to_text({.at_ns = plan.faults[i].at.ns, .text = faults::describe(plan.faults[i])}) + "\n";
  }
  if (shown < plan.faults.size()) text += fmt::format("  (and {} faults more)\n", plan.faults.size() - shown);
  return text + "  The process died, so there is no trace of its last moments.\n" + foot(facts);
}

}  // namespace wn::scenarios
