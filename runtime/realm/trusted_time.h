#pragma once
// TrustedTime: which time a replica may stamp with. A wall clock can be wrong by any amount at any moment,
// and a hybrid clock that has followed a wrong one can never come back (Hlc: "how to un-poison"). So the wall
// clock is believed only while a majority of the members agrees with it; in between, time goes on by the
// monotonic clock from the last moment at which it was believed, and before there was one it stands still
// (the hybrid clock then only counts). A clock that was wrong from the start takes the time of the others,
// once a majority of the members, without this one, agrees among itself: it would refuse their updates for
// ever else.
//
// A member agrees when its wall clock, as told by a message at most `fresh` ago, is within half of offset_max
// of ours; the way of the message counts as error, which makes a slow one disagree and never agree wrongly by
// more than the other half. (Marzullo, "Maintaining the Time in a Distributed System", 1984, reduced to a
// vote.) Thread rule: a value. Limits: one entry a member.
#include <cstdint>
#include <vector>

#include "runtime/base/ids.h"
#include "runtime/base/time.h"

namespace wn::realm {

// A reading of the node's two clocks.
struct Moment {
  Instant now;
  WallTime wall;
};

class TrustedTime {
 public:
  // `members`: all of them, oneself included.
  TrustedTime(NodeId self, std::vector<NodeId> members, Duration offset_max, Duration fresh);

  // A member's wall clock, as its message said.
  void heard(NodeId member, WallTime wall, const Moment& moment);
  // A member that was proven a liar has no voice any more, and is not counted.
  void forget(NodeId member) {
    std::erase_if(members_, [&](const Member& m) { return m.id == member && m.id != self_; });
  }
  // The time to stamp with. Never goes back by more than half of offset_max.
  WallTime at(const Moment& moment);
  // There has been a moment at which a time was believed; before it, all updates look as from the far future.
  bool anchored() const { return anchored_; }
  // The own wall clock is not believed at this moment.
  bool doubts(const Moment& moment) const { return !agrees(moment); }

 private:
  struct Member {
    NodeId id;
    WallTime wall;  // its wall clock, when
    Instant when;   // by our monotonic clock, so that a step of our wall clock shows at once
    bool known = false;
  };
  bool agrees(const Moment& moment) const;
  // The anchor becomes the time of a majority that agrees among itself; false: none does.
  bool take_from_others(const Moment& moment);
  // By the monotonic clock alone, from the anchor.
  WallTime dead_reckoning(const Moment& moment) const;

  NodeId self_;
  Duration half_;
  Duration fresh_;
  std::vector<Member> members_;
  bool anchored_ = false;
  Moment anchor_;  // when the wall clock was last believed
};

}  // namespace wn::realm
