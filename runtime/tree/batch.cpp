// The way of a batch: which operations may be taken, room for all of it, then each to its place.
#include <algorithm>
#include <new>

#include "runtime/base/check.h"
#include "runtime/tree/steps.h"

namespace wn::tree {

namespace {
// By doubling, so that sizes that creep up soon allocate no more.
template <class T>
void reserve(std::pmr::vector<T>& items, std::size_t count) {
  if (count > items.capacity()) items.reserve(std::max(count, 2 * items.capacity()));
}
}  // namespace

Result<void> Tree::apply(std::span<const Operation> operations, Effects& effects) {
  if (operations.size() > options_.batch_operations_max) {
    return fail(Errc::too_large, "more operations in one batch than batch_operations_max");
  }
  if (Result<void> room = admit(operations, effects); !room) return room;
  for (std::size_t rank = 0; rank < pending_.size(); ++rank) {
    const Operation& operation = operations[pending_[rank].at];
    LogEntry entry = entry_of(operation, pending_[rank]);
    if (log_.is_after_all(operation.stamp)) {
      run_at_end(entry);
    } else if (!place(entry, log_.position(operation.stamp))) {
      redo_with(operations, rank, effects);
      break;
    }
    effects.outcomes[pending_[rank].at] = static_cast<Outcome>(entry.outcome);
  }
  report_changes(effects);
  return {};
}

// Fills pending_ with what is to be taken, ascending by stamp, and takes all memory. No effect on the tree.
Result<void> Tree::admit(std::span<const Operation> operations, Effects& effects) {
  try {
    effects.changes.clear();
    effects.outcomes.assign(operations.size(), Outcome::invalid);
    order_.resize(operations.size());
    for (std::uint32_t i = 0; i < order_.size(); ++i) order_[i] = i;
    const auto by_stamp = [&](std::uint32_t a, std::uint32_t b) {
      return operations[a].stamp != operations[b].stamp ? operations[a].stamp < operations[b].stamp : a < b;
    };
    if (!std::is_sorted(order_.begin(), order_.end(), by_stamp)) {
      std::sort(order_.begin(), order_.end(), by_stamp);
    }
    pending_.clear();
    for (std::size_t rank = 0; rank < order_.size(); ++rank) {
      const std::uint32_t at = order_[rank];
      const Outcome outcome = admit_one(operations, rank);
      effects.outcomes[at] = outcome;
      if (outcome != Outcome::applied) continue;
      pending_.push_back(
          {.at = at, .node = nodes_.find(operations[at].node), .parent = nodes_.find(operations[at].parent)});
    }
    return make_room(operations, effects);
  } catch (const std::bad_alloc&) {
    return fail(Errc::overloaded, "the tree's memory is used up");
  }
}

// `applied` stands for "to be taken" here.
Outcome Tree::admit_one(std::span<const Operation> operations, std::size_t rank) const {
  const Operation& operation = operations[order_[rank]];
  if (!is_valid(operation)) return Outcome::invalid;
  if (operation.stamp <= truncated_) return Outcome::stale;
  if (!pending_.empty()) {  // the same stamp twice in this batch?
    const Operation& earlier = operations[pending_.back().at];
    if (earlier.stamp == operation.stamp) {
      return earlier == operation ? Outcome::duplicate : Outcome::conflict;
    }
  }
  const std::size_t position = log_.position(operation.stamp);
  if (position == log_.size()) return Outcome::applied;
  const LogEntry& entry = log_.entries()[position];
  if (entry.stamp() != operation.stamp) return Outcome::applied;
  const bool same = nodes_[entry.node].id == operation.node && nodes_[entry.parent].id == operation.parent &&
                    entry.type == operation.type;
  return same ? Outcome::duplicate : Outcome::conflict;
}

Result<void> Tree::make_room(std::span<const Operation> operations, Effects& effects) {
  const std::size_t taken = pending_.size();
  if (taken == 0) return {};
  if (log_.size() + taken > options_.log_operations_max) {
    return fail(Errc::overloaded, "the log is full: log_operations_max operations are not yet stable");
  }
  const std::size_t fresh = count_new_ids(operations);
  if (nodes_.size() + fresh > options_.nodes_max) {
    return fail(Errc::overloaded, "the tree is full: nodes_max");
  }
  nodes_.reserve(static_cast<std::uint32_t>(fresh));
  log_.reserve(taken);
  // A redo pass goes back to the first of the batch at most, and each operation changes one node.
  const std::size_t behind = log_.size() - log_.position(operations[pending_.front().at].stamp);
  const std::size_t changed_max = std::min<std::size_t>(behind + taken, nodes_.size() + fresh);
  changes_.clear();
  reserve(changes_, changed_max);
  relinks_.clear();
  if (behind != 0) {
    reserve(relinks_, changed_max);
    marks_.resize(std::max<std::size_t>(marks_.size(), nodes_.end() + fresh));
  }
  reserve(effects.changes, changed_max);
  return {};
}

std::size_t Tree::count_new_ids(std::span<const Operation> operations) {
  new_ids_.clear();
  for (const Pending& pending : pending_) {
    if (pending.node == kNoNode) new_ids_.push_back(operations[pending.at].node);
    if (pending.parent == kNoNode) new_ids_.push_back(operations[pending.at].parent);
  }
  if (new_ids_.size() < 2) return new_ids_.size();
  std::sort(new_ids_.begin(), new_ids_.end());
  return static_cast<std::size_t>(std::unique(new_ids_.begin(), new_ids_.end()) - new_ids_.begin());
}

// The log's form of an operation; names that are new become placeholders.
LogEntry Tree::entry_of(const Operation& operation, const Pending& pending) {
  const auto index_of = [this](NodeIndex known, WorknodeId id) {
    if (known != kNoNode) return known;
    const NodeIndex found = nodes_.find(id);  // an earlier one of this batch may have named it
    return found != kNoNode ? found : nodes_.insert(id);
  };
  LogEntry entry;
  entry.time = operation.stamp.time.value;
  entry.replica = operation.stamp.replica.value;
  entry.node = index_of(pending.node, operation.node);
  entry.parent = index_of(pending.parent, operation.parent);
  entry.type = operation.type;
  return entry;
}

// The youngest of all: the tree as it stands is the tree before it.
void Tree::run_at_end(LogEntry& entry) {
  entry.outcome = static_cast<std::uint8_t>(judge(entry.node, entry.parent));
  entry.old_parent = nodes_.parent(entry.node);
  if (entry.outcome == static_cast<std::uint8_t>(Outcome::applied)) take_effect(entry);
  touch(entry);
  log_.push_back(entry);
  ++stats_.in_order;
}

// An operation takes effect on a tree whose lists are up to date.
void Tree::take_effect(LogEntry& entry) {
  note_change(entry.node);
  const Before before = remember(entry);
  set_by(entry);
  if (before.parent != entry.parent) {
    nodes_.unlink(entry.node, before.parent);
    nodes_.link(entry.node, entry.parent);
  }
  account(before);
}

void Tree::report_changes(Effects& effects) {
  for (const Before& before : changes_) {
    NodeRecord& record = nodes_[before.node];
    record.in_changes = 0;
    const NodeIndex parent = nodes_.parent(before.node);
    if (parent == before.parent && record.type == before.type) continue;
    effects.changes.push_back(
        {.node = record.id,
         .old_parent = before.parent == kNoNode ? WorknodeId{} : nodes_[before.parent].id,
         .new_parent = parent == kNoNode ? WorknodeId{} : nodes_[parent].id,
         .old_type = before.type,
         .new_type = record.type});
  }
  changes_.clear();
  std::sort(effects.changes.begin(), effects.changes.end(),
            [](const Change& a, const Change& b) { return a.node < b.node; });
}

}  // namespace wn::tree
