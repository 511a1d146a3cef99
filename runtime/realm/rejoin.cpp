// A node whose replica was evicted takes a peer's image, goes on as a fresh replica, and does again what it
// had done alone.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/realm/codec.h"
#include "runtime/realm/rules.h"

namespace wn::realm {
namespace {

// Nobody else holds an event of `gone` that we do not: what the image lacks of it may then be done again
// without being done twice. Present members that have heard of the eviction take nothing from it any more;
// one that was evicted itself takes an image when it returns, and forgets.
bool holds_all_of(const State& s, ReplicaId gone) {
  return std::ranges::all_of(s.members.all(), [&](const Members::Member& m) {
    if (m.node == s.options.node || !m.replica) return true;
    return m.known && m.epoch == s.members.epoch() && m.known->of(gone) <= s.known().of(gone);
  });
}

// Somebody let in an identity that we have never heard of, and may hold events of it: its last word to us can
// be older than that. Who has told us all that it knew since the identity was first claimed here has not done
// so, or we would know; and who was evicted forgets it.
bool let_in_by_nobody_present(State& s, const Moment& moment, NodeId node, ReplicaId gone) {
  Stranger& claimed = s.strangers[node];
  if (claimed.replica != gone) claimed = {.replica = gone, .since = moment.now};
  return std::ranges::all_of(s.members.all(), [&](const Members::Member& m) {
    if (m.node == s.options.node || m.node == node || !m.replica) return true;
    return m.as_of && *m.as_of > claimed.since;
  });
}

// What we did under the old identity and nobody else knows.
struct Undone {
  NodeId client;
  Request request;
};
std::vector<Undone> undone_by(const State& s, const causality::VersionVector& known) {
  std::vector<Undone> out;
  for (const LogEntry& entry : s.log) {
    if (entry.dot.replica != s.self || known.contains(entry.dot) || entry.intent.empty()) continue;
    Undone undone{.client = entry.client, .request = {}};
    WN_CHECK(decode(entry.intent.view(), undone.request) == Errc::ok);
    out.push_back(std::move(undone));
  }
  return out;
}

}  // namespace

// The identity under which `node` may go on; none when it has no need of one, or we can't give one now.
ReplicaId admit(State& s, const Moment& moment, NodeId node, ReplicaId gone, Effects& effects) {
  const Members::Member* member = s.members.find(node);
  if (member == nullptr || member->replica == gone || s.members.liar(node)) return {};
  const NodeId lived = s.members.node_of(gone);
  if (lived && lived != node) return {};
  if (!lived && !let_in_by_nobody_present(s, moment, node, gone)) return {};
  if (!holds_all_of(s, gone)) return {};
  if (member->replica) return member->replica;  // it joined before, and lost our answer
  // Above the one that it had: of that one's events some may be under way still.
  const ReplicaId fresh = std::max(s.members.next_replica(node), Members::after(gone));
  const MembershipChange join{.action = MembershipAction::join, .replica = fresh, .node = node};
  return change_membership(s, moment, join, effects) == Errc::ok ? fresh : ReplicaId{};
}

// The state becomes the image's. False: the image is no good; nothing has changed.
bool adopt(State& s, const Moment& moment, ByteView image, ReplicaId replica, Effects& effects) {
  State fresh(s.options, s.memory);
  if (restore_image(fresh, image) != Errc::ok) return false;
  if (fresh.members.node_of(replica) != s.options.node || fresh.members.evicted(replica)) return false;
  // A replica id is never taken twice, whatever a peer says: we would fork ourselves.
  if (s.chains && (replica <= s.self || fresh.known().of(replica) != 0)) return false;
  const std::vector<Undone> undone = undone_by(s, fresh.known());
  take_over(s, fresh);
  s.log = std::move(fresh.log);
  restart_clock(s);
  s.self = replica;
  s.evicted = false;
  s.open.reset();
  s.giving.clear();
  s.accepted_at = moment.now;
  s.denied = false;
  s.revocations.clear();  // their clients ask again
  effects.replace_journal = true;
  note(s, effects, TraceKind::realm_restored, s.self.value, s.members.epoch(), s.updates, 1);
  tell_tree(s, effects);
  for (const Undone& u : undone) {
    effects.sometimes.push_back("realm: done again after an eviction");
    perform(s, moment, u.client, u.request, effects);
  }
  return true;
}

}  // namespace wn::realm
