#pragma once
// History: operations in order of invocation, with the values that they speak of.
#include <string>
#include <string_view>
#include <vector>

#include "checkers/history/interner.h"
#include "checkers/history/line_places.h"
#include "checkers/history/operation.h"

namespace wn::checkers {

struct History {
  Interner atoms;
  std::vector<Operation> operations;  // ascending `invoked`
  std::uint64_t positions = 0;        // one more than the last position in use
  LinePlaces places;                  // position -> line, of a history that was read from text
  std::string source;                 // where it came from, for people

  std::uint64_t bytes() const;  // memory held, near enough for a limit
};

std::string_view to_string(Function function);
std::string_view to_string(Outcome outcome);
Function function_named(std::string_view name);  // Function::other when it is none of ours

// "process 3: put key 7 value 12 -> ok [lines 12, 40]", for explanations.
std::string describe(const History& history, std::uint64_t operation);

}  // namespace wn::checkers
