#pragma once
// Queries over one tree: children of many parents, descendants, by property, in one call each. plan.h joins.
//
// Every query charges the CallBudget of the handler that asks, once, however many worknodes it names; a
// handler that asks in a loop reaches the end of its budget and gets Errc::overloaded (so N+1 is an error,
// not a habit). Results are limited; what is beyond comes with a cursor. A cursor is a plain value and
// nothing is kept for it: it says after which row to go on, in an order that other changes do not disturb. A
// worknode that matched all the while is reported exactly once; one that came or went in between may or may
// not be.
//
// Order of rows, on every replica the same:
//   children     by parent, in the order asked; then by id
//   descendants  breadth first: by depth below the top; then by id
//   matching     by id
//
// Errors: overloaded (budget), invalid_argument (a limit of 0 or over kResultsMax, a cursor of another
// query), not_found (top or parent not in the tree), precondition (a stale cursor: the top or the parent at
// which it stands has left the tree or was deleted meanwhile; start again), too_large (over parents_max or
// visits_max). Work: children O(c log c) for c children of the asked parents; descendants O(visited log
// visited) a page; matching O(log n + rows). Memory: `memory` of the rows. Thread rule: the tree's.
#include <cstdint>
#include <memory_resource>
#include <span>
#include <vector>

#include "runtime/base/result.h"
#include "runtime/tree/property.h"
#include "runtime/tree/tree.h"

namespace wn::tree {

inline constexpr std::uint32_t kResultsDefault = 10'000;
inline constexpr std::uint32_t kResultsMax = 1'000'000;

// How many queries one handler may make. Charged before any work; a refused charge costs nothing.
class CallBudget {
 public:
  explicit CallBudget(std::uint32_t calls_max) : left_(calls_max) {}
  std::uint32_t left() const { return left_; }
  Result<void> charge();

 private:
  std::uint32_t left_;
};

struct QueryLimits {
  std::uint32_t max_results = kResultsDefault;  // rows in one answer, 1 .. kResultsMax
  std::uint32_t parents_max = 10'000;           // ids named by one query
  std::uint32_t visits_max = 1U << 20;          // worknodes looked at for one answer
};

// Where to go on. The default value is the beginning.
struct Cursor {
  std::uint64_t query = 0;     // fingerprint of the question; 0 = the beginning
  std::uint32_t position = 0;  // children: which parent; descendants: which depth
  WorknodeId after;            // the last row given there
  bool in_trash = false;       // the parent or top was deleted when the cursor was given
  explicit operator bool() const { return query != 0; }
  friend bool operator==(const Cursor&, const Cursor&) = default;
};

struct Filter {
  std::uint32_t type = 0;  // 0 = any
};

// One row an answer; `group` is the index of the parent asked (children), the depth below the top
// (descendants), 0 (matching).
struct Row {
  WorknodeId node;
  std::uint32_t type = 0;
  std::uint32_t group = 0;
  friend bool operator==(const Row&, const Row&) = default;
};

struct Answer {
  explicit Answer(std::pmr::memory_resource* memory) : rows(memory) {}
  std::pmr::vector<Row> rows;  // overwritten by each query
  Cursor next;                 // false when this was all
};

class Query {
 public:
  // REQUIRES that the tree outlives it. `memory` serves the query's scratch.
  Query(const Tree& tree, QueryLimits limits, std::pmr::memory_resource* memory);

  Result<void> children(CallBudget& budget, std::span<const WorknodeId> parents, Filter filter, Cursor from,
                        Answer& answer);
  // Without the top itself.
  Result<void> descendants(CallBudget& budget, WorknodeId top, Filter filter, Cursor from, Answer& answer);
  // The living worknodes of the tree whose property equals the value, by the caller's index.
  Result<void> matching(CallBudget& budget, const PropertyIndex& index, PropertyKey property,
                        const PropertyValue& value, Cursor from, Answer& answer);
  // properties[i * nodes.size() + j] is property i of node j. One call for all of them.
  Result<void> properties(CallBudget& budget, const PropertySource& source, std::span<const WorknodeId> nodes,
                          std::span<const PropertyKey> properties, std::pmr::vector<PropertyValue>& values);

 private:
  friend class PlanRunner;
  struct Found {
    WorknodeId id;
    NodeIndex node = kNoNode;
  };
  Result<void> start(CallBudget& budget, const Cursor& from, std::uint64_t fingerprint) const;
  Result<NodeIndex> place_of(WorknodeId id, const Cursor* resumed) const;
  bool in_trash(WorknodeId id) const;
  Result<void> gather(NodeIndex parent, std::uint32_t& visits);

  const Tree& tree_;
  QueryLimits limits_;
  std::pmr::vector<Found> found_;
  std::pmr::vector<NodeIndex> level_;
};

}  // namespace wn::tree
