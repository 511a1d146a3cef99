// Updates: how one of our own is made, and how any is applied.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"
#include "runtime/realm/rules.h"
#include "runtime/tree/genesis.h"

namespace wn::realm {

using causality::HlcTime;
using causality::Stamp;

bool TreeOracle::contains(WorknodeId subtree, WorknodeId node) const {
  if (subtree == node) return tree_.contains(node) || node == tree::kRootId;
  const Result<bool> below = tree_.is_ancestor(subtree, node);
  return below.has_value() && *below;
}

WorknodeId TreeOracle::parent_of(WorknodeId node) const {
  const Result<tree::NodeView> view = tree_.find(node);
  return view ? view->parent : WorknodeId{};
}

void note(const State& s, Effects& effects, TraceKind kind, std::uint64_t a, std::uint64_t b, std::uint64_t c,
          std::uint64_t d, std::uint64_t e) {
  if (!s.replaying) effects.notes.push_back({.kind = kind, .field = {a, b, c, d, e}});
}

void tell_tree(const State& s, Effects& effects) {
  const tree::Genesis genesis{.count = s.options.worknodes, .fan_out = s.options.fan_out, .type = 1};
  const tree::NodeTable& nodes = s.tree.nodes();
  for (tree::NodeIndex i = 0; i < nodes.end(); ++i) {
    const WorknodeId id = nodes[i].id;
    const WorknodeId parent = s.oracle->parent_of(id);
    if (!id || !parent) continue;
    const std::uint64_t number = id.low - tree::kGenesisFirst;
    const bool of_genesis = id.high == 0 && id.low >= tree::kGenesisFirst && number < genesis.count;
    const WorknodeId first =
        of_genesis ? tree::genesis_parent(genesis, static_cast<std::uint32_t>(number)) : WorknodeId{};
    if (parent != first) note(s, effects, TraceKind::realm_parent, id.low, parent.low, first.low);
  }
}

void use_clock(State& s, const Moment& moment) {
  const HlcTime bound = s.clock.bound_needed(s.time.at(moment));
  if (bound != HlcTime{}) s.clock.bound_durable(bound);
}

void restart_clock(State& s) { s.clock = causality::Hlc(clock_options(s.options), s.latest); }

Stamp next_stamp(State& s, const Moment& moment) {
  use_clock(s, moment);
  return {s.clock.tick(s.time.at(moment)), s.self};
}

namespace {

Errc apply_tree(State& s, const Update& update, Effects& effects) {
  const auto operations = tree::decode_operations(update.payload.view(), 1);
  if (!operations || operations->size() != 1) return Errc::corrupt;
  const tree::Operation& op = operations->front();
  // One stamp is one update's: else a replica could speak for another.
  if (op.stamp != Stamp{update.time, update.dot.replica}) return Errc::corrupt;
  if (const auto done = s.tree.apply(*operations, s.tree_effects); !done) return done.error().code;
  switch (s.tree_effects.outcomes.front()) {
    case tree::Outcome::stale:
    case tree::Outcome::invalid:
    case tree::Outcome::conflict:
      // Taken note of all the same: its number in the replica's order is used up.
      note(s, effects, TraceKind::realm_refused, static_cast<std::uint64_t>(Errc::precondition), 0,
           op.node.low);
      break;
    case tree::Outcome::cycle:
      effects.sometimes.push_back("realm: a move would have made a cycle");
      break;
    case tree::Outcome::applied:
    case tree::Outcome::too_deep:
    case tree::Outcome::duplicate:
      break;
  }
  if (!s.tree_effects.changes.empty()) s.oracle->changed();
  for (const tree::Change& change : s.tree_effects.changes) {
    note(s, effects, TraceKind::realm_parent, change.node.low, change.new_parent.low, change.old_parent.low);
    effects.moved.push_back(change.node);
  }
  return Errc::ok;
}

Errc apply_membership(State& s, const Update& update, Effects& effects) {
  MembershipChange change;
  if (const Errc e = decode(update.payload.view(), change); e != Errc::ok) return e;
  const bool was = s.members.evicted(change.replica);
  const Errc e = s.members.apply(change, update.dot, {update.time, update.dot.replica});
  if (e != Errc::ok) return e;
  if (change.action == MembershipAction::evict && !was) {
    note(s, effects, TraceKind::realm_evicted, change.replica.value, s.members.epoch());
    if (change.replica == s.self) s.evicted = true;
  }
  return Errc::ok;
}

Errc apply_payload(State& s, const Update& update, bool mine, Effects& effects) {
  switch (update.kind) {
    case UpdateKind::tree:
      return apply_tree(s, update, effects);
    case UpdateKind::property:
      return s.properties.merge(update, s.self ? s.known().next(s.self) : causality::Dot{}, s.seen);
    case UpdateKind::schema: {
      const Result<bool> merged = s.schemas.merge(update.payload.view());
      if (!merged) return merged.error().code;
      s.versions.learn(s.schemas);
      return Errc::ok;
    }
    case UpdateKind::revocation: {
      const Result<std::size_t> merged = s.guard->merge(update.payload.view());
      if (!merged) return merged.error().code;
      note(s, effects, TraceKind::cap_revoked, update.target.low, update.dot.replica.value, mine ? 1 : 0);
      return Errc::ok;
    }
    case UpdateKind::membership:
      return apply_membership(s, update, effects);
  }
  return Errc::corrupt;
}

}  // namespace

Errc apply(State& s, const Update& update, bool mine, Effects& effects) {
  // The properties have taken an event of our own already.
  const bool taken = mine && update.kind == UpdateKind::property;
  WN_CHECK(update.dot == s.known().next(update.dot.replica));
  const std::size_t notes = effects.notes.size();
  note(s, effects, TraceKind::realm_update, update.dot.replica.value, update.dot.counter,
       static_cast<std::uint64_t>(update.kind), update.target.low, update.time.value);
  if (update.kind == UpdateKind::property) {
    if (update.written_property != 0) {
      // Worknodes are few and properties fewer: the name is exact.
      const std::uint64_t name = (update.target.low << 8) | update.written_property;
      note(s, effects, TraceKind::realm_write, update.dot.replica.value, update.dot.counter, name,
           update.written.value, mine ? 1 : 0);
    }
  }
  Errc e = taken ? Errc::ok : apply_payload(s, update, mine, effects);
  // Merging a delta adds its event; the others are added here, so that no event is missing.
  if (e == Errc::ok && !s.seen.contains(update.dot)) e = s.seen.add(update.dot);
  if (e == Errc::ok) e = s.applied.advance(update.dot.replica, update.dot.counter);
  if (e != Errc::ok) {
    effects.notes.resize(notes);
    return e;
  }
  ++s.updates;
  s.latest = std::max(s.latest, update.time);
  return Errc::ok;
}

void keep(State& s, const Update& update, Bytes encoded, const Origin& origin) {
  s.log.push_back({.dot = update.dot,
                   .update = std::move(encoded),
                   .intent = origin.intent,
                   .client = origin.client,
                   .operation = origin.operation});
  if (origin.client)
    s.sessions[origin.client] = {.operation = origin.operation, .dot = update.dot, .refusal = {}};
}

Errc commit(State& s, UpdateKind kind, WorknodeId target, Stamp stamp, Bytes payload, const Origin& origin,
            Effects& effects, const Written& written) {
  const causality::Dot dot = s.known().next(s.self);
  Update update{.dot = dot,
                .time = stamp.time,
                .kind = kind,
                .target = target,
                .payload = std::move(payload),
                .written_property = written.property,
                .written = written.time};
  if (const Errc e = apply(s, update, true, effects); e != Errc::ok) return e;
  std::vector<std::uint8_t> encoded;
  encode(update, encoded);
  keep(s, update, Bytes::copy_of(ByteView(encoded)), origin);
  if (origin.client)
    note(s, effects, TraceKind::realm_served, origin.client.value, origin.operation, dot.counter, s.updates);
  if (s.chains) s.chains->unsealed.push_back(s.log.back().update);
  effects.journal.push_back(encode(Record{.update = std::move(update),
                                          .client = origin.client,
                                          .operation = origin.operation,
                                          .intent = origin.intent,
                                          .refusal = {},
                                          .sealed = {}}));
  return Errc::ok;
}

}  // namespace wn::realm
