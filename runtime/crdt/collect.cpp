// Reclaims removed counter shares and deleted code points once their removal is causally stable, and recounts
// a document for its invariants.
#include "runtime/base/check.h"
#include "runtime/crdt/slot.h"

namespace wn::crdt {

namespace {

// A share is spent when nothing of its chain counts; it may go when every replica knows the chain and its
// end.
std::uint32_t collect_shares(Store& store, Slot& s, const VersionVector& stable) {
  if (s.type == Type::bounded) return 0;  // hidden, not reset: its totals go on
  std::uint32_t gone = 0;
  for (std::size_t i = s.count; i-- > 0;) {
    const Share& share = store.shares(s)[i];
    if (share.live() || !stable.contains(share.mark()) || !stable.contains(share.dot())) continue;
    store.drop_share(s, i);
    ++gone;
  }
  return gone;
}

std::uint32_t collect_below(Store& store, std::uint32_t parent, const VersionVector& stable) {
  std::uint32_t gone = 0;
  for (std::uint32_t id = store.first_child(parent); id != 0;) {
    const std::uint32_t next = store.slot(id).next;
    gone += collect_below(store, id, stable);
    Slot& s = store.slot(id);
    if (s.type == Type::text && s.text != nullptr) {
      const TextScope scope(store, s);
      gone += s.text->collect(stable);
    } else if (is_counter(s.type)) {
      gone += collect_shares(store, s, stable);
    }
    store.prune_one(id);
    id = next;
  }
  return gone;
}

struct Recount {
  std::uint64_t slots = 0;
  std::uint64_t dots = 0;
  std::uint64_t elements = 0;
  std::uint64_t value_bytes = 0;
};

void recount(const Store& store, std::uint32_t parent, const CausalContext& seen, Recount& sum) {
  std::uint32_t prev = 0;
  for (std::uint32_t id = store.first_child(parent); id != 0; prev = id, id = store.slot(id).next) {
    const Slot& s = store.slot(id);
    WN_CHECK(s.used);
    WN_CHECK_EQ(s.parent, parent);
    WN_CHECK_EQ(s.prev, prev);
    WN_CHECK_EQ(store.find(parent, s.type, s.key.view()), id);
    ++sum.slots;
    sum.value_bytes += s.key.block_bytes();
    if (s.type == Type::text) {
      WN_CHECK(s.text != nullptr && !s.text->empty());
      sum.elements += s.text->elements();
    } else if (is_counter(s.type)) {
      WN_CHECK_NE(s.count, 0U);
      (s.type == Type::bounded ? sum.elements : sum.dots) += s.count;
      for (const Share& share : store.shares(s)) WN_CHECK(seen.contains(share.dot()));
    } else {
      WN_CHECK(s.count != 0 || s.child != 0);
      sum.dots += s.count;
      for (const Entry& entry : store.entries(s)) {
        WN_CHECK(seen.contains(entry.dot()));
        sum.value_bytes += entry.value.block_bytes();
      }
    }
    recount(store, id, seen, sum);
  }
}

}  // namespace

std::uint32_t Document::collect(const VersionVector& stable) {
  Store store(*this);
  const std::uint32_t gone = collect_below(store, 0, stable);
  store.settle();
  return gone;
}

void Document::check_invariants(const CausalContext& seen) const {
  const Store store(const_cast<Document&>(*this));
  Recount sum;
  recount(store, 0, seen, sum);
  WN_CHECK_EQ(sum.slots, live_slots_);
  WN_CHECK_EQ(sum.dots, dots_);
  WN_CHECK_EQ(sum.elements, elements_);
  WN_CHECK_EQ(sum.value_bytes, value_bytes_);
  store.check_bounds(seen);
}

}  // namespace wn::crdt
