#include "scenarios/runner/liars.h"

#include <algorithm>
#include <charconv>

#include "faults/plan/names.h"
#include "runtime/host/placement.h"
#include "runtime/realm/protocol.h"
#include "scenarios/runner/process_node.h"
#include "scenarios/workloads/realm_names.h"

namespace wn::scenarios {
namespace {

// The k-th life of node n is the replica n + k * 10,000 (runtime/realm/members.cpp).
constexpr std::uint64_t kLifeStride = 10'000;

// What a server decided, as against what the world did to it.
bool says_of_itself(TraceKind kind) {
  const auto number = static_cast<std::uint16_t>(kind);
  return (number >= 400 && number < 500) || number >= 700;
}

// The number of the worknode that a key speaks of: "w12.tags", "n3.w12.title", "w12". False: of none.
bool worknode_of(std::string_view key, std::uint64_t& number) {
  const std::size_t at = key.starts_with('w')         ? 0
                         : key.find(".w") == key.npos ? key.npos
                                                      : key.find(".w") + 1;
  if (at == key.npos) return false;
  const char* const from = key.data() + at + 1;
  return std::from_chars(from, key.data() + key.size(), number).ec == std::errc{};
}

TraceEvent hidden(TraceEvent event) {
  event.kind = TraceKind{};
  return event;
}

}  // namespace

Liars::Liars(const faults::Plan& plan) : plan_(plan), liars_(faults::liars_of(plan)) {
  if (liars_.empty() || plan.system.service != faults::Service::realm) return;
  for (const faults::NodePlan& n : plan.nodes) {
    if (n.role == faults::NodeRole::server && plan.system.remote_calls) homes_.push_back(n.id);
    if (n.role == faults::NodeRole::client && lies(home_of(plan, n.id))) served_.insert(n.id.value);
  }
  for (const faults::Operation& op : plan.operations) {
    if (op.server && lies(op.server)) served_.insert(op.process.value);  // it roams
  }
}

bool Liars::lies(NodeId node) const { return std::ranges::binary_search(liars_, node); }

bool Liars::of_liar(std::uint64_t replica) const {
  return lies(NodeId{static_cast<std::uint32_t>(replica % kLifeStride)});
}

TraceEvent Liars::seen(const TraceEvent& event) {
  if (lies(event.node)) {
    // What it has signed binds it.
    if (!says_of_itself(event.kind) || event.kind == TraceKind::rpc_signed) return event;
    return hidden(event);
  }
  if (event.kind == TraceKind::realm_update) {
    if (of_liar(event.field[0])) touched_.insert(realm::number_of(event.field[3]));
    last_of_[event.node] = {.counter = event.field[1], .worknode = realm::number_of(event.field[3])};
  }
  // An honest home did what a liar asked it to do for a client of its own.
  if (event.kind == TraceKind::realm_served && event.field[2] != 0 && served_.contains(event.field[0])) {
    const Written& last = last_of_[event.node];
    if (last.counter == event.field[2]) touched_.insert(last.worknode);
  }
  // A revocation of a liar's is undone with its other updates when the liar is proven.
  if (event.kind == TraceKind::cap_revoked && of_liar(event.field[1])) return hidden(event);
  return event;
}

// Where requests go to their worknode's home: a liar answers for it.
bool Liars::asked_of_liar(std::uint64_t worknode) const {
  return !homes_.empty() && lies(host::placed_on(realm::numbered(worknode), homes_));
}

bool Liars::judged(const checkers::History& history, const checkers::Operation& operation) const {
  if (served_.contains(node_of_process(operation.process))) return false;
  if (history.atoms.kind(operation.key) != checkers::Interner::Kind::text) return true;
  std::uint64_t worknode = 0;
  if (!worknode_of(history.atoms.text_of(operation.key), worknode)) return true;
  return !touched_.contains(worknode) && !asked_of_liar(worknode);
}

Liars::Judged Liars::judged(const checkers::History& history) const {
  Judged out{.history = history, .original = {}};
  out.history.operations.clear();
  for (std::uint64_t i = 0; i < history.operations.size(); ++i) {
    if (!judged(history, history.operations[i])) continue;
    out.history.operations.push_back(history.operations[i]);
    out.original.push_back(i);
  }
  return out;
}

}  // namespace wn::scenarios
