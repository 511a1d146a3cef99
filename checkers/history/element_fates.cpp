#include "checkers/history/element_fates.h"

#include <algorithm>
#include <map>

namespace wn::checkers {

std::vector<std::vector<ElementFate>> element_fates(const ClientHistory& history) {
  std::vector<std::map<Element, ElementFate>> by_key(history.keys.size());
  const auto take = [&](const ClientStep& step, std::uint32_t id) {
    if (step.act != ClientStep::Act::include && step.act != ClientStep::Act::exclude) return;
    ElementFate& fate = by_key[step.key][step.element];
    fate.element = step.element;
    if (step.act == ClientStep::Act::include) {
      ++fate.includes;
      if (id != kNoStep) fate.include = id;
      return;
    }
    fate.exclude_asked = std::min(fate.exclude_asked, step.invoked);
    if (id != kNoStep) fate.excludes.push_back(id);
  };
  for (std::uint32_t id = 0; id < history.steps.size(); ++id) take(history.steps[id], id);
  for (const ClientStep& step : history.unknown) take(step, kNoStep);
  std::vector<std::vector<ElementFate>> out(by_key.size());
  for (std::size_t key = 0; key < by_key.size(); ++key) {
    for (auto& [element, fate] : by_key[key]) out[key].push_back(std::move(fate));
  }
  return out;
}

}  // namespace wn::checkers
