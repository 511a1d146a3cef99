// What a replica says of itself to a debugger.
#include <string>

#include "runtime/realm/state.h"

namespace wn::realm {
namespace {

void tell_vector(Inspector& to, std::string_view name, const causality::VersionVector& vector) {
  const InspectedGroup group(to, name);
  std::size_t told = 0;
  for (const causality::VersionVector::Item& item : vector.items()) {
    if (told++ == kInspectedListMax) break;
    to.number("r" + std::to_string(item.replica.value), item.counter);
  }
}

void tell_members(const State& s, Inspector& to) {
  const InspectedGroup members(to, "members");
  std::size_t told = 0;
  for (const Members::Member& member : s.members.all()) {
    if (told++ == kInspectedListMax) break;
    const InspectedGroup one(to, "n" + std::to_string(member.node.value));
    to.number("replica", member.replica.value);
    to.number("epoch", member.epoch);
    if (member.as_of) to.instant("complete_as_of", *member.as_of);
    to.flag("in_sync", member.in_sync_since.has_value());
    if (member.in_sync_since) to.instant("in_sync_since", *member.in_sync_since);
    if (member.known) tell_vector(to, "known", *member.known);
  }
}

void tell_sync(const State& s, Inspector& to) {
  const InspectedGroup sync(to, "sync");
  to.flag("open", s.open.has_value());
  if (s.open) {
    to.node("peer", s.open->peer);
    to.number("request", s.open->request);
    to.instant("sent", s.open->sent);
  }
  to.instant("next_gossip", s.next_gossip);
  to.number("giving_images", s.giving.size());
  to.flag("taking_image", s.taking.has_value());
  to.number("awaited_sections", s.healing.awaited.size());
}

}  // namespace

void Realm::inspect(Inspector& to) const {
  const State& s = *state_;
  to.number("replica", s.self.value);
  to.flag("evicted", s.evicted);
  to.number("updates", s.updates);
  to.number("epoch", s.members.epoch());
  tell_vector(to, "version", s.applied);
  to.number("worknodes", s.tree.size());
  to.number("log", s.log.size());
  tell_members(s, to);
  tell_sync(s, to);
  inspect_list(to, "revocations", s.revocations, [&](const PendingRevocation& pending) {
    const InspectedGroup group(to);
    to.node("client", pending.client);
    to.number("operation", pending.operation);
    to.number("replica", pending.dot.replica.value);
    to.number("counter", pending.dot.counter);
  });
  inspect_list(to, "sessions", s.sessions, [&](const auto& session) {
    const InspectedGroup group(to);
    to.node("client", session.first);
    to.number("operation", session.second.operation);
    to.flag("refused", !session.second.refusal.empty());
  });
  to.number("tokens_judged", s.tokens_shown.judged);
}

}  // namespace wn::realm
