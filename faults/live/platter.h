#pragma once
// Platter: the disk of a hurt node. Operations pass to the outer disk in the order of their submission, hurt
// by the faults in force, and their completions are handed on in that order; what was not synced is
// remembered, so that a power loss can undo it. Pure: time comes in; completions are handed on from on_disk()
// and on_time() alone, never from inside of submit().
//
// A file that is removed or replaced goes to a graveyard on the outer disk until that is durable. When what
// is remembered exceeds HurtOptions::unsynced_bytes_max, the files are synced on the way: then a power loss
// takes less than it could. A truncation of more than kUndoableTruncationMax bytes is made durable at once.
#include <deque>
#include <functional>
#include <map>
#include <memory>
#include <optional>
#include <vector>

#include "faults/live/hurt.h"
#include "faults/live/names.h"
#include "faults/live/shadow.h"
#include "runtime/base/random.h"

namespace wn::live {

inline constexpr Duration kRestBeforeRot = seconds(1);
inline constexpr std::uint64_t kUndoableTruncationMax = 16U << 20;
inline constexpr std::size_t kOuterOperationsMax =
    900;  // at a time, below kDiskOperationsMax of the outer disk

class Platter {
 public:
  using Deliver = std::function<void(DiskCompletion)>;
  Platter(const HurtOptions& options, HurtStats& stats, Disk& outer, Deliver deliver);

  // Learns what is on the disk, then calls `ready` (from on_disk()). Comes first.
  void open(Instant now, std::function<void()> ready);

  // unsupported: a kind that is no disk's.
  Errc begin(const faults::Fault& fault, Instant now);
  void end(std::uint32_t fault_id);
  void freeze() { misdirects_left_ = 0; }

  Errc submit(DiskRequest request, Instant now);
  void on_disk(DiskCompletion completion, Instant now);
  // When on_time() should be called next.
  std::optional<Instant> due() const;
  void on_time(Instant now);

  // Nothing more is handed on; calls `done` when the disk is as a power loss leaves it (from on_disk() or
  // on_time()).
  void lose_power(std::function<void()> done);

 private:
  struct Operation {
    DiskRequest request;
    std::uint64_t number = 0;
    Instant start;
    bool started = false;
    bool done = false;
    DiskCompletion completion;
  };
  // What an operation on the outer disk was for.
  struct Errand {
    enum Kind { answer, image, rot_read, rot_write, listing, own } kind = own;
    std::uint64_t number = 0;  // answer: of the operation
    std::uint32_t file = 0;
    std::uint64_t upto = 0;  // a sync: the last change that it covers
    SectorRange sectors;     // image, rot_read
    std::uint32_t bit = 0;   // rot_read
  };
  struct Active {
    std::uint32_t id = 0;
    faults::FaultKind kind{};
    std::int64_t amount = 0;
  };
  struct Conditions {
    bool fails = false;
    bool full = false;
    bool sync_lies = false;
    bool misdirect = false;
  };

  // platter.cpp: the queue
  static bool valid(const DiskRequest& request);
  Conditions conditions(std::uint64_t number, Instant now) const;
  void forward(Errand errand, DiskRequest request);
  void start_operations(Instant now);
  void answer_here(Operation& operation, Errc error);
  void hand_on();
  void finish(const Errand& errand, DiskCompletion& completion, Instant now);
  void take_listing(const DiskCompletion& completion, Instant now);
  void adopt(const std::string& name, std::uint64_t size, Instant now);
  void keep_within_bounds();
  void collect();
  // platter_operations.cpp: what one operation does
  void start(Operation& operation, Instant now);
  void start_write(Operation& operation, const Conditions& conditions, Instant now);
  void start_truncate(Operation& operation, const Conditions& conditions);
  void start_sync(Operation& operation, const Conditions& conditions);
  void start_rename(Operation& operation);
  void start_remove(Operation& operation);
  std::uint64_t misdirect(const Shadow& shadow, Operation& operation, Instant now);
  void fetch_images(std::uint32_t file, const std::string& name, std::uint64_t offset, std::uint64_t length);
  // platter_ruin.cpp: rot and power loss
  void rot_next(Instant now);
  void flip(const Errand& errand, DiskCompletion& completion, Instant now);
  void ruin();
  void restore(const Shadow::Ruin& ruin, const std::string& name);
  void next_phase();

  const HurtOptions& options_;
  HurtStats& stats_;
  Disk& outer_;
  Deliver deliver_;
  Random random_;
  std::function<void()> ready_;
  std::deque<Operation> operations_;
  std::size_t started_ = 0;  // so many of them from the front
  std::uint64_t number_ = 0;
  std::map<std::uint64_t, Errand> errands_;  // by ticket on the outer disk
  std::uint64_t ticket_ = 0;
  std::vector<DiskCompletion> refused_;  // by the outer disk, to be told as completions
  Names names_;
  std::map<std::uint32_t, std::unique_ptr<Shadow>> shadows_;
  std::map<std::uint32_t, std::string> buried_;  // file -> its name in the graveyard
  std::uint64_t used_ = 0;                       // bytes of all files
  std::vector<Active> faults_;
  std::uint64_t misdirects_left_ = 0;
  Instant misdirect_from_;
  struct Rot {
    std::uint32_t fault = 0;
    std::uint64_t bit = 0;
  };
  std::deque<Rot> rots_;
  bool rotting_ = false;
  bool syncing_own_ = false;
  std::function<void()> power_gone_;
  std::deque<std::vector<DiskRequest>> phases_;  // of a power loss; each waits for the one before
  bool ruined_ = false;                          // the phases are planned
  bool told_ = false;                            // that they are over
};

}  // namespace wn::live
