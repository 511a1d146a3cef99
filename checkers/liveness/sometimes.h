#pragma once
// "Sometimes" claims (Antithesis's `sometimes`, FoundationDB's CODE_PROBE): a sweep that never did a thing
// has not tested it. Judged over the counts of a whole sweep; for one run the counts are information only.
#include <cstdint>
#include <span>
#include <string>

#include "checkers/history/verdict.h"
#include "runtime/base/flat_map.h"

namespace wn::checkers {

// Claim "sometimes". Signature of the first missing one, in the order of `required`: "sometimes: <name> never
// happened".
Verdict check_sometimes(const FlatMap<std::string, std::uint64_t>& counts,
                        std::span<const std::string> required);

}  // namespace wn::checkers
