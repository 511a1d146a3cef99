#include "runtime/kv/key_table.h"

#include <utility>

#include "runtime/kv/hash.h"

namespace wn::kv {
namespace {

constexpr std::size_t kSlotsMin = 64;

std::uint64_t hash_pair(std::uint64_t key_hash, const Bytes& value) {
  return hash_bytes(value.view(), key_hash ^ 0x9E3779B97F4A7C15ULL);
}

}  // namespace

std::size_t KeyTable::slot_of(const Bytes& key, std::uint64_t hash) const {
  std::size_t slot = hash & mask();
  while (slots_[slot] != 0) {
    const Item& item = items_[slots_[slot] - 1];
    if (item.key_hash == hash && item.key == key) break;
    slot = (slot + 1) & mask();
  }
  return slot;
}

const Bytes* KeyTable::find(const Bytes& key) const {
  if (slots_.empty()) return nullptr;
  const std::size_t slot = slot_of(key, hash_bytes(key.view()));
  return slots_[slot] == 0 ? nullptr : &items_[slots_[slot] - 1].value;
}

void KeyTable::grow() {
  const std::size_t size = slots_.empty() ? kSlotsMin : slots_.size() * 2;
  slots_.assign(size, 0);
  for (std::uint32_t i = 0; i < items_.size(); ++i) {
    std::size_t slot = items_[i].key_hash & mask();
    while (slots_[slot] != 0) slot = (slot + 1) & mask();
    slots_[slot] = i + 1;
  }
}

void KeyTable::put(const Bytes& key, Bytes value) {
  if ((items_.size() + 1) * 2 > slots_.size()) grow();
  const std::uint64_t hash = hash_bytes(key.view());
  const std::uint64_t pair = hash_pair(hash, value);
  const std::size_t slot = slot_of(key, hash);
  content_hash_ += pair;
  if (slots_[slot] == 0) {
    items_.push_back({key, std::move(value), hash, pair});
    slots_[slot] = static_cast<std::uint32_t>(items_.size());
    return;
  }
  Item& item = items_[slots_[slot] - 1];
  content_hash_ -= item.pair_hash;
  item.value = std::move(value);
  item.pair_hash = pair;
}

bool KeyTable::remove(const Bytes& key) {
  if (slots_.empty()) return false;
  std::size_t hole = slot_of(key, hash_bytes(key.view()));
  if (slots_[hole] == 0) return false;
  const std::uint32_t gone = slots_[hole] - 1;
  content_hash_ -= items_[gone].pair_hash;
  // Close the gap in the probe chain (Knuth, TAOCP 6.4, algorithm R), so that no tombstones are needed.
  for (std::size_t next = (hole + 1) & mask(); slots_[next] != 0; next = (next + 1) & mask()) {
    const std::size_t home = items_[slots_[next] - 1].key_hash & mask();
    if (((next - home) & mask()) >= ((next - hole) & mask())) {
      slots_[hole] = slots_[next];
      hole = next;
    }
  }
  slots_[hole] = 0;
  const std::uint32_t last = static_cast<std::uint32_t>(items_.size() - 1);
  if (gone != last) {
    std::size_t slot = items_[last].key_hash & mask();
    while (slots_[slot] != last + 1) slot = (slot + 1) & mask();
    slots_[slot] = gone + 1;
    items_[gone] = std::move(items_[last]);
  }
  items_.pop_back();
  return true;
}

}  // namespace wn::kv
