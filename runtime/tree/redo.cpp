// The rest of a batch in one pass: undo all younger operations, merge, redo all in order. Only parent links
// (and types) are written on the way; lists and digest follow for the nodes that differ in the end.
#include "runtime/base/check.h"
#include "runtime/tree/tree.h"

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
      entries[to - 1].outcome = static_cast<std::uint8_t>(Outcome::duplicate);  // not judged yet
    }
  }
  for (std::size_t i = position; i < entries.size(); ++i) {
    LogEntry& entry = entries[i];
    redo(entry);
    if (next < pending_.size() && entry.stamp() == operations[pending_[next].at].stamp) {
      effects.outcomes[pending_[next++].at] = static_cast<Outcome>(entry.outcome);
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

void Tree::redo(LogEntry& entry) {
  const auto outcome = static_cast<std::uint8_t>(judge(entry.node, entry.parent));
  if (outcome != entry.outcome && entry.outcome != static_cast<std::uint8_t>(Outcome::duplicate)) {
    ++stats_.flipped;
  }
  entry.outcome = outcome;
  entry.old_parent = nodes_.parent(entry.node);
  touch(entry);
  if (outcome != static_cast<std::uint8_t>(Outcome::applied)) return;
  note_relink(entry.node);
  remember(entry);
  set_by(entry);
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
}

}  // namespace wn::tree
