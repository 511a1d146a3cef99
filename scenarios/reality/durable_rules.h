#pragma once
// What is acknowledged is durable: between a write's beginning and its acknowledgement a majority of the
// replicas have synced something that they were given to write in that time. Judged of the key-value service
// and of STRONG writes of a realm; one disk suffices where who replicates may change; not where servers lie.
// Needs the disks' events and the clients'. One thread; memory for the operations under way.
#include <cstddef>
#include <cstdint>
#include <map>
#include <utility>

#include "faults/plan/plan.h"
#include "scenarios/reality/rule.h"

namespace wn::reality {

class DurableRules {
 public:
  DurableRules(const faults::Plan& plan, Findings& findings);
  void on_event(const TraceEvent& event);

 private:
  struct Disk {
    std::map<std::uint64_t, std::uint64_t> syncs;  // under way: when they were asked for, by ticket
    std::uint64_t asked = 0;                       // the latest of those that have ended well
  };
  void completed(const TraceEvent& event);

  const faults::Plan& plan_;
  Findings& findings_;
  std::size_t needed_ = 0;      // disks; 0: not judged
  std::uint64_t position_ = 0;  // of the event, from 1
  bool seen_ = false;           // a disk's event: the trace has them
  std::map<NodeId, Disk> disks_;
  std::map<std::pair<NodeId, std::uint64_t>, std::uint64_t> writes_;  // by client and operation: begun at
};

}  // namespace wn::reality
