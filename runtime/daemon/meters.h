#pragma once
// Meters: numbers about one running node, gathered where they pass by: events that it tells (EventMeter, a
// Probe), its requests, replies and disk operations (Metered, a Process around the service). Plain values on
// the loop's thread; metrics.h publishes copies of them.
//
// Costs per request: a look at the head of two frames, two readings of the clock, one slot of a fixed table.
// No allocation after the start. Thread rule: the loop's thread.
#include <array>
#include <cstdint>
#include <memory>
#include <vector>

#include "runtime/backend/process.h"
#include "runtime/base/mode.h"
#include "runtime/daemon/histogram.h"

namespace wn::daemon {

inline constexpr std::size_t kModes = 3;
inline constexpr std::size_t kReplyCodes = 8;  // numbers of realm::ReplyCode and kv::ReplyCode; 0 = others
inline constexpr std::size_t kDiskOperations = 9;  // numbers of DiskOperation
inline constexpr Duration kForgottenAfter = seconds(3);
inline constexpr std::size_t kPendingSlots = 8192;  // requests whose beginning is remembered; a power of two

struct Meters {
  // Requests.
  std::array<Histogram, kModes> latency;
  std::array<std::array<std::uint64_t, kReplyCodes>, kModes> replies{};
  std::uint64_t turned_away = 0;  // while shutting down
  std::uint64_t under_way = 0;    // taken and not yet answered: as Metered::count_under_way() found it last

  // Disk.
  std::array<std::uint64_t, kDiskOperations> disk_operations{};
  std::array<std::uint64_t, kErrcEnd> disk_errors{};
  Histogram sync_latency;
  std::uint64_t disk_queue = 0;

  // What the node told.
  bool recovered = false;
  bool failed = false;        // for good: the store refused
  std::uint64_t failure = 0;  // Errc
  std::uint64_t role = 0;     // raft::Role
  std::uint64_t term = 0;
  std::uint64_t leader = 0;
  std::uint64_t commit = 0;
  std::uint64_t applied = 0;
  std::uint64_t elections = 0;  // terms that began here
  std::uint64_t updates = 0;
  std::uint64_t refused = 0;  // realm_refused
  std::uint64_t clock_refused = 0;
  std::uint64_t evictions = 0;
  std::uint64_t liars = 0;
  std::uint64_t mailbox_full = 0;
  std::uint64_t actor_failures = 0;
  std::uint64_t stalls = 0;
  std::uint64_t gluings = 0;
  std::uint64_t glue_radius = 0;  // of the last gluing
  std::uint64_t glue_obstructions = 0;
};

// Told of what an operator wants to read in the log.
class Journalist {
 public:
  virtual ~Journalist() = default;
  virtual void on_event(TraceKind kind, const std::array<std::uint64_t, 5>& field) = 0;
};

class EventMeter final : public Probe {
 public:
  // `also` and `journalist` may be null.
  EventMeter(Meters& meters, Probe* also, Journalist* journalist)
      : meters_(meters), also_(also), journalist_(journalist) {}
  void emit(TraceKind kind, std::array<std::uint64_t, 5> field) override;
  void sometimes(Claim claim) override;

 private:
  void count(TraceKind kind, const std::array<std::uint64_t, 5>& field);

  Meters& meters_;
  Probe* also_;
  Journalist* journalist_;
};

// The service, and what passes between it and the rest.
class Metered final : public Process, private Network, private Disk {
 public:
  Metered(NodeId id, Backend& outer, const ProcessFactory& service, Meters& meters);
  ~Metered() override;

  void on_start() override { inner_->on_start(); }
  void on_message(NodeId from, const Bytes& frame) override;
  void on_timer(std::uint32_t slot) override { inner_->on_timer(slot); }
  void on_disk(DiskCompletion completion) override;
  void on_control(const Bytes& command) override { inner_->on_control(command); }

  // From now on clients' requests are dropped: they will ask elsewhere.
  void close() { closed_ = true; }
  // Requests that were taken and may still be answered. What came damaged or before recovery never is; a
  // service answers whatever it answers within kForgottenAfter. Looks at the whole table.
  void count_under_way();
  // Nothing is under way, nothing at the disk.
  bool idle() {
    count_under_way();
    return meters_.under_way == 0 && meters_.disk_queue == 0;
  }
  Process& service() { return *inner_; }

 private:
  struct Pending {
    NodeId from;
    Mode mode{};
    std::uint64_t operation = 0;
    Instant since;
  };
  struct Sync {
    std::uint64_t ticket = 0;
    Instant since;
  };
  Errc send(NodeId to, Bytes frame, std::uint8_t type) override;
  Errc submit(DiskRequest request) override;
  Pending& slot(NodeId client, std::uint64_t operation);

  Backend& outer_;
  Meters& meters_;
  Backend backend_;  // the service's
  std::vector<Pending> pending_;
  std::vector<Sync> syncs_;  // under way
  bool closed_ = false;
  std::unique_ptr<Process> inner_;
};

}  // namespace wn::daemon
