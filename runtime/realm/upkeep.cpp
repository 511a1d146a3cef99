// What time brings: gossip, suspicion and eviction, and what nobody needs any more.
#include <algorithm>

#include "runtime/realm/rules.h"

namespace wn::realm {
namespace {

using causality::HlcTime;
using causality::Stamp;

constexpr std::uint64_t kAskTheGone = 8;
constexpr std::size_t kHeardAtOnce = 8;  // members that may be heard one by one
constexpr ReplicaId kAnyReplica{~std::uint32_t{0}};

void gossip(State& s, const Moment& moment, std::uint64_t draw, Effects& effects) {
  const auto& members = s.members.all();
  if (members.size() < 2) {
    s.guard->heard(ReplicaId{1}, moment.now);
    return collect_garbage(s, effects);  // nobody's word will come and do it
  }
  if (s.open && moment.now - s.open->sent < s.options.answer_timeout) return;
  // Those without a present replica are asked now and then alone: they ask us when they are back.
  const bool everybody = s.evicted || (draw >> 32) % kAskTheGone == 0;
  std::vector<NodeId> peers;
  for (const Members::Member& m : members) {
    if (m.node != s.options.node && (m.replica || everybody) && may_exchange(s, m.node))
      peers.push_back(m.node);
  }
  if (peers.empty()) return;
  const NodeId peer = peers[(draw & 0xFFFFFFFFU) % peers.size()];
  // Without an identity it asks for one, and now and then whether it is known after all.
  const bool ask = (draw >> 40) % 2 == 0;
  if (s.evicted && (ask || s.members.evicted(s.self))) return ask_for_image(s, moment, peer, effects);
  begin_sync(s, moment, peer, effects);
}

// Who all the others are is known when all that they know is known: one may have let somebody in.
bool knows_of_all(const State& s) {
  return std::ranges::all_of(s.members.all(), [&](const Members::Member& m) {
    return m.node == s.options.node || !m.replica || (m.known && s.known().dominates(*m.known));
  });
}

bool all_have(const State& s, causality::Dot dot) {
  return std::ranges::all_of(s.members.all(), [&](const Members::Member& m) {
    return m.node == s.options.node || !m.replica || (m.known && m.known->contains(dot));
  });
}

// Whom this replica has not heard of for long it suspects; whom a majority suspects is evicted.
void judge_members(State& s, const Moment& moment, Effects& effects) {
  const Duration patience = nanoseconds(static_cast<std::int64_t>(s.options.limits.gc_eviction_after_ns));
  std::vector<MembershipChange> changes;
  for (Members::Member& m : s.members.all()) {
    if (m.node == s.options.node || !m.replica) continue;
    if (m.fresh) m.silent_from = moment.now;
    m.fresh = false;
    const Instant since = m.as_of ? std::max(*m.as_of, m.silent_from) : m.silent_from;
    const bool silent = moment.now - since > patience;
    const bool suspected = s.members.suspected_by(s.self, m.replica);
    if (silent != suspected) {
      changes.push_back({.action = silent ? MembershipAction::suspect : MembershipAction::trust,
                         .replica = m.replica,
                         .node = {}});
    }
    if (silent && s.members.condemned(m.replica)) {
      changes.push_back({.action = MembershipAction::evict, .replica = m.replica, .node = {}});
    }
  }
  for (const MembershipChange& change : changes) {
    const bool suspect = change.action == MembershipAction::suspect;
    // But for the one that is judged: what it might decide on an old word goes with it.
    const NodeId judged = s.members.node_of(change.replica);
    const auto all_know = [&](causality::Dot dot) {
      return std::ranges::all_of(s.members.all(), [&](const Members::Member& m) {
        return m.node == s.options.node || m.node == judged || !m.replica ||
               (m.known && m.known->contains(dot));
      });
    };
    if (suspect && !s.members.may_suspect(s.self, all_know)) continue;
    if (change_membership(s, moment, change, effects) != Errc::ok) return;
  }
}

// A replica that nobody has known for long, though somebody answered, was let in by one that was evicted
// itself: its join is no more. It needs another image, as if it had been evicted. (If it was only that its
// join had not spread, it is not let in under another identity before it has: rejoin.cpp.)
void judge_ourselves(State& s, const Moment& moment) {
  const Duration patience = nanoseconds(static_cast<std::int64_t>(s.options.limits.gc_eviction_after_ns));
  if (s.denied && moment.now - s.accepted_at > patience) s.evicted = true;
}

// The youngest time that no update which is still to come can be at or before: every present member has told,
// in this epoch, a clock at which all that it knew is known here. (Causal stability: Baquero, Almeida, Shoker
// 2017, with the epoch in the place of a fixed membership.)
HlcTime stable_time(const State& s) {
  HlcTime stable = s.latest;
  if (s.options.defect == Defect::tombstone_reaped_early) return stable;
  for (const Members::Member& m : s.members.all()) {
    if (m.node == s.options.node || !m.replica) continue;
    if (!m.known || m.epoch != s.members.epoch() || !s.known().dominates(*m.known)) return {};
    stable = std::min(stable, m.time);
  }
  return stable;
}

causality::VersionVector known_by_all(const State& s) {
  causality::VersionVector all(s.known(), s.memory);
  if (s.options.defect == Defect::tombstone_reaped_early) return all;
  for (const Members::Member& m : s.members.all()) {
    if (m.node != s.options.node && m.replica && m.known) all.meet(*m.known);
  }
  return all;
}

}  // namespace

void collect_garbage(State& s, Effects& effects) {
  if (WN_FAULT_POINT(s.options.fault_points, "realm.garbage-kept")) return;
  const std::size_t before = s.log.size();
  if (knows_of_all(s)) {
    while (!s.log.empty() && all_have(s, s.log.front().dot)) s.log.pop_front();
  }
  if (s.log.size() != before) effects.sometimes.push_back("realm: updates that all have were dropped");
  // With an identity updates may have to be undone, and words about time are not believed: the tree's log
  // goes with the base, and marks in texts stay.
  if (s.chains) return advance_base(s, effects);
  const HlcTime stable = stable_time(s);
  if (stable.value == 0) return;
  const Stamp cut{stable, kAnyReplica};
  if (!(s.tree.truncated() < cut)) return;
  s.tree.truncate_before(cut);
  s.properties.collect(known_by_all(s));
}

Digest digest_of(const State& s) {
  Digest digest = s.tree.digest();
  s.properties.absorb_into(digest);
  const Digest schemas = s.schemas.digest();
  digest.absorb(schemas.low());
  digest.absorb(schemas.high());
  std::vector<std::uint8_t> revocations;
  s.guard->encode_revocations(revocations);
  digest.absorb(ByteView(revocations));
  s.members.absorb_into(digest);
  if (s.chains) s.chains->cuts.absorb_into(digest);
  return digest;
}

void tell_digest(State& s, Effects& effects) {
  if (s.updates == s.told_at) return;
  s.told_at = s.updates;
  Digest clock;
  s.known().absorb_into(clock);
  if (s.chains) clock.absorb(heads_of(s).view());  // which histories, not only how long
  const Digest digest = digest_of(s);
  note(s, effects, TraceKind::realm_digest, clock.low(), digest.low(), digest.high(), s.tree.size(),
       s.updates);
}

// A replica that has just started takes no updates before it has heard the time of a majority. Of many
// members it asks more often until then: one at each interval would be as late as they are many.
Duration until_next_gossip(State& s, const Moment& moment) {
  const std::size_t times = s.members.all().size() / kHeardAtOnce;
  if (times < 2) return s.options.gossip_interval;
  if (!s.time.anchored()) s.time.at(moment);
  return s.time.anchored() ? s.options.gossip_interval
                           : s.options.gossip_interval / static_cast<std::int64_t>(times);
}

void upkeep(State& s, const Moment& moment, std::uint64_t draw, Effects& effects) {
  if (moment.now < s.next_gossip) return;
  s.next_gossip = moment.now + until_next_gossip(s, moment);
  if (WN_FAULT_POINT(s.options.fault_points, "realm.gossip-early"))
    s.next_gossip = moment.now + s.options.gossip_interval / 8;
  s.entropy = draw;
  if (s.time.doubts(moment)) effects.sometimes.push_back("realm: own clock not believed");
  if (!s.evicted) judge_members(s, moment, effects);
  judge_ourselves(s, moment);
  gossip(s, moment, draw, effects);
  glue_upkeep(s, moment, effects);
  tell_digest(s, effects);
}

}  // namespace wn::realm
