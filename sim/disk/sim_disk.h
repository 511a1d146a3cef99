#pragma once
// SimDisk: the queue in front of one node's disk. Each operation takes effect when it is due; operations on
// one file (for renames: on both names) are due in the order of submission, others overtake each other. What
// had not taken effect when the process died did so up to a keyed point of each file's queue.
//
// The world keeps the time: submit() answers when the operation is due, and the world calls take_effect()
// then. Limit: kDiskOperationsMax queued (overloaded beyond).
#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/backend/disk.h"
#include "runtime/base/flat_map.h"
#include "runtime/base/inspector.h"
#include "runtime/base/random.h"
#include "sim/disk/disk_model.h"
#include "sim/scheduler/slab.h"

namespace wn::sim {

class SimDisk {
 public:
  SimDisk(const faults::DiskPlan& plan, std::uint64_t bytes_max, Random random)
      : plan_(plan), random_(random), model_(bytes_max) {}

  // Draws from now on are keyed by `random`.
  void reseed(Random random) { random_ = random; }

  struct Submitted {
    Errc error = Errc::ok;
    std::uint32_t slot = kNoSlot;
    SimTime due;
  };
  Submitted submit(DiskRequest request, SimTime now);
  // The effect of the operation in `slot`. Its completion waits there until take_completion().
  void take_effect(std::uint32_t slot, SimTime now);
  const DiskCompletion& completion(std::uint32_t slot) const { return operations_[slot].completion; }
  DiskCompletion take_completion(std::uint32_t slot);

  // The process died: no operation completes any more.
  void crash(SimTime now);
  void lose_power(SimTime now);
  void wipe() { model_.wipe(); }

  // Faults; each is known by its place in `active`, so that overlapping ones compose.
  void begin_fault(const faults::Fault& fault, SimTime now);
  void end_fault(std::uint32_t id);
  // No write is misdirected from now on.
  void freeze() { misdirects_left_ = 0; }

  // Damage since the last call, for the trace.
  std::vector<Damage> take_damage() { return std::exchange(damage_, {}); }
  std::size_t queued() const { return queue_.size(); }
  void inspect(Inspector& to) const;  // what is queued, and the files

 private:
  struct Operation {
    DiskRequest request;
    std::uint64_t number = 0;  // of this disk's operations, from 1
    DiskCompletion completion;
    bool done = false;
  };
  struct Fault {
    std::uint32_t id = 0;
    faults::FaultKind kind{};
    std::int64_t amount = 0;
  };
  Duration latency(const DiskRequest& request, std::uint64_t number) const;
  DiskConditions conditions(std::uint64_t number, SimTime now) const;
  void run(Operation& operation, SimTime now);

  faults::DiskPlan plan_;
  Random random_;
  DiskModel model_;
  std::uint64_t number_ = 0;
  std::uint64_t crashes_ = 0;
  std::uint64_t misdirects_left_ = 0;
  SimTime misdirect_from_;  // not before: one such error at a time (faults::kDamageSpacing)
  std::vector<Fault> faults_;
  Slab<Operation> operations_;
  std::vector<std::uint32_t> queue_;          // slots, in order of submission, not yet taken effect
  std::uint32_t waiting_ = 0;                 // took effect, completion not yet taken
  FlatMap<std::string, SimTime> busy_until_;  // "" is the directory
  std::vector<Damage> damage_;
};

}  // namespace wn::sim
