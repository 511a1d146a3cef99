#pragma once
// The shortcuts: each decides an object without search where its argument holds, and says `open` where not.
#include <cstdint>
#include <span>
#include <vector>

#include "checkers/collections/part.h"

namespace wn::checkers::collections {

struct Shortcut {
  const History& history;
  const CollectionOptions& options;
  bool broken(CollectionDefect defect) const { return options.defect == defect; }
};

Finding queue(const Shortcut& how, const Part& part);
Finding stack(const Shortcut& how, const Part& part);
Finding priority_queue(const Shortcut& how, const Part& part);
// A set without reads is one object for each element; `rest` gets the operations of those that are open.
Finding set(const Shortcut& how, const Part& part, std::vector<std::vector<std::uint32_t>>& rest);
Finding lock(const Shortcut& how, const Part& part);
Finding semaphore(const Shortcut& how, const Part& part);
Finding counter(const Shortcut& how, const Part& part);

}  // namespace wn::checkers::collections
