#include "runtime/realm/members.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"

namespace wn::realm {
namespace {

// The k-th life of node n is the replica n + k * kLifeStride.
constexpr std::uint32_t kLifeStride = 10'000;

}  // namespace

Members::Members(NodeId self, const std::vector<NodeId>& nodes) : self_(self) {
  WN_CHECK_LE(nodes.size(), kMembersMax);
  for (const NodeId node : nodes) {
    const ReplicaId replica{node.value};
    members_.push_back(
        {.node = node, .replica = replica, .known = {}, .time = {}, .as_of = {}, .silent_from = {}});
    lives_.push_back({.replica = replica, .node = node});
  }
}

Members::Life* Members::life(ReplicaId replica) {
  const auto at = std::ranges::lower_bound(lives_, replica, {}, &Life::replica);
  return at != lives_.end() && at->replica == replica ? &*at : nullptr;
}

Members::Member* Members::find(NodeId node) {
  for (Member& m : members_) {
    if (m.node == node) return &m;
  }
  return nullptr;
}

bool Members::evicted(ReplicaId replica) const {
  const Life* l = life(replica);
  return l == nullptr || l->evicted || liar(l->node);
}

NodeId Members::home_of(ReplicaId replica) { return NodeId{replica.value % kLifeStride}; }

std::uint32_t Members::life_of(ReplicaId replica) { return replica.value / kLifeStride; }

bool Members::liar(NodeId node) const { return std::ranges::binary_search(liars_, node); }

bool Members::prove_liar(NodeId node) {
  const auto at = std::ranges::lower_bound(liars_, node);
  if (at != liars_.end() && *at == node) return false;
  liars_.insert(at, node);
  refresh();
  return true;
}

void Members::hear_as(Members& other) {
  for (Member& m : members_) {
    Member* there = other.find(m.node);
    if (there == nullptr || there->replica != m.replica) continue;
    m = std::move(*there);
  }
}

NodeId Members::node_of(ReplicaId replica) const {
  const Life* l = life(replica);
  return l == nullptr ? kNobody : l->node;
}

ReplicaId Members::after(ReplicaId replica) { return ReplicaId{replica.value + kLifeStride}; }

ReplicaId Members::next_replica(NodeId node) const {
  std::uint32_t lives = 0;
  for (const Life& l : lives_) lives += l.node == node ? 1 : 0;
  return ReplicaId{node.value + lives * kLifeStride};
}

Errc Members::apply(const MembershipChange& change, causality::Dot dot, causality::Stamp stamp) {
  const ReplicaId from = dot.replica;
  switch (change.action) {
    case MembershipAction::suspect:
    case MembershipAction::trust: {
      if (life(change.replica) == nullptr) return Errc::corrupt;
      const auto key = std::pair(from, change.replica);
      auto at = std::ranges::lower_bound(words_, key, {},
                                         [](const Word& w) { return std::pair(w.suspector, w.suspect); });
      if (at == words_.end() || std::pair(at->suspector, at->suspect) != key) {
        at = words_.insert(at, Word{.suspector = from, .suspect = change.replica, .stamp = {}, .dot = {}});
      }
      if (at->stamp < stamp) {
        at->stamp = stamp;
        at->dot = dot;
        at->suspects = change.action == MembershipAction::suspect;
      }
      return Errc::ok;
    }
    case MembershipAction::evict: {
      Life* l = life(change.replica);
      if (l == nullptr) return Errc::corrupt;
      if (!l->evicted) ++epoch_;
      l->evicted = true;
      break;
    }
    case MembershipAction::join: {
      if (find(change.node) == nullptr ||
          (life(change.replica) == nullptr && lives_.size() == kReplicasEverMax)) {
        return Errc::corrupt;
      }
      if (const Life* l = life(change.replica)) return l->node == change.node ? Errc::ok : Errc::corrupt;
      ++epoch_;
      lives_.insert(std::ranges::lower_bound(lives_, change.replica, {}, &Life::replica),
                    {.replica = change.replica, .node = change.node});
      break;
    }
  }
  refresh();
  return Errc::ok;
}

// The present replica of each node: its highest that is not evicted.
void Members::refresh() {
  for (Member& m : members_) {
    ReplicaId present;
    for (const Life& l : lives_) {
      if (l.node == m.node && !l.evicted && !liar(l.node)) present = l.replica;
    }
    if (present == m.replica) continue;
    m.replica = present;
    m.known.reset();
    m.fresh = true;
    m.time = {};
    m.epoch = 0;
  }
}

bool Members::suspected_by(ReplicaId suspector, ReplicaId suspect) const {
  for (const Word& w : words_) {
    if (w.suspector == suspector && w.suspect == suspect) return w.suspects;
  }
  return false;
}

bool Members::condemned(ReplicaId replica) const {
  std::size_t count = 0;
  for (const Word& w : words_) {
    if (w.suspect == replica && w.suspects && !evicted(w.suspector)) ++count;
  }
  return count >= majority();
}

void Members::heard(NodeId node, Instant as_of) {
  Member* m = find(node);
  if (m != nullptr && (!m->as_of || *m->as_of < as_of)) m->as_of = as_of;
}

std::optional<Instant> Members::majority_as_of(Instant now) const {
  std::vector<Instant> moments;
  for (const Member& m : members_) {
    if (m.node == self_) {
      moments.push_back(now);
    } else if (m.as_of) {
      moments.push_back(*m.as_of);
    }
  }
  if (moments.size() < majority()) return {};
  std::ranges::sort(moments, std::greater{});
  return moments[majority() - 1];
}

std::size_t Members::having(causality::Dot dot, const causality::VersionVector& own) const {
  std::size_t count = 0;
  for (const Member& m : members_) {
    const bool has = m.node == self_ ? own.contains(dot) : m.known && m.known->contains(dot);
    count += has ? 1 : 0;
  }
  return count;
}

void Members::absorb_into(Digest& digest) const {
  for (const Life& l : lives_) {
    digest.absorb(l.replica.value);
    digest.absorb((std::uint64_t{l.node.value} << 1) | (l.evicted ? 1 : 0));
  }
  for (const Word& w : words_) {
    digest.absorb((std::uint64_t{w.suspector.value} << 32) | w.suspect.value);
    digest.absorb(w.stamp.time.value);
    digest.absorb(w.suspects ? 1 : 0);
  }
  for (const NodeId node : liars_) digest.absorb(node.value);
}

void Members::encode(std::vector<std::uint8_t>& out) const {
  ProtoWriter w(out);
  w.varint(1, lives_.size());
  for (const Life& l : lives_) {
    w.varint(2, l.replica.value);
    w.varint(3, l.node.value);
    w.varint(4, l.evicted ? 1 : 0);
  }
  w.varint(5, words_.size());
  for (const Word& word : words_) {
    w.varint(6, word.suspector.value);
    w.varint(7, word.suspect.value);
    w.fixed64(8, word.stamp.time.value);
    w.varint(9, word.stamp.replica.value);
    w.varint(10, word.suspects ? 1 : 0);
    w.varint(11, word.dot.counter);
  }
  w.varint(12, epoch_);
  for (const NodeId node : liars_) w.varint(13, node.value);
}

Errc Members::decode(ByteView bytes) {
  ProtoReader in(bytes);
  std::uint64_t count = 0, epoch = 0;
  std::vector<Life> lives;
  std::vector<Word> words;
  const auto number = [&](std::uint32_t field, std::uint64_t most, std::uint64_t& value) {
    return in.varint(field, value) && value <= most;
  };
  constexpr std::uint64_t k32 = ~std::uint32_t{0};
  if (!number(1, kReplicasEverMax, count)) return Errc::corrupt;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t replica = 0, node = 0, gone = 0;
    if (!number(2, k32, replica) || !number(3, k32, node) || !number(4, 1, gone)) return Errc::corrupt;
    const ReplicaId id{static_cast<std::uint32_t>(replica)};
    if (!id || (!lives.empty() && lives.back().replica >= id)) return Errc::corrupt;
    lives.push_back({.replica = id, .node = NodeId{static_cast<std::uint32_t>(node)}, .evicted = gone == 1});
  }
  if (!number(5, kReplicasEverMax * kMembersMax, count)) return Errc::corrupt;
  for (std::uint64_t i = 0; i < count; ++i) {
    std::uint64_t suspector = 0, suspect = 0, time = 0, replica = 0, suspects = 0, counter = 0;
    if (!number(6, k32, suspector) || !number(7, k32, suspect) || !in.fixed64(8, time) ||
        !number(9, k32, replica) || !number(10, 1, suspects) || !in.varint(11, counter)) {
      return Errc::corrupt;
    }
    Word w{.suspector = ReplicaId{static_cast<std::uint32_t>(suspector)},
           .suspect = ReplicaId{static_cast<std::uint32_t>(suspect)},
           .stamp = {causality::HlcTime{time}, ReplicaId{static_cast<std::uint32_t>(replica)}},
           .dot = {ReplicaId{static_cast<std::uint32_t>(suspector)}, counter},
           .suspects = suspects == 1};
    if (!words.empty() &&
        std::pair(words.back().suspector, words.back().suspect) >= std::pair(w.suspector, w.suspect)) {
      return Errc::corrupt;
    }
    words.push_back(w);
  }
  if (!in.varint(12, epoch)) return Errc::corrupt;
  std::vector<NodeId> liars;
  while (!in.done()) {
    std::uint64_t node = 0;
    if (!number(13, k32, node) || (!liars.empty() && liars.back().value >= node)) return Errc::corrupt;
    liars.push_back(NodeId{static_cast<std::uint32_t>(node)});
  }
  liars_ = std::move(liars);
  lives_ = std::move(lives);
  words_ = std::move(words);
  epoch_ = epoch;
  refresh();
  return Errc::ok;
}

}  // namespace wn::realm
