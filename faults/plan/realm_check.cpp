#include "faults/plan/realm_check.h"

#include <algorithm>

#include "faults/plan/names.h"
#include "faults/plan/plan_check.h"
#include "faults/plan/time_text.h"

namespace wn::faults {
namespace {

constexpr Duration kHour = seconds(3600);
constexpr Duration kRegroupMin = milliseconds(10);
constexpr std::uint32_t kMillion = 1'000'000;
constexpr std::uint32_t kMailboxMax = 1'000'000;
constexpr std::uint32_t kCompactMax = 1'000'000'000;
constexpr std::int64_t kCounterMax = 1'000'000'000'000;  // sums of millions of them stay in 64 bits
constexpr std::int64_t kQueryMax = 10'000;
constexpr std::size_t kLimitNameMax = 64;
constexpr std::uint32_t kGroupsMax = 100'000;
constexpr std::uint32_t kGroupReplicasMax = 7;

std::unexpected<Error> refuse(std::string message) {
  return fail(Errc::invalid_argument, std::move(message));
}

// A plan of the key-value service carries nothing of a realm.
Result<void> check_absent(const Plan& p) {
  const SystemPlan& s = p.system;
  SystemPlan plain = s;
  plain.worknodes = plain.fan_out = plain.mailbox_messages = plain.compact_every_updates = 0;
  plain.actor_order = ActorOrder::fifo;
  plain.mailbox_full = MailboxFull::refuse;
  plain.handler_cost = plain.gossip_interval = plain.eviction_after = {};
  plain.staleness_max = plain.clock_offset_max = {};
  plain.groups = plain.group_replicas = 0;
  plain.sessions = plain.anchored = plain.eager = plain.remote_calls = false;
  plain.regroup = {};
  plain.limits.clear();
  plain.signed_updates = false;
  if (plain != s) return refuse("system has knobs of a realm, but serves kv");
  if (!p.tokens.empty()) {
    return refuse("token " + std::to_string(p.tokens[0].id) + ": only a realm knows tokens");
  }
  return {};
}

Result<void> check_knobs(const SystemPlan& s) {
  if (s.worknodes < 1 || s.worknodes > kWorknodesMax)
    return refuse("system worknodes is not between 1 and 2,000,000");
  if (s.fan_out < 1 || s.fan_out > kFanOutMax) return refuse("system fan_out is not between 1 and 10,000");
  if (to_string(s.actor_order) == "unknown") return refuse("system actor_order: no such order");
  if (to_string(s.mailbox_full) == "unknown") return refuse("system mailbox_full: no such policy");
  if (s.mailbox_messages > kMailboxMax) return refuse("system mailbox_messages is above 1,000,000");
  if (s.compact_every_updates > kCompactMax)
    return refuse("system compact_every_updates is above 1,000,000,000");
  if (s.groups > kGroupsMax) return refuse("system groups is above 100,000");
  const bool odd = s.group_replicas % 2 == 1 && s.group_replicas <= kGroupReplicasMax;
  if (s.groups == 0 ? s.group_replicas != 0 : !odd)
    return refuse("system group_replicas is 1, 3, 5 or 7 where there are groups");
  if (s.groups == 0 && s.regroup != RegroupPlan{}) return refuse("system regroup, but there are no groups");
  if (s.regroup.move_ppm > kMillion) return refuse("system regroup move_ppm is above 1,000,000");
  if (s.regroup != RegroupPlan{} && s.regroup.interval < kRegroupMin)
    return refuse("system regroup interval is below 10ms");
  for (Duration d : {s.regroup.interval, s.handler_cost, s.gossip_interval, s.clock_offset_max}) {
    if (d < Duration{} || d > kHour) return refuse("system times must be between 0s and 1h");
  }
  for (Duration d : {s.eviction_after, s.staleness_max}) {
    if (d < Duration{} || d > kPlanDurationMax)
      return refuse("system eviction_after and staleness_max must be between 0s and " +
                    format_duration(kPlanDurationMax));
  }
  return {};
}

// Their form; whether there is such a limit, and its range, is known where the plan is run.
Result<void> check_limits(const SystemPlan& s) {
  if (s.limits.size() > kLimitsMax) return refuse("system limits: more than " + std::to_string(kLimitsMax));
  std::string_view before;
  for (const LimitPlan& limit : s.limits) {
    const bool plain = std::ranges::all_of(
        limit.name, [](char c) { return c == '_' || (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9'); });
    if (limit.name.empty() || limit.name.size() > kLimitNameMax || !plain)
      return refuse("system limits: a name is of small letters, digits and _, at most 64 of them");
    if (limit.name <= before) return refuse("system limits must ascend by name: \"" + limit.name + "\"");
    before = limit.name;
  }
  return {};
}

Result<void> check_outside(const Plan& p) {
  if (p.model.disk_faulty_max != 0 || p.model.membership || p.model.wipe || p.model.sync_lies) {
    return refuse("the fault model of a realm has no faulty disks, membership, wipe or lies of sync");
  }
  for (const Fault& f : p.faults) {
    if (f.kind != FaultKind::transfer) continue;  // the others are refused by the model
    return refuse("fault " + std::to_string(f.id) + " (transfer): a realm has no leader");
  }
  for (const NodePlan& n : p.nodes) {
    if (n.role == NodeRole::spare) return refuse(node_name(n.id) + ": a realm has no spares");
  }
  return {};
}

Result<void> check_tokens(const Plan& p) {
  if (p.tokens.size() > kTokensMax) return refuse("more than " + std::to_string(kTokensMax) + " tokens");
  std::uint32_t before = 0;
  for (const TokenPlan& t : p.tokens) {
    const auto bad = [&](const char* why) { return refuse("token " + std::to_string(t.id) + ": " + why); };
    if (t.id <= before) return bad("tokens must ascend by id, from 1");
    before = t.id;
    if (t.parent >= t.id) return bad("its parent does not come before it");
    if (t.parent != 0 && !std::ranges::binary_search(p.tokens, t.parent, {}, &TokenPlan::id))
      return bad("its parent is not in the plan");
    if (t.rights >= 1U << kRightsEnd) return bad("no such right");
    if (t.subtree >= kWorknodeNumbersMax) return bad("its subtree is not below 100,000,000");
    if (t.expires.ns < 0) return bad("expires before the run");
    if (!t.holder) continue;
    const bool client = std::ranges::any_of(
        p.nodes, [&](const NodePlan& n) { return n.id == t.holder && n.role == NodeRole::client; });
    if (!client) return bad("its holder is not a client of this plan");
  }
  return {};
}

const char* value_problem(const Plan& plan, const Operation& o) {
  switch (o.function) {
    case OpFunction::add:
    case OpFunction::spend:
      return o.value < 0 || o.value > kCounterMax ? "its value is not between 0 and 10^12" : nullptr;
    case OpFunction::create:
      return o.value < plan.system.worknodes || o.value >= kWorknodeNumbersMax
                 ? "a created worknode has a number above those of the first tree and below 100,000,000"
                 : nullptr;
    case OpFunction::query:
      return o.value < 1 || o.value > kQueryMax ? "a query asks for 1 to 10,000 worknodes" : nullptr;
    case OpFunction::publish:
      return o.value < 1 || o.value > 2 * kSchemaVersionsMax
                 ? "versions of a schema are 1 to 1000, and their rivals 1001 to 2000"
                 : nullptr;
    case OpFunction::revoke:
      return o.value < 1 || o.value > UINT32_MAX ||
                     !std::ranges::binary_search(plan.tokens, static_cast<std::uint32_t>(o.value), {},
                                                 &TokenPlan::id)
                 ? "revokes a token that is not in the plan"
                 : nullptr;
    default:
      return nullptr;
  }
}

const char* mode_problem(const Plan& plan, const Operation& o) {
  if (to_string(o.mode) == "unknown" || to_string(o.evidence) == "unknown") return "no such mode";
  if (!has_mode(o.function, o.mode)) return "its function does not go with its mode";
  if (o.expected != 0 && o.function != OpFunction::cas) return "only a cas expects something";
  if (o.mode == Mode::strong && plan.system.groups == 0) return "nothing is STRONG without groups";
  if (o.mode != Mode::strong && (o.evidence != Mode::strong || o.endorsed))
    return "only a STRONG operation rests on evidence";
  if (o.endorsed && o.evidence == Mode::strong) return "only evidence that is weaker can be endorsed";
  if (!o.server) return nullptr;
  const auto server = std::ranges::lower_bound(plan.nodes, o.server, {}, &NodePlan::id);
  const bool there = server != plan.nodes.end() && server->id == o.server && server->role == NodeRole::server;
  return there ? nullptr : "the server that it asks is not one of this plan";
}

bool property_fits(const Operation& o) {
  if (o.mode == Mode::strong) return o.property == 0;
  constexpr std::uint32_t kTitle = 1;
  constexpr std::uint32_t kCount = 2;
  constexpr std::uint32_t kBudget = 5;
  if (o.mode == Mode::local) {
    if (o.function == OpFunction::get) return o.property == kTitle || o.property == kCount;
    return o.property == (o.function == OpFunction::add ? kCount : kTitle);
  }
  if (o.function == OpFunction::get) return o.property >= 1 && o.property < kPropertiesEnd;
  if (o.function == OpFunction::add) return o.property == kCount || o.property == kBudget;
  return o.property == property_of(o.function);
}

}  // namespace

namespace detail {

const char* realm_problem(const Plan& plan, const Operation& o) {
  if (!o.txn.empty()) return "a realm has no transactions";
  if (const char* why = mode_problem(plan, o)) return why;
  if (o.key >= kWorknodeNumbersMax) return "its worknode is not below 100,000,000";
  if (o.other >= kWorknodeNumbersMax) return "its other worknode or key is not below 100,000,000";
  if (o.other != 0 && o.function != OpFunction::move && o.function != OpFunction::nest)
    return "only a move and a nest speak of another worknode or key";
  if (!property_fits(o)) return "its property does not go with its function";
  if (o.schema_version > kSchemaVersionsMax) return "versions of a schema are 1 to 1000";
  if (o.token != 0 && !std::ranges::binary_search(plan.tokens, o.token, {}, &TokenPlan::id))
    return "shows a token that is not in the plan";
  return value_problem(plan, o);
}

const char* kv_problem(const Operation& o) {
  if (o.property != 0 || o.other != 0 || o.token != 0 || o.schema_version != 0)
    return "only a realm has properties, tokens and schemas";
  if (o.mode != Mode::eventual || o.evidence != Mode::strong || o.endorsed || o.server)
    return "only a realm has modes";
  return nullptr;
}

}  // namespace detail

Result<void> check_realm(const Plan& plan) {
  if (plan.system.service == Service::kv) return check_absent(plan);
  if (plan.system.service != Service::realm) return refuse("system service: no such service");
  if (Result<void> r = check_knobs(plan.system); !r) return r;
  if (Result<void> r = check_limits(plan.system); !r) return r;
  if (Result<void> r = check_outside(plan); !r) return r;
  return check_tokens(plan);
}

}  // namespace wn::faults
