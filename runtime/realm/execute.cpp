// What clients ask for.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/realm/codec.h"
#include "runtime/realm/rules.h"
#include "runtime/realm/stock_schema.h"

namespace wn::realm {

using causality::Stamp;

namespace {

Reply reply_to(const Request& request) {
  Reply reply;
  reply.operation = request.operation;
  reply.attempt = request.attempt;
  return reply;
}

Reply refuse(const Request& request, Errc error) {
  Reply reply = reply_to(request);
  reply.error = error;
  reply.code = error == Errc::ok           ? ReplyCode::done
               : error == Errc::overloaded ? ReplyCode::overloaded
                                           : ReplyCode::refused;
  return reply;
}

// What an eviction would have us do again: the request without what only its moment needed. In the words of
// the oldest version, which every image knows; by any of them the same is stored.
Bytes intent_of(const Request& request) {
  Request bare = request;
  bare.token = {};
  bare.session = {};
  bare.keeps_session = false;
  bare.schema_version = kStoredVersion;
  return encode(bare);
}

Origin origin_of(NodeId client, const Request& request) {
  return {.client = client, .operation = request.operation, .intent = intent_of(request)};
}

// A worknode that clients may work on: in the tree and not in the trash.
bool is_live(const State& s, WorknodeId id) {
  if (id == kRealmRoot) return true;
  if (!s.tree.contains(id)) return false;
  const Result<bool> deleted = s.tree.is_deleted(id);
  return deleted.has_value() && !*deleted;
}

Errc commit_tree(State& s, const tree::Operation& op, const Origin& origin, Effects& effects) {
  std::vector<std::uint8_t> bytes;
  tree::encode(std::span(&op, 1), bytes);
  return commit(s, UpdateKind::tree, op.node, op.stamp, Bytes::copy_of(ByteView(bytes)), origin, effects);
}

// Room for one child more, and not too deep. Concurrent ones may still meet beyond max_children: a merge
// refuses nobody.
Errc room_under(const State& s, WorknodeId worknode, WorknodeId parent) {
  const Limits& limits = s.options.limits;
  const Result<tree::NodeView> above = s.tree.find(parent);
  const Result<std::uint32_t> depth = s.tree.depth(parent);
  if (!depth || *depth >= limits.max_tree_depth) return Errc::too_large;
  const bool there = s.oracle->parent_of(worknode) == parent;
  return above && !there && above->child_count >= limits.max_children ? Errc::overloaded : Errc::ok;
}

Errc change_tree(State& s, const Moment& moment, const Request& r, const Origin& origin, Effects& effects) {
  const bool exists = s.tree.contains(r.worknode);
  switch (r.function) {
    case Function::create:
      if (exists) return Errc::already_exists;
      if (s.tree.size() >= s.options.limits.max_worknodes) return Errc::overloaded;
      [[fallthrough]];
    case Function::move: {
      if (r.function == Function::move && !is_live(s, r.worknode)) return Errc::not_found;
      if (!is_live(s, r.other)) return Errc::not_found;
      const Result<bool> cycle = s.tree.is_ancestor(r.worknode, r.other);
      const bool into_itself = r.worknode == r.other || (cycle.has_value() && *cycle);
      if (into_itself && s.options.defect != Defect::move_without_cycle_check) return Errc::precondition;
      if (const Errc e = room_under(s, r.worknode, r.other); e != Errc::ok) return e;
      break;
    }
    case Function::trash:
      if (!is_live(s, r.worknode)) return Errc::not_found;
      break;
    default:
      if (!exists) return Errc::not_found;
      break;
  }
  const Stamp stamp = next_stamp(s, moment);
  if (stamp.time.value == 0) return Errc::overloaded;
  if (r.function == Function::trash) return commit_tree(s, tree::remove(stamp, r.worknode), origin, effects);
  if (r.function == Function::restore) {
    const Result<tree::Operation> back = s.tree.restore(stamp, r.worknode);
    if (!back) return back.error().code;
    const Errc room = room_under(s, r.worknode, back->parent);
    return room == Errc::ok ? commit_tree(s, *back, origin, effects) : room;
  }
  return commit_tree(s, {.stamp = stamp, .node = r.worknode, .parent = r.other, .type = 1}, origin, effects);
}

Errc change_property(State& s, const Moment& moment, const Request& r, const Origin& origin,
                     Effects& effects) {
  if (!is_live(s, r.worknode)) return Errc::not_found;
  if (r.function == Function::put && name_taken(s, r.worknode, r.value)) return Errc::already_exists;
  Stamp stamp = next_stamp(s, moment);
  if (stamp.time.value == 0) return Errc::overloaded;
  Stamp written = stamp;
  if (s.options.defect == Defect::lww_on_wall_clock)
    written.time = causality::HlcTime::from_wall(moment.wall);
  std::vector<std::uint8_t> delta;
  const Errc e = s.properties.write(
      r, s.versions, {.dot = s.known().next(s.self), .stamp = written, .seen = &s.seen, .delta = &delta});
  if (e != Errc::ok) return e;
  const bool put = r.function == Function::put;
  if (put && s.versions.lensed(r.schema_version, "title"))
    effects.sometimes.push_back("realm: written through a lens");
  const Written told{.property = put ? static_cast<std::uint32_t>(Property::title) : 0,
                     .time = put ? written.time : causality::HlcTime{}};
  return commit(s, UpdateKind::property, r.worknode, stamp, Bytes::copy_of(ByteView(delta)), origin, effects,
                told);
}

Errc revoke(State& s, const Moment& moment, const Request& r, const Origin& origin, Effects& effects) {
  if (r.value <= 0) return Errc::invalid_argument;
  if (s.revocations.size() == kPendingRevocationsMax) return Errc::overloaded;
  const Stamp stamp = next_stamp(s, moment);
  if (stamp.time.value == 0) return Errc::overloaded;
  const std::uint64_t before = s.guard->revocations().version();
  const Result<bool> news =
      s.guard->revoke(capability::RevocationKey::link(static_cast<std::uint64_t>(r.value)));
  if (!news) return news.error().code;
  std::vector<std::uint8_t> delta;
  s.guard->revocations().encode_since(*news ? before : 0, delta);
  // `target` of a revocation names the token for the trace.
  const WorknodeId token{.high = 0, .low = static_cast<std::uint64_t>(r.value)};
  return commit(s, UpdateKind::revocation, token, stamp, Bytes::copy_of(ByteView(delta)), origin, effects);
}

Errc publish(State& s, const Moment& moment, const Request& r, const Origin& origin, Effects& effects) {
  const bool rival = r.value == kRivalSchemas + 2;
  if (!rival && (r.value < 1 || r.value > kStockVersions)) return Errc::invalid_argument;
  const Stamp stamp = next_stamp(s, moment);
  if (stamp.time.value == 0) return Errc::overloaded;
  std::vector<std::uint8_t> delta;
  const schema::Schema wanted = rival ? rival_schema() : stock_schema(static_cast<std::uint32_t>(r.value));
  if (const auto done = s.schemas.publish(wanted, stamp, delta); !done) return done.error().code;
  return commit(s, UpdateKind::schema, {}, stamp, Bytes::copy_of(ByteView(delta)), origin, effects);
}

capability::PublicKey principal_of(const State& s, NodeId client) {
  const auto& all = s.options.principals;
  const auto at = std::ranges::lower_bound(all, client, {}, [](const auto& p) { return p.first; });
  return at != all.end() && at->first == client ? at->second : capability::PublicKey{};
}

bool is_change(Function function) {
  return function != Function::get && function != Function::query && function != Function::call &&
         function != Function::crash;
}

}  // namespace

Errc change_membership(State& s, const Moment& moment, const MembershipChange& change, Effects& effects) {
  const Stamp stamp = next_stamp(s, moment);
  if (stamp.time.value == 0) return Errc::overloaded;
  return commit(s, UpdateKind::membership, {.high = 0, .low = change.replica.value}, stamp, encode(change),
                {}, effects);
}

Reply perform(State& s, const Moment& moment, NodeId client, const Request& r, Effects& effects) {
  if (r.schema_version > s.versions.newest()) {
    effects.sometimes.push_back("realm: a version of the schema that is not known yet");
    return refuse(r, Errc::unsupported);
  }
  if (!is_change(r.function)) return read(s, r, effects);
  if (s.log.size() >= s.options.limits.updates_max) return refuse(r, Errc::overloaded);
  const Origin origin = origin_of(client, r);
  switch (r.function) {
    case Function::create:
    case Function::move:
    case Function::trash:
    case Function::restore:
      return refuse(r, change_tree(s, moment, r, origin, effects));
    case Function::revoke:
      return refuse(r, revoke(s, moment, r, origin, effects));
    case Function::publish:
      return refuse(r, publish(s, moment, r, origin, effects));
    default:
      return refuse(r, change_property(s, moment, r, origin, effects));
  }
}

std::optional<Reply> Realm::authorize(const Moment& moment, NodeId client, const Request& r,
                                      Effects& effects) {
  State& s = *state_;
  if (!s.options.root_key) return {};
  capability::Invocation invocation;
  invocation.rights = static_cast<capability::Rights>(right_of(r.function));
  invocation.operation = 1ULL << static_cast<unsigned>(r.function);
  invocation.target = r.function == Function::create ? r.other : r.worknode;
  invocation.sequence = r.operation;
  const capability::Moment when{.wall = std::max(s.time.at(moment), WallTime{}), .now = moment.now};
  const capability::PublicKey channel = principal_of(s, client);
  if (r.function == Function::move) invocation.also = r.other;  // what is moved, and whereto: one decision
  if (WN_FAULT_POINT(s.options.fault_points, "realm.tokens-forgotten")) s.guard->forget_tokens();
  const capability::Decision decision = s.guard->decide(r.token.view(), invocation, when, *s.oracle, channel);
  ++s.tokens_shown.judged;
  s.tokens_shown.remembered += decision.path == capability::Path::remembered ? 1 : 0;
  s.audit->append(when, decision, invocation, s.guard->facts_of(decision.token));
  for (const WorknodeId target : {invocation.target, invocation.also}) {
    if (!target) continue;
    note(s, effects, TraceKind::cap_used, decision.number, invocation.rights, target.low,
         static_cast<std::uint64_t>(decision.refusal), static_cast<std::uint64_t>(when.wall.ns));
  }
  if (decision) {
    remember_use(s, decision.number, when.wall);
    return {};
  }
  Reply reply = refuse(r, Errc::precondition);
  reply.refusal = static_cast<std::uint8_t>(decision.refusal);
  return reply;
}

namespace {

Reply same_refusal(const Request& r, const Bytes& stored) {
  Reply reply;
  WN_CHECK(decode(stored.view(), reply) == Errc::ok);
  reply.attempt = r.attempt;
  return reply;
}

// Durable before the reply leaves, like all that a reply rests on.
void remember_refusal(State& s, NodeId client, const Request& r, const Reply& reply, Effects& effects) {
  note(s, effects, TraceKind::realm_refused, static_cast<std::uint64_t>(reply.error),
       static_cast<std::uint64_t>(r.function), r.worknode.low);
  const Bytes refusal = encode(reply);
  s.sessions[client] = {.operation = r.operation, .dot = {}, .refusal = refusal};
  effects.journal.push_back(encode(Record{.update = {},
                                          .client = client,
                                          .operation = r.operation,
                                          .intent = {},
                                          .refusal = refusal,
                                          .sealed = {}}));
}

}  // namespace

Errc Realm::covers(ByteView session) const {
  if (session.empty() || state_->options.defect == Defect::session_vector_ignored) return Errc::ok;
  const auto seen = causality::VersionVector::decode(session, state_->memory);
  if (!seen) return Errc::corrupt;
  return state_->known().dominates(*seen) ? Errc::ok : Errc::behind;
}

Reply Realm::refuse_for_good(NodeId client, const Request& r, Errc error, Effects& effects) {
  State& s = *state_;
  Reply reply = refuse(r, error);
  const Session* session = s.sessions.find(client);
  const bool news = session == nullptr || r.operation > session->operation;
  if (is_change(r.function) && news) remember_refusal(s, client, r, reply, effects);
  return reply;
}

std::optional<Reply> Realm::admit(const Moment& moment, NodeId client, const Request& r, bool begun,
                                  Effects& effects) {
  const bool change = is_change(r.function);
  const Session* session = state_->sessions.find(client);
  if (change && !begun && session != nullptr) {
    if (r.operation < session->operation) return refuse(r, Errc::precondition);  // a late copy
    if (r.operation == session->operation && !session->refusal.empty())
      return same_refusal(r, session->refusal);
  }
  std::optional<Reply> refused = authorize(moment, client, r, effects);
  if (!refused || !change) return refused;
  if (begun) {
    refused->code = ReplyCode::overloaded;
  } else {
    remember_refusal(*state_, client, r, *refused, effects);
  }
  return refused;
}

std::optional<Reply> Realm::execute(const Moment& moment, NodeId client, const Request& r, Effects& effects) {
  if (const Errc e = covers(r.session.view()); e != Errc::ok) return refuse_for_good(client, r, e, effects);
  const std::uint64_t before = state_->updates;
  std::optional<Reply> reply = execute_here(moment, client, r, effects);
  if (state_->options.eager && state_->updates != before) push_updates(*state_, moment, effects);
  if (reply && r.keeps_session) {
    std::vector<std::uint8_t> seen;
    state_->known().encode(seen);
    reply->session = Bytes::copy_of(ByteView(seen));
  }
  return reply;
}

std::optional<Reply> Realm::execute_here(const Moment& moment, NodeId client, const Request& r,
                                         Effects& effects) {
  State& s = *state_;
  if (r.mode != Mode::eventual) return refuse(r, Errc::unsupported);  // not the realm's
  if (s.evicted) return refuse(r, Errc::overloaded);  // until it has an image; the client asks again
  Session* session = s.sessions.find(client);
  const bool change = is_change(r.function);
  if (change && session != nullptr && r.operation <= session->operation) {
    if (r.operation < session->operation) return refuse(r, Errc::precondition);  // a late copy
    if (!session->refusal.empty()) return same_refusal(r, session->refusal);
    if (r.function == Function::revoke && s.members.having(session->dot, s.known()) < s.members.majority()) {
      return std::nullopt;  // still waits
    }
    return reply_to(r);
  }
  std::optional<Reply> refused = authorize(moment, client, r, effects);
  Reply reply = refused ? std::move(*refused) : perform(s, moment, client, r, effects);
  if (r.function == Function::get && reply.code == ReplyCode::done)
    note(s, effects, TraceKind::realm_served, client.value, r.operation, 0, s.updates);
  if (change && reply.code == ReplyCode::refused) remember_refusal(s, client, r, reply, effects);
  if (r.function == Function::revoke && reply.code == ReplyCode::done && s.members.majority() > 1) {
    const causality::Dot dot{.replica = s.self, .counter = s.known().of(s.self)};
    s.revocations.push_back({.client = client, .operation = r.operation, .attempt = r.attempt, .dot = dot});
    return std::nullopt;
  }
  return reply;
}

}  // namespace wn::realm
