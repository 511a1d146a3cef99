#pragma once
// Knot: one strongly connected component of the dependency graph, and which kinds of cycles run in it.
//
// Each kind is a closed walk that a small automaton accepts, so it is found by reachability in the product of
// knot and automaton: polynomial, never a search over paths. With X = ww ∪ wr (∪ process or real time):
//   G0             a ww edge inside a component of ww
//   G1c            a wr edge inside a component of X
//   G-nonadjacent  an rw edge inside a component of X ∪ X;rw, that is (Cerone & Gotsman 2016) of the product
//                  with the state "the last step was rw", from which rw does not lead on
//   G-single       an rw edge u → v such that v reaches u over X alone. Only edges that the former test
//   leaves
//                  are asked; all starts are carried together, 256 to a sweep of the acyclic condensation of
//                  X, and a sweep covers only the components between its starts and its goals
//   G2             an rw edge inside a component of X ∪ rw
// Plain data first, then with process or real time. What a cycle that was found implies is not looked for:
// a witness of G0 is one of G1c; of G-single one of G-nonadjacent and G2; plain ones of those with order.
#include <array>
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "checkers/history/budget.h"
#include "checkers/isolation/dependency_graph.h"

namespace wn::checkers::isolation {

struct Cycle {
  std::string type;         // "G-single-item-realtime"
  std::vector<Edge> edges;  // between operations; the `to` of each is the `from` of the next, and round
};

class Knot {
 public:
  // `local` has the size of the graph's nodes; its values mean nothing.
  Knot(const DependencyGraph& graph, const std::vector<std::uint32_t>& nodes,
       std::vector<std::uint32_t>& local);

  // `order`: "process" or "realtime", whichever the graph has, or empty.
  std::vector<Cycle> cycles(const std::string& order, const Budget& budget, bool& stopped) const;

  std::uint32_t size() const { return static_cast<std::uint32_t>(nodes_.size()); }

 private:
  friend class KnotSearch;
  struct Step {
    std::uint32_t to = 0;
    Kind kind = Kind::ww;
  };
  const DependencyGraph& graph_;
  const std::vector<std::uint32_t>& nodes_;
  std::vector<std::uint32_t> first_;
  std::vector<Step> steps_;  // sorted by source
};

}  // namespace wn::checkers::isolation
