#pragma once
// Search: a way for each pair of chains, so that all edges fit into one order. Conflict-driven clause
// learning (J. Marques-Silva, K. Sakallah, GRASP, 1999; first unique implication point, two watched literals,
// variables bumped to the front of a queue) over a DynamicOrder: a cycle is a clause, "not all of these
// ways". A pair is tried first the way that the order of the moment has it. Private to this room.
#include <cstdint>
#include <vector>

#include "checkers/polygraph/constraints.h"
#include "checkers/polygraph/dynamic_order.h"

namespace wn::checkers::polygraph {

enum class Found : std::uint8_t { order, contradiction, out_of_steps, time_up };

class Search {
 public:
  Search(const Constraints& constraints, const levels::EventGraph& graph, DynamicOrder& order,
         const Budget& budget);

  Found run();

  std::uint64_t decisions() const { return decisions_; }
  std::uint64_t conflicts() const { return conflicts_; }
  std::uint64_t steps() const { return steps_ + order_.steps(); }
  // After a contradiction: the last cycle, from which there was no way back, and the ways it stands on.
  const std::vector<std::uint32_t>& cycle() const { return cycle_; }
  struct Taken {
    std::uint32_t key = 0;
    Chain a, b;
  };
  std::vector<Taken> taken() const;

 private:
  // 2 * pair: the first chain of the pair before the second; 2 * pair + 1: after it.
  using Literal = std::uint32_t;
  static constexpr std::uint32_t kNoClause = ~std::uint32_t{0};
  static constexpr std::uint32_t kNone = ~std::uint32_t{0};
  static constexpr std::uint8_t kOpen = 2;

  struct Variable {
    std::uint8_t value = kOpen;  // 0: literal 2v holds; 1: literal 2v + 1
    bool seen = false;
    std::uint32_t level = 0, reason = kNoClause;
    std::uint32_t before = kNone, after = kNone;  // in the queue
    std::uint64_t bumped = 0;
  };
  bool holds(Literal l) const { return variables_[l / 2].value == (l & 1); }
  bool fails(Literal l) const { return variables_[l / 2].value == ((l & 1) ^ 1); }
  std::uint32_t level() const { return static_cast<std::uint32_t>(levels_.size()); }

  void assign(Literal l, std::uint32_t reason);
  // False: a conflict, as literals that all fail, in conflict_.
  bool propagate();
  bool add_edges(Literal l);
  bool visit_watchers(Literal failed);
  // Learns from conflict_; false: there is nothing left to take back.
  bool learn();
  void resolve(std::uint32_t& open, const std::vector<Literal>& clause, Literal except);
  void take_back(std::uint32_t level);
  bool decide();
  void bump(std::uint32_t v);
  void unlink(std::uint32_t v);
  void link_front(std::uint32_t v);

  const Constraints& constraints_;
  const levels::EventGraph& graph_;
  DynamicOrder& order_;
  const Budget& budget_;
  std::vector<Variable> variables_;
  std::vector<std::vector<Literal>> clauses_;
  std::vector<std::vector<std::uint32_t>> watchers_;  // by literal: clauses that watch it
  std::vector<Literal> trail_, conflict_, learned_, cycle_ways_;
  std::vector<std::uint32_t> cycle_;
  std::vector<std::size_t> edges_before_;  // by place on the trail
  std::vector<std::size_t> levels_;        // length of the trail at each decision
  std::size_t head_ = 0;
  std::uint32_t front_ = kNone, next_ = kNone;
  std::uint64_t bumps_ = 0, decisions_ = 0, conflicts_ = 0, steps_ = 0, bytes_ = 0;
};

}  // namespace wn::checkers::polygraph
