#pragma once
// Fifo<T>: a queue in one vector; pops move a head index, and the space is reclaimed when it has drained by
// half. Keeps its capacity, so the steady state allocates nothing.
#include <cstddef>
#include <span>
#include <utility>
#include <vector>

#include "runtime/base/check.h"

namespace wn::node {

template <class T>
class Fifo {
 public:
  bool empty() const { return head_ == items_.size(); }
  std::size_t size() const { return items_.size() - head_; }
  T& front() {
    WN_CHECK(!empty());
    return items_[head_];
  }
  std::span<const T> waiting() const { return std::span<const T>(items_).subspan(head_); }
  void push_back(T item) { items_.push_back(std::move(item)); }
  void pop_front() {
    WN_CHECK(!empty());
    items_[head_] = T{};
    ++head_;
    if (head_ == items_.size()) {
      clear();
    } else if (head_ >= 64 && head_ * 2 >= items_.size()) {
      items_.erase(items_.begin(), items_.begin() + static_cast<std::ptrdiff_t>(head_));
      head_ = 0;
    }
  }
  void clear() {
    items_.clear();
    head_ = 0;
  }

 private:
  std::vector<T> items_;
  std::size_t head_ = 0;
};

}  // namespace wn::node
