#pragma once
// The story of a violation: what was done, what happened, and the one command that replays it. For people; at
// most kStoryLinesMax lines.
#include <optional>
#include <string>

#include "scenarios/runner/run.h"
#include "scenarios/shrink/shrink.h"

namespace wn::scenarios {

inline constexpr std::size_t kStoryLinesMax = 40;

struct StoryFacts {
  std::string scenario;          // path, or the plan's own name for it
  std::optional<PlanSize> from;  // the size before shrinking
  double shrink_seconds = 0;
  std::optional<std::uint64_t> seed;  // that found it, when shrinking chose other small dice
  std::string why;                    // lines that explain it; may be empty
  std::string replay;                 // the command
  std::string build_id;
  std::string config_hash;
};

std::string tell_story(const RunResult& run, const StoryFacts& facts);
// When the run itself crashed there is no trace: the plan's faults are all there is to tell.
std::string tell_crash(const faults::Plan& plan, const std::string& signature, const StoryFacts& facts);

}  // namespace wn::scenarios
