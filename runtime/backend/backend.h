#pragma once
// THE seam. All that is not a pure function of its arguments comes through a Backend, which is made in main()
// or in the world and handed down. Two implementations: sim/ (everything simulated) and runtime/real/
// (sockets, files, clocks). Interfaces only; no bodies.
//
// Thread rule: a Backend belongs to one process (node) and is called from that process's event loop alone.
#include "runtime/backend/clock.h"
#include "runtime/backend/disk.h"
#include "runtime/backend/entropy.h"
#include "runtime/backend/network.h"
#include "runtime/backend/probe.h"
#include "runtime/base/fault_point.h"

namespace wn {

struct Backend {
  Clock& clock;
  Network& network;
  Disk& disk;
  Entropy& entropy;
  Probe& probe;
  FaultPoints* fault_points = nullptr;  // of the simulated world alone; nullptr: none is offered
};

}  // namespace wn
