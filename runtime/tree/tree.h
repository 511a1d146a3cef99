#pragma once
// Tree: one replica's copy of the realm's tree of worknodes, a move CRDT: replicas that have taken the same
// operations have the same tree, in whatever order and batches they arrived. No sequence of operations makes
// a cycle or gives a node two parents.
//
// Meaning (Kleppmann et al., TPDS 2022, section 3): the tree is what comes out when all operations are run in
// the order of their stamps, where an operation has no effect when, at its place in that order, the node is
// the new parent or an ancestor of it, or when the new parent lies depth_max - 1 or more below its top.
//
// Method. An operation that is younger than the whole log is applied at once. A late one is judged against
// the tree as it was at its stamp (read back from the log) and put in its place without undoing anything
// when nothing later can notice (place.cpp). For the rest of a batch there is ONE pass of undo, merge and
// redo over bare parent links, which asks anew only where the answer may have changed (redo.cpp); child
// lists, digest and changes follow, for the nodes alone that differ in the end.
//
// Parents that nobody has created yet are held as placeholders outside the tree until their creation comes.
//
// Memory: `memory` given at construction; about 77 bytes a node in tables that grow by 1,024 nodes, 40 bytes
// an operation in the log. Everything that a batch needs is taken before its first effect. Ids are found by a
// hash keyed by Options::hash_key, so that foreign ids cannot be chosen to collide.
// Errors: Errc::overloaded at nodes_max, log_operations_max or when `memory` is used up; too_large for a
// batch over batch_operations_max or a walk over depth_max. A refused batch had no effect. Thread rule: one
// thread.
#include <cstdint>
#include <memory_resource>
#include <span>
#include <string>
#include <vector>

#include "runtime/base/defect.h"
#include "runtime/base/digest.h"
#include "runtime/base/result.h"
#include "runtime/tree/move_log.h"
#include "runtime/tree/node_table.h"
#include "runtime/tree/operation.h"

namespace wn::tree {

struct Options {
  std::uint32_t nodes_max = 1U << 20;             // root, trash and placeholders among them
  std::uint32_t log_operations_max = 1U << 16;    // operations that are not yet causally stable
  std::uint32_t batch_operations_max = 1U << 14;  // operations in one apply()
  std::uint32_t depth_max = 4096;  // no walk to the top is longer; the same on all replicas of a realm
  std::uint64_t hash_key = 0x9E3779B97F4A7C15ULL;  // any number; secret where ids come from strangers
  Defect defect = Defect::none;                    // move_without_cycle_check
};

enum class Outcome : std::uint8_t {
  applied,    // took effect at its place in the order; a later arrival of an older one may still change that
  cycle,      // in the log, without effect: the node would be its own ancestor
  too_deep,   // in the log, without effect: the parent lies too deep (Options::depth_max)
  duplicate,  // this very operation is in the log already
  conflict,   // refused: the log has another operation with this stamp (its replica is broken or lies)
  stale,      // refused: not younger than the truncation point
  invalid,    // refused: !is_valid()
};
std::string_view to_string(Outcome outcome);

// What a batch changed in the end, one entry a node at most, ascending by id. No id = there was none.
struct Change {
  WorknodeId node;
  WorknodeId old_parent;
  WorknodeId new_parent;
  std::uint32_t old_type = 0;
  std::uint32_t new_type = 0;
  friend bool operator==(const Change&, const Change&) = default;
};

// The caller's buffers, reused from batch to batch; apply() overwrites them.
struct Effects {
  explicit Effects(std::pmr::memory_resource* memory) : outcomes(memory), changes(memory) {}
  std::pmr::vector<Outcome> outcomes;  // one for each operation of the batch, in its order
  std::pmr::vector<Change> changes;
};

// Counters since construction, for traces and "sometimes" claims.
struct Stats {
  std::uint64_t in_order = 0;  // applied at the end of the log
  std::uint64_t placed = 0;    // late, put in place without undoing
  std::uint64_t redo_passes = 0;
  std::uint64_t undone = 0;   // operations undone (and redone) by those passes
  std::uint64_t flipped = 0;  // operations whose redo came out otherwise than before
};

struct NodeView {
  WorknodeId id;
  WorknodeId parent;  // none for the root, the trash and placeholders
  std::uint32_t type = 0;
  std::uint32_t child_count = 0;
};

class Tree {
 public:
  // REQUIRES memory, nodes_max >= 2, depth_max >= 1. Holds the root and the trash.
  Tree(Options options, std::pmr::memory_resource* memory);
  const Options& options() const { return options_; }

  // Takes a batch, in any order, repetitions welcome. Fails as a whole (see Errors) or takes it as a whole.
  Result<void> apply(std::span<const Operation> operations, Effects& effects);

  // Forgets how to undo what is causally stable: REQUIRES that no operation with a stamp at or before
  // `stable` can still arrive for the first time. What arrives all the same is refused as stale.
  void truncate_before(causality::Stamp stable);
  causality::Stamp truncated() const { return truncated_; }
  std::size_t log_size() const { return log_.size(); }

  // The operation that moves a deleted node back under its last parent outside of the trash. not_found: no
  // such node; precondition: it is not in the trash itself, or that parent is itself deleted or below it.
  Result<Operation> restore(causality::Stamp stamp, WorknodeId node) const;

  // Removes a node that lies directly in the trash, its whole subtree, for ever. precondition: it is not
  // there, or an operation that is still in the log named it or a node below it. Not replicated: the realm
  // decides it once (for all replicas, after the same operations) and never names these ids again.
  Result<std::uint32_t> purge(WorknodeId node);

  // Is it a node of this tree (and no placeholder)? Nodes in the trash are.
  bool contains(WorknodeId node) const;
  Result<NodeView> find(WorknodeId node) const;
  // False for the node itself; too_large when the walk exceeds depth_max; not_found.
  Result<bool> is_ancestor(WorknodeId ancestor, WorknodeId node) const;
  Result<bool> is_deleted(WorknodeId node) const;      // lies below kTrashId
  Result<std::uint32_t> depth(WorknodeId node) const;  // of the root: 0
  // From the top (root, trash, or a placeholder) down to the node, both included. Appends to `out`.
  Result<void> path(WorknodeId node, std::vector<WorknodeId>& out) const;

  std::size_t size() const { return placed_count_; }  // nodes of the tree, without root and trash
  // Of all nodes, their parents and types, the trash included: a sum, so that it tells nothing of the order
  // of arrival. Not proof against forgery.
  Digest digest() const;
  const Stats& stats() const { return stats_; }
  std::size_t memory_bytes() const;  // what the tables hold, unused room in them included

  // Canonical bytes: the tree at the truncation point, ascending by id, and the log (format: snapshot.cpp).
  void encode_snapshot(std::vector<std::uint8_t>& out) const;
  // All or nothing: refuses bytes that encode_snapshot() would not write, a second parent, a cycle, more
  // nodes or operations than the options allow (too_large).
  static Result<Tree> decode_snapshot(ByteView bytes, Options options, std::pmr::memory_resource* memory);

  // Everything that must hold between calls; what is broken, or an empty text. O(nodes); for tests and
  // checks.
  std::string broken_invariant() const;

  const NodeTable& nodes() const { return nodes_; }  // for the queries of this room
  const MoveLog& log() const { return log_; }

 private:
  friend class Builder;

  // A member of the batch at hand that is to be taken, and what look-up said of its ids.
  struct Pending {
    std::uint32_t at = 0;  // in the batch
    NodeIndex node = kNoNode;
    NodeIndex parent = kNoNode;
  };
  struct Before {  // how a node was before the batch, or before its redo pass
    NodeIndex node = kNoNode;
    NodeIndex parent = kNoNode;
    std::uint32_t type = 0;
    NodeIndex last_home = kNoNode;
  };
  struct Sum {  // of the digest, modulo 2^64 each
    std::uint64_t low = 0;
    std::uint64_t high = 0;
  };

  // batch.cpp: what may be taken, room for it, and the way of each operation.
  Result<void> admit(std::span<const Operation> operations, Effects& effects);
  Outcome admit_one(std::span<const Operation> operations, std::size_t rank) const;
  Result<void> make_room(std::span<const Operation> operations, Effects& effects);
  std::size_t count_new_ids(std::span<const Operation> operations);
  LogEntry entry_of(const Operation& operation, const Pending& pending);
  void run_at_end(LogEntry& entry);
  void take_effect(LogEntry& entry);
  void report_changes(Effects& effects);
  // place.cpp: late operations that need no undoing.
  bool place(LogEntry& entry, std::size_t position);
  NodeIndex parent_at(NodeIndex node, std::uint64_t time, std::size_t position) const;
  Outcome judge_at(const LogEntry& entry, std::size_t position, NodeIndex moved, NodeIndex under) const;
  bool is_unnoticed(const LogEntry& entry, std::size_t position);
  bool mark_below(NodeIndex top, std::uint64_t time, std::uint32_t& left, bool& touched);
  // redo.cpp: one pass of undo, merge and redo for the rest of a batch.
  void redo_with(std::span<const Operation> operations, std::size_t rank, Effects& effects);
  void undo(const LogEntry& entry);
  void redo(LogEntry& entry);
  void run_new(LogEntry& entry);
  void run_judged(LogEntry& entry);
  bool is_clean(NodeIndex node);
  void set_differing(NodeIndex node, bool differs);
  void new_epoch();
  void note_relink(NodeIndex node);
  void relink();
  // walk.cpp
  NodeIndex placed(WorknodeId id) const;
  std::uint32_t climb(NodeIndex node, NodeIndex& top) const;
  bool is_older_than(NodeIndex top, std::uint64_t time) const;
  void forget_home_below(NodeIndex top);
  // tree.cpp
  Outcome judge(NodeIndex node, NodeIndex parent) const;
  void touch(const LogEntry& entry);
  Before remember(LogEntry& entry) const;
  void set_by(const LogEntry& entry);
  void set(NodeIndex node, NodeIndex parent, std::uint32_t type, NodeIndex last_home);
  void note_change(NodeIndex node);
  void account(const Before& before);
  Sum share(NodeIndex node, NodeIndex parent, std::uint32_t type, NodeIndex last_home) const;

  Options options_;
  NodeTable nodes_;
  MoveLog log_;
  causality::Stamp truncated_;
  std::uint32_t placed_count_ = 0;
  Sum sum_;
  Stats stats_;
  // Scratch of apply(), kept for its memory.
  std::pmr::vector<std::uint32_t> order_;
  std::pmr::vector<Pending> pending_;
  std::pmr::vector<Before> changes_;
  std::pmr::vector<Before> relinks_;
  std::pmr::vector<WorknodeId> new_ids_;
  // Of redo passes, by node: kDiffers, the epoch in which its walk to the top was clean, or something older.
  static constexpr std::uint32_t kDiffers = 0xFFFFFFFFU;
  std::pmr::vector<std::uint32_t> marks_;
  std::uint32_t epoch_ = 0;
  std::uint32_t differing_ = 0;
};

}  // namespace wn::tree
