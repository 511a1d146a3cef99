// The state is the fold of all updates below their writer's cut. Cutting is rare: the state is made anew,
// from the base and the blocks since.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/realm/rules.h"

namespace wn::realm {
namespace {

// What a proof does besides cutting: its node is no member any more, and what was given to its key or through
// it is worth nothing. Into any state, so that it is the same however that came about.
void outlaw(State& s, NodeId node) {
  s.members.prove_liar(node);
  s.time.forget(node);  // else a replica that starts again while liars are silent would trust no clock
  const auto& all = s.options.identity->members;
  const auto at = std::ranges::lower_bound(all, node, {}, [](const auto& p) { return p.first; });
  if (at == all.end() || at->first != node) return;
  // A full table: nothing more can be revoked; the member is gone all the same.
  static_cast<void>(s.guard->revoke(capability::RevocationKey::issuer(at->second), capability::kForever));
  static_cast<void>(s.guard->revoke(capability::RevocationKey::holder(at->second), capability::kForever));
}

// The blocks of the history that are on a chain still.
void drop_cut_blocks(Chains& c) {
  std::erase_if(c.history, [&](const Chains::Kept& kept) {
    const chain::Header& h = kept.block.seal.header;
    if (h.last() < c.cuts.of(h.writer)) return false;
    c.history_updates -= h.count;
    return true;
  });
}

void rebuild(State& s, const Moment& moment, Effects& effects) {
  State fresh(s.options, s.memory);
  fresh.self = s.self;
  Chains& theirs = *fresh.chains;
  theirs = std::move(*s.chains);
  WN_CHECK(fold(fresh, false) == Errc::ok);  // it has been applied before
  fresh.members.hear_as(s.members);
  std::vector<std::uint8_t> uses;  // what has been used up stays so
  s.guard->encode_uses(uses);
  WN_CHECK(fresh.guard->restore_uses(uses).has_value());
  take_over(s, fresh);
  for (Members::Member& m : s.members.all()) {
    if (m.known) clamp_to_cuts(s, *m.known);
  }
  std::erase_if(s.log, [&](const LogEntry& entry) { return !s.known().contains(entry.dot); });
  s.told_at = ~std::uint64_t{0};
  if (const auto as_of = s.members.majority_as_of(moment.now)) s.guard->heard(ReplicaId{1}, *as_of);
  effects.replace_journal = true;
  note(s, effects, TraceKind::realm_restored, s.self.value, s.members.epoch(), s.updates, 1);
  tell_tree(s, effects);
}

// How many blocks at the front of the history all present members have.
std::size_t stable_blocks(const State& s) {
  std::size_t count = 0;
  for (const Chains::Kept& kept : s.chains->history) {
    const chain::Header& h = kept.block.seal.header;
    const bool all = std::ranges::all_of(s.members.all(), [&](const Members::Member& m) {
      return m.node == s.options.node || !m.replica || (m.known && m.known->contains({h.writer, h.last()}));
    });
    if (!all) break;
    ++count;
  }
  return count;
}

// What is still to come is younger: every writer's next block than its last one, and the rest of the history
// than its first update.
causality::Stamp stable_stamp(const State& s, std::size_t from) {
  const Chains& c = *s.chains;
  std::uint64_t oldest = s.latest.value;
  for (std::size_t i = from; i < c.history.size(); ++i) {
    Update first;
    WN_CHECK(decode(c.history[i].block.updates.front().view(), first) == Errc::ok);
    oldest = std::min(oldest, first.time.value);
  }
  for (const Members::Member& m : s.members.all()) {
    if (!m.replica) continue;
    const chain::ChainLog* log = c.find(m.replica);
    oldest = std::min(oldest, log == nullptr ? 0 : log->time());
  }
  return {causality::HlcTime{oldest == 0 ? 0 : oldest - 1}, ReplicaId{1}};
}

}  // namespace

Errc fold(State& fresh, bool ask_deps) {
  fresh.replaying = true;
  Chains& c = *fresh.chains;
  const ReplicaId self = fresh.self;
  if (!c.base.empty()) {
    if (const Errc e = restore_plain_image(fresh, c.base.view()); e != Errc::ok) return e;
  }
  fresh.self = self;
  Effects effects;
  for (const Chains::Kept& kept : c.history) {
    const chain::Header& h = kept.block.seal.header;
    if (fresh.known().of(h.writer) + 1 != h.first) return Errc::corrupt;
    if (ask_deps && !deps_known(fresh, kept.block)) return Errc::corrupt;
    apply_block(fresh, kept.block, effects);
    effects.clear();
  }
  for (const Bytes& bytes : c.unsealed) {
    Update update;
    if (decode(bytes.view(), update) != Errc::ok || update.dot != fresh.known().next(self))
      return Errc::corrupt;
    apply_or_use_up(fresh, update, effects);
    effects.clear();
  }
  for (const chain::Cuts::Item& item : c.cuts.items()) outlaw(fresh, item.node);
  fresh.evicted = fresh.members.evicted(self);
  fresh.replaying = false;
  return Errc::ok;
}

// All that is replicated, and the chains where there are any.
void take_over(State& s, State& fresh) {
  s.applied = std::move(fresh.applied);
  s.seen = std::move(fresh.seen);
  s.members = std::move(fresh.members);
  s.tree = std::move(fresh.tree);
  s.oracle->changed();
  s.properties = std::move(fresh.properties);
  s.schemas = std::move(fresh.schemas);
  s.versions.learn(s.schemas);
  s.guard = std::move(fresh.guard);
  if (s.chains) {
    *s.chains = std::move(*fresh.chains);
    s.chains->identity = &*s.options.identity;
  }
  s.updates = fresh.updates;
  // Never back: what an old identity stamped was older than this, and what the fresh state knows is too.
  s.latest = std::max(s.latest, fresh.latest);
  s.evicted = fresh.evicted;
}

void carry_out_cut(State& s, const Moment& moment, const chain::Proof& proof, bool found_here,
                   Effects& effects) {
  Chains& c = *s.chains;
  const ReplicaId writer = proof.about().writer;
  const capability::Hash hash = capability::hash_of(chain::encode(proof).view());
  std::uint64_t evidence = 0;
  for (std::size_t i = 0; i < 8; ++i) evidence |= std::uint64_t{hash.bytes[i]} << (8 * i);
  note(s, effects, TraceKind::liar_proven, writer.value, proof.cut(), evidence, found_here ? 1 : 0);
  effects.sometimes.push_back("realm: a liar was proven");
  outlaw(s, proof.about().node);
  chain::ChainLog& log = c.log_of(writer);
  if (proof.cut() <= log.base().counter) {
    effects.sometimes.push_back("realm: a fork was shown too late to be undone");
  }
  const std::uint64_t from = std::max(proof.cut(), log.base().counter + 1);
  bool undone = log.cut(from);
  if (writer == s.self && !c.unsealed.empty()) {  // somebody else has our key
    c.unsealed.clear();
    undone = true;
  }
  if (undone) {
    drop_cut_blocks(c);
    return rebuild(s, moment, effects);
  }
  if (s.members.evicted(s.self)) s.evicted = true;
  for (Members::Member& m : s.members.all()) {
    if (m.known) clamp_to_cuts(s, *m.known);
  }
  s.told_at = ~std::uint64_t{0};
}

void advance_base(State& s, Effects& effects) {
  Chains& c = *s.chains;
  if (c.history_updates <= c.identity->history_max / 2) return;
  const std::size_t count = stable_blocks(s);
  const bool whole = count == c.history.size() && c.unsealed.empty();
  // Else the base must be made again: each time with at least half, so that it costs little for each update.
  if (!whole && (c.history_updates <= c.identity->history_max || count * 2 < c.history.size())) return;
  const causality::Stamp before = stable_stamp(s, count);
  const auto base_of = [&](State& state) {
    if (state.tree.truncated() < before) state.tree.truncate_before(before);
    return plain_image_of(state, true);
  };
  if (whole) {
    c.base = base_of(s);
  } else {
    State base(s.options, s.memory);
    base.chains->base = c.base;
    for (std::size_t i = 0; i < count; ++i) base.chains->history.push_back(c.history[i]);
    WN_CHECK(fold(base, false) == Errc::ok);
    if (s.tree.truncated() < before) s.tree.truncate_before(before);
    c.base = base_of(base);
  }
  for (std::size_t i = 0; i < count; ++i) {
    const chain::Header& h = c.history.front().block.seal.header;
    c.log_of(h.writer).forget_before(h.last());
    c.history_updates -= h.count;
    c.history.pop_front();
  }
  effects.sometimes.push_back("realm: the base moved on");
}

}  // namespace wn::realm
