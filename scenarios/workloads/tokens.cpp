#include "scenarios/workloads/tokens.h"

#include <algorithm>
#include <set>

#include "runtime/base/check.h"
#include "runtime/base/random.h"
#include "runtime/capability/mint.h"
#include "scenarios/workloads/realm_names.h"
#include "sim/clock/node_clock.h"

namespace wn::scenarios {
namespace {

using capability::KeyPair;
using faults::Plan;
using faults::TokenPlan;

capability::Seed drawn_seed(Draw draw) {
  capability::Seed seed;
  for (std::size_t i = 0; i < seed.bytes.size(); i += 8) {
    const std::uint64_t word = draw.u64();
    for (std::size_t b = 0; b < 8; ++b) seed.bytes[i + b] = static_cast<std::uint8_t>(word >> (8 * b));
  }
  return seed;
}
KeyPair drawn(Draw draw) { return KeyPair(drawn_seed(draw)); }

KeyPair root_of(const Plan& plan) { return drawn(Random(plan.seed).at("capability.root")); }
KeyPair key_of(const Plan& plan, NodeId client) { return KeyPair(secret_of_client(plan, client)); }
// Who holds the link: a client, or somebody who appears in this chain alone.
KeyPair holder_of(const Plan& plan, const TokenPlan& token) {
  return token.holder ? key_of(plan, token.holder)
                      : drawn(Random(plan.seed).at("capability.key", 0, token.id));
}

const TokenPlan* find(const Plan& plan, std::uint32_t id) {
  const auto at = std::ranges::lower_bound(plan.tokens, id, {}, &TokenPlan::id);
  return at == plan.tokens.end() || at->id != id ? nullptr : &*at;
}

WallTime expiry_of(const Plan& plan, const TokenPlan& token) {
  if (token.expires != SimTime::max()) return sim::kWallEpoch + (token.expires - SimTime{});
  // A counted link must expire some day: its verifier keeps the count until then.
  return token.uses_max == 0 ? WallTime::max() : sim::kWallEpoch + plan.duration * 2;
}

capability::Caveats caveats_of(const Plan& plan, const TokenPlan& token) {
  capability::Caveats caveats;
  caveats.rights = token.rights;
  caveats.subtree = worknode_id(token.subtree);
  caveats.expires = expiry_of(plan, token);
  caveats.uses = token.uses_max;
  if (token.uses_max != 0) caveats.verifier = home_of(plan, token.holder);
  return caveats;
}

// The token and its ancestors, the first link first.
std::vector<const TokenPlan*> chain_of(const Plan& plan, std::uint32_t token) {
  std::vector<const TokenPlan*> chain;
  for (const TokenPlan* link = find(plan, token); link != nullptr; link = find(plan, link->parent))
    chain.insert(chain.begin(), link);
  return chain;
}

}  // namespace

capability::Seed secret_of_client(const Plan& plan, NodeId client) {
  return drawn_seed(Random(plan.seed).at("capability.key", client.value));
}
capability::PublicKey root_key_of(const Plan& plan) { return root_of(plan).public_key(); }
capability::PublicKey principal_of(const Plan& plan, NodeId client) {
  return key_of(plan, client).public_key();
}

capability::Seed secret_of_server(const Plan& plan, NodeId server) {
  return drawn_seed(Random(plan.seed).at("chain.key", server.value));
}
std::uint64_t realm_name_of(const Plan& plan) { return Random(plan.seed).at("chain.realm").u64(); }

Bytes token_bytes(const Plan& plan, std::uint32_t token) {
  const std::vector<const TokenPlan*> chain = chain_of(plan, token);
  if (chain.empty() || chain.size() > capability::kDelegationDepthMax) return {};
  const TokenPlan& first = *chain.front();
  capability::Minted minted = capability::grant(root_of(plan), holder_of(plan, first).public_key(), first.id,
                                                caveats_of(plan, first));
  for (std::size_t i = 1; i < chain.size(); ++i) {
    // Unchecked: some are meant to be forgeries.
    minted = capability::delegate_unchecked(minted, holder_of(plan, *chain[i - 1]),
                                            holder_of(plan, *chain[i]).public_key(), chain[i]->id,
                                            caveats_of(plan, *chain[i]));
  }
  std::vector<std::uint8_t> bytes;
  capability::encode(capability::present(minted), bytes);
  return Bytes::copy_of(ByteView(bytes.data(), bytes.size()));
}

std::uint32_t first_token(const Plan& plan, NodeId client) {
  const auto at = std::ranges::find(plan.tokens, client, &TokenPlan::holder);
  return at == plan.tokens.end() ? 0 : at->id;
}

std::vector<Grant> grants_of(const Plan& plan, NodeId client) {
  std::set<std::uint32_t> told;
  std::vector<Grant> grants;
  for (const TokenPlan& token : plan.tokens) {
    if (token.holder != client) continue;
    for (const TokenPlan* link : chain_of(plan, token.id)) {
      if ((link->holder && link->holder != client) || !told.insert(link->id).second) continue;
      grants.push_back({.token = link->id,
                        .parent = link->parent,
                        .rights = link->rights,
                        .subtree = worknode_id(link->subtree).low,
                        .expires_ns = static_cast<std::uint64_t>(expiry_of(plan, *link).ns)});
    }
  }
  return grants;
}

}  // namespace wn::scenarios
