#pragma once
// A path through a RaftModel, for people: a sentence a step; and as a golden script of runtime/raft/script.h,
// which replays it on the same cores without any of this room's abstractions.
#include <string>
#include <vector>

#include "scenarios/exhaustive/raft_model.h"

namespace wn::exhaustive {

struct RaftStory {
  std::vector<std::string> steps;
  std::string script;
};

RaftStory tell(RaftModel& model, const std::vector<std::uint32_t>& path);

}  // namespace wn::exhaustive
