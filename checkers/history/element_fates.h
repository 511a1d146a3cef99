#pragma once
// What became of each element of the sets, maps and sequences of a history: who put it in, who took it out.
#include <cstdint>
#include <vector>

#include "checkers/history/client_history.h"

namespace wn::checkers {

struct ElementFate {
  Element element;
  std::uint32_t include = kNoStep;       // kNoStep: only operations of unknown outcome put it in
  std::uint32_t includes = 0;            // that may have had an effect, also of unknown outcome
  std::uint64_t exclude_asked = kNever;  // position of the first invocation of an exclude that may have one
  std::vector<std::uint32_t> excludes;   // acknowledged ones
};

// By key; ascending by element.
std::vector<std::vector<ElementFate>> element_fates(const ClientHistory& history);

}  // namespace wn::checkers
