#include "checkers/polygraph/reach.h"

#include <algorithm>

namespace wn::checkers::polygraph {

std::optional<Reach> Reach::over(const levels::UniqueHistory& unique, const levels::EventGraph& graph,
                                 bool chained, std::uint64_t bytes_max) {
  Reach reach;
  reach.chained_ = chained;
  reach.events_ = graph.events();
  reach.own_ = unique.size() == 0 ? 0 : graph.commit(unique.size() - 1) + 1;
  reach.width_ = chained ? unique.sessions() : (std::size_t{reach.own_} + 31) / 32;
  if (std::uint64_t{reach.events_} * reach.width_ * sizeof(std::uint32_t) > bytes_max) return std::nullopt;
  if (chained) {
    reach.column_.resize(reach.own_);
    reach.index_.resize(reach.own_);
    const std::uint32_t points = graph.commit(0) - graph.start(0) + 1;
    for (std::uint32_t e = 0; e < reach.own_; ++e) {
      const levels::UniqueTxn& txn = unique.txns[graph.txn(e)];
      reach.column_[e] = txn.session;
      reach.index_[e] = txn.index * points + e - graph.start(graph.txn(e));
    }
  }
  return reach;
}

void Reach::join(std::uint32_t into, std::uint32_t from) {
  std::uint32_t* row = rows_.data() + std::size_t{into} * width_;
  const std::uint32_t* other = rows_.data() + std::size_t{from} * width_;
  if (chained_) {
    for (std::size_t c = 0; c < width_; ++c) row[c] = std::max(row[c], other[c]);
    if (from < own_) row[column_[from]] = std::max(row[column_[from]], index_[from] + 1);
  } else {
    for (std::size_t c = 0; c < width_; ++c) row[c] |= other[c];
    if (from < own_) row[from / 32] |= 1U << (from % 32);
  }
}

std::vector<std::uint32_t> Reach::compute(const levels::EventGraph& graph) {
  rows_.assign(std::size_t{events_} * width_, 0);
  order_.clear();
  const levels::EdgesTo edges(events_, graph.edges());
  const levels::EventPreds preds{.edges = edges, .events = events_};
  levels::Ordering ordering(preds);
  const bool acyclic = ordering.run([&](std::uint32_t e) {
    order_.push_back(e);
    for (std::uint32_t i = 0;; ++i) {
      const std::uint32_t p = edges.at(e, i);
      if (p == levels::kNoTxn32) break;
      const bool known = p < own_ && before(p, e);
      if (!known) join(e, p);
    }
  });
  return acyclic ? std::vector<std::uint32_t>{} : ordering.cycle();
}

}  // namespace wn::checkers::polygraph
