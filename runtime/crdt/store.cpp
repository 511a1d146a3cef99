// The table itself: slots, their index, memory.
#include <bit>
#include <utility>

#include "runtime/base/check.h"
#include "runtime/crdt/slot.h"

namespace wn::crdt {

namespace {

std::uint64_t mix(std::uint64_t a, std::uint64_t b) {
  const unsigned __int128 product =
      static_cast<unsigned __int128>(a ^ 0xA0761D6478BD642FULL) * (b ^ 0xE7037ED1A0B428DBULL);
  return static_cast<std::uint64_t>(product) ^ static_cast<std::uint64_t>(product >> 64);
}

}  // namespace

std::uint32_t Store::hash_of(std::uint32_t parent, Type type, const Value& key) {
  std::uint64_t h =
      mix(parent, (static_cast<std::uint64_t>(type) << 8) | static_cast<std::uint64_t>(key.kind()));
  if (key.kind() != Kind::string && key.kind() != Kind::bytes) {
    h = mix(h, static_cast<std::uint64_t>(key.integer()));
  } else {
    const char* at = key.string().data();
    std::size_t left = key.size();
    for (; left >= 8; left -= 8, at += 8) {
      std::uint64_t word = 0;
      std::memcpy(&word, at, 8);
      h = mix(h, word);
    }
    std::uint32_t low = 0;
    std::uint32_t high = 0;
    if (left >= 4) {  // two words that may overlap
      std::memcpy(&low, at, 4);
      std::memcpy(&high, at + left - 4, 4);
    } else if (left != 0) {
      low = static_cast<std::uint8_t>(at[0]) | std::uint32_t{static_cast<std::uint8_t>(at[left / 2])} << 8;
      high = static_cast<std::uint8_t>(at[left - 1]);
    }
    h = mix(h ^ key.size(), std::uint64_t{high} << 32 | low);
  }
  return static_cast<std::uint32_t>(h ^ (h >> 32));
}

void* Store::take(std::size_t bytes, std::size_t alignment) {
  d_.held_bytes_ += bytes;
  return d_.memory_->allocate(bytes, alignment);
}

void Store::give(void* at, std::size_t bytes, std::size_t alignment) {
  d_.held_bytes_ -= bytes;
  d_.memory_->deallocate(at, bytes, alignment);
}

// ---- slots ------------------------------------------------------------------------------------------------

void Store::grow_slots(std::uint32_t wanted) {
  Slot* fresh = static_cast<Slot*>(take(wanted * sizeof(Slot), alignof(Slot)));
  if (d_.used_ != 0) std::memcpy(static_cast<void*>(fresh), d_.slots_, d_.used_ * sizeof(Slot));
  if (d_.slots_ != nullptr) give(d_.slots_, d_.capacity_ * sizeof(Slot), alignof(Slot));
  d_.slots_ = fresh;
  d_.capacity_ = wanted;
}

std::uint32_t Store::find(std::uint32_t parent, Type type, const Value& key) const {
  const std::uint32_t hash = hash_of(parent, type, key);
  const auto matches = [&](const Slot& s) {
    return s.hash == hash && s.used && s.parent == parent && s.type == type && s.key.view() == key;
  };
  if (d_.index_ == nullptr) {
    for (std::uint32_t id = 1; id <= d_.used_; ++id) {
      if (matches(slot(id))) return id;
    }
    return 0;
  }
  const std::uint32_t mask = d_.index_capacity_ - 1;
  for (std::uint32_t at = hash & mask; d_.index_[at] != 0; at = (at + 1) & mask) {
    if (matches(slot(d_.index_[at]))) return d_.index_[at];
  }
  return 0;
}

std::uint32_t Store::make(std::uint32_t parent, Type type, const Value& key) {
  if (const std::uint32_t found = find(parent, type, key); found != 0) return found;
  std::uint32_t id = d_.free_;
  if (id != 0) {
    d_.free_ = slot(id).next;
  } else {
    if (d_.used_ == d_.capacity_) grow_slots(d_.capacity_ == 0 ? 2 : 2 * d_.capacity_);
    id = ++d_.used_;
  }
  Slot& s = *new (&slot(id)) Slot();
  s.key = StoredValue::store(key, d_.memory_);
  d_.value_bytes_ += static_cast<std::uint32_t>(s.key.block_bytes());
  s.parent = parent;
  s.type = type;
  s.used = true;
  s.hash = hash_of(parent, type, key);
  std::uint32_t& first = parent == 0 ? d_.first_ : slot(parent).child;
  s.next = first;
  if (first != 0) slot(first).prev = id;
  first = id;
  ++d_.live_slots_;
  index_insert(id);
  return id;
}

void Store::rebuild_index() {
  if (d_.index_ != nullptr)
    give(d_.index_, d_.index_capacity_ * sizeof(std::uint32_t), alignof(std::uint32_t));
  d_.index_ = nullptr;
  d_.index_capacity_ = 0;
  if (d_.live_slots_ <= kIndexFrom) return;
  d_.index_capacity_ = std::bit_ceil(d_.live_slots_ * 2 + 2);
  const std::size_t bytes = d_.index_capacity_ * sizeof(std::uint32_t);
  d_.index_ = static_cast<std::uint32_t*>(take(bytes, alignof(std::uint32_t)));
  std::memset(d_.index_, 0, bytes);
  for (std::uint32_t id = 1; id <= d_.used_; ++id) {
    if (slot(id).used) index_insert(id);
  }
}

void Store::index_insert(std::uint32_t id) {
  if (d_.index_ == nullptr ? d_.live_slots_ > kIndexFrom : d_.live_slots_ * 3 > d_.index_capacity_ * 2) {
    rebuild_index();  // inserts this one too
    return;
  }
  if (d_.index_ == nullptr) return;
  const std::uint32_t mask = d_.index_capacity_ - 1;
  std::uint32_t at = slot(id).hash & mask;
  while (d_.index_[at] != 0) {
    if (d_.index_[at] == id) return;
    at = (at + 1) & mask;
  }
  d_.index_[at] = id;
}

// Closes the hole by moving back what was displaced over it (Knuth, 6.4, algorithm R).
void Store::index_erase(std::uint32_t id) {
  if (d_.index_ == nullptr) return;
  const std::uint32_t mask = d_.index_capacity_ - 1;
  std::uint32_t hole = slot(id).hash & mask;
  while (d_.index_[hole] != id) hole = (hole + 1) & mask;
  for (std::uint32_t at = (hole + 1) & mask; d_.index_[at] != 0; at = (at + 1) & mask) {
    const std::uint32_t home = slot(d_.index_[at]).hash & mask;
    if (((at - home) & mask) >= ((at - hole) & mask)) {
      d_.index_[hole] = d_.index_[at];
      hole = at;
    }
  }
  d_.index_[hole] = 0;
}

void Store::erase_slot(std::uint32_t id) {
  index_erase(id);
  Slot& s = slot(id);
  release_payload(s);
  d_.value_bytes_ -= static_cast<std::uint32_t>(s.key.block_bytes());
  s.key.release(d_.memory_);
  std::uint32_t& first = s.parent == 0 ? d_.first_ : slot(s.parent).child;
  (s.prev == 0 ? first : slot(s.prev).next) = s.next;
  if (s.next != 0) slot(s.next).prev = s.prev;
  s.used = false;
  s.next = d_.free_;
  d_.free_ = id;
  --d_.live_slots_;
}

bool Store::prune_one(std::uint32_t id) {
  const Slot& s = slot(id);
  const bool holds = s.type == Type::text ? s.text != nullptr && !s.text->empty() : s.count != 0;
  if (s.child != 0 || holds) return false;
  erase_slot(id);
  return true;
}

void Store::prune(std::uint32_t id) {
  while (id != 0) {
    const std::uint32_t parent = slot(id).parent;
    if (!prune_one(id)) return;
    id = parent;
  }
}

// Moves the used slots together into a table of `wanted`.
void Store::renumber(std::uint32_t wanted) {
  Slot* old = d_.slots_;
  const std::uint32_t used = d_.used_;
  const std::uint32_t capacity = d_.capacity_;
  std::uint32_t kept = 0;
  Slot* fresh = static_cast<Slot*>(take(wanted * sizeof(Slot), alignof(Slot)));
  for (std::uint32_t i = 0; i < used; ++i) {
    if (!old[i].used) continue;
    std::memcpy(static_cast<void*>(fresh + kept), old + i, sizeof(Slot));
    old[i].hash = ++kept;  // where it went
  }
  const auto moved = [old](std::uint32_t id) { return id == 0 ? 0 : old[id - 1].hash; };
  for (std::uint32_t i = 0; i < kept; ++i) {
    Slot& s = fresh[i];
    s.parent = moved(s.parent);
    s.child = moved(s.child);
    s.next = moved(s.next);
    s.prev = moved(s.prev);
    s.hash = hash_of(s.parent, s.type, s.key.view());
  }
  d_.first_ = moved(d_.first_);
  give(old, capacity * sizeof(Slot), alignof(Slot));
  d_.slots_ = fresh;
  d_.capacity_ = wanted;
  d_.used_ = kept;
  d_.free_ = 0;
  rebuild_index();
}

void Store::settle() {
  if (d_.live_slots_ == 0) {
    if (d_.slots_ != nullptr) d_.clear_storage();
  } else if (d_.capacity_ > 4 && d_.live_slots_ * 4 < d_.capacity_) {
    renumber(d_.live_slots_ * 2);
  }
}

void Document::clear_storage() {
  Store store(*this);
  for (std::uint32_t id = 1; id <= used_; ++id) {
    Slot& s = store.slot(id);
    if (!s.used) continue;
    store.release_payload(s);
    s.key.release(memory_);
  }
  if (index_ != nullptr) store.give(index_, index_capacity_ * sizeof(std::uint32_t), alignof(std::uint32_t));
  if (slots_ != nullptr) store.give(slots_, capacity_ * sizeof(Slot), alignof(Slot));
  slots_ = nullptr;
  index_ = nullptr;
  used_ = capacity_ = free_ = first_ = index_capacity_ = live_slots_ = dots_ = elements_ = value_bytes_ = 0;
}

Document::Document(Document&& other) noexcept : options_(other.options_), memory_(other.memory_) {
  *this = std::move(other);
}

Document& Document::operator=(Document&& other) noexcept {
  if (this == &other) return *this;
  clear_storage();
  options_ = other.options_;
  memory_ = other.memory_;
  slots_ = std::exchange(other.slots_, nullptr);
  index_ = std::exchange(other.index_, nullptr);
  used_ = std::exchange(other.used_, 0);
  capacity_ = std::exchange(other.capacity_, 0);
  free_ = std::exchange(other.free_, 0);
  first_ = std::exchange(other.first_, 0);
  index_capacity_ = std::exchange(other.index_capacity_, 0);
  live_slots_ = std::exchange(other.live_slots_, 0);
  dots_ = std::exchange(other.dots_, 0);
  elements_ = std::exchange(other.elements_, 0);
  value_bytes_ = std::exchange(other.value_bytes_, 0);
  held_bytes_ = std::exchange(other.held_bytes_, 0);
  return *this;
}

}  // namespace wn::crdt
