// The rest of a batch in one pass: undo all younger operations, merge, redo all in order. Only parent links
// (and types) are written on the way; lists and digest follow for the nodes that differ in the end.
//
// Redoing asks anew only where the answer may have changed. `Differing` nodes are those whose parent, at this
// place in the order, is not what it was there when it was last run (or may not be). A walk to the top that
// meets none of them is the walk of then, and so is its outcome. Nodes on such walks are marked clean, so
// that the next walk ends at the first of them: all walks of a pass together visit little more than the union
// of their paths. Clean marks die (a new epoch) when a node begins to differ and when one moves under a walk
// that is not clean.
#include "runtime/base/check.h"
#include "runtime/tree/steps.h"

namespace wn::tree {

void Tree::redo_with(std::span<const Operation> operations, std::size_t rank, Effects& effects) {
  const std::size_t position = log_.position(operations[pending_[rank].at].stamp);
  const std::size_t old_size = log_.size();
  for (std::size_t i = old_size; i-- > position;) undo(log_.entries()[i]);
  ++stats_.redo_passes;
  stats_.undone += old_size - position;

  // Merge from behind, within the log.
  log_.grow(pending_.size() - rank);
  const auto entries = log_.entries();
  std::size_t from = old_size;
  std::size_t next = pending_.size();
  for (std::size_t to = entries.size(); next > rank; --to) {
    const Operation& operation = operations[pending_[next - 1].at];
    if (from > position && operation.stamp < entries[from - 1].stamp()) {
      entries[to - 1] = entries[--from];
    } else {
      entries[to - 1] = entry_of(operation, pending_[--next]);
    }
  }
  new_epoch();
  for (std::size_t i = position; i < entries.size(); ++i) {
    LogEntry& entry = entries[i];
    const bool is_new = next < pending_.size() && entry.stamp() == operations[pending_[next].at].stamp;
    if (is_new) {
      run_new(entry);
      effects.outcomes[pending_[next++].at] = static_cast<Outcome>(entry.outcome);
    } else {
      redo(entry);
    }
  }
  WN_CHECK_EQ(next, pending_.size());
  relink();
}

void Tree::undo(const LogEntry& entry) {
  if (entry.outcome != static_cast<std::uint8_t>(Outcome::applied)) return;
  note_relink(entry.node);
  set(entry.node, entry.old_parent, entry.old_type, entry.old_last_home);
}

// An operation that was not in the order before.
void Tree::run_new(LogEntry& entry) {
  const NodeIndex before = nodes_.parent(entry.node);
  entry.outcome = static_cast<std::uint8_t>(judge(entry.node, entry.parent));
  run_judged(entry);
  if (nodes_.parent(entry.node) != before) set_differing(entry.node, true);
}

void Tree::redo(LogEntry& entry) {
  constexpr auto kApplied = static_cast<std::uint8_t>(Outcome::applied);
  const NodeIndex parent_then = entry.outcome == kApplied ? entry.parent : entry.old_parent;
  const bool clean = is_clean(entry.parent);
  if (!clean) {
    const auto outcome = static_cast<std::uint8_t>(judge(entry.node, entry.parent));
    if (outcome != entry.outcome) ++stats_.flipped;
    entry.outcome = outcome;
  }
  run_judged(entry);
  set_differing(entry.node, nodes_.parent(entry.node) != parent_then);
  if (!clean && entry.outcome == kApplied) new_epoch();
}

void Tree::run_judged(LogEntry& entry) {
  entry.old_parent = nodes_.parent(entry.node);
  touch(entry);
  if (entry.outcome != static_cast<std::uint8_t>(Outcome::applied)) return;
  note_relink(entry.node);
  remember(entry);
  set_by(entry);
}

// Does the walk from `node` to the top meet no differing node?
bool Tree::is_clean(NodeIndex node) {
  if (options_.defect == Defect::move_without_cycle_check) return false;  // walks need not end
  if (differing_ == 0) return true;
  NodeIndex end = node;
  while (end != kNoNode && marks_[end] != epoch_) {
    if (marks_[end] == kDiffers) return false;
    end = nodes_.parent(end);
  }
  for (NodeIndex at = node; at != end; at = nodes_.parent(at)) marks_[at] = epoch_;
  return true;
}

void Tree::set_differing(NodeIndex node, bool differs) {
  if ((marks_[node] == kDiffers) == differs) return;
  marks_[node] = differs ? kDiffers : 0;
  differing_ = differs ? differing_ + 1 : differing_ - 1;
  if (differs) new_epoch();
}

void Tree::new_epoch() {
  if (++epoch_ != kDiffers) return;
  for (std::uint32_t& mark : marks_) mark = mark == kDiffers ? kDiffers : 0;
  epoch_ = 1;
}

void Tree::note_relink(NodeIndex node) {
  note_change(node);
  NodeRecord& record = nodes_[node];
  if (record.in_relinks) return;
  record.in_relinks = 1;
  relinks_.push_back(
      {.node = node, .parent = nodes_.parent(node), .type = record.type, .last_home = record.last_home});
}

void Tree::relink() {
  for (const Before& before : relinks_) {
    NodeRecord& record = nodes_[before.node];
    record.in_relinks = 0;
    if (marks_[before.node] == kDiffers) marks_[before.node] = 0;
    const NodeIndex parent = nodes_.parent(before.node);
    if (parent != before.parent) {
      nodes_.unlink(before.node, before.parent);
      nodes_.link(before.node, parent);
    } else if (record.type == before.type && record.last_home == before.last_home) {
      continue;
    }
    account(before);
  }
  relinks_.clear();
  differing_ = 0;
}

}  // namespace wn::tree
