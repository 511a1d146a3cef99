#pragma once
// KeyZones: linearizability of one register with unique writes, event by event, in memory of what is still
// open.
//
// Gibbons & Korach, "Testing shared memories", 1997: the write of a value and its reads are a cluster; f is
// its earliest return, s its latest invocation. A history is linearizable iff no read ends before its write
// began and no two clusters u, v have f(u) < s(v) and f(v) < s(u) (each would have to come before the other).
//
// Event by event: f(v) is fixed at the cluster's first return, when f(v) is later than every s, so no
// conflict arises there. Later only s(v) grows, to the invocation of a read that returns now: there, and only
// there, conflicts are looked for.
//
// Retirement: let L be the earliest invocation of the reads that are open (now, if none is): whatever s grows
// to from now on is >= L, and L never falls. Cluster v may be forgotten once its write is over, f(v) < L, and
// some other u has f(u) < L and f(v) < s(u): any further read of v has s(v) >= L > f(u) and so conflicts with
// u. Hence a read of a value that is not held is a violation, whether the value was retired or never written.
// And of all that is forgotten the largest s, R, is enough: when s(v) grows to x >= L, every forgotten u has
// f(u) < L <= x, so that v conflicts with one of them iff f(v) < R. So what is held is: writes that are open
// or of unknown outcome and unread, clusters that returned since the oldest open read began, and those whose
// f is past every s: writes that overlapped the last one.
//
// A value may be written again once its first cluster is forgotten: reads that ended before the second write
// began are of the first, and no read that returns after the retirement can be. The initial value is a write
// before everything.
#include <cstdint>
#include <map>
#include <set>
#include <vector>

#include "checkers/history/interner.h"
#include "checkers/history/operation.h"

namespace wn::checkers {

class KeyZones {
 public:
  enum class Answer : std::uint8_t {
    fine,
    not_unique,  // the value is written while the same one can still be read: the method does not apply
    not_held,    // violation: a read of a value that nobody wrote or that was overwritten
    conflict,    // violation: two values each of which must come before the other
    refused,     // violation: a read saw the value of a write that failed
    too_late,    // a read that was given up completed after all: what it saw cannot be judged
  };

  // `initial`: the value at first, as if written before everything. With more than `live_max` values that
  // some read may still show, the reads that have been open for longest are given up (they may never end).
  // `retires_early`: a planted bug for tests.
  KeyZones(Atom initial, std::uint64_t live_max, bool retires_early = false);

  // Positions ascend over all calls; `now` is the event's position + 1.
  Answer invoke_write(Atom value, std::uint64_t now);
  void invoke_read(std::uint64_t now) { reads_.insert(now); }
  // `call`: the `now` of its invocation.
  Answer complete_write(Atom value, Outcome outcome, std::uint64_t now);
  Answer complete_read(Atom value, Outcome outcome, std::uint64_t call, std::uint64_t now);

  Atom other() const { return other_; }  // after `conflict`: the other value; kNil when it is forgotten
  std::uint64_t held() const { return unread_.size() + live_.size(); }
  std::uint64_t bytes() const {
    return reads_.size() * 48 + unread_.size() * 64 + live_.capacity() * sizeof(Cluster);
  }
  void mark(AtomMarks& marks) const;

 private:
  struct Cluster {
    Atom value;
    std::uint64_t f = kNever, s = 0;
    bool open = false;  // its write has not completed
  };
  Cluster* find(Atom value);
  void retire(std::uint64_t now);

  std::set<std::uint64_t> reads_;   // invocations of open reads
  std::map<Atom, Cluster> unread_;  // writes that have neither returned nor been seen
  std::vector<Cluster> live_;       // clusters with f
  std::uint64_t retired_s_ = 0;     // R
  Atom other_;
  std::uint64_t live_max_;
  bool retires_early_;
};

}  // namespace wn::checkers
