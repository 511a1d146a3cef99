#pragma once
// What search() does with a model that has kinds: those states first that have the most marks, so that most
// others are found to be covered before anyone has looked at them. Complete means the same as ever: every
// state that can be reached was explored, or can do no more than one that was. A counterexample found this
// way need not be a shortest one, and there are no layers.
#include "scenarios/exhaustive/search.h"

namespace wn::exhaustive {

Findings search_covering(Model& model, const Limits& limits);

}  // namespace wn::exhaustive
