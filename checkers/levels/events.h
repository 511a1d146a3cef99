#pragma once
// EventGraph: what must come before what, for snapshot isolation and serializability. A transaction is its
// start and its commit; under serializability both are one event. It keeps the model iff all that
// follows fits into one order:
//   start < commit;  commit(T1) < start(T2) when T2 reads from T1, overwrites T1's version, or follows it in
//   the order that counts (session, real time);  start(T1) < commit(T2) when T2 overwrites what T1 read.
// (Start and commit of each transaction as points, as A. Adya 1999, section 4.3, has them; the search for a
// cycle in it is that for a cycle without two rw next to each other.) Real time is a chain of moments, one
// for each completion, so that edges stay linear in number. For this room and checkers/polygraph.
#include <cstdint>
#include <functional>
#include <vector>

#include "checkers/history/verdict.h"
#include "checkers/levels/explain.h"
#include "checkers/levels/order.h"
#include "checkers/levels/unique_history.h"

namespace wn::checkers::levels {

class EventGraph {
 public:
  EventGraph(const UniqueHistory& unique, TxnModel model, TxnOrder order);

  std::uint32_t start(std::uint32_t t) const { return points_ * t; }
  std::uint32_t commit(std::uint32_t t) const { return points_ * t + points_ - 1; }
  bool is_moment(std::uint32_t event) const { return event >= points_ * unique_.size(); }
  std::uint32_t txn(std::uint32_t event) const { return event / points_; }
  std::uint32_t events() const { return events_; }

  // Reads-from, and the order that counts, are there from the beginning.
  void overwrites(std::uint32_t earlier, std::uint32_t later) {
    edges_.push_back({commit(earlier), start(later)});
  }
  void overwritten(std::uint32_t reader, std::uint32_t writer) {
    edges_.push_back({start(reader), commit(writer)});
  }
  const std::vector<OrderEdge>& edges() const { return edges_; }

  // Of events each before the next, and round: a step from one transaction to another each. Which version
  // follows which is the caller's to say, for the reasons of the steps.
  using VersionOrder = std::function<bool(std::uint32_t source, std::uint32_t writer, std::uint32_t key)>;
  std::vector<Link> links(const Explainer& explain, const std::vector<std::uint32_t>& cycle,
                          const VersionOrder& follows) const;

 private:
  void real_time();
  Link step(const Explainer& explain, std::uint32_t from, std::uint32_t to,
            const VersionOrder& follows) const;

  const UniqueHistory& unique_;
  TxnOrder order_;
  std::uint32_t points_ = 1;
  std::uint32_t events_ = 0;
  std::vector<OrderEdge> edges_;
};

struct EventPreds {
  const EdgesTo& edges;
  std::uint32_t events = 0;
  std::uint32_t count() const { return events; }
  std::uint32_t at(std::uint32_t e, std::uint32_t i) const { return edges.at(e, i); }
};

// What the links of a cycle make it: "G1c", "G-single", "G2", … (Adya), "-process" or "-realtime" where one
// needs that.
std::string cycle_name(const std::vector<Link>& links);

}  // namespace wn::checkers::levels
