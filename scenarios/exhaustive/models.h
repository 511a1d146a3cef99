#pragma once
// The models of this room by name, as the program offers them.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/exhaustive/raft_scope.h"
#include "scenarios/exhaustive/search.h"

namespace wn::exhaustive {

struct ModelInfo {
  std::string_view name;
  std::string_view words;
};
std::vector<ModelInfo> models();

struct Explored {
  Findings findings;
  std::vector<std::string> story;  // of the counterexample, a sentence a step
  std::string script;              // the same for runtime/raft/script.h; Raft alone
  std::uint64_t core_steps = 0;    // how often real code was stepped
};

// REQUIRES a name that models() knows.
Explored explore(std::string_view model, const RaftScope& scope, const Limits& limits);

}  // namespace wn::exhaustive
