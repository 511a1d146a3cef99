#pragma once
// Platter: the disk of a hurt node. Operations pass to the outer disk in the order of their submission, hurt
// by the faults in force, and their completions are handed on in that order; what was not synced is
// remembered, so that a power loss can undo it. Pure: time comes in; completions are handed on from on_disk()
// and on_time() alone, never from inside of submit().
#include <deque>
#include <functional>
#include <map>
#include <optional>
#include <vector>

#include "faults/live/hurt.h"
#include "runtime/base/random.h"

namespace wn::live {

class Platter {
 public:
  using Deliver = std::function<void(DiskCompletion)>;
  Platter(const HurtOptions& options, HurtStats& stats, Disk& outer, Deliver deliver);

  // Learns what is on the disk, then calls `ready` (from on_disk()). Comes first.
  void open(Instant now, std::function<void()> ready);

  // unsupported: a kind that is no disk's.
  Errc begin(const faults::Fault& fault, Instant now);
  void end(std::uint32_t fault_id);
  void freeze() {}

  Errc submit(DiskRequest request, Instant now);
  void on_disk(DiskCompletion completion, Instant now);
  // When on_time() should be called next.
  std::optional<Instant> due() const;
  void on_time(Instant now);

  // Nothing more is handed on; calls `done` when the disk is as a power loss leaves it.
  void lose_power(Instant now, std::function<void()> done);

 private:
  HurtStats& stats_;
  Disk& outer_;
  Deliver deliver_;
  std::function<void()> ready_;
};

}  // namespace wn::live
