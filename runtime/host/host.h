#pragma once
// Host: the driver of one realm replica: input <- Backend, effects -> Backend. Each worknode that is spoken
// to has an actor, whose mailbox its requests go through; its handler carries them out on the realm
// (runtime/realm), and code that waits (`call`) runs on a fiber. The journal keeps the realm over restarts.
//
//   - Output commit: a frame leaves when the journal records made before it are durable.
//   - An actor lives under the actor of its worknode's parent, so that supervision follows the tree; when the
//   worknode
//     moves, its actor stops (callers are told) and begins again under the new parent at the next message.
//   - handler_cost > 0: an activation takes that long of the node's time, one after the other, so that
//   mailboxes can
//     fill; otherwise handlers take no time.
//   - A request that has waited for request_patience is answered `overloaded` and its memory given back; the
//   message in
//     the mailbox holds a handle, which is stale then.
//   - Requests that come before the journal has been read wait for that: requests_max of them, 1 MiB, for
//   request_patience; those beyond are lost.
//   - A failed write or sync makes the host stop serving for good (fail-stop), and says so (store_refused).
//
//   - Operations have modes: EVENTUAL ones go to the realm, LOCAL ones to a store of this node alone, STRONG
//   ones to the Raft group that owns the worknode, here or elsewhere. The three share one journal (parts.h).
//
// Limits: Options; a request beyond one is answered `overloaded`. Thread rule: one event loop. Determinism: a
// pure function of what the Backend says.
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "runtime/actor/options.h"
#include "runtime/actor/order.h"
#include "runtime/backend/process.h"
#include "runtime/groups/groups.h"
#include "runtime/host/group_rule.h"
#include "runtime/realm/realm.h"

namespace wn::host {

enum class ActorOrder : std::uint8_t { fifo, round_robin, random, priority };

struct Options {
  realm::Options realm;
  ActorOrder order = ActorOrder::fifo;
  std::uint64_t order_seed = 0;                      // of random and priority
  std::function<std::uint64_t()> order_branch;       // of a world seeded anew: then in place of it, unless 0
  std::vector<actor::ScheduleDeviation> deviations;  // from that order; ascending by step
  actor::Overflow mailbox_full = actor::Overflow::refuse;
  Duration handler_cost;
  Duration request_patience = seconds(2);
  std::uint32_t requests_max = 512;  // in mailboxes and under way
  // Records before an image is written; a large one counts for more (640 bytes each). The log has the image's
  // size at least: writing images costs no more than writing records did.
  std::uint32_t compact_every_updates = 100'000;
  // EVENTUAL requests about one worknode, and calls, go to the node where the worknode is at home
  // (placement.h), whichever node the client asked. Otherwise they are carried out where they come in.
  bool remote_calls = false;
  bool endpoint = false;   // there is an endpoint for calls between nodes, also without remote_calls
  groups::Options groups;  // of STRONG state; none: nothing is STRONG. `node` and `defect` are set here
  GroupRule group_rule;    // how their number, size and places follow what they own
  // What a turn of the event loop adds to the journal is written at its end, by a timer that is due at once:
  // one flush for all that came together. Otherwise the first record of a turn goes alone and the rest wait
  // for it. In a long turn it waits for half of what the last flush took: longer gains nothing. For machines
  // whose messages come in batches.
  bool flush_at_turn_end = false;
  Defect defect = Defect::none;
  std::function<void(NodeId node, const realm::Glued&)> on_glued;  // for whoever keeps certificates
};

// What the node looks like from inside, for whoever watches over it. Walks the groups: a few times a second.
struct Stats {
  std::uint64_t memory_bytes = 0;  // of the budget (Limits::memory_bytes), all taken at the start
  std::uint64_t memory_held = 0;   // in slabs
  std::uint64_t memory_high_water = 0;
  std::uint64_t stacks_high_water = 0;  // bytes of the deepest fiber
  actor::Stats actors;
  std::uint64_t actors_alive = 0;
  std::uint64_t mailbox_waits = 0;      // requests that their handler has begun
  Duration mailbox_waited;              // by all of these
  std::uint64_t updates = 0;            // applied, of all writers
  std::uint64_t updates_kept = 0;       // for members that may lack them
  std::uint64_t tokens_judged = 0;      // capabilities shown
  std::uint64_t tokens_remembered = 0;  // of these, found in the cache whole
  std::vector<realm::PeerSync> peers;   // every other member, ascending
  std::uint64_t groups = 0;             // replicas here
  std::uint64_t groups_led = 0;
  std::uint64_t groups_asleep = 0;
  std::uint64_t groups_without_leader = 0;  // as far as is known here
  std::uint64_t groups_term = 0;            // the highest
  std::uint64_t groups_commit = 0;          // of all, added up
  std::uint64_t groups_applied = 0;
};

class Server : public Process {
 public:
  // All zero before it has recovered and after it has failed.
  virtual Stats stats() const = 0;
};

std::unique_ptr<Server> make_host(const Options& options, Backend& backend);

}  // namespace wn::host
