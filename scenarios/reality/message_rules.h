#pragma once
// Messages: causality, latency, bytes, copies. A real run's receiver does not know the sender's number of a
// message (it travels in no frame): number 0 in message_delivered is the oldest message of those bytes that
// has not arrived. In message_sent it is the next of its link. A type of 0 is
// not known either. One thread.
#include <deque>
#include <map>
#include <utility>

#include "faults/plan/plan.h"
#include "scenarios/reality/rule.h"

namespace wn::reality {

inline constexpr std::size_t kLinkMessagesMax = 1U << 20;

class MessageRules {
 public:
  MessageRules(const faults::Plan& plan, Findings& findings) : plan_(plan), findings_(findings) {}
  void on_event(const TraceEvent& event);

 private:
  struct Sent {
    std::uint64_t number = 0;
    SimTime at;
    std::uint64_t bytes = 0, checksum = 0, type = 0;
    std::uint32_t arrived = 0;
    bool lost = false;
  };
  struct Link {
    std::deque<Sent> sent;  // ascending by number
    std::uint64_t last = 0;
    bool cut_short = false;  // older ones are not remembered
  };
  Sent* find(Link& link, const TraceEvent& event);
  void delivered(const TraceEvent& event);
  // A fault of that kind was in force then.
  bool in_force(faults::FaultKind kind, SimTime at) const;

  const faults::Plan& plan_;
  Findings& findings_;
  std::map<std::pair<NodeId, NodeId>, Link> links_;  // from, to
};

}  // namespace wn::reality
