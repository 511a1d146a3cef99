#include "runtime/realm/chains.h"

#include <algorithm>

#include "runtime/realm/members.h"
#include "runtime/realm/realm.h"

namespace wn::realm {

Chains::Chains(const Identity& i, std::pmr::memory_resource* m)
    : identity(&i), key(i.secret), memory(m), logs(m), cuts(m) {}

chain::ChainLog& Chains::log_of(ReplicaId writer) {
  const auto at = logs.find(writer);
  if (at != logs.end()) return at->second;
  const chain::Hash start = chain::genesis(identity->realm, writer, Members::home_of(writer));
  return logs.emplace(writer, chain::ChainLog({.counter = 0, .hash = start}, memory)).first->second;
}

const chain::ChainLog* Chains::find(ReplicaId writer) const {
  const auto at = logs.find(writer);
  return at == logs.end() ? nullptr : &at->second;
}

const chain::PublicKey* Chains::key_of(const chain::Header& header) const {
  if (header.realm != identity->realm || Members::home_of(header.writer) != header.node) return nullptr;
  if (Members::life_of(header.writer) >= kLivesMax) return nullptr;
  const auto& all = identity->members;
  const auto at = std::ranges::lower_bound(all, header.node, {}, [](const auto& p) { return p.first; });
  return at != all.end() && at->first == header.node ? &at->second : nullptr;
}

}  // namespace wn::realm
