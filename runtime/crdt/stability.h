#pragma once
// Stability: what every living replica is known to have delivered, so that marks below it may be reclaimed
// (causal stability: Baquero, Almeida, Shoker, "Pure operation-based replicated data types", 2017), and how
// that goes on when a replica is gone for ever: eviction by epochs.
//
//   row       the last acknowledgement of a replica: the version vector of the deltas that it has delivered.
//             A row counts once our own deliveries cover it: only then has everything that its replica did
//             before it acknowledged arrived here, and nothing older than the row can arrive any more.
//   stable()  the meet of the rows of all living replicas, our own included. Document::collect(stable()).
//   epoch     a number that grows with every eviction. Evictions are decided outside (they need agreement, a
//             STRONG operation) and told to every replica in the same order: evict(who, epoch, cut).
//   cut       the last event of the evicted replica that counts: the highest that any living replica had
//             delivered when the eviction was decided. Those up to the cut still spread among the living;
//             later ones are refused for ever (accept()), whoever brings them.
//
// A returning replica presents its id and epoch; welcome() answers `rebase` when it was evicted. It then
// takes a fresh ReplicaId and a clock made new, installs a peer's whole state (every document, `seen`,
// `delivered`, this tracker's epoch), and re-issues what nobody else has: its own deltas beyond the cut,
// rewritten by Reissue (reissue.h) under the fresh id, in their old order. The living admit() the fresh id by
// the same agreement that evicts, BEFORE the state is taken: its empty row holds stability back, so that
// nothing is reclaimed among the living that the state still lacks.
//
// Once stable() covers the cut, everything of the evicted replica is everywhere: it is retired(), its number
// leaves rows and acknowledgements (settled() says so to those that do not know it yet), the realm drops it
// from `delivered`, and accept() refuses all of it. So vectors that travel are bounded by the living writers.
// It stays in `seen` (documents may hold its values). Thread rule: one thread. Limits: replicas_max rows;
// Errc::overloaded.
#include <memory_resource>
#include <vector>

#include "runtime/base/defect.h"
#include "runtime/crdt/types.h"

namespace wn::crdt {

struct StabilityOptions {
  std::uint32_t replicas_max = causality::kReplicasMax;
  // tombstone_reaped_early: what this replica alone has delivered is called stable.
  Defect defect = Defect::none;
};

class Stability {
 public:
  enum class Answer : std::uint8_t { welcome, behind, rebase };

  Stability(const StabilityOptions& options, ReplicaId self, std::pmr::memory_resource* memory);

  std::uint64_t epoch() const { return epoch_; }
  // A living replica from now on; `epoch` as agreed, not below the present one. Adding one that lives is
  // nothing.
  [[nodiscard]] Errc admit(ReplicaId replica, std::uint64_t epoch);
  // The next epoch begins without `replica`. precondition: not the next epoch or not a living replica.
  [[nodiscard]] Errc evict(ReplicaId replica, std::uint64_t epoch, std::uint64_t cut);

  // An acknowledgement, with the sender's settled(). precondition: the replica is not alive here or speaks of
  // an older epoch. Rows never go back; an older acknowledgement that arrives late is nothing.
  [[nodiscard]] Errc acknowledge(ReplicaId from, std::uint64_t epoch, const VersionVector& delivered_there,
                                 std::uint64_t settled_there = 0);
  // Lets rows count that our deliveries cover by now. Call after acknowledge() and now and then; O(rows).
  void advance(const CausalContext& delivered_here);

  const VersionVector& stable() const { return stable_; }

  // Whether a delta with this dot may be merged: false for an evicted replica's events beyond the cut.
  bool accept(Dot dot) const;
  // What a replica that makes itself known is told: `behind` must catch up with our epoch and is else
  // welcome.
  Answer welcome(ReplicaId replica, std::uint64_t epoch) const;
  bool retired(ReplicaId replica) const;
  // The last epoch up to which every evicted replica is retired.
  std::uint64_t settled() const;
  // The cut of an evicted replica; 0 when it is not evicted or nothing of it counts.
  std::uint64_t cut_of(ReplicaId replica) const;

  bool living(ReplicaId replica) const;
  std::size_t size() const { return rows_.size(); }  // living replicas, this one included
  // The living replica that holds stability back the most (the lowest sum of its row); 0 when alone.
  ReplicaId slowest() const;

  // The tracker for a replica that installs a peer's state: epoch, members and cuts, empty rows.
  void encode(std::vector<std::uint8_t>& out) const;
  static Result<Stability> decode(ByteView in, const StabilityOptions& options, ReplicaId self,
                                  std::pmr::memory_resource* memory);

 private:
  struct Row {
    ReplicaId replica;
    VersionVector counted;  // covered by our deliveries
    VersionVector told;     // the latest heard
  };
  struct Cut {
    ReplicaId replica;
    std::uint64_t counter = 0;
    std::uint64_t epoch = 0;  // that began without it
    bool retired = false;
  };
  void retire(Cut& cut);
  const Cut* cut(ReplicaId replica) const;
  Row* row_of(ReplicaId replica);

  StabilityOptions options_;
  ReplicaId self_;
  std::uint64_t epoch_ = 0;
  std::pmr::vector<Row> rows_;  // ascending
  std::pmr::vector<Cut> cuts_;  // ascending; one for each replica ever evicted
  VersionVector stable_;
};

}  // namespace wn::crdt
