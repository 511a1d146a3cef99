#pragma once
// KeyTable: keys to values by open addressing over a dense array. Its order is never seen from outside: an
// image is sorted by key, and content_hash() does not depend on order.
#include <cstdint>
#include <vector>

#include "runtime/base/bytes.h"

namespace wn::kv {

class KeyTable {
 public:
  struct Item {
    Bytes key;
    Bytes value;
    std::uint64_t key_hash = 0;
    std::uint64_t pair_hash = 0;  // of key and value
  };

  const Bytes* find(const Bytes& key) const;
  void put(const Bytes& key, Bytes value);
  bool remove(const Bytes& key);
  std::size_t size() const { return items_.size(); }
  const std::vector<Item>& items() const { return items_; }
  // Sum of the hashes of all pairs, modulo 2^64.
  std::uint64_t content_hash() const { return content_hash_; }

 private:
  std::size_t mask() const { return slots_.size() - 1; }
  // The slot that holds the key, or the empty one where it would go. REQUIRES slots.
  std::size_t slot_of(const Bytes& key, std::uint64_t hash) const;
  void grow();

  std::vector<Item> items_;
  std::vector<std::uint32_t> slots_;  // 0 = empty, else item + 1; size a power of two, at most half full
  std::uint64_t content_hash_ = 0;
};

}  // namespace wn::kv
