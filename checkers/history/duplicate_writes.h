#pragma once
// Values that were written twice: what a model that needs unique values refuses, with the lines of both.
#include <optional>
#include <string>

#include "checkers/history/history.h"

namespace wn::checkers {

struct DuplicateWrite {
  std::uint64_t first = 0, second = 0;            // operations; the same one when a transaction writes twice
  std::uint64_t first_line = 0, second_line = 0;  // of their invocations, from 1; 0 unknown
  Atom key, value;
};

// The first (in order of invocation of the second) value that is put into one key twice by write, put,
// append, add, enqueue, push, the new value of a cas, or a transaction. Also of operations that failed: what
// they carried may be seen. Nothing when all are unique. Time and memory O(n).
std::optional<DuplicateWrite> find_duplicate_writes(const History& history);

// "the value 7 is written to key 3 twice, in lines 12 and 40; this check needs unique values"
std::string describe(const History& history, const DuplicateWrite& duplicate);

}  // namespace wn::checkers
