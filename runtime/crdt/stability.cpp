#include "runtime/crdt/stability.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/base/proto_wire.h"

namespace wn::crdt {

namespace {

template <class Items>
auto lower(Items& items, ReplicaId replica) {
  return std::lower_bound(items.begin(), items.end(), replica,
                          [](const auto& item, ReplicaId r) { return item.replica < r; });
}

std::uint64_t sum_of(const VersionVector& v) {
  std::uint64_t sum = 0;
  for (const auto& item : v.items()) sum += item.counter;
  return sum;
}

}  // namespace

Stability::Stability(const StabilityOptions& options, ReplicaId self, std::pmr::memory_resource* memory)
    : options_(options), self_(self), rows_(memory), cuts_(memory), stable_(memory) {
  WN_CHECK(admit(self, 0) == Errc::ok);
}

Stability::Row* Stability::row_of(ReplicaId replica) {
  const auto it = lower(rows_, replica);
  return it != rows_.end() && it->replica == replica ? &*it : nullptr;
}

bool Stability::living(ReplicaId replica) const {
  const auto it = lower(rows_, replica);
  return it != rows_.end() && it->replica == replica;
}

Errc Stability::admit(ReplicaId replica, std::uint64_t epoch) {
  WN_CHECK(replica);
  if (epoch < epoch_ || welcome(replica, epoch_) == Answer::rebase) return Errc::precondition;
  const auto it = lower(rows_, replica);
  if (it != rows_.end() && it->replica == replica) return Errc::ok;
  if (rows_.size() >= options_.replicas_max) return Errc::overloaded;
  std::pmr::memory_resource* memory = rows_.get_allocator().resource();
  rows_.insert(it, Row{.replica = replica,
                       .counted = VersionVector(memory, options_.replicas_max),
                       .told = VersionVector(memory, options_.replicas_max)});
  return Errc::ok;
}

Errc Stability::evict(ReplicaId replica, std::uint64_t epoch, std::uint64_t cut) {
  if (epoch != epoch_ + 1 || row_of(replica) == nullptr) return Errc::precondition;
  rows_.erase(lower(rows_, replica));
  cuts_.insert(lower(cuts_, replica), Cut{.replica = replica, .counter = cut, .epoch = epoch});
  epoch_ = epoch;
  return Errc::ok;
}

Errc Stability::acknowledge(ReplicaId from, std::uint64_t epoch, const VersionVector& delivered_there,
                            std::uint64_t settled_there) {
  Row* row = row_of(from);
  if (row == nullptr || epoch < epoch_) return Errc::precondition;
  for (Cut& c : cuts_) {
    if (!c.retired && c.epoch <= settled_there) retire(c);
  }
  if (row->told.dominates(delivered_there)) return Errc::ok;
  if (const Errc e = row->told.join(delivered_there); e != Errc::ok) return e;
  for (const Cut& c : cuts_) {
    if (c.retired) row->told.drop(c.replica);
  }
  return Errc::ok;
}

void Stability::advance(const CausalContext& delivered_here) {
  const VersionVector& mine = delivered_here.vector();
  if (options_.defect == Defect::tombstone_reaped_early) {
    stable_ = mine;
    return;
  }
  bool first = true;
  VersionVector meet(rows_.get_allocator().resource());
  for (Row& row : rows_) {
    if (row.replica == self_) {
      row.counted = mine;
    } else if (mine.dominates(row.told)) {
      row.counted = row.told;
    }
    if (first) {
      meet = row.counted;
    } else {
      meet.meet(row.counted);
    }
    first = false;
  }
  // A replica that was just admitted has an empty row; what was stable before it came stays so, since it
  // begins with a state that holds it.
  for (const auto& item : meet.items()) WN_CHECK(stable_.advance(item.replica, item.counter) == Errc::ok);
  for (Cut& c : cuts_) {
    if (!c.retired && stable_.of(c.replica) >= c.counter) retire(c);
  }
}

// What is known everywhere to its end needs no number in what travels any more.
void Stability::retire(Cut& c) {
  c.retired = true;
  if (c.counter != 0) WN_CHECK(stable_.advance(c.replica, c.counter) == Errc::ok);
  for (Row& row : rows_) {
    row.told.drop(c.replica);
    row.counted.drop(c.replica);
  }
}

std::uint64_t Stability::settled() const {
  std::uint64_t settled = epoch_;
  for (const Cut& c : cuts_) {
    if (!c.retired) settled = std::min(settled, c.epoch - 1);
  }
  return settled;
}

const Stability::Cut* Stability::cut(ReplicaId replica) const {
  const auto it = lower(cuts_, replica);
  return it != cuts_.end() && it->replica == replica ? &*it : nullptr;
}

bool Stability::accept(Dot dot) const {
  const Cut* c = cut(dot.replica);
  return c == nullptr || (!c->retired && dot.counter <= c->counter);
}

bool Stability::retired(ReplicaId replica) const {
  const Cut* c = cut(replica);
  return c != nullptr && c->retired;
}

std::uint64_t Stability::cut_of(ReplicaId replica) const {
  const Cut* c = cut(replica);
  return c == nullptr ? 0 : c->counter;
}

Stability::Answer Stability::welcome(ReplicaId replica, std::uint64_t epoch) const {
  if (cut(replica) != nullptr) return Answer::rebase;
  return epoch < epoch_ ? Answer::behind : Answer::welcome;
}

ReplicaId Stability::slowest() const {
  ReplicaId slowest;
  std::uint64_t least = ~std::uint64_t{0};
  for (const Row& row : rows_) {
    if (row.replica == self_ || sum_of(row.counted) >= least) continue;
    least = sum_of(row.counted);
    slowest = row.replica;
  }
  return slowest;
}

// 1: epoch 2: living replicas { 1, repeated } 3: stable 4: cuts { 1: replica 2: counter 3: epoch }, repeated
void Stability::encode(std::vector<std::uint8_t>& out) const {
  ProtoWriter writer(out);
  writer.varint(1, epoch_);
  std::vector<std::uint8_t> inner;
  for (const Row& row : rows_) ProtoWriter(inner).varint(1, row.replica.value);
  writer.bytes(2, inner);
  inner.clear();
  stable_.encode(inner);
  writer.bytes(3, inner);
  for (const Cut& cut : cuts_) {
    writer.head(4, 3 + proto::varint_size(cut.replica.value) + proto::varint_size(cut.counter) +
                       proto::varint_size(cut.epoch));
    writer.varint(1, cut.replica.value);
    writer.varint(2, cut.counter);
    writer.varint(3, cut.epoch);
  }
}

Result<Stability> Stability::decode(ByteView in, const StabilityOptions& options, ReplicaId self,
                                    std::pmr::memory_resource* memory) {
  const auto bad = [] { return fail(Errc::bad_input, "crdt: not a stability tracker"); };
  ProtoReader reader(in);
  ByteView members;
  ByteView stable;
  std::uint64_t epoch = 0;
  if (!reader.varint(1, epoch) || !reader.bytes(2, members) || !reader.bytes(3, stable)) return bad();
  Stability out(options, self, memory);
  std::uint64_t replica = 0;
  std::uint64_t last = 0;
  for (ProtoReader list(members); !list.done(); last = replica) {
    if (!list.varint(1, replica) || replica <= last || replica > 0xFFFFFFFFU) return bad();
    if (const Errc e = out.admit(ReplicaId{static_cast<std::uint32_t>(replica)}, 0); e != Errc::ok) {
      return fail(e, "crdt: more replicas than replicas_max");
    }
  }
  Result<VersionVector> vector = VersionVector::decode(stable, memory, options.replicas_max);
  if (!vector) return fail(std::move(vector.error()));
  out.stable_ = std::move(*vector);
  last = 0;
  while (!reader.done()) {
    ByteView item;
    Cut cut;
    if (!reader.bytes(4, item)) return bad();
    ProtoReader inner(item);
    if (!inner.varint(1, replica) || !inner.varint(2, cut.counter) || !inner.varint(3, cut.epoch))
      return bad();
    if (!inner.done() || cut.epoch == 0 || cut.epoch > epoch) return bad();
    if (replica <= last || replica > 0xFFFFFFFFU || cut.counter > causality::kDotCounterMax) return bad();
    cut.replica = ReplicaId{static_cast<std::uint32_t>(replica)};
    if (out.living(cut.replica)) return bad();
    out.cuts_.push_back(cut);
    last = replica;
  }
  out.epoch_ = epoch;
  return out;
}

}  // namespace wn::crdt
