// Anti-entropy by pulling: asking, answering, taking what comes.
#include "runtime/base/check.h"
#include "runtime/realm/rules.h"

namespace wn::realm {
namespace {

using causality::HlcTime;
using causality::VersionVector;

Bytes encoded(const VersionVector& vector) {
  std::vector<std::uint8_t> bytes;
  vector.encode(bytes);
  return Bytes::copy_of(ByteView(bytes));
}

// What a message says of its sender. False: it comes from no member, or from a replica that is not the
// present one. `compared`: what it knows, it knows of the same chains as we; else that is no word about it.
bool take_word(State& s, const Moment& moment, NodeId from, ReplicaId replica, WallTime wall,
               std::uint64_t time, std::uint64_t epoch, ByteView known, bool compared) {
  Members::Member* member = s.members.find(from);
  if (member == nullptr) return false;
  s.time.heard(from, wall, moment);
  if (member->replica != replica) return false;
  if (!compared) return true;
  Result<VersionVector> vector = VersionVector::decode(known, s.memory);
  if (!vector) return false;
  if (s.chains) clamp_to_cuts(s, *vector);
  // Messages may overtake each other; knowledge only grows.
  if (member->known && !vector->dominates(*member->known)) return true;
  member->known = std::move(*vector);
  member->time = std::max(member->time, HlcTime{time});
  member->epoch = epoch;
  return true;
}

void send(Effects& effects, NodeId to, MessageKind kind, Bytes payload) {
  effects.sends.push_back({.to = to, .kind = kind, .payload = std::move(payload)});
}

// What the asker lacks, in our order of application, which respects causality.
void fill(const State& s, const VersionVector& theirs, SyncUpdates& out) {
  std::size_t bytes = 0;
  for (const LogEntry& entry : s.log) {
    if (theirs.contains(entry.dot)) continue;
    if (!out.updates.empty() && bytes + entry.update.size() > kSyncBytesMax) {
      out.more = true;
      return;
    }
    bytes += entry.update.size();
    out.updates.push_back(entry.update);
    if (WN_FAULT_POINT(s.options.fault_points, "realm.answer-cut-short")) {
      out.more = true;
      return;
    }
  }
}

void answer_revocations(State& s, Effects& effects) {
  std::erase_if(s.revocations, [&](const PendingRevocation& p) {
    if (s.members.having(p.dot, s.known()) < s.members.majority()) return false;
    effects.answers.push_back(
        {.client = p.client, .reply = {.operation = p.operation, .attempt = p.attempt, .items = {}}});
    return true;
  });
}

// Applies them in order, up to the first that cannot be. True: all.
bool take_updates(State& s, const Moment& moment, NodeId from, const SyncUpdates& m, Effects& effects) {
  Update update;
  for (const Bytes& bytes : m.updates) {
    if (const Errc e = decode(bytes.view(), update); e != Errc::ok) {
      note(s, effects, TraceKind::realm_refused, static_cast<std::uint64_t>(e));
      return false;
    }
    if (s.known().contains(update.dot)) continue;
    // A gap means that the peer does not keep to its order; what it says next may rest on what is missing.
    if (update.dot != s.known().next(update.dot.replica)) return false;
    const WallTime now = s.time.at(moment);
    use_clock(s, moment);
    // Defect hlc_ignores_receives: what the peer's clock said is judged and forgotten, so that a write which
    // answers one from a clock ahead may lose to it (Lamport 1978, IR2).
    causality::Hlc aside = s.clock;
    const bool forgets = s.options.defect == Defect::hlc_ignores_receives;
    if (const auto seen = (forgets ? aside : s.clock).observe(update.time, now); !seen) {
      note(s, effects, TraceKind::clock_refused, from.value,
           static_cast<std::uint64_t>(update.time.wall().ns), static_cast<std::uint64_t>(now.ns));
      effects.sometimes.push_back("realm: an update from the far future refused");
      return false;
    }
    if (const Errc e = apply(s, update, false, effects); e != Errc::ok) {
      note(s, effects, TraceKind::realm_refused, static_cast<std::uint64_t>(e), 0, update.target.low);
      return false;
    }
    keep(s, update, bytes, {});
    effects.journal.push_back(
        encode(Record{.update = update, .client = {}, .intent = {}, .refusal = {}, .sealed = {}}));
  }
  return true;
}

// Unasked: it says nothing of what we are to the sender, and proves nothing of how late it is.
void on_pushed(State& s, const Moment& moment, NodeId from, const SyncUpdates& m, Effects& effects) {
  if (s.evicted || s.members.node_of(m.replica) != from || s.members.evicted(m.replica)) return;
  if (s.chains) return;  // signed updates travel in blocks, which are asked for
  if (!take_word(s, moment, from, m.replica, m.wall, m.time, m.epoch, m.known.view(), true)) return;
  effects.sometimes.push_back("realm: updates came unasked");
  if (take_updates(s, moment, from, m, effects)) collect_garbage(s, effects);
}

}  // namespace

void judge_in_sync(State& s, Instant now, Effects& effects) {
  for (Members::Member& m : s.members.all()) {
    if (m.node == s.options.node) continue;
    const bool same = m.replica && m.known && *m.known == s.known();
    if (!same) {
      m.in_sync_since.reset();
    } else if (!m.in_sync_since ||
               m.in_sync_at != s.updates) {  // an update since then: they differed meanwhile
      m.in_sync_since = now;
      m.in_sync_at = s.updates;
      note(s, effects, TraceKind::in_sync, m.node.value, static_cast<std::uint64_t>((now - Instant{}).ns),
           s.updates);
    }
  }
}

bool may_exchange(const State& s, NodeId peer) {
  const NodeId anchor = s.options.anchor;
  return !anchor || s.options.node == anchor || peer == anchor;
}

void begin_sync(State& s, const Moment& moment, NodeId peer, Effects& effects) {
  seal_own(s, effects);
  SyncRequest m;
  m.request = ++s.last_request;
  m.replica = s.self;
  m.wall = moment.wall;
  m.time = s.latest.value;
  m.epoch = s.members.epoch();
  m.known = encoded(s.known());
  if (s.chains) m.heads = heads_of(s);
  s.open = OpenSync{.request = m.request, .peer = peer, .sent = moment.now};
  send(effects, peer, MessageKind::sync_request, encode(m));
}

void push_updates(State& s, const Moment& moment, Effects& effects) {
  if (s.chains) return;
  const auto& members = s.members.all();
  const auto self = std::ranges::find(members, s.options.node, &Members::Member::node);
  const std::size_t at = static_cast<std::size_t>(self - members.begin());
  std::size_t sent = 0;
  for (std::size_t i = 1; i < members.size() && sent < kEagerPeersMax; ++i) {
    const Members::Member& peer = members[(at + i) % members.size()];
    if (!peer.replica || !peer.known || !may_exchange(s, peer.node)) continue;
    SyncUpdates out;  // request 0: nobody asked
    out.replica = s.self;
    out.wall = moment.wall;
    out.time = s.latest.value;
    out.epoch = s.members.epoch();
    out.known = encoded(s.known());
    fill(s, *peer.known, out);
    if (out.updates.empty()) continue;
    if (WN_FAULT_POINT(s.options.fault_points, "realm.push-left-out")) continue;
    send(effects, peer.node, MessageKind::sync_updates, encode(out));
    ++sent;
  }
}

void on_sync_request(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects) {
  SyncRequest m;
  if (decode(payload, m) != Errc::ok || s.members.find(from) == nullptr) return;
  if (m.heads.empty() == s.chains.has_value()) return;
  seal_own(s, effects);
  const bool same = !s.chains || compare_heads(s, from, m.heads.view(), effects);
  SyncUpdates out;
  out.request = m.request;
  out.replica = s.self;
  out.wall = moment.wall;
  out.time = s.latest.value;
  out.epoch = s.members.epoch();
  out.known = encoded(s.known());
  watch_for_healing(s, moment, from, moment.now, {}, effects);
  const bool present = take_word(s, moment, from, m.replica, m.wall, m.time, m.epoch, m.known.view(), same);
  if (!present && s.members.node_of(m.replica) == from && s.members.evicted(m.replica)) {
    out.verdict = SyncVerdict::evicted;
  } else if (!present) {
    out.verdict =
        SyncVerdict::unknown;  // its join is on its way to us; or it was let in by one that is evicted
  } else if (!same) {
    out.verdict = SyncVerdict::forked;
  } else if (!s.evicted) {
    const Result<VersionVector> theirs = VersionVector::decode(m.known.view(), s.memory);
    if (!theirs) return;
    s.chains ? fill_blocks(s, *theirs, out) : fill(s, *theirs, out);
    for (const Members::Member& member : s.members.all()) {
      if (member.node == s.options.node) {
        out.ages.push_back({.member = member.node, .age = {}});
      } else if (member.as_of) {
        out.ages.push_back({.member = member.node, .age = moment.now - *member.as_of});
      }
    }
  }
  send(effects, from, MessageKind::sync_updates, encode(out));
  judge_in_sync(s, moment.now, effects);
  answer_revocations(s, effects);
  collect_garbage(s, effects);
}

void on_sync_updates(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects) {
  SyncUpdates m;
  if (decode(payload, m) != Errc::ok) return;
  if (m.request == 0 && m.verdict == SyncVerdict::ok) return on_pushed(s, moment, from, m, effects);
  if (!s.open || s.open->request != m.request || s.open->peer != from) return;
  const Instant asked = s.open->sent;
  s.open.reset();
  s.denied = m.verdict == SyncVerdict::unknown;
  read_clock(s, moment, from, asked, m.wall);
  if (s.denied) return;
  if (m.verdict == SyncVerdict::evicted) {
    s.evicted = true;
    return ask_for_image(s, moment, from, effects);
  }
  s.accepted_at = moment.now;
  if (!s.members.evicted(s.self)) s.evicted = false;  // it was only that its join had not spread
  if (s.evicted || s.members.node_of(m.replica) != from || s.members.evicted(m.replica)) return;
  watch_for_healing(s, moment, from, asked, m.ages, effects);
  // What it knows of which chains says its next request.
  take_word(s, moment, from, m.replica, m.wall, m.time, m.epoch, m.known.view(), !s.chains);
  if (m.verdict == SyncVerdict::forked) return;
  if (!(s.chains ? take_blocks(s, moment, from, m, effects) : take_updates(s, moment, from, m, effects)))
    return;
  if (m.more) return begin_sync(s, moment, from, effects);
  // Everything that it knew when we asked, we know now; and what it knew of others, as old as it was.
  for (const SyncUpdates::Age& age : m.ages) {
    if (age.member != s.options.node) s.members.heard(age.member, asked - age.age);
  }
  if (const auto as_of = s.members.majority_as_of(moment.now)) s.guard->heard(ReplicaId{1}, *as_of);
  judge_in_sync(s, moment.now, effects);
  answer_revocations(s, effects);
  collect_garbage(s, effects);
  tell_digest(s, effects);
}

}  // namespace wn::realm
