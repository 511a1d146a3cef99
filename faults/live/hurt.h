#pragma once
// Hurt: a Process around another one that does to it, on a real machine, what the simulator does to a node:
// it stands between the inner process and its Backend and hurts datagrams, clocks and the disk as a plan's
// faults say. For test programs alone; it makes no system call, so the same Hurt runs, and is tested, under
// the simulator.
//
//   outer Backend (sockets, files, clocks)  <->  Hurt  <->  inner Process (QUIC, host, node, client)
//
// Meaning of the faults: faults/plan/plan.h, as sim/ carries them out.
//   partition, packet_*   on directed links. A frame is hurt once, where it is sent: a Hurt hurts what its
//   node
//                         sends, and what it receives only with `incoming` (a client, whose address no server
//                         can name). A frame to or from an address handle that is no configured peer
//                         (>= kStrangersFirst) is not hurt here: its other end does that.
//   clock_*               piecewise linear maps of the outer clocks; the monotonic one never goes back.
//   disk_*                errors, full, stalls, rot, misdirection, syncs that lie.
//   power loss            lose_power(): what was not synced is undone on the outer disk, in whole, in part or
//   not
//                         at all; then the program exits.
// Kinds that are not done to one process from within (kill, pause, wipe, service, byzantine): unsupported.
//
// Random details are keyed by (seed, fault, number of the frame or operation): the same calls at the same
// times do the same. Timer slot kHurtSlot of the outer Clock is Hurt's and the inner process's: whoever is
// due first arms it.
// Calls of begin(), end(), freeze() and lose_power() come from the loop, not from inside of the inner
// process's calls. Limits: HurtOptions.
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <vector>

#include "faults/plan/plan.h"
#include "runtime/backend/process.h"

namespace wn::live {

inline constexpr std::uint32_t kHurtSlot = 6;
inline constexpr std::uint32_t kStrangersFirst = 0xF000'0000;

struct HurtOptions {
  NodeId self;
  std::uint64_t seed = 0;
  bool incoming = false;                 // what comes in is hurt here as well
  Duration wall_offset;                  // NodePlan's: wall clock minus the machine's
  std::int32_t drift_ppm = 0;            // NodePlan's: rate of both clocks
  std::uint64_t disk_bytes_max = 0;      // NodePlan's; 0: as much as the outer disk has
  std::uint32_t link_frames_max = 4096;  // held and delayed, of one link; more are refused (overloaded)
  std::uint64_t delayed_bytes_max = 64U << 20;  // of all links
  // Unsynced writes that are remembered so that they can be undone; beyond, a file is synced on the way.
  std::uint64_t unsynced_bytes_max = 64U << 20;
};

struct HurtStats {
  std::uint64_t frames = 0;  // that a fault could have touched
  std::uint64_t blocked = 0;
  std::uint64_t lost = 0;
  std::uint64_t duplicated = 0;
  std::uint64_t delayed = 0;
  std::uint64_t corrupted = 0;
  std::uint64_t held = 0;     // by a clog
  std::uint64_t refused = 0;  // overloaded
  std::uint64_t disk_operations = 0;
  std::uint64_t disk_failed = 0;  // io_error or no_space, by a fault
  std::uint64_t sync_lies = 0;
  std::uint64_t misdirected = 0;
  std::uint64_t rotten_bits = 0;
  std::uint64_t undone = 0;  // unsynced writes that a power loss took, in part or whole
};

class Hurt final : public Process {
 public:
  Hurt(HurtOptions options, ProcessFactory inner, Backend& outer);
  ~Hurt() override;

  // A fault of the plan begins now; one that names neither this node nor a link of it is ok and does nothing.
  // unsupported: a kind that is not done here; already_exists: it has begun.
  [[nodiscard]] Errc begin(const faults::Fault& fault);
  void end(std::uint32_t fault_id);  // one that is not in force: nothing
  // No write is misdirected from now on, as at the end of a plan's faults.
  void freeze();
  // The power goes now: the inner process hears nothing any more, and when the disk is as a power loss leaves
  // it, `done` is called from the loop. What is left to do is to exit.
  void lose_power(std::function<void()> done);

  HurtStats stats() const;
  // What the inner process is given.
  Backend& backend();

  void on_start() override;
  void on_message(NodeId from, const Bytes& frame) override;
  void on_timer(std::uint32_t slot) override;
  void on_disk(DiskCompletion completion) override;
  void on_control(const Bytes& command) override;

 private:
  class Door;
  struct State;
  std::unique_ptr<State> state_;
};

}  // namespace wn::live
