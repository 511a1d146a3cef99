// What slots hold: entries, shares, texts; and who is present.
#include <algorithm>

#include "runtime/base/check.h"
#include "runtime/crdt/slot.h"

namespace wn::crdt {

bool Share::join(const Share& other) {
  if (born != other.born) {
    if (other.born < born) return false;
    *this = other;
    return true;
  }
  const auto chain = [](const Share& s) { return std::tuple(s.now, s.total, s.spent); };
  const auto cut = [](const Share& s) {
    return std::tuple(s.floor, s.floor_total, s.mark_replica, s.mark_counter);
  };
  bool changed = false;
  if (chain(*this) < chain(other)) {
    std::tie(now, total, spent) = chain(other);
    changed = true;
  }
  if (cut(*this) < cut(other)) {
    std::tie(floor, floor_total, mark_replica, mark_counter) = cut(other);
    changed = true;
  }
  return changed;
}

template <class T>
void Store::resize(T*& items, std::uint32_t& capacity, std::uint32_t count, std::uint32_t wanted) {
  T* fresh = static_cast<T*>(take(wanted * sizeof(T), alignof(T)));
  if (count != 0) std::memcpy(static_cast<void*>(fresh), items, count * sizeof(T));
  if (capacity != 0) give(items, capacity * sizeof(T), alignof(T));
  items = fresh;
  capacity = wanted;
}

// The one entry of a slot is in place; two and more are in a block.
void Store::add_entry(Slot& s, const Entry& entry) {
  d_.value_bytes_ += static_cast<std::uint32_t>(entry.value.block_bytes());
  ++d_.dots_;
  if (s.count == 0) {
    s.one = entry;
    s.count = 1;
    return;
  }
  if (s.capacity == 0) {
    const Entry first = s.one;
    resize(s.entries, s.capacity, 0, 2);
    s.entries[0] = first;
  } else if (s.count == s.capacity) {
    resize(s.entries, s.capacity, s.count, 2 * s.capacity);
  }
  s.entries[s.count++] = entry;
}

void Store::drop_entry(Slot& s, std::size_t at) {
  const std::span<Entry> all = entries(s);
  d_.value_bytes_ -= static_cast<std::uint32_t>(all[at].value.block_bytes());
  all[at].value.release(d_.memory_);
  --d_.dots_;
  all[at] = all.back();
  --s.count;
  if (s.capacity == 0) return;
  if (s.count <= 1) {
    Entry* block = s.entries;
    const Entry last = block[0];
    const std::uint32_t capacity = s.capacity;
    s.capacity = 0;
    s.one = last;
    give(block, capacity * sizeof(Entry), alignof(Entry));
  } else if (s.count * 4 <= s.capacity) {
    resize(s.entries, s.capacity, s.count, s.count * 2);
  }
}

void Store::clear_entries(Slot& s) {
  while (s.count != 0) drop_entry(s, s.count - 1);
}

void Store::replace_entry(Entry& old, const Entry& entry) {
  d_.value_bytes_ += static_cast<std::uint32_t>(entry.value.block_bytes());
  d_.value_bytes_ -= static_cast<std::uint32_t>(old.value.block_bytes());
  old.value.release(d_.memory_);
  old = entry;
}

void Store::replace_entries(Slot& s, const Entry& entry) {
  if (s.count == 1) [[likely]]
    return replace_entry(entries(s)[0], entry);
  clear_entries(s);
  add_entry(s, entry);
}

Share* Store::find_share(Slot& s, std::uint32_t replica, std::uint32_t peer) {
  for (Share& share : shares(s)) {
    if (share.replica == replica && share.peer == peer) return &share;
  }
  return nullptr;
}

Share& Store::add_share(Slot& s, const Share& share) {
  if (s.count == s.capacity) resize(s.shares, s.capacity, s.count, s.capacity == 0 ? 1 : 2 * s.capacity);
  s.shares[s.count++] = share;
  ++(s.type == Type::bounded ? d_.elements_ : d_.dots_);
  return s.shares[s.count - 1];
}

void Store::drop_share(Slot& s, std::size_t at) {
  s.shares[at] = s.shares[s.count - 1];
  --s.count;
  --(s.type == Type::bounded ? d_.elements_ : d_.dots_);
  if (s.count == 0) {
    give(s.shares, s.capacity * sizeof(Share), alignof(Share));
    s.shares = nullptr;
    s.capacity = 0;
  } else if (s.count * 4 <= s.capacity) {
    resize(s.shares, s.capacity, s.count, s.count * 2);
  }
}

Text& Store::text(Slot& s) {
  if (s.text == nullptr) {
    s.text = new (take(sizeof(Text), alignof(Text))) Text(options(), memory());
  }
  return *s.text;
}

void Store::account_text(const Slot& s, std::uint64_t bytes_before, std::uint32_t elements_before) {
  if (s.text == nullptr) return;
  d_.held_bytes_ += s.text->held_bytes() - bytes_before;
  d_.elements_ += s.text->elements() - elements_before;
}

void Store::release_payload(Slot& s) {
  if (s.type == Type::text) {
    if (s.text == nullptr) return;
    d_.held_bytes_ -= s.text->held_bytes();
    d_.elements_ -= s.text->elements();
    s.text->~Text();
    give(s.text, sizeof(Text), alignof(Text));
    s.text = nullptr;
  } else if (is_counter(s.type)) {
    while (s.count != 0) drop_share(s, s.count - 1);
  } else {
    clear_entries(s);
  }
}

bool Store::live(std::uint32_t id) const {
  const Slot& s = slot(id);
  if (s.type == Type::text) return s.text != nullptr && s.text->visible() != 0;
  if (is_counter(s.type)) {
    const auto all = shares(s);
    return std::any_of(all.begin(), all.end(), [](const Share& share) { return share.live(); });
  }
  if (s.count != 0) return true;
  for (std::uint32_t child = s.child; child != 0; child = slot(child).next) {
    if (live(child)) return true;  // as deep as max_nesting_depth
  }
  return false;
}

bool Store::readable(std::uint32_t id) const {
  const Slot& s = slot(id);
  if (s.type == Type::bounded) return true;
  if (s.type == Type::text || is_counter(s.type) || s.count != 0) return live(id);
  for (std::uint32_t child = s.child; child != 0; child = slot(child).next) {
    if (readable(child)) return true;
  }
  return false;
}

void Store::check_bounds(const CausalContext& seen) const {
  const std::uint64_t replicas = seen.vector().size() + seen.cloud().size();
  WN_CHECK_LE(d_.dots_, d_.live_slots_ * replicas);
  WN_CHECK_LE(d_.held_bytes_, kPlaceBytes * (std::uint64_t{d_.live_slots_} + 1) +
                                  kDotBytes * (std::uint64_t{d_.dots_} + d_.elements_));
}

}  // namespace wn::crdt
