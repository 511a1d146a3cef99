#include "runtime/tree/query.h"

#include <algorithm>
#include <new>

#include "runtime/base/check.h"
#include "runtime/tree/mix.h"

namespace wn::tree {

namespace {

std::unexpected<Error> used_up() { return fail(Errc::overloaded, "the query's memory is used up"); }

// What makes two questions the same, so that a cursor is not taken from one to another. Never 0.
class Fingerprint {
 public:
  explicit Fingerprint(std::uint64_t kind) : state_(kind) {}
  void absorb(std::uint64_t word) { state_ = mix(state_, word); }
  void absorb(WorknodeId id) {
    absorb(id.high);
    absorb(id.low);
  }
  std::uint64_t value() const { return state_ | 1; }

 private:
  std::uint64_t state_;
};

}  // namespace

Result<void> CallBudget::charge() {
  if (left_ == 0) {
    return fail(Errc::overloaded, "the handler's call budget is spent: ask for many worknodes in one query");
  }
  --left_;
  return {};
}

Query::Query(const Tree& tree, QueryLimits limits, std::pmr::memory_resource* memory)
    : tree_(tree), limits_(limits), found_(memory), level_(memory) {}

Result<void> Query::start(CallBudget& budget, const Cursor& from, std::uint64_t fingerprint) const {
  if (limits_.max_results == 0 || limits_.max_results > kResultsMax) {
    return fail(Errc::invalid_argument, "max_results is out of range");
  }
  if (from && from.query != fingerprint) {
    return fail(Errc::invalid_argument, "the cursor belongs to another query");
  }
  return budget.charge();
}

bool Query::in_trash(WorknodeId id) const { return tree_.is_deleted(id).value_or(true); }

// The index of a named worknode. When a cursor resumes, one that was deleted or restored makes it stale.
Result<NodeIndex> Query::place_of(WorknodeId id, const Cursor* resumed) const {
  const bool there = tree_.contains(id);
  if (resumed != nullptr && (!there || in_trash(id) != resumed->in_trash)) {
    return fail(Errc::precondition, "stale cursor: a worknode of the query was deleted, restored or purged");
  }
  if (!there) return fail(Errc::not_found, "no such worknode in the tree");
  return tree_.nodes().find(id);
}

// found_ = the children of one parent, ascending by id.
Result<void> Query::gather(NodeIndex parent, std::uint32_t& visits) {
  const NodeTable& nodes = tree_.nodes();
  if (nodes[parent].child_count > limits_.visits_max - visits) {
    return fail(Errc::too_large, "the query looks at more than visits_max worknodes");
  }
  visits += nodes[parent].child_count;
  found_.clear();
  for (NodeIndex at = nodes[parent].first_child; at != kNoNode; at = nodes[at].next) {
    found_.push_back({.id = nodes[at].id, .node = at});
  }
  // The list is newest first, and ids mostly ascend with time.
  const auto by_id = [](const Found& a, const Found& b) { return a.id < b.id; };
  std::reverse(found_.begin(), found_.end());
  if (!std::is_sorted(found_.begin(), found_.end(), by_id)) std::sort(found_.begin(), found_.end(), by_id);
  return {};
}

Result<void> Query::children(CallBudget& budget, std::span<const WorknodeId> parents, Filter filter,
                             Cursor from, Answer& answer) {
  answer.rows.clear();
  answer.next = {};
  Fingerprint print(1);
  print.absorb(filter.type);
  for (const WorknodeId& id : parents) print.absorb(id);
  if (Result<void> started = start(budget, from, print.value()); !started) return started;
  if (parents.size() > limits_.parents_max) return fail(Errc::too_large, "more ids than parents_max");
  const NodeTable& nodes = tree_.nodes();
  std::uint32_t visits = 0;
  try {
    for (std::uint32_t i = from ? from.position : 0; i < parents.size(); ++i) {
      const bool resumes = from && i == from.position;
      const Result<NodeIndex> parent = place_of(parents[i], resumes ? &from : nullptr);
      if (!parent) return std::unexpected(parent.error());
      if (Result<void> gathered = gather(*parent, visits); !gathered) return gathered;
      for (const Found& child : found_) {
        const std::uint32_t type = nodes[child.node].type;
        if (filter.type != 0 && type != filter.type) continue;
        if (resumes && child.id <= from.after) continue;
        if (answer.rows.size() == limits_.max_results) {
          const Row& last = answer.rows.back();
          // The last row of this parent, or the beginning of it when the page ended with an earlier one.
          answer.next = {.query = print.value(),
                         .position = i,
                         .after = last.group == i ? last.node : WorknodeId{},
                         .in_trash = in_trash(parents[i])};
          return {};
        }
        answer.rows.push_back({.node = child.id, .type = type, .group = i});
      }
    }
  } catch (const std::bad_alloc&) {
    return used_up();
  }
  return {};
}

// Breadth first, a level at a time; a level's rows are sorted by id, whoever their parents are, so that a
// cursor needs to know no more than (depth, last id). Each page walks the levels above it again.
Result<void> Query::descendants(CallBudget& budget, WorknodeId top, Filter filter, Cursor from,
                                Answer& answer) {
  answer.rows.clear();
  answer.next = {};
  Fingerprint print(2);
  print.absorb(filter.type);
  print.absorb(top);
  if (Result<void> started = start(budget, from, print.value()); !started) return started;
  const Result<NodeIndex> start_at = place_of(top, from ? &from : nullptr);
  if (!start_at) return std::unexpected(start_at.error());
  const NodeTable& nodes = tree_.nodes();
  std::uint32_t visits = 0;
  try {
    level_.assign(1, *start_at);
    for (std::uint32_t depth = 1; !level_.empty(); ++depth) {
      found_.clear();
      for (const NodeIndex parent : level_) {
        if (nodes[parent].child_count > limits_.visits_max - visits) {
          return fail(Errc::too_large, "the query looks at more than visits_max worknodes");
        }
        visits += nodes[parent].child_count;
        for (NodeIndex at = nodes[parent].first_child; at != kNoNode; at = nodes[at].next) {
          found_.push_back({.id = nodes[at].id, .node = at});
        }
      }
      level_.clear();
      for (const Found& found : found_) level_.push_back(found.node);
      if (from && depth < from.position) continue;
      std::sort(found_.begin(), found_.end(), [](const Found& a, const Found& b) { return a.id < b.id; });
      for (const Found& found : found_) {
        const std::uint32_t type = nodes[found.node].type;
        if (filter.type != 0 && type != filter.type) continue;
        if (from && depth == from.position && found.id <= from.after) continue;
        if (answer.rows.size() == limits_.max_results) {
          const Row& last = answer.rows.back();
          answer.next = {
              .query = print.value(), .position = last.group, .after = last.node, .in_trash = in_trash(top)};
          return {};
        }
        answer.rows.push_back({.node = found.id, .type = type, .group = depth});
      }
    }
  } catch (const std::bad_alloc&) {
    return used_up();
  }
  return {};
}

Result<void> Query::matching(CallBudget& budget, const PropertyIndex& index, PropertyKey property,
                             const PropertyValue& value, Cursor from, Answer& answer) {
  answer.rows.clear();
  answer.next = {};
  Fingerprint print(3);
  print.absorb(property.value);
  print.absorb(static_cast<std::uint64_t>(value.kind));
  print.absorb(static_cast<std::uint64_t>(value.number));
  print.absorb(value.worknode);
  for (const char c : value.text) print.absorb(static_cast<unsigned char>(c));
  if (Result<void> started = start(budget, from, print.value()); !started) return started;
  std::uint32_t visits = 0;
  bool too_many = false;
  try {
    index.visit(property, value, from ? from.after : WorknodeId{}, [&](WorknodeId id) {
      if (++visits > limits_.visits_max) {
        too_many = true;
        return false;
      }
      if (!tree_.contains(id) || tree_.is_deleted(id).value_or(true)) return true;
      if (answer.rows.size() == limits_.max_results) {
        answer.next = {
            .query = print.value(), .position = 0, .after = answer.rows.back().node, .in_trash = false};
        return false;
      }
      answer.rows.push_back({.node = id, .type = tree_.nodes()[tree_.nodes().find(id)].type, .group = 0});
      return true;
    });
  } catch (const std::bad_alloc&) {
    return used_up();
  }
  if (too_many) return fail(Errc::too_large, "the query looks at more than visits_max worknodes");
  return {};
}

Result<void> Query::properties(CallBudget& budget, const PropertySource& source,
                               std::span<const WorknodeId> nodes, std::span<const PropertyKey> properties,
                               std::pmr::vector<PropertyValue>& values) {
  if (nodes.size() * properties.size() > limits_.max_results) {
    return fail(Errc::too_large, "more values than max_results");
  }
  if (Result<void> charged = budget.charge(); !charged) return charged;
  try {
    values.assign(nodes.size() * properties.size(), PropertyValue{});
  } catch (const std::bad_alloc&) {
    return used_up();
  }
  for (std::size_t i = 0; i < properties.size(); ++i) {
    source.read(nodes, properties[i], std::span(values).subspan(i * nodes.size(), nodes.size()));
  }
  return {};
}

}  // namespace wn::tree
