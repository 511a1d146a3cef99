#pragma once
// World::Impl: all of a world's state and the functions that the parts of it are made of.
//   world.cpp     the face, the loop, dispatch of events
//   port.cpp      what a process may call: the simulated Backend
//   lifecycle.cpp start, crash, pause, resume
//   hardship.cpp  faults begin and end
//   points.cpp    fault points: which are active, how often each was reached and fired
#include <string>
#include <utility>
#include <vector>

#include "runtime/base/random.h"
#include "sim/network/link_table.h"
#include "sim/network/passage.h"
#include "sim/scheduler/deviations.h"
#include "sim/scheduler/event.h"
#include "sim/scheduler/event_queue.h"
#include "sim/scheduler/slab.h"
#include "sim/trace/trace_digest.h"
#include "sim/world/host.h"
#include "sim/world/world.h"

namespace wn::sim {

// A frame on its way, or held by a clogged link.
struct Message {
  Bytes frame;
  std::uint64_t number = 0;
  std::uint32_t checksum = 0;
  std::uint32_t next_held = kNoSlot;
  std::uint8_t type = 0;
};

// What the plan schedules comes before all else of its moment: the beginning and the end of fault i have the
// ranks 2i and 2i + 1, the freeze the one after all faults.
inline constexpr std::uint64_t kRankOfFreeze = 2 * faults::kFaultsMax;

inline constexpr std::size_t kPrefetchedFrom = 64;  // hosts

struct World::Impl {
  Impl(const faults::Plan& plan_, ProcessFactory factory_, TraceSink* sink_, WorldLimits limits_);

  // --- world.cpp
  void push(SimTime at, const Event& event);
  void push_ranked(SimTime at, std::uint64_t rank, const Event& event);
  void reseed(std::uint64_t seed);
  void reseed_entropy(Host& host) {
    host.entropy = random.child("entropy", 0, std::uint64_t{host.id.value} << 32 | host.incarnation);
  }
  void take_branch();  // the next one of the plan
  // What the event that is probably next will touch: worlds of many nodes wait for memory otherwise. Of few
  // nodes it is all at hand.
  void prefetch(const Event& event) const {
    if (hosts.size() < kPrefetchedFrom) return;
    const Host* host = &hosts[event.node];
    __builtin_prefetch(host);
    __builtin_prefetch(reinterpret_cast<const char*>(host) + 64);
    if (event.type != EventType::message) return;
    messages.prefetch(event.a);
    links.prefetch(event.b);
    links.prefetch_between(event.node, event.peer);  // most frames are answered
  }
  // False: the event was stale.
  bool dispatch(const Event& event);
  bool deliver_message(const Event& event);
  bool fire_timer(const Event& event);
  bool disk_due(const Event& event);
  bool disk_notify(const Event& event);
  bool control(const Event& event);
  // True when the process cannot take events now: the event then waits for it.
  bool held_back(Host& host, const Event& event);
  // Inline: the words of the event stay in registers.
  [[gnu::always_inline]] void emit(NodeId node, Digest& digest, TraceKind kind,
                                   const std::array<std::uint64_t, 5>& field) {
    absorb_event(digest, now, node, kind, field);
    absorb_node(overall, digest);
    if (sink != nullptr) tell(node, kind, field);
  }
  [[gnu::always_inline]] void emit(Host& host, TraceKind kind, const std::array<std::uint64_t, 5>& field) {
    emit(host.id, host.digest, kind, field);
  }
  void tell(NodeId node, TraceKind kind, const std::array<std::uint64_t, 5>& field);  // the sink
  // kNoSlot: no such node. A host is large and seldom at hand: what a look-up answers is its index.
  std::uint32_t index_of(NodeId id) const {
    return id.value < by_id.size() ? by_id[id.value] : index_of_large(id);
  }
  std::uint32_t index_of_large(NodeId id) const;
  Host* find(NodeId id) {
    const std::uint32_t index = index_of(id);
    return index == kNoSlot ? nullptr : &hosts[index];
  }
  void drop(Host& from, NodeId to, std::uint64_t number, DropReason reason);
  void drop_message(const Event& event, DropReason reason);

  // --- port.cpp
  Errc send(Host& from, NodeId to, Bytes frame, std::uint8_t type);
  void launch(Host& from, std::uint32_t to, std::uint32_t link_index, Bytes frame, std::uint32_t checksum,
              std::uint8_t type, Duration late, std::uint64_t key);
  void put_on_way(SimTime arrival, const Event& event, Bytes frame, std::uint32_t checksum,
                  std::uint8_t type);
  Errc submit(Host& host, DiskRequest request);
  // Sees to it that an event comes up when the slot's deadline is reached.
  void queue_timer(Host& host, std::uint32_t slot);
  void sometimes(Host& host, Claim claim);
  SimDisk& disk_of(Host& host);

  // --- points.cpp
  void offer_points();
  bool fires(Host& host, FaultPoint point);

  // --- lifecycle.cpp
  void start(Host& host);
  void crash(Host& host, CrashCause cause);
  void go_on(Host& host, std::uint32_t pauser);
  void report_damage(Host& host);

  // --- hardship.cpp
  // Those from number `first` on.
  void schedule_faults(std::uint32_t first);
  // An event of a fault that was exchanged for another since it was pushed.
  bool outdated(const Event& event) const {
    const bool known = event.a < generation_of_fault.size();
    return event.b != (known ? generation_of_fault[event.a] : faults_generation);
  }
  void begin_fault(std::uint32_t index);
  void end_fault(std::uint32_t index);
  void freeze();
  void begin_on_links(const faults::Fault& fault);
  void end_on_links(const faults::Fault& fault);
  void begin_on_host(Host& host, std::uint32_t index);
  void end_on_host(Host& host, std::uint32_t index);
  void change_clock(Host& host, Duration step);
  bool clogged(std::uint32_t link) const {
    if (clogged_everywhere != 0) return true;
    const LinkExtra* extra = links.extra(link);
    return extra != nullptr && extra->clogged != 0;
  }
  void unclog(LinkExtra& extra);
  void command_admin(const faults::Fault& fault);

  const faults::Plan& plan;
  ProcessFactory factory;
  TraceSink* sink;
  WorldLimits limits;
  Random random;
  SimTime now;
  SimTime branch_at = SimTime::max();  // the next branch of the plan: it is taken by the first event after it
  std::size_t next_branch = 0;
  std::uint32_t faults_generation = 0;             // how often they were exchanged
  std::vector<std::uint32_t> generation_of_fault;  // by index; empty until they are exchanged
  bool overloaded = false;
  Digest overall;
  Digest own_digest;  // of what happened to the world itself (node 0)
  WorldStats stats;
  EventQueue<Event> queue;
  std::vector<Host> hosts;
  std::vector<std::uint32_t> by_id;  // for ids up to kDenseIdMax
  std::vector<NodeId> ids;           // by index
  LinkTable links;
  std::vector<PacketFault> everywhere;  // packet faults in force on all links
  std::uint32_t clogged_everywhere = 0;
  std::uint32_t in_flight_max = 0;  // on one link
  Slab<Message> messages;
  Slab<Bytes> controls;
  MessageDelays delays;
  TypeCounts types;  // of plans whose passages are keyed by type
  struct Point {
    std::uint32_t id = 0;
    std::string_view name;
    std::uint32_t rate_ppm = 0;
    FaultPointCount count;
  };
  std::vector<Point> points;  // all that this build has, ascending by id; empty: none are offered
  FaultCommand fault_command;
  FlatMap<std::uint32_t, std::pair<const char*, std::uint64_t>> claims;  // by claim id
};

inline constexpr std::uint32_t kDenseIdMax = 65'536;

// The Backend of one node. Calls of a process that is being taken down do nothing.
class Port final : public Clock,
                   public Network,
                   public Disk,
                   public Entropy,
                   public Probe,
                   public FaultPoints {
 public:
  Port(World::Impl& world, Host& host)
      : world_(world),
        host_(host),
        backend_{*this, *this, *this, *this, *this, world.points.empty() ? nullptr : this} {}
  Backend& backend() { return backend_; }

  Instant monotonic_now() const override { return host_.clock.monotonic(world_.now); }
  WallTime wall_now() const override { return host_.clock.wall(world_.now); }
  void arm(std::uint32_t slot, Instant deadline) override;
  void disarm(std::uint32_t slot) override;
  Errc send(NodeId to, Bytes frame, std::uint8_t type) override;
  Errc submit(DiskRequest request) override;
  Draw draw(Purpose purpose, std::uint64_t count) override;
  void emit(TraceKind kind, std::array<std::uint64_t, 5> field) override;
  void sometimes(Claim claim) override;
  bool fires(FaultPoint point) override { return host_.up && world_.fires(host_, point); }

 private:
  World::Impl& world_;
  Host& host_;
  Backend backend_;
};

}  // namespace wn::sim
