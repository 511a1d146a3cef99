#pragma once
// LastBegun: the last operation of each of the latest clients, so that one that is asked for again is not
// counted as new. Bounded: when there is no room, the client that came first is forgotten; a repetition of
// its operation then counts once more. Thread rule: a value.
#include <cstddef>
#include <cstdint>
#include <deque>

#include "runtime/base/flat_map.h"
#include "runtime/base/ids.h"

namespace wn::host {

class LastBegun {
 public:
  explicit LastBegun(std::size_t clients_max) : clients_max_(clients_max) {}
  bool is(NodeId client, std::uint64_t operation) const {
    const std::uint64_t* const last = operations_.find(client);
    return last != nullptr && *last == operation;
  }
  void set(NodeId client, std::uint64_t operation) {
    if (!operations_.contains(client)) {
      if (clients_max_ == 0) return;
      if (order_.size() == clients_max_) {
        operations_.erase(order_.front());
        order_.pop_front();
      }
      order_.push_back(client);
    }
    operations_[client] = operation;
  }
  std::size_t size() const { return operations_.size(); }

 private:
  std::size_t clients_max_;
  FlatMap<NodeId, std::uint64_t> operations_;
  std::deque<NodeId> order_;  // by when they came
};

}  // namespace wn::host
