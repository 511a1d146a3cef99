#pragma once
// A verdict as prose. Pure: the same history and verdict give the same text everywhere.
#include <cstdint>
#include <string>
#include <vector>

#include "checkers/history/history.h"
#include "checkers/history/verdict.h"

namespace wn::checkers {

inline constexpr std::size_t kOperationsShownMax = 48;  // in one picture or list
inline constexpr std::size_t kAnomaliesShownMax = 12;

// "put x 3", "get x = 4", "cas x 1 -> 2 refused", "T: r(x)=[1 2] append(y 3)". At most `length` bytes, cut
// with "…".
std::string operation_label(const History& history, std::uint64_t operation, std::size_t length = 60);

// The operations that a picture of `verdict` shows: the witness, the end of the partial order, and what is
// stuck, ascending, without repeats, at most kOperationsShownMax.
std::vector<std::uint64_t> operations_shown(const History& history, const Verdict& verdict);

// Everything that the verdict knows, line by line, with a line feed after each. Empty for a pass.
std::string explain(const History& history, const Verdict& verdict);

}  // namespace wn::checkers
