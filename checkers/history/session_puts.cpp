#include "checkers/history/session_puts.h"

#include <algorithm>

namespace wn::checkers {

std::vector<std::vector<SessionPuts>> puts_by_key(const ClientHistory& history) {
  std::vector<std::vector<SessionPuts>> puts(history.keys.size());
  for (std::uint32_t s = 0; s < history.sessions.size(); ++s) {
    for (const std::uint32_t id : history.sessions[s]) {
      const ClientStep& step = history.steps[id];
      if (step.act != ClientStep::Act::put) continue;
      std::vector<SessionPuts>& of_key = puts[step.key];
      if (of_key.empty() || of_key.back().session != s) of_key.push_back({.session = s, .steps = {}});
      of_key.back().steps.push_back(id);
    }
  }
  return puts;
}

std::uint32_t last_put_of(const ClientHistory& history, const SessionPuts& puts, std::uint32_t known) {
  const auto after = std::ranges::lower_bound(puts.steps, known, {},
                                              [&](std::uint32_t p) { return history.steps[p].index; });
  return after == puts.steps.begin() ? kNoStep : *std::prev(after);
}

}  // namespace wn::checkers
