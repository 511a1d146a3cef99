#pragma once
// Slots: callbacks by a small number, each taken once. Places are used again, so the steady state asks for no
// memory here. Thread rule: one thread.
#include <cstdint>
#include <memory_resource>
#include <utility>
#include <vector>

#include "runtime/base/check.h"

namespace wn::client {

template <class T>
class Slots {
 public:
  explicit Slots(std::pmr::memory_resource* memory) : items_(memory), free_(memory) {}

  std::uint64_t add(T item) {
    if (free_.empty()) {
      items_.push_back(std::move(item));
      return items_.size() - 1;
    }
    const std::uint64_t place = free_.back();
    free_.pop_back();
    items_[place] = std::move(item);
    return place;
  }
  // REQUIRES a place that add() gave and that was not taken since.
  T take(std::uint64_t place) {
    WN_CHECK(place < items_.size() && items_[place]);
    T out = std::exchange(items_[place], T{});
    free_.push_back(place);
    return out;
  }

 private:
  std::pmr::vector<T> items_;
  std::pmr::vector<std::uint64_t> free_;
};

}  // namespace wn::client
