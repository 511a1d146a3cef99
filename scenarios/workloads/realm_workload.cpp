#include "scenarios/workloads/realm_workload.h"

#include <algorithm>

#include "faults/plan/names.h"
#include "runtime/realm/stock_schema.h"
#include "scenarios/workloads/realm_names.h"

namespace wn::scenarios {
namespace {

using faults::NodePlan;
using faults::NodeRole;
using faults::Operation;
using faults::OpFunction;

constexpr std::uint32_t kTitle = 1;
constexpr std::uint32_t kCount = 2;
constexpr std::uint32_t kTags = 3;
constexpr std::uint32_t kBudget = 5;
constexpr std::uint64_t kMapKeys = 3;
constexpr std::uint64_t kMillion = 1'000'000;
constexpr std::uint64_t kAddMax = 100;
constexpr std::uint64_t kSpendMax = 60;
constexpr std::uint32_t kSchemaNewest = 3;
constexpr Duration kPerRead = milliseconds(3);
constexpr Duration kAfterReads = seconds(2);
constexpr Duration kSilenceMax = seconds(5);

std::vector<NodeId> nodes_of(const faults::Plan& plan, NodeRole role) {
  std::vector<NodeId> out;
  for (const NodePlan& n : plan.nodes) {
    if (n.role == role) out.push_back(n.id);
  }
  return out;
}

// The root has no properties of its own.
std::uint32_t first_key(const WorkloadSpec& spec) { return spec.first_key + 1; }

}  // namespace

RealmMaker::RealmMaker(const WorkloadSpec& spec, std::span<const MixShare> mix, const faults::Plan& plan)
    : spec_(spec), plan_(plan), servers_(nodes_of(plan, NodeRole::server)) {
  for (const MixShare& share : mix) bounded_ |= share.function == OpFunction::spend && share.weight > 0;
  for (const MixShare& share : mix) {
    if (share.weight == 0) continue;
    if (share.function == OpFunction::add) {
      properties_.insert(bounded_ ? kBudget : kCount);
    } else if (const std::uint32_t property = faults::property_of(share.function); property != 0) {
      properties_.insert(property);
    }
  }
  for (const faults::TokenPlan& token : plan.tokens) {
    if (token.parent != 0 && token.holder) tokens_[token.holder].push_back(token.id);
  }
  for (const Operation& o : plan.operations) {
    if (o.function == OpFunction::publish)
      published_.emplace_back(o.at, static_cast<std::uint32_t>(o.value % realm::kRivalSchemas));
  }
}

std::uint32_t RealmMaker::first_tree_key(Draw& draw) const {
  return first_key(spec_) + static_cast<std::uint32_t>(draw.below(spec_.keys));
}

std::uint32_t RealmMaker::any_worknode(Draw& draw) const {
  const std::uint32_t first = first_tree_key(draw);
  const std::uint64_t roll = draw.u64();
  if (roll % 16 == 0) return 0;
  return created_.empty() || roll % 3 != 0 ? first : created_[roll / 3 % created_.size()];
}

std::uint32_t RealmMaker::movable(Draw& draw) const { return std::max(any_worknode(draw), 1U); }

void RealmMaker::fill_value(Operation& op, Draw& draw, std::int64_t& next_value) {
  op.key = first_tree_key(draw);
  op.property = faults::property_of(op.function);
  switch (op.function) {
    case OpFunction::get: {
      const std::uint64_t which = draw.below(properties_.size());
      op.property =
          properties_.empty() ? kTitle : *std::next(properties_.begin(), static_cast<std::ptrdiff_t>(which));
      return;
    }
    case OpFunction::exclude:
      if (included_[op.key].count > 0) {
        op.value = included_[op.key].any(draw);
        return;
      }
      op.function = OpFunction::include;  // nothing to take away yet
      [[fallthrough]];
    case OpFunction::include:
      op.property = kTags;
      op.value = next_value++;
      included_[op.key].push(op.value);
      return;
    case OpFunction::add:
      op.property = bounded_ ? kBudget : kCount;
      op.value = static_cast<std::int64_t>(1 + draw.below(kAddMax));
      // A burst: half of all additions go to one worknode.
      if (spec_.kind == "actors" && draw.below(2) == 0) op.key = first_key(spec_);
      return;
    case OpFunction::spend:
      op.value = static_cast<std::int64_t>(1 + draw.below(kSpendMax));
      return;
    case OpFunction::nest:
      op.other = static_cast<std::uint32_t>(draw.below(kMapKeys));
      op.value = next_value++;
      return;
    default:  // put, append
      op.value = next_value++;
  }
}

void RealmMaker::fill_tree(Operation& op, Draw& draw, std::int64_t& next_value) {
  switch (op.function) {
    case OpFunction::create:
      op.key = any_worknode(draw);
      op.value = plan_.system.worknodes + next_value++;
      if (created_.size() < kCreatedMax) created_.push_back(static_cast<std::uint32_t>(op.value));
      return;
    case OpFunction::move:
      op.key = movable(draw);
      op.other = any_worknode(draw);
      return;
    case OpFunction::trash:
      op.key = movable(draw);
      trashed_.push(op.key);
      return;
    case OpFunction::restore:
      op.key = trashed_.count == 0 ? movable(draw) : static_cast<std::uint32_t>(trashed_.any(draw));
      return;
    case OpFunction::query:
      op.key = any_worknode(draw);
      op.value = static_cast<std::int64_t>(1 + draw.below(50));
      return;
    default:  // call, crash
      op.key = first_tree_key(draw);
  }
}

std::uint32_t RealmMaker::token_of(NodeId client, Draw& draw) const {
  if (spec_.kind != "capability") return 0;
  const auto held = tokens_.find(client);
  const std::uint64_t roll = draw.u64();
  if (held == tokens_.end() || roll % 5 < 2) return 0;  // two of five show the first one
  return held->second[roll / 5 % held->second.size()];
}

// Clients of three ages: one speaks the newest version that the plan has published by then, the others are
// one and two behind.
std::uint32_t RealmMaker::schema_of(const Operation& op) const {
  if (spec_.kind != "schema" && spec_.kind != "rivals") return 0;
  std::uint32_t newest = 1;
  for (const auto& [at, version] : published_) {
    if (at < op.at) newest = std::max(newest, version);
  }
  const std::uint32_t behind = op.process.value % kSchemaNewest;
  return newest > behind ? newest - behind : 1;
}

// LOCAL: a register and a counter. Each operation draws the same number of times, whatever comes of it.
void RealmMaker::fill_local(Operation& op, Draw& draw, std::int64_t& next_value) {
  op.mode = Mode::local;
  op.key = first_tree_key(draw);
  const std::uint64_t roll = draw.below(5);
  const std::uint64_t amount = draw.below(kAddMax);
  op.function = roll < 2 ? OpFunction::get : roll < 4 ? OpFunction::put : OpFunction::add;
  op.property = roll == 4 || (op.function == OpFunction::get && amount % 3 == 0) ? kCount : kTitle;
  if (op.function == OpFunction::put) op.value = next_value++;
  if (op.function == OpFunction::add) op.value = static_cast<std::int64_t>(1 + amount);
}

// STRONG: the worknode's register. A cas expects what was lately written, so that some succeed.
void RealmMaker::fill_strong(Operation& op, Draw& draw, std::int64_t& next_value) {
  op.mode = Mode::strong;
  op.key = first_tree_key(draw);
  const std::uint64_t roll = draw.below(5);
  const std::uint64_t which = draw.below(kRecentMax);
  const bool weak = draw.below(kMillion) < spec_.weak_ppm;
  op.function = roll < 2 ? OpFunction::get : roll < 3 ? OpFunction::put : OpFunction::cas;
  if (op.function == OpFunction::get) return;
  Recent& recent = strong_[op.key];
  if (op.function == OpFunction::cas && recent.count == 0) op.function = OpFunction::put;
  if (op.function == OpFunction::cas) op.expected = recent.values[which % std::min(recent.count, kRecentMax)];
  op.value = next_value++;
  recent.push(op.value);
  // A cas that is refused says something about the value; one that is refused for what it rests on does not.
  if (!weak || op.function != OpFunction::put) return;
  op.evidence = Mode::eventual;
  op.endorsed = which % 2 == 0;
}

void RealmMaker::fill_modes(Operation& op, Draw& draw, std::int64_t& next_value) {
  const std::uint64_t mode = draw.below(100);
  const bool roams = draw.below(kMillion) < spec_.roam_ppm;
  const std::uint64_t whereto = draw.u64();
  if (mode < spec_.local) return fill_local(op, draw, next_value);
  if (mode < spec_.local + spec_.strong) return fill_strong(op, draw, next_value);
  fill_value(op, draw, next_value);
  if (roams) op.server = servers_[whereto % servers_.size()];
}

void RealmMaker::fill(Operation& op, Draw& draw, std::int64_t& next_value) {
  if (spec_.kind == "modes") return fill_modes(op, draw, next_value);
  if (faults::property_of(op.function) != 0 || op.function == OpFunction::get ||
      op.function == OpFunction::add) {
    fill_value(op, draw, next_value);
  } else {
    fill_tree(op, draw, next_value);
  }
  op.token = token_of(op.process, draw);
  op.schema_version = schema_of(op);
}

RealmTimes realm_times(const faults::Plan& plan, std::uint64_t reads) {
  const SimTime end{plan.duration.ns};
  const Duration tail = end - plan.freeze_at;
  const Duration wanted = kAfterReads + kPerRead * static_cast<std::int64_t>(reads);
  // Nothing is read before the faults are over and what they held up has spread.
  const Duration for_reads = std::min(wanted, Duration{tail.ns / 2});
  RealmTimes times;
  times.final_reads = SimTime{(plan.duration - for_reads).ns};
  times.stop =
      SimTime{std::max<std::int64_t>(0, times.final_reads.ns - std::min(kSilenceMax.ns, tail.ns / 2))};
  return times;
}

void append_final_reads(const RealmMaker& maker, const WorkloadSpec& spec, const faults::Plan& plan,
                        SimTime at, std::vector<Operation>& out) {
  if (!spec.final_reads) return;
  for (const NodeId server : nodes_of(plan, NodeRole::server)) {
    const std::vector<NodeId> clients = nodes_of(plan, NodeRole::client);
    const auto reader = std::ranges::find_if(clients, [&](NodeId c) { return home_of(plan, c) == server; });
    if (reader == clients.end()) continue;
    for (std::uint32_t k = 0; k < spec.keys; ++k) {
      for (const std::uint32_t property : maker.properties()) {
        Operation op;
        op.process = *reader;
        op.at = at;
        op.function = OpFunction::get;
        op.key = first_key(spec) + k;
        op.property = property;
        out.push_back(std::move(op));
      }
    }
  }
}

void append_final_reads_of_modes(const WorkloadSpec& spec, const faults::Plan& plan, SimTime at,
                                 std::vector<Operation>& out) {
  if (!spec.final_reads || spec.kind != "modes") return;
  const std::vector<NodeId> clients = nodes_of(plan, NodeRole::client);
  const auto read = [&](NodeId client, std::uint32_t key, Mode mode, std::uint32_t property) {
    Operation op;
    op.process = client;
    op.at = at;
    op.function = OpFunction::get;
    op.key = key;
    op.mode = mode;
    op.property = property;
    out.push_back(std::move(op));
  };
  for (std::uint32_t k = 0; k < spec.keys; ++k) {
    const std::uint32_t key = first_key(spec) + k;
    if (spec.strong > 0) read(clients[k % clients.size()], key, Mode::strong, 0);
    if (spec.local == 0) continue;
    for (const NodeId client : clients) {
      read(client, key, Mode::local, kTitle);
      read(client, key, Mode::local, kCount);
    }
  }
}

void append_publications(const WorkloadSpec& spec, const faults::Plan& plan, SimTime stop,
                         std::vector<Operation>& out) {
  const std::vector<NodeId> clients = nodes_of(plan, NodeRole::client);
  if (clients.empty()) return;
  const std::int64_t span = std::max<std::int64_t>(0, stop.ns - spec.start.ns);
  if (spec.kind == "rivals") {
    // Two operators at once, who do not know of each other.
    const std::int64_t at = spec.start.ns + span / 2;
    for (const bool rival : {false, true}) {
      out.push_back({.process = rival ? clients.back() : clients.front(),
                     .at = SimTime{at - at % 1000},
                     .function = OpFunction::publish,
                     .value = 2 + (rival ? realm::kRivalSchemas : 0)});
    }
  }
  if (spec.kind != "schema") return;
  for (std::uint32_t version = 2; version <= kSchemaNewest; ++version) {
    const std::int64_t at = spec.start.ns + span * (version - 1) / kSchemaNewest;
    out.push_back({.process = clients.front(),
                   .at = SimTime{at - at % 1000},
                   .function = OpFunction::publish,
                   .value = std::int64_t{version}});
  }
}

}  // namespace wn::scenarios
