#pragma once
// CausalOrder: what is known to come before what: session order, the order at a shared replica, and a write
// before whoever saw its effect, closed under transitivity. One vector clock a step, one column for each
// session that changes something.
//
// Time O(steps * columns + sights); memory 4 bytes * steps * columns, at most kCellsMax cells: beyond, the
// order is not computed (too_large()). A cycle has no order: cycle() names its steps.
#include <cstdint>
#include <span>
#include <vector>

#include "checkers/history/client_history.h"

namespace wn::checkers {

class CausalOrder {
 public:
  static constexpr std::uint64_t kCellsMax = 256ULL << 20;

  // `history` must outlive the order.
  explicit CausalOrder(const ClientHistory& history, std::uint64_t cells_max = kCellsMax);

  bool too_large() const { return too_large_; }
  const std::vector<std::uint32_t>& cycle() const { return cycle_; }  // steps; empty: there is none
  bool usable() const { return !too_large_ && cycle_.empty(); }

  // The rest REQUIRES usable().
  // Strictly. `a` must be of a session that changes something (a write).
  bool before(std::uint32_t a, std::uint32_t b) const;
  // How many steps of the column's session are before the step; the step itself counts.
  std::span<const std::uint32_t> clock(std::uint32_t step) const {
    return {cells_.data() + std::size_t{step} * columns_, columns_};
  }
  std::uint32_t columns() const { return columns_; }
  std::uint32_t column_of(std::uint32_t session) const { return column_[session]; }  // kNoStep: none
  std::uint32_t session_of(std::uint32_t column) const { return session_[column]; }
  const std::vector<std::uint32_t>& topological() const { return order_; }

 private:
  const ClientHistory& history_;
  std::vector<std::uint32_t> column_, session_, order_, cells_, cycle_;
  std::uint32_t columns_ = 0;
  bool too_large_ = false;
};

// Steps so that every edge (from, to) leads forward; `order` is shorter than `nodes` when there is a cycle,
// of which `cycle` then names one. Ties are broken by the lowest number.
struct Sorted {
  std::vector<std::uint32_t> order, cycle;
};
Sorted sort_topologically(std::uint32_t nodes,
                          std::span<const std::pair<std::uint32_t, std::uint32_t>> edges);

}  // namespace wn::checkers
