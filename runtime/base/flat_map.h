#pragma once
// FlatMap<K, V>: a sorted vector of pairs. Iteration order is key order, on every machine. O(log n) look-up,
// O(n) insertion: for small maps and for maps that are read far more than written.
#include <algorithm>
#include <utility>
#include <vector>

namespace wn {

template <class K, class V>
class FlatMap {
 public:
  using value_type = std::pair<K, V>;
  auto begin() { return items_.begin(); }
  auto end() { return items_.end(); }
  auto begin() const { return items_.begin(); }
  auto end() const { return items_.end(); }
  std::size_t size() const { return items_.size(); }
  bool empty() const { return items_.empty(); }
  void clear() { items_.clear(); }
  void reserve(std::size_t n) { items_.reserve(n); }

  V* find(const K& key) {
    auto it = lower(key);
    return it != items_.end() && it->first == key ? &it->second : nullptr;
  }
  const V* find(const K& key) const { return const_cast<FlatMap*>(this)->find(key); }
  bool contains(const K& key) const { return find(key) != nullptr; }
  V& operator[](const K& key) {
    auto it = lower(key);
    if (it == items_.end() || it->first != key) it = items_.insert(it, {key, V{}});
    return it->second;
  }
  bool erase(const K& key) {
    auto it = lower(key);
    if (it == items_.end() || it->first != key) return false;
    items_.erase(it);
    return true;
  }
  friend bool operator==(const FlatMap&, const FlatMap&) = default;

 private:
  auto lower(const K& key) {
    return std::lower_bound(items_.begin(), items_.end(), key,
                            [](const value_type& item, const K& k) { return item.first < k; });
  }
  std::vector<value_type> items_;
};

}  // namespace wn
