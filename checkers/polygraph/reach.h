#pragma once
// Reach: which event comes before which, in a graph without a cycle. A row for each event: with chains of
// events (sessions) how many of each chain come before it; without, one bit for each event. Private.
#include <cstdint>
#include <optional>
#include <vector>

#include "checkers/levels/events.h"

namespace wn::checkers::polygraph {

class Reach {
 public:
  // `chained`: sessions are part of the order. Nothing: more than `bytes_max`.
  static std::optional<Reach> over(const levels::UniqueHistory& unique, const levels::EventGraph& graph,
                                   bool chained, std::uint64_t bytes_max);

  // Again, after edges were added. The nodes of a cycle; empty: none.
  std::vector<std::uint32_t> compute(const levels::EventGraph& graph);

  // Strictly. `a` is a transaction's event.
  bool before(std::uint32_t a, std::uint32_t b) const {
    if (chained_) return rows_[std::size_t{b} * width_ + column_[a]] > index_[a];
    return (rows_[std::size_t{b} * width_ + a / 32] >> (a % 32) & 1U) != 0;
  }
  // Events in an order that keeps all edges.
  const std::vector<std::uint32_t>& order() const { return order_; }

 private:
  Reach() = default;
  void join(std::uint32_t into, std::uint32_t from);

  bool chained_ = false;
  std::uint32_t events_ = 0, own_ = 0;  // own: events that are transactions'
  std::size_t width_ = 0;
  std::vector<std::uint32_t> column_, index_, rows_, order_;
};

}  // namespace wn::checkers::polygraph
