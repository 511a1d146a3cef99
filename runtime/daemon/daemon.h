#pragma once
// Daemon: one node on this machine, from a configuration until a signal:
//
//   real::Loop + real::Node     UDP, files, clocks
//     [Hooks::machine]          in test programs: datagrams, disks and clocks that are hurt
//   QUIC                        who is who
//     agreement                 members that are configured otherwise are not listened to (agreement.h)
//       meters                  what metrics and readiness are made of (meters.h)
//         [Hooks::service]      in test programs: a service that lies
//   the realm's host, or the key-value node
//
// SIGTERM and SIGINT end it cleanly: no more requests are taken, those under way are answered and what is
// written is synced (kDrainMax at most), peers and clients are told, files are closed. A second one ends the
// process at once, with 128 + its number. SIGHUP opens the log file again. Being killed is safe at any time:
// what was acknowledged is on the disk.
//
// run() returns when the node has stopped: ok after a signal; otherwise the reason why it could not begin, in
// one line: bad_input, invalid_argument, not_found, already_exists and precondition are the operator's to
// mend (an address in use, a folder locked or missing, an identity that others may read), io_error, no_space,
// overloaded and internal the machine's or ours. Also when it cannot go on: a disk that failed or is full
// (fail-stop), after which a restart recovers what was acknowledged.
//
// Thread rule: call from one thread, once at a time; signals are blocked in it and go to the loop.
#include <functional>

#include "runtime/backend/process.h"
#include "runtime/base/defect.h"
#include "runtime/base/result.h"
#include "runtime/daemon/config.h"

namespace wn::real {
class Loop;
class Node;
}  // namespace wn::real

namespace wn::daemon {

inline constexpr Duration kDrainMax = seconds(5);

// For test programs. `worknode node` sets none of them.
struct Hooks {
  // From the factory of all that is above to the one that the machine starts.
  std::function<ProcessFactory(ProcessFactory above)> machine;
  // From the factory of the honest service to the one that QUIC's process starts.
  std::function<ProcessFactory(ProcessFactory honest)> service;
  // Hears what the node says, besides the daemon's own meters. Outlives run().
  Probe* probe = nullptr;
  Defect defect = Defect::none;  // planted in the service
  // Once, before anything starts; both live until run() returns.
  std::function<void(real::Loop& loop, real::Node& node)> began;
};

Result<void> run(const Config& config, const Hooks& hooks = {});

}  // namespace wn::daemon
