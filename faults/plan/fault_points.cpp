#include "faults/plan/fault_points.h"

#include <algorithm>
#include <array>

#include "runtime/base/fault_point.h"

namespace wn::faults {
namespace {

constexpr FaultPointInfo point(const char* name, std::string_view does) {
  return {.name = name, .id = FaultPoint::hash(name), .does = does};
}

constexpr std::array kPoints{
    point("client.home-moves", "a client makes another server its home before an operation"),
    point("client.retry-early", "a client asks again after an eighth of its patience"),
    point("groups.batch-of-one", "what one item says to a peer leaves in a frame of its own"),
    point("groups.image-early", "a group's image is made after 8 entries, not snapshot_every"),
    point("groups.sleep-early", "a quiet group sleeps without having been idle for sleep_after"),
    point("groups.stays-awake", "a follower does not fall asleep when its leader does"),
    point("host.flush-put-off", "what the journal has to write waits for whatever else is due"),
    point("host.journal-compacted-early", "the journal is compacted after 16 records"),
    point("host.no-room-to-hold", "a frame that waits for the disk is dropped as if too many did"),
    point("host.outgoing-queue-full", "a frame is dropped as if the network had no room"),
    point("host.turn-ends-early", "the other runnable actors run after whatever else is due"),
    point("node.batch-cut-short", "one proposal more is left for the next batch"),
    point("node.chunk-not-read", "a chunk of an image is not read, as if too many reads were under way"),
    point("node.no-room-to-hold", "a message that waits for the disk is dropped as if too many did"),
    point("node.outgoing-queue-full", "a frame is dropped as if the network had no room"),
    point("node.snapshot-early", "an image is taken after 16 entries, not snapshot_every_entries"),
    point("node.timer-early", "the timer fires half-way, finds nothing due, and is armed anew"),
    point("node.too-many-pending", "a request is refused as overloaded"),
    point("quic.piece-of-one-byte", "one byte of a stream goes into a packet, not all that fits"),
    point("quic.queue-full", "a frame is refused as overloaded"),
    point("quic.stream-for-datagram", "a frame that may be lost goes by a stream"),
    point("raft.append-one-entry", "an append carries one entry of the many that there are"),
    point("raft.chunk-of-one-byte", "a chunk of an image is one byte long"),
    point("raft.election-timeout-longest", "an election timeout is the longest that may be drawn"),
    point("raft.election-timeout-shortest", "an election timeout is the shortest that may be drawn"),
    point("raft.heartbeat-early", "the next heartbeat comes after an eighth of the interval"),
    point("raft.image-though-log-would-do",
          "a follower that is probed gets an image, though the log has all"),
    point("raft.lease-not-used", "a read asks a quorum although the lease holds"),
    point("raft.log-called-full", "a proposal is refused as if the log were full"),
    point("raft.log-compacted-whole", "nothing that an image covers stays in memory"),
    point("raft.pipeline-pauses", "one append leaves, the next ones wait for another step"),
    point("realm.answer-cut-short", "an answer to a sync has one update more and says that there are others"),
    point("realm.garbage-kept", "what nobody needs is kept for another round"),
    point("realm.gossip-early", "the next round of anti-entropy comes after an eighth of the interval"),
    point("realm.part-cut-short", "a part of an image is half as long"),
    point("realm.part-of-one-document", "a part of an image has one document, not all that fit"),
    point("realm.push-left-out", "updates are not pushed to a peer: it will ask"),
    point("realm.tokens-forgotten", "the guard forgets the capabilities that it has verified"),
    point("rpc.frame-of-one-call", "calls to one node leave in a frame each"),
    point("rpc.little-credit", "a peer is given an eighth of its credit, as if memory were short"),
    point("rpc.retry-early", "a call is sent again after an eighth of its back-off"),
    point("store.read-short", "recovery reads 700 bytes at a time"),
    point("store.segment-ends-early", "a segment of the log ends at 2,048 bytes"),
    point("store.write-in-two", "a batch is written by two writes"),
    point("sync.one-symbol", "an asker asks for one coded symbol more, not for many"),
    point("sync.whole-list", "an asker asks for the whole list, though another way is cheaper"),
};
static_assert(std::ranges::is_sorted(kPoints, {}, &FaultPointInfo::name));

}  // namespace

std::span<const FaultPointInfo> all_fault_points() { return kPoints; }

std::string_view fault_point_name(std::uint64_t id) {
  const auto at = std::ranges::find_if(kPoints, [&](const FaultPointInfo& p) { return p.id == id; });
  return at == kPoints.end() ? "unknown" : at->name;
}

const FaultPointInfo* find_fault_point(std::string_view name) {
  const auto at = std::ranges::lower_bound(kPoints, name, {}, &FaultPointInfo::name);
  return at == kPoints.end() || at->name != name ? nullptr : &*at;
}

std::vector<std::string> missing_fault_points(const Plan& plan) {
  std::vector<std::string> out;
  for (const FaultPointPlan& p : plan.fault_points) {
    if (find_fault_point(p.name) == nullptr) out.push_back(p.name);
  }
  return out;
}

}  // namespace wn::faults
