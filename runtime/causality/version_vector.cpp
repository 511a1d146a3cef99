#include "runtime/causality/version_vector.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"

namespace wn::causality {

namespace {

using Item = VersionVector::Item;

auto lower(std::pmr::vector<Item>& items, ReplicaId replica) {
  return std::lower_bound(items.begin(), items.end(), replica,
                          [](const Item& item, ReplicaId r) { return item.replica < r; });
}

}  // namespace

Errc VersionVector::advance(ReplicaId replica, std::uint64_t counter) {
  WN_CHECK(replica);
  WN_CHECK_NE(counter, 0U);
  const auto it = lower(items_, replica);
  if (it != items_.end() && it->replica == replica) {
    it->counter = std::max(it->counter, counter);
    return Errc::ok;
  }
  if (items_.size() >= replicas_max_) return Errc::overloaded;
  items_.insert(it, Item{.replica = replica, .counter = counter});
  return Errc::ok;
}

Errc VersionVector::join(const VersionVector& other) {
  std::size_t fresh = 0;
  for (const Item& item : other.items_) fresh += of(item.replica) == 0 ? 1 : 0;
  if (items_.size() + fresh > replicas_max_) return Errc::overloaded;
  for (const Item& item : other.items_) WN_CHECK(advance(item.replica, item.counter) == Errc::ok);
  return Errc::ok;
}

void VersionVector::meet(const VersionVector& other) {
  for (Item& item : items_) item.counter = std::min(item.counter, other.of(item.replica));
  std::erase_if(items_, [](const Item& item) { return item.counter == 0; });
}

bool VersionVector::drop(ReplicaId replica) {
  const auto it = lower(items_, replica);
  if (it == items_.end() || it->replica != replica) return false;
  items_.erase(it);
  return true;
}

bool VersionVector::dominates(const VersionVector& other) const {
  return std::all_of(other.items_.begin(), other.items_.end(),
                     [&](const Item& item) { return of(item.replica) >= item.counter; });
}

Order VersionVector::compare(const VersionVector& other) const {
  const bool above = dominates(other);
  const bool below = other.dominates(*this);
  if (above && below) return Order::equal;
  if (above) return Order::after;
  return below ? Order::before : Order::concurrent;
}

void VersionVector::absorb_into(Digest& digest) const {
  digest.absorb(items_.size());
  for (const Item& item : items_) {
    digest.absorb(item.replica.value);
    digest.absorb(item.counter);
  }
}

void VersionVector::encode(std::vector<std::uint8_t>& out) const {
  ProtoWriter writer(out);
  for (const Item& item : items_) {
    writer.head(1, 2 + proto::varint_size(item.replica.value) + proto::varint_size(item.counter));
    writer.varint(1, item.replica.value);
    writer.varint(2, item.counter);
  }
}

Result<VersionVector> VersionVector::decode(ByteView in, std::pmr::memory_resource* memory,
                                            std::uint32_t replicas_max) {
  VersionVector out(memory, replicas_max);
  ProtoReader reader(in);
  while (!reader.done()) {
    ByteView inner;
    if (!reader.bytes(1, inner)) return fail(Errc::bad_input, "version vector: not an item");
    ProtoReader item(inner);
    std::uint64_t replica = 0;
    std::uint64_t counter = 0;
    if (!item.varint(1, replica) || !item.varint(2, counter) || !item.done() || replica == 0 ||
        replica > 0xFFFFFFFFU || counter == 0 || counter > kDotCounterMax) {
      return fail(Errc::bad_input, "version vector: an item is not (replica, counter)");
    }
    const ReplicaId id{static_cast<std::uint32_t>(replica)};
    if (!out.items_.empty() && out.items_.back().replica >= id) {
      return fail(Errc::bad_input, "version vector: replicas do not ascend");
    }
    if (out.items_.size() >= replicas_max) {
      return fail(Errc::overloaded, "version vector: more replicas than replicas_max");
    }
    out.items_.push_back(Item{.replica = id, .counter = counter});
  }
  return out;
}

}  // namespace wn::causality
