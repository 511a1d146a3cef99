#include "scenarios/exhaustive/models.h"

#include "runtime/base/check.h"
#include "scenarios/exhaustive/raft_story.h"

namespace wn::exhaustive {

std::vector<ModelInfo> models() {
  return {{"raft",
           "a cluster of Raft cores: elections, proposals, reads, crashes, loss, reordering, repetition"}};
}

Explored explore(std::string_view name, const RaftScope& scope, const Limits& limits) {
  WN_CHECK(name == "raft");
  RaftModel model(scope);
  Explored out{.findings = search(model, limits), .story = {}, .script = {}};
  if (out.findings.ending == Ending::violated) {
    RaftStory story = tell(model, out.findings.path);
    out.story = std::move(story.steps);
    out.script = std::move(story.script);
  }
  out.core_steps = model.tables().steps();
  return out;
}

}  // namespace wn::exhaustive
