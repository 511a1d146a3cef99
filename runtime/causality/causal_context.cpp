#include "runtime/causality/causal_context.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"

namespace wn::causality {

namespace {

using Range = CausalContext::Range;

// The first range of the cloud whose end is not before the dot.
template <class Cloud>
auto at_or_after(Cloud& cloud, ReplicaId replica, std::uint64_t counter) {
  return std::lower_bound(cloud.begin(), cloud.end(), counter, [replica](const Range& r, std::uint64_t c) {
    return r.replica < replica || (r.replica == replica && r.last < c);
  });
}

std::size_t item_size(const Range& range) {
  return 3 + proto::varint_size(range.replica.value) + proto::varint_size(range.first) +
         proto::varint_size(range.last);
}

}  // namespace

bool CausalContext::in_cloud(Dot dot) const {
  const auto it = at_or_after(cloud_, dot.replica, dot.counter);
  return it != cloud_.end() && it->replica == dot.replica && it->first <= dot.counter;
}

Dot CausalContext::next(ReplicaId replica) const {
  std::uint64_t top = vector_.of(replica);
  for (const Range& range : cloud_) {
    if (range.replica == replica) top = std::max(top, range.last);
  }
  return {.replica = replica, .counter = top + 1};
}

bool CausalContext::knows(ReplicaId replica) const {
  if (vector_.of(replica) != 0) return true;
  const auto it = at_or_after(cloud_, replica, 0);
  return it != cloud_.end() && it->replica == replica;
}

// Distinct writers, those of the cloud included.
std::size_t CausalContext::replicas() const {
  std::size_t count = vector_.size();
  ReplicaId last;
  for (const Range& range : cloud_) {
    if (range.replica != last && vector_.of(range.replica) == 0) ++count;
    last = range.replica;
  }
  return count;
}

Errc CausalContext::add_slow(Dot dot) {
  WN_CHECK(dot);
  const std::uint64_t seen = vector_.of(dot.replica);
  if (dot.counter <= seen) return Errc::ok;
  if (dot.counter == seen + 1 && cloud_.empty()) return vector_.advance(dot.replica, dot.counter);
  return add_range(Range{.replica = dot.replica, .first = dot.counter, .last = dot.counter});
}

// Lays one range over the cloud, joins what it touches, then moves what has no gap left into the vector.
Errc CausalContext::add_range(const Range& range) {
  if (!knows(range.replica) && replicas() >= vector_.replicas_max()) return Errc::overloaded;
  Range grown = range;
  auto from = at_or_after(cloud_, range.replica, range.first - 1);  // one that ends just before touches
  auto to = from;
  while (to != cloud_.end() && to->replica == range.replica && to->first <= range.last + 1) {
    grown.first = std::min(grown.first, to->first);
    grown.last = std::max(grown.last, to->last);
    ++to;
  }
  if (from == to) {
    const bool closes = grown.first <= vector_.of(grown.replica) + 1;
    if (!closes && cloud_.size() >= ranges_max_) return Errc::overloaded;
    if (closes) return vector_.advance(grown.replica, std::max(grown.last, vector_.of(grown.replica)));
    cloud_.insert(from, grown);
    return Errc::ok;
  }
  *from = grown;
  cloud_.erase(from + 1, to);
  compact_replica(grown.replica);
  return Errc::ok;
}

void CausalContext::compact_replica(ReplicaId replica) {
  auto it = at_or_after(cloud_, replica, 0);
  const auto first = it;
  std::uint64_t seen = vector_.of(replica);
  while (it != cloud_.end() && it->replica == replica && it->first <= seen + 1) {
    seen = std::max(seen, it->last);
    ++it;
  }
  if (it == first) return;
  WN_CHECK(vector_.advance(replica, seen) == Errc::ok);
  cloud_.erase(first, it);
}

bool CausalContext::has_room(std::span<const Dot> dots) const {
  std::size_t strangers = 0;
  for (const Dot& dot : dots) strangers += knows(dot.replica) ? 0 : 1;
  return has_room(dots.size(), strangers);
}

Errc CausalContext::join(const VersionVector& other) {
  std::size_t strangers = 0;
  for (const auto& item : other.items()) strangers += knows(item.replica) ? 0 : 1;
  if (replicas() + strangers > vector_.replicas_max()) return Errc::overloaded;
  for (const auto& item : other.items()) {
    WN_CHECK(vector_.advance(item.replica, item.counter) == Errc::ok);
    compact_replica(item.replica);
  }
  return Errc::ok;
}

Errc CausalContext::join(const CausalContext& other) {
  CausalContext joined(*this, cloud_.get_allocator().resource());
  if (const Errc e = joined.join(other.vector_); e != Errc::ok) return e;
  for (const Range& range : other.cloud_) {
    if (const Errc e = joined.add_range(range); e != Errc::ok) return e;
  }
  *this = std::move(joined);
  return Errc::ok;
}

void CausalContext::drop(ReplicaId replica) {
  vector_.drop(replica);
  std::erase_if(cloud_, [replica](const Range& range) { return range.replica == replica; });
}

void CausalContext::clear() {
  vector_.clear();
  cloud_.clear();
}

bool CausalContext::includes(const CausalContext& other) const {
  for (const auto& item : other.vector_.items()) {
    if (vector_.of(item.replica) < item.counter) return false;  // a gap in ours is not in theirs
  }
  return std::all_of(other.cloud_.begin(), other.cloud_.end(), [&](const Range& range) {
    if (range.last <= vector_.of(range.replica)) return true;
    const auto it = at_or_after(cloud_, range.replica, range.last);
    const std::uint64_t from = std::max(range.first, vector_.of(range.replica) + 1);
    return it != cloud_.end() && it->replica == range.replica && it->first <= from;
  });
}

void CausalContext::absorb_into(Digest& digest) const {
  vector_.absorb_into(digest);
  digest.absorb(cloud_.size());
  for (const Range& range : cloud_) {
    digest.absorb(range.replica.value);
    digest.absorb(range.first);
    digest.absorb(range.last);
  }
}

void CausalContext::encode(std::vector<std::uint8_t>& out) const {
  std::vector<std::uint8_t> vector_bytes;
  vector_.encode(vector_bytes);
  ProtoWriter writer(out);
  writer.bytes(1, vector_bytes);
  std::size_t size = 0;
  for (const Range& range : cloud_) size += 1 + proto::varint_size(item_size(range)) + item_size(range);
  writer.head(2, size);
  for (const Range& range : cloud_) {
    writer.head(1, item_size(range));
    writer.varint(1, range.replica.value);
    writer.varint(2, range.first);
    writer.varint(3, range.last);
  }
}

Result<CausalContext> CausalContext::decode(ByteView in, std::pmr::memory_resource* memory,
                                            std::uint32_t replicas_max, std::uint32_t ranges_max) {
  ProtoReader reader(in);
  ByteView vector_bytes;
  ByteView cloud_bytes;
  if (!reader.bytes(1, vector_bytes) || !reader.bytes(2, cloud_bytes) || !reader.done()) {
    return fail(Errc::bad_input, "causal context: not (vector, cloud)");
  }
  CausalContext out(memory, replicas_max, ranges_max);
  Result<VersionVector> vector = VersionVector::decode(vector_bytes, memory, replicas_max);
  if (!vector) return fail(std::move(vector.error()));
  out.vector_ = std::move(*vector);
  ProtoReader cloud(cloud_bytes);
  while (!cloud.done()) {
    ByteView inner;
    if (!cloud.bytes(1, inner)) return fail(Errc::bad_input, "causal context: not a range");
    ProtoReader item(inner);
    std::uint64_t replica = 0;
    Range range;
    if (!item.varint(1, replica) || !item.varint(2, range.first) || !item.varint(3, range.last) ||
        !item.done() || replica == 0 || replica > 0xFFFFFFFFU || range.first > range.last ||
        range.last > kDotCounterMax) {
      return fail(Errc::bad_input, "causal context: a range is not (replica, first, last)");
    }
    range.replica = ReplicaId{static_cast<std::uint32_t>(replica)};
    const bool follows = out.cloud_.empty() || out.cloud_.back().replica < range.replica ||
                         (out.cloud_.back().replica == range.replica && range.first >= 2 &&
                          out.cloud_.back().last < range.first - 1);
    if (!follows || range.first < 2 || range.first - 1 <= out.vector_.of(range.replica)) {
      return fail(Errc::bad_input, "causal context: ranges overlap, touch or do not ascend");
    }
    if (out.cloud_.size() >= ranges_max) return fail(Errc::overloaded, "causal context: too many ranges");
    out.cloud_.push_back(range);
  }
  if (out.replicas() > replicas_max) return fail(Errc::overloaded, "causal context: too many replicas");
  return out;
}

}  // namespace wn::causality
