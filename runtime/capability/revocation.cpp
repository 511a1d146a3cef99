#include "runtime/capability/revocation.h"

#include <algorithm>
#include <bit>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"

namespace wn::capability {
namespace {

// Set: 1 entry (repeated). Entry: 1 kind, 2 high, 3 low, 4 epoch.
constexpr std::uint32_t kEntry = 1;

std::uint64_t mix(const RevocationKey& key) {
  std::uint64_t z = key.low ^ (key.high * 0x9E3779B97F4A7C15ULL) ^ static_cast<std::uint64_t>(key.kind);
  z = (z ^ (z >> 30)) * 0xBF58476D1CE4E5B9ULL;
  z = (z ^ (z >> 27)) * 0x94D049BB133111EBULL;
  return z ^ (z >> 31);
}

struct Heard {
  RevocationKey key;
  std::uint64_t epoch = 0;
};

bool read_entry(ProtoReader& in, Heard& out) {
  ByteView bytes;
  std::uint64_t kind = 0;
  if (!in.bytes(kEntry, bytes)) return false;
  ProtoReader e(bytes);
  if (!e.varint(1, kind) || !e.fixed64(2, out.key.high) || !e.fixed64(3, out.key.low) ||
      !e.varint(4, out.epoch) || !e.done()) {
    return false;
  }
  if (kind < 1 || kind > 4 || out.epoch == 0) return false;
  out.key.kind = static_cast<RevocationKind>(kind);
  return out.key.kind != RevocationKind::link || out.key.high == 0;
}

}  // namespace

RevocationKey RevocationKey::issuer(const PublicKey& key) {
  RevocationKey out{RevocationKind::issuer, 0, 0};
  for (std::size_t i = 0; i < 8; ++i) {
    out.high |= std::uint64_t{key.bytes[i]} << (8 * i);
    out.low |= std::uint64_t{key.bytes[8 + i]} << (8 * i);
  }
  return out;
}

RevocationKey RevocationKey::holder(const PublicKey& key) {
  RevocationKey out = issuer(key);
  out.kind = RevocationKind::holder;
  return out;
}

RevocationSet::RevocationSet(std::size_t entries_max, std::pmr::memory_resource* memory)
    : entries_max_(entries_max), entries_(memory), slots_(memory) {
  WN_CHECK(entries_max >= 1 && entries_max < (std::size_t{1} << 30));
  entries_.reserve(entries_max);
  slots_.assign(std::bit_ceil(entries_max * 2), 0);  // never more than half full: a probe ends soon
}

std::uint32_t& RevocationSet::slot_of(const RevocationKey& key) {
  const std::size_t mask = slots_.size() - 1;
  std::size_t at = mix(key) & mask;
  while (slots_[at] != 0 && entries_[slots_[at] - 1].key != key) at = (at + 1) & mask;
  return slots_[at];
}

const RevocationSet::Entry* RevocationSet::find(const RevocationKey& key) const {
  const std::size_t mask = slots_.size() - 1;
  for (std::size_t at = mix(key) & mask; slots_[at] != 0; at = (at + 1) & mask) {
    if (entries_[slots_[at] - 1].key == key) return &entries_[slots_[at] - 1];
  }
  return nullptr;
}

Result<bool> RevocationSet::raise(const RevocationKey& key, std::uint64_t epoch) {
  WN_CHECK(epoch > 0);
  std::uint32_t& slot = slot_of(key);
  if (slot != 0 && entries_[slot - 1].epoch >= epoch) return false;
  if (slot == 0) {
    if (entries_.size() == entries_max_) return fail(Errc::overloaded, "the table of revocations is full");
    entries_.push_back({.key = key});
    slot = static_cast<std::uint32_t>(entries_.size());
    subtrees_ += key.kind == RevocationKind::subtree ? 1 : 0;
  }
  Entry& entry = entries_[slot - 1];
  entry.epoch = epoch;
  entry.changed_at = ++version_;
  return true;
}

std::uint64_t RevocationSet::epoch_of(const RevocationKey& key) const {
  const Entry* entry = find(key);
  return entry == nullptr ? 0 : entry->epoch;
}

void RevocationSet::encode_since(std::uint64_t version, std::vector<std::uint8_t>& out) const {
  std::vector<const Entry*> changed;
  for (const Entry& entry : entries_) {
    if (entry.changed_at > version) changed.push_back(&entry);
  }
  std::ranges::sort(changed, {}, [](const Entry* e) { return e->key; });
  ProtoWriter w(out);
  for (const Entry* e : changed) {
    w.head(kEntry, 2 + 9 + 9 + 1 + proto::varint_size(e->epoch));
    w.varint(1, static_cast<std::uint64_t>(e->key.kind));
    w.fixed64(2, e->key.high);
    w.fixed64(3, e->key.low);
    w.varint(4, e->epoch);
  }
}

Result<std::size_t> RevocationSet::merge(ByteView delta) {
  // Whole first: form, order, room.
  std::size_t fresh = 0;
  Heard previous;
  bool first = true;
  for (ProtoReader in(delta); !in.done();) {
    Heard heard;
    if (!read_entry(in, heard)) return fail(Errc::bad_input, "not a set of revocations");
    if (!first && !(previous.key < heard.key)) return fail(Errc::bad_input, "revocations out of order");
    fresh += find(heard.key) == nullptr ? 1 : 0;
    previous = heard;
    first = false;
  }
  if (fresh > entries_max_ - entries_.size()) {
    return fail(Errc::overloaded, "the table of revocations is full");
  }
  std::size_t news = 0;
  for (ProtoReader in(delta); !in.done();) {
    Heard heard;
    WN_CHECK(read_entry(in, heard));
    const Result<bool> rose = raise(heard.key, heard.epoch);
    WN_CHECK(rose.has_value());
    news += *rose ? 1 : 0;
  }
  return news;
}

Result<std::size_t> RevocationSet::restore(ByteView stored, Defect defect) {
  if (defect == Defect::revocation_forgotten_on_restart) return 0;
  return merge(stored);
}

Freshness::Freshness(std::size_t peers_max, std::pmr::memory_resource* memory)
    : peers_max_(peers_max), peers_(memory) {
  peers_.reserve(peers_max);
}

Result<void> Freshness::follow(ReplicaId peer) {
  const auto at = std::ranges::lower_bound(peers_, peer, {}, &Peer::id);
  if (at != peers_.end() && at->id == peer) return {};
  if (peers_.size() == peers_max_) return fail(Errc::overloaded, "too many peers to follow");
  peers_.insert(at, {.id = peer, .as_of = Instant{INT64_MIN}});
  return {};
}

void Freshness::forget(ReplicaId peer) {
  std::erase_if(peers_, [&](const Peer& p) { return p.id == peer; });
}

void Freshness::heard(ReplicaId peer, Instant as_of) {
  const auto at = std::ranges::lower_bound(peers_, peer, {}, &Peer::id);
  if (at != peers_.end() && at->id == peer) at->as_of = std::max(at->as_of, as_of);
}

Instant Freshness::known_until() const {
  Instant oldest = Instant::max();
  for (const Peer& peer : peers_) oldest = std::min(oldest, peer.as_of);
  return oldest;
}

}  // namespace wn::capability
