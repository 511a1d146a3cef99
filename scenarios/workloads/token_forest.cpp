#include "scenarios/workloads/token_forest.h"

#include <algorithm>

namespace wn::scenarios {
namespace {

using faults::OpFunction;
using faults::TokenPlan;

// The bits of realm::Right (faults/plan/names.h has their words).
constexpr std::uint32_t kRead = 1U << 0;
constexpr std::uint32_t kWrite = 1U << 1;
constexpr std::uint32_t kCreate = 1U << 2;
constexpr std::uint32_t kDelegate = 1U << 6;
constexpr std::uint32_t kAll = (1U << 10) - 1;
constexpr std::uint32_t kChainLength = 3;

std::vector<NodeId> clients_of(const faults::Plan& plan) {
  std::vector<NodeId> out;
  for (const faults::NodePlan& n : plan.nodes) {
    if (n.role == faults::NodeRole::client) out.push_back(n.id);
  }
  return out;
}

std::uint32_t add(faults::Plan& plan, TokenPlan token) {
  token.id = static_cast<std::uint32_t>(plan.tokens.size() + 1);
  plan.tokens.push_back(token);
  return token.id;
}

// A moment in the middle of the workload: something happens before it and after it.
SimTime middle(const WorkloadSpec& spec, SimTime stop, Draw& draw) {
  const std::int64_t span = std::max<std::int64_t>(4000, stop.ns - spec.start.ns);
  const std::int64_t ns = spec.start.ns + draw.between(span / 4, 3 * span / 4);
  return SimTime{ns - ns % 1000};
}

}  // namespace

void grant_first_tokens(faults::Plan& plan) {
  for (const NodeId client : clients_of(plan)) add(plan, {.holder = client, .rights = kAll});
}

void grow_forest(faults::Plan& plan, const WorkloadSpec& spec, const Random& random, SimTime stop,
                 std::vector<faults::Operation>& out) {
  const std::vector<NodeId> clients = clients_of(plan);
  for (std::size_t i = 0; i < clients.size(); ++i) {
    const NodeId client = clients[i];
    const NodeId other = clients[(i + 1) % clients.size()];
    Draw draw = random.at("workload.tokens", client.value);
    const auto some_key = [&] {
      return spec.first_key + 1 + static_cast<std::uint32_t>(draw.below(spec.keys));
    };
    const auto first = static_cast<std::uint32_t>(i + 1);
    const std::uint32_t narrow_key = some_key();
    const std::uint32_t narrow =
        add(plan,
            {.parent = first, .holder = client, .rights = kRead | kWrite | kDelegate, .subtree = narrow_key});
    add(plan, {.parent = first, .holder = client, .rights = kAll, .expires = middle(spec, stop, draw)});
    // Lent to the next client and taken back while that one uses it.
    const std::uint32_t lent =
        add(plan, {.parent = first, .holder = other, .rights = kRead | kWrite | kCreate | kDelegate});
    add(plan, {.parent = lent, .holder = other, .rights = kRead | kWrite, .subtree = some_key()});
    out.push_back({.process = client,
                   .at = middle(spec, stop, draw),
                   .function = OpFunction::revoke,
                   .value = std::int64_t{lent}});
    std::uint32_t link = first;
    for (std::uint32_t depth = 0; depth < kChainLength; ++depth) {
      link = add(plan, {.parent = link,
                        .holder = depth + 1 == kChainLength ? other : kNobody,
                        .rights = kRead | kWrite | (depth + 1 == kChainLength ? 0 : kDelegate)});
    }
    add(plan, {.parent = first, .holder = client, .rights = kRead | kWrite, .uses_max = 5});
    // Forged: more than its parent may do, where its parent may not.
    add(plan, {.parent = narrow, .holder = client, .rights = kAll, .subtree = 0});
  }
}

}  // namespace wn::scenarios
