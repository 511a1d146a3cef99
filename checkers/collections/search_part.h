#pragma once
// The search over one object, or over some of its operations.
#include <cstdint>
#include <span>
#include <string>
#include <vector>

#include "checkers/collections/part.h"
#include "checkers/history/budget.h"
#include "checkers/history/verdict.h"

namespace wn::checkers::collections {

struct Searched {
  Outcome3 outcome = Outcome3::pass;
  std::vector<std::uint32_t> placed, stuck;  // indices into the part
  std::vector<std::string> states;           // after each of `placed`, for people
};

// `which`: the operations of the part that count, in order.
Searched search_part(const History& history, CollectionModel model, const Part& part,
                     std::span<const std::uint32_t> which, const CollectionOptions& options,
                     const Budget& budget, std::uint64_t& spent);

}  // namespace wn::checkers::collections
