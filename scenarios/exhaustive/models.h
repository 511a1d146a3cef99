#pragma once
// The models of this room by name, as the program offers them.
#include <functional>
#include <string>
#include <string_view>
#include <vector>

#include "scenarios/exhaustive/capability_scope.h"
#include "scenarios/exhaustive/crdt_scope.h"
#include "scenarios/exhaustive/raft_scope.h"
#include "scenarios/exhaustive/search.h"

namespace wn::exhaustive {

struct ModelInfo {
  std::string_view name;
  std::string_view words;
};
std::vector<ModelInfo> models();

struct Scopes {  // only the one of the model that is asked for counts
  RaftScope raft;
  CrdtScope crdt;
  CapabilityScope capability;
};

struct Explored {
  Findings findings;               // of several searches: sums, the deepest, and how the last one ended
  std::vector<std::string> parts;  // of several searches, a line each
  std::vector<std::string> story;  // of the counterexample, a sentence a step
  std::string script;              // the same for runtime/raft/script.h; Raft alone
  std::uint64_t core_steps = 0;    // how often real code was stepped or asked
};

// Several searches end at the first that is not complete; limits are for each. REQUIRES a name that models()
// knows.
Explored explore(std::string_view model, const Scopes& scopes, const Limits& limits);

}  // namespace wn::exhaustive
