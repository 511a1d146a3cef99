#pragma once
// Hlc: the hybrid logical clock of one replica, as a value that steps (Kulkarni et al., "Logical Physical
// Clocks", OPODIS 2014, figure 5; bounds after CockroachDB's pkg/util/hlc).
//
//   tick(now)             a reading greater than every one issued or observed before
//   observe(remote, now)  a peer's reading, before anything that it stamps is applied
//
// Three promises, for as long as one ReplicaId lives:
//   1. Readings only grow, also when the wall clock steps back and over restarts.
//   2. No reading lies above the bound that the driver has called durable. A restarted clock begins above it.
//   3. A peer more than max_offset ahead of our own wall clock is refused with evidence, never followed.
//
// The bound is an effect: when bound_needed(now) gives a reading, the driver writes it to disk, syncs, and
// says bound_durable(it). It is asked for half a bound_step early, so that no tick waits; one sync serves at
// least half a bound_step of use, and an idle clock asks for none. While the bound is used up tick() gives
// zero: the operation is refused (Errc::overloaded), not stamped with a time that a restart would issue
// again.
//
// Since a restarted clock begins at its bound it may lead its wall clock by a bound_step; so bound_step plus
// the skew between honest clocks must stay below max_offset (REQUIRES bound_step <= max_offset / 2).
//
// The logical counter needs no case of its own: adding one to the packed reading borrows a unit (65.5 us)
// from the physical part after 65,536 readings, which a later wall clock pays back.
//
// How to un-poison. A clock is poisoned when its own wall clock was far ahead for a while: poisoned(now) says
// so after the wall clock is right again, and peers refuse what it stamps. Readings are never taken back;
// instead (1) the realm evicts the replica by an epoch change, (2) the node comes back under a fresh
// ReplicaId and a clock made by restarted_as_new(): promise 1 is made per ReplicaId, (3) it installs a peer's
// state and re-issues what nobody else has with new stamps (crdt/stability.h). Peers were never moved, by
// promise 3.
//
// Thread rule: one thread. No failure but those named.
#include <algorithm>
#include <expected>

#include "runtime/base/check.h"
#include "runtime/base/result.h"
#include "runtime/causality/hlc_time.h"

namespace wn::causality {

struct HlcOptions {
  Duration max_offset = seconds(10);  // the furthest that a peer may lead our wall clock
  Duration bound_step = seconds(4);   // how far one sync extends the durable bound
};

// What a refused peer said, for the log and for the realm's decision about it.
struct FarFuture {
  HlcTime remote;
  WallTime wall;   // ours, when it arrived
  Duration ahead;  // remote.wall() - wall, saturated
  Errc code = Errc::invalid_argument;
  friend bool operator==(const FarFuture&, const FarFuture&) = default;
};

class Hlc {
 public:
  // `durable_bound`: the last bound found on disk; zero for a replica that never ran.
  explicit Hlc(const HlcOptions& options, HlcTime durable_bound = HlcTime{});

  // A reading above all before it; zero while the durable bound does not allow one.
  HlcTime tick(WallTime now) {
    const std::uint64_t next = std::max(last_ + 1, HlcTime::from_wall(now).value);
    if (next <= bound_) [[likely]] {
      last_ = next;
      return HlcTime{next};
    }
    return tick_at_bound();
  }
  // Readings from now on exceed `remote`. A far-future one leaves the clock as it was.
  [[nodiscard]] std::expected<void, FarFuture> observe(HlcTime remote, WallTime now) {
    if (remote.value <= last_) [[likely]]
      return {};
    if (remote > furthest(now)) [[unlikely]]
      return refuse(remote, now);
    last_ = remote.value;
    return {};
  }

  // The bound to make durable, or zero when the present one lasts. Pure: asks again until bound_durable().
  HlcTime bound_needed(WallTime now) const;
  // REQUIRES a value that bound_needed() gave; smaller ones than the present bound are ignored.
  void bound_durable(HlcTime bound) { bound_ = std::max(bound_, bound.value); }

  HlcTime last() const { return HlcTime{last_}; }  // issued or observed
  HlcTime bound() const { return HlcTime{bound_}; }
  // How far this clock leads its wall clock; negative when it follows.
  Duration ahead(WallTime now) const { return HlcTime{last_}.wall() - now; }
  // Honest peers with the same options may refuse what this clock stamps.
  bool poisoned(WallTime now) const { return ahead(now) > options_.max_offset; }
  // The clock of the same node under a FRESH ReplicaId: forgets the past (see "how to un-poison").
  Hlc restarted_as_new() const { return Hlc(options_); }

 private:
  // The last reading that is believed at `now`. Compared as numbers: a hostile one may be no time at all.
  HlcTime furthest(WallTime now) const {
    return HlcTime{HlcTime::from_wall(now + options_.max_offset).value | ((1U << kHlcLogicalBits) - 1)};
  }
  HlcTime tick_at_bound();
  std::unexpected<FarFuture> refuse(HlcTime remote, WallTime now) const;

  HlcOptions options_;
  std::uint64_t last_ = 0;
  std::uint64_t bound_ = 0;
};

}  // namespace wn::causality
