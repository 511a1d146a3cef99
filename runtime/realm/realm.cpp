#include "runtime/realm/realm.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/realm/rules.h"
#include "runtime/realm/stock_schema.h"
#include "runtime/tree/genesis.h"
#include "runtime/tree/query.h"

namespace wn::realm {
namespace {

schema::Limits schema_limits(const Limits& limits) {
  schema::Limits out;
  out.types_max = at_most_u32(limits.schema_types_max);
  out.versions_max = at_most_u32(limits.schema_versions_max);
  out.fields_max = at_most_u32(limits.max_properties);
  out.lens_steps_max = at_most_u32(limits.lens_steps_max);
  return out;
}

tree::Tree first_tree(const Options& options, std::pmr::memory_resource* memory) {
  tree::Options tree;
  tree.nodes_max = at_most_u32(options.limits.max_worknodes) + 2;
  tree.log_operations_max = at_most_u32(options.limits.tree_log_operations_max);
  tree.batch_operations_max = at_most_u32(options.limits.tree_batch_operations_max);
  tree.depth_max = at_most_u32(options.limits.max_tree_depth);
  tree.defect = options.defect;
  auto made =
      tree::make_genesis({.count = options.worknodes, .fan_out = options.fan_out, .type = 1}, tree, memory);
  WN_CHECK(made.has_value());  // the operator's limits admit the first tree
  return std::move(*made);
}

capability::Options guard_options(const Options& options) {
  capability::Options out;
  out.root = options.root_key;
  out.self = options.node;
  const Limits& limits = options.limits;
  out.capability_staleness_max = nanoseconds(static_cast<std::int64_t>(limits.capability_staleness_max_ns));
  out.cache_entries = at_most_u32(limits.capability_cache_entries);
  out.revocations_max = at_most_u32(limits.capability_revocations_max);
  out.counted_links_max = at_most_u32(limits.capability_counted_links_max);
  out.peers_max = 2;
  out.delegation_depth_max = at_most_u32(limits.max_delegation_depth);
  out.defect = options.defect;
  return out;
}

// Whose clocks a replica hears: around an anchor, the anchor's alone.
std::vector<NodeId> clock_witnesses(const Options& o) {
  if (!o.anchor || o.node == o.anchor) return o.members;
  return {o.node, o.anchor};
}

// So long a word about a clock counts: long enough to hear a majority, one member after the other.
Duration clock_word_kept(const Options& o) {
  return o.gossip_interval * std::max<std::int64_t>(20, 3 * static_cast<std::int64_t>(o.members.size()));
}

}  // namespace

void Effects::clear() {
  journal.clear();
  sends.clear();
  answers.clear();
  notes.clear();
  sometimes.clear();
  moved.clear();
  glued.clear();
  replace_journal = false;
}

State::State(const Options& o, std::pmr::memory_resource* m)
    : options(o),
      memory(m),
      self(ReplicaId{o.node.value}),
      clock(clock_options(o)),
      time(o.node, clock_witnesses(o), clock_offset_max(o), clock_word_kept(o)),
      members(o.node, o.members),
      applied(m),
      seen(m),
      tree(first_tree(o, m)),
      tree_effects(m),
      oracle(std::make_unique<TreeOracle>(tree)),
      properties(o, m),
      schemas(schema_limits(o.limits), m),
      versions(m),
      guard(std::make_unique<capability::Guard>(guard_options(o), m)) {
  // One name for all peers: what counts is when a majority was heard last (Members::majority_as_of).
  WN_CHECK(guard->follow(ReplicaId{1}).has_value());
  // The first version is older than anything that is ever stamped. Limits that do not admit it leave a realm
  // without properties.
  std::vector<std::uint8_t> delta;
  static_cast<void>(
      schemas.publish(stock_schema(kStoredVersion), {causality::HlcTime{1}, ReplicaId{1}}, delta));
  versions.learn(schemas);
  if (o.root_key) audit.emplace(o.limits.audit_log_records, m);
  if (options.identity) chains.emplace(*options.identity, m);
}

Realm::Realm(const Options& options, std::pmr::memory_resource* memory)
    : state_(std::make_unique<State>(options, memory)) {
  state_->replaying = true;
}
Realm::~Realm() = default;
Realm::Realm(Realm&&) noexcept = default;
Realm& Realm::operator=(Realm&&) noexcept = default;

Errc Realm::restore_image(ByteView image) { return realm::restore_image(*state_, image); }

Errc Realm::replay(ByteView bytes) {
  State& s = *state_;
  Record record;
  if (const Errc e = decode(bytes, record); e != Errc::ok) return e;
  if (record.chain != ChainRecord::none) return replay_chain(s, record);
  if (!record.update) {
    s.sessions[record.client] = {.operation = record.operation, .dot = {}, .refusal = record.refusal};
    return Errc::ok;
  }
  const Update& update = *record.update;
  if (update.dot != s.known().next(update.dot.replica)) return Errc::corrupt;
  Effects effects;
  // Not as our own: the properties know nothing of it yet.
  if (const Errc e = apply(s, update, false, effects); e != Errc::ok) return e;
  std::vector<std::uint8_t> encoded;
  encode(update, encoded);
  keep(s, update, Bytes::copy_of(ByteView(encoded)),
       {.client = record.client, .operation = record.operation, .intent = record.intent});
  if (s.chains) s.chains->unsealed.push_back(s.log.back().update);
  return Errc::ok;
}

void Realm::begin(const Moment& moment, Effects& effects) {
  State& s = *state_;
  s.replaying = false;
  restart_clock(s);
  s.accepted_at = moment.now;
  s.next_gossip = moment.now;
  note(s, effects, TraceKind::realm_restored, s.self.value, s.members.epoch(), s.updates, 0);
  tell_tree(s, effects);
}

Result<std::int64_t> Realm::counter_of(WorknodeId worknode) const {
  return state_->properties.counter_of(worknode);
}

Result<std::vector<WorknodeId>> Realm::children_of(WorknodeId worknode, std::uint32_t limit) const {
  State& s = *state_;
  tree::QueryLimits limits;
  limits.max_results = std::clamp<std::uint32_t>(limit, 1, at_most_u32(s.options.limits.max_results));
  limits.visits_max = at_most_u32(s.options.limits.query_visits_max);
  tree::CallBudget budget(1);
  tree::Query query(s.tree, limits, s.memory);
  tree::Answer answer(s.memory);
  if (const auto done = query.children(budget, std::span(&worknode, 1), {}, {}, answer); !done) {
    return fail(done.error());
  }
  std::vector<WorknodeId> out;
  for (const tree::Row& row : answer.rows) out.push_back(row.node);
  return out;
}

WorknodeId Realm::parent_of(WorknodeId worknode) const { return state_->oracle->parent_of(worknode); }

void Realm::receive(const Moment& moment, NodeId from, MessageKind kind, ByteView payload, Effects& effects) {
  switch (kind) {
    case MessageKind::sync_request:
      return on_sync_request(*state_, moment, from, payload, effects);
    case MessageKind::sync_updates:
      return on_sync_updates(*state_, moment, from, payload, effects);
    case MessageKind::image_request:
      return on_image_request(*state_, moment, from, payload, effects);
    case MessageKind::image_part:
      return on_image_part(*state_, moment, from, payload, effects);
    case MessageKind::section_request:
      return on_section_request(*state_, moment, from, payload, effects);
    case MessageKind::section:
      return on_section(*state_, from, payload, effects);
    case MessageKind::chain_request:
      return on_chain_request(*state_, from, payload, effects);
    case MessageKind::chain_headers:
      return on_chain_headers(*state_, moment, from, payload, effects);
    case MessageKind::chain_proof:
      return on_chain_proof(*state_, moment, payload, effects);
  }
}

void Realm::tick(const Moment& moment, std::uint64_t draw, Effects& effects) {
  upkeep(*state_, moment, draw, effects);
}

Instant Realm::next_deadline() const { return state_->next_gossip; }
Bytes Realm::image() const { return image_of(*state_, false); }
ReplicaId Realm::replica() const { return state_->self; }
std::uint64_t Realm::updates() const { return state_->updates; }
Digest Realm::digest() const { return digest_of(*state_); }
TokensShown Realm::tokens_shown() const { return state_->tokens_shown; }
std::size_t Realm::log_size() const { return state_->log.size(); }
std::vector<PeerSync> Realm::peers() const {
  std::vector<PeerSync> out;
  for (const Members::Member& m : state_->members.all()) {
    if (m.node == state_->options.node) continue;
    PeerSync peer{.peer = m.node, .in_sync_since = {}, .complete_as_of = m.as_of};
    for (const auto& [replica, counter] : state_->known().items()) {
      const std::uint64_t told = m.known ? m.known->of(replica) : 0;
      if (told < counter) peer.unconfirmed += counter - told;
    }
    if (m.in_sync_at == state_->updates) peer.in_sync_since = m.in_sync_since;
    out.push_back(peer);
  }
  return out;
}
const capability::AuditLog* Realm::audit() const { return state_->audit ? &*state_->audit : nullptr; }
std::vector<Bytes> Realm::proofs() const {
  std::vector<Bytes> out;
  if (!state_->chains) return out;
  for (const chain::Cuts::Item& item : state_->chains->cuts.items()) out.push_back(item.proof);
  return out;
}
std::string Realm::broken_invariant() const {
  if (state_->audit && !state_->audit->intact()) return "the audit log was tampered with";
  return state_->tree.broken_invariant();
}

}  // namespace wn::realm
