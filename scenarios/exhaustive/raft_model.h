#pragma once
// RaftModel: a cluster of real Raft cores and its network as a model for search(). A state is one number a
// core (raft_tables.h), what has been used of the bounds, what has been true (who led which term, what was
// committed) and the set of messages on their way. A message stays on its way until it is delivered, so loss
// needs no action: it is never being delivered. Claims ([raft] figure 3): Election Safety, Log Matching,
// Leader Completeness, State Machine Safety; no stale read; and every claim of runtime/raft/invariants.h.
#include <array>

#include "scenarios/exhaustive/raft_tables.h"

namespace wn::exhaustive {

// An action: deed in the top 4 bits, node (from 0) in the next 4, then a bit for each node to which what is
// sent is lost at once, argument below.
struct RaftAction {
  Deed deed{};
  std::uint32_t node = 0;
  std::uint32_t argument = 0;
  std::uint32_t lost = 0;
};
constexpr std::uint32_t pack(RaftAction a) {
  return static_cast<std::uint32_t>(a.deed) << 28 | a.node << 24 | a.lost << 19 | a.argument;
}
constexpr RaftAction unpack(std::uint32_t action) {
  return {static_cast<Deed>(action >> 28), action >> 24 & 15U, action & 0x7FFFFU, action >> 19 & 31U};
}

// Fields of the word that says what of the bounds has been used.
inline constexpr std::uint32_t kCommand = 1;
inline constexpr std::uint32_t kCrash = 1U << 8;
inline constexpr std::uint32_t kRead = 1U << 16;
constexpr std::uint32_t raft_used(std::uint32_t word, std::uint32_t what) { return word / what & 0xFFU; }

class RaftModel final : public Model {
 public:
  explicit RaftModel(const RaftScope& scope);
  Hash128 start(std::vector<std::uint32_t>& to) override;
  void expand(Words state, Sink& sink) override;
  void apply(Words state, std::uint32_t action, std::vector<std::uint32_t>& to) override;
  bool has_kinds() const override { return scope_.cover; }
  // The kind of a state is its cores and ghosts, its marks are the messages on their way: more of them allow
  // more.
  void kind(Words state, Kind& to) override;
  std::size_t bytes() const override { return tables_.bytes() + committed_.bytes(); }

  const RaftScope& scope() const { return scope_; }
  RaftTables& tables() { return tables_; }

 private:
  // Words behind the cores.
  enum Ghost : std::size_t { kUsed, kLeaders, kCommitted, kFloors, kGhosts };
  static constexpr std::size_t kRenamingsMax = 120;

  void try_node(std::uint32_t node, Sink& sink);
  void try_deed(RaftAction action, Sink& sink);
  void try_losses(RaftAction action, const Outcome& outcome, Sink& sink);
  void messages_after(const RaftAction& action, const Outcome& outcome);
  void begin(const RaftAction& action, const Outcome& outcome);
  const Outcome& outcome_of(const RaftAction& action) {
    return tables_.outcome(action.node, now_[action.node], action.deed, action.argument);
  }
  Words messages() const { return now_.subspan(scope_.nodes + kGhosts); }
  bool is_dead(const MessageFacts& message) const;  // in next_
  bool leaves(const RaftAction& action) const { return action.deed == Deed::deliver && !scope_.duplicates; }
  bool dies(const RaftAction& action, std::uint32_t message) const;
  bool may_kill(const RaftAction& action, const Outcome& outcome) const;
  bool is_new(const RaftAction& action, const Outcome& outcome, std::size_t sent) const;
  void hash_messages(const RaftAction& action, const Outcome& outcome);
  const char* take_outcome(const RaftAction& action, const Outcome& outcome);
  const char* take_leader(std::uint32_t node, const CoreFacts& core);
  const char* take_committed(std::uint32_t node, const Outcome& outcome);
  const char* take_reads(const Outcome& outcome);
  const char* match_logs(std::uint32_t node, const CoreFacts& core) const;
  void change_word(std::size_t ghost, std::uint32_t value);
  void add(const Sum* hashes);
  void take_away(const Sum* hashes);
  void add_ghost(std::size_t which, std::uint32_t value, bool plus);
  std::uint32_t ghost(std::size_t which) const { return next_[scope_.nodes + which]; }
  Hash128 hash() const;  // the least over all renamings
  std::size_t least_renaming() const;
  void hash_cores_and_ghosts();

  RaftScope scope_;
  bool forgets_;  // messages; where terms ascend, also over a restart
  RaftTables tables_;
  Numbered committed_;                          // what has been committed, and when
  Words now_;                                   // the state that is being expanded
  std::vector<std::uint32_t> next_;             // its cores and ghosts after an action
  std::array<Sum, kRenamingsMax> sums_{};       // of now_
  std::array<Sum, kRenamingsMax> next_sums_{};  // of next_
  std::vector<std::uint32_t> after_;            // messages after an action, when a link holds one
  std::vector<std::uint8_t> on_the_way_;        // by message, for now_
};

}  // namespace wn::exhaustive
