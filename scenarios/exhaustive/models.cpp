#include "scenarios/exhaustive/models.h"

#include <fmt/format.h>

#include <algorithm>

#include "runtime/base/check.h"
#include "scenarios/exhaustive/capability_model.h"
#include "scenarios/exhaustive/crdt_model.h"
#include "scenarios/exhaustive/raft_story.h"

namespace wn::exhaustive {

namespace {

Explored told(RaftModel& model, Findings findings) {
  Explored out{.findings = std::move(findings), .parts = {}, .story = {}, .script = {}};
  out.core_steps = model.tables().steps();
  if (out.findings.ending != Ending::violated) return out;
  RaftStory story = tell(model, out.findings.path);
  out.story = std::move(story.steps);
  out.script = std::move(story.script);
  return out;
}

Explored explore_raft(RaftScope scope, Limits limits) {
  RaftModel model(scope);
  Explored out = told(model, search(model, limits));
  if (out.findings.ending != Ending::violated || out.findings.shortest) return out;
  // The shortest way, unless a limit comes first.
  scope.cover = false;
  limits.depth = static_cast<std::uint32_t>(out.findings.path.size() - 1);
  RaftModel again(scope);
  Findings found = search(again, limits);
  return found.ending == Ending::violated ? told(again, std::move(found)) : std::move(out);
}

Explored explore_crdt(const CrdtScope& scope, const Limits& limits) {
  CrdtModel model(scope);
  Explored out{.findings = search(model, limits), .parts = {}, .story = {}, .script = {}};
  if (out.findings.ending == Ending::violated) out.story = model.tell(out.findings.path);
  out.core_steps = model.steps();
  return out;
}

Explored explore_capability(const CapabilityScope& scope, const Limits& limits) {
  CapabilityModel model(scope);
  Explored out{.findings = search(model, limits), .parts = {}, .story = {}, .script = {}};
  if (out.findings.ending == Ending::violated) out.story = model.tell(out.findings.path);
  out.core_steps = model.decisions();
  return out;
}

void add(Explored& all, Explored one) {
  Findings sum = std::move(one.findings);
  const Findings& before = all.findings;
  sum.states += before.states;
  sum.transitions += before.transitions;
  sum.depth = std::max(sum.depth, before.depth);
  sum.bytes = std::max(sum.bytes, before.bytes);
  sum.layers.resize(std::max(sum.layers.size(), before.layers.size()));
  for (std::size_t i = 0; i < before.layers.size(); ++i) sum.layers[i] += before.layers[i];
  all.findings = std::move(sum);
  all.story = std::move(one.story);
  all.core_steps += one.core_steps;
}

Explored explore_every_crdt(CrdtScope scope, const Limits& limits) {
  Explored out;
  for (const auto& [name, type] : kCrdtTypes) {
    scope.type = type;
    Explored one = explore_crdt(scope, limits);
    out.parts.push_back(fmt::format("{}: {}, {} states, {} transitions, {} steps deep", name,
                                    to_string(one.findings.ending), one.findings.states,
                                    one.findings.transitions, one.findings.depth));
    add(out, std::move(one));
    if (out.findings.ending != Ending::complete) break;
  }
  return out;
}

}  // namespace

std::vector<ModelInfo> models() {
  return {
      {"raft", "a cluster of Raft cores: elections, proposals, reads, crashes, loss, reordering, repetition"},
      {"crdt",
       "replicas of a document of each replicated type: operations, deltas in any order, anti-entropy"},
      {"capability",
       "a chain of rights before its guard: any links, revocation, expiry, moves, uses, restart"}};
}

Explored explore(std::string_view name, const Scopes& scopes, const Limits& limits) {
  if (name == "crdt") {
    return scopes.crdt.every_type ? explore_every_crdt(scopes.crdt, limits)
                                  : explore_crdt(scopes.crdt, limits);
  }
  if (name == "capability") return explore_capability(scopes.capability, limits);
  WN_CHECK(name == "raft");
  return explore_raft(scopes.raft, limits);
}

}  // namespace wn::exhaustive
