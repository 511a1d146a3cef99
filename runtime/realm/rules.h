#pragma once
// The functions that work on State, by concern; one .cpp file each. Internal to the room.
#include <algorithm>
#include <optional>
#include <span>

#include "runtime/realm/state.h"

namespace wn::sync {
struct Cover;
}

namespace wn::realm {

// Limits of the operator's are 64 bits wide, those of the rooms 32.
constexpr std::uint32_t at_most_u32(std::uint64_t limit) {
  return static_cast<std::uint32_t>(std::min<std::uint64_t>(limit, ~std::uint32_t{0} - 2));
}
constexpr Duration clock_offset_max(const Options& options) {
  return nanoseconds(static_cast<std::int64_t>(options.limits.clock_offset_max_ns));
}

inline causality::HlcOptions clock_options(const Options& options) {
  return {.max_offset = clock_offset_max(options), .bound_step = clock_offset_max(options) / 2};
}

// ---- apply.cpp: updates, own and foreign
// The stamp of the next update of our own; zero time: the clock is used up (overloaded).
causality::Stamp next_stamp(State& s, const Moment& moment);
// Applies an update that is next in its replica's order, whole or not at all, and tells the trace. `mine`: it
// was made just now, here; the properties have it already.
Errc apply(State& s, const Update& update, bool mine, Effects& effects);
// Makes an update of our own: applies, journals, keeps it for the others.
struct Origin {
  NodeId client;
  std::uint64_t operation = 0;
  Bytes intent;
};
struct Written {  // Update::written
  std::uint32_t property = 0;
  causality::HlcTime time;
};
Errc commit(State& s, UpdateKind kind, WorknodeId target, causality::Stamp stamp, Bytes payload,
            const Origin& origin, Effects& effects, const Written& written = {});
void keep(State& s, const Update& update, Bytes encoded, const Origin& origin);
void note(const State& s, Effects& effects, TraceKind kind, std::uint64_t a = 0, std::uint64_t b = 0,
          std::uint64_t c = 0, std::uint64_t d = 0, std::uint64_t e = 0);
// The first tree counts as known; what differs from it is told.
void tell_tree(const State& s, Effects& effects);
// The hybrid clock wants a durable bound before it goes on. Here every reading that leaves the node is the
// stamp of a journaled update, and nothing leaves before that is durable, so the bound is granted at once,
// and a restarted clock begins at the latest journaled stamp.
void use_clock(State& s, const Moment& moment);
void restart_clock(State& s);

// ---- execute.cpp
Reply perform(State& s, const Moment& moment, NodeId client, const Request& request, Effects& effects);
Errc change_membership(State& s, const Moment& moment, const MembershipChange& change, Effects& effects);

// ---- read.cpp
Reply read(State& s, const Request& request, Effects& effects);

// ---- sync.cpp
// Around an anchor, the others exchange updates with it alone.
bool may_exchange(const State& s, NodeId peer);
void begin_sync(State& s, const Moment& moment, NodeId peer, Effects& effects);
void on_sync_request(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects);
void on_sync_updates(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects);
// Notes which members have the same updates as we, and tells of those that have come to it just now.
void judge_in_sync(State& s, Instant now, Effects& effects);

// What a few peers lack, as far as is known here, sent unasked: they take what follows on what they have.
inline constexpr std::size_t kEagerPeersMax = 4;
void push_updates(State& s, const Moment& moment, Effects& effects);

// ---- upkeep.cpp: what time brings
void upkeep(State& s, const Moment& moment, std::uint64_t draw, Effects& effects);
// What is known by all members is kept for nobody, and cannot be undone any more.
void collect_garbage(State& s, Effects& effects);
void tell_digest(State& s, Effects& effects);
Digest digest_of(const State& s);

// ---- glue.cpp: partitions as sections
// Before what a message says is taken over: `ages` tells what it knows of others, as of `asked`.
void watch_for_healing(State& s, const Moment& moment, NodeId from, Instant asked,
                       std::span<const SyncUpdates::Age> ages, Effects& effects);
void on_section_request(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects);
void on_section(State& s, NodeId from, ByteView payload, Effects& effects);
void glue_upkeep(State& s, const Moment& moment, Effects& effects);
void remember_use(State& s, std::uint64_t token, WallTime at);
// What a sibling has already for a name.
bool name_taken(const State& s, WorknodeId worknode, std::int64_t title);

// ---- edges.cpp: what was measured between replicas, for gluing
inline constexpr std::int64_t kClockDriftPpm = 1000;  // that two honest clocks may drift apart
void read_clock(State& s, const Moment& moment, NodeId member, Instant asked, WallTime theirs);
void tell_edges(const State& s, const Moment& moment, Duration slack, SectionReply& out);
// `told`: one for each section of the cover, in its order.
void put_edges(std::span<const SectionReply> told, sync::Cover& cover);

// ---- section.cpp
// What this replica claims of what others may lack; none: it is beyond the limits.
std::optional<Bytes> section_of(const State& s);
// The title modulo Options::unique_names, which is not 0.
std::optional<std::uint64_t> name_of(const State& s, WorknodeId worknode);

// ---- rejoin.cpp: whether a node is let in again, and how its state becomes another one
// The identity under which `node` may go on; none when it has no need of one, or we can't give one now.
ReplicaId admit(State& s, const Moment& moment, NodeId node, ReplicaId gone, Effects& effects);
// False: the image is no good; nothing has changed.
bool adopt(State& s, const Moment& moment, ByteView image, ReplicaId replica, Effects& effects);

// ---- image_giving.cpp, image_taking.cpp: images between replicas
sync::Nonce fresh_nonce(State& s);
void on_image_request(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects);
void on_image_part(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects);
void ask_for_image(State& s, const Moment& moment, NodeId peer, Effects& effects);

// ---- image.cpp
Bytes image_of(const State& s, bool for_peer);
Errc restore_image(State& s, ByteView image);
// The state alone, without the chains on which it stands.
Bytes plain_image_of(const State& s, bool for_peer);
Errc restore_plain_image(State& s, ByteView image);
// Parts of both.
void put_log(const State& s, bool for_peer, std::vector<std::uint8_t>& out);
Errc get_log(State& s, ByteView bytes);
void put_sessions(const State& s, std::vector<std::uint8_t>& out);
Errc get_sessions(State& s, ByteView bytes);

// Planted bugs: only counters of blocks are compared; two headers prove a lie, whoever wrote them.
inline bool links_compared(const Options& o) { return o.defect != Defect::equivocation_accepted; }
inline bool signatures_asked(const Options& o) { return o.defect != Defect::accused_without_proof; }

// ---- signed_sync.cpp: blocks, with an identity
// Our own updates that are not sealed yet are sealed: before anything leaves that tells of them.
void seal_own(State& s, Effects& effects);
Bytes heads_of(const State& s);
// Sends what the peer lacks of proofs. False: it holds another chain of some writer, and is asked for it.
bool compare_heads(State& s, NodeId peer, ByteView heads, Effects& effects);
// What the writer knew of the others is known here; of those that were cut, nothing is asked.
bool deps_known(const State& s, const chain::Block& block);
void fill_blocks(const State& s, const causality::VersionVector& theirs, SyncUpdates& out);
// As take_updates.
bool take_blocks(State& s, const Moment& moment, NodeId from, const SyncUpdates& m, Effects& effects);
// Applies what has been verified. An update that its room refuses is used up without effect, here and
// wherever the same is known.
void apply_or_use_up(State& s, const Update& update, Effects& effects);
void apply_block(State& s, const chain::Block& block, Effects& effects);
// A member's word about a writer that was cut counts as far as our own.
void clamp_to_cuts(const State& s, causality::VersionVector& known);

// ---- dispute.cpp: forks and proofs
void ask_headers(State& s, ReplicaId writer, NodeId peer, Effects& effects);
void on_chain_request(State& s, NodeId from, ByteView payload, Effects& effects);
void on_chain_headers(State& s, const Moment& moment, NodeId from, ByteView payload, Effects& effects);
void on_chain_proof(State& s, const Moment& moment, ByteView payload, Effects& effects);
// From two headers with valid signatures; true: they were a proof.
bool convict(State& s, const Moment& moment, const chain::Sealed& a, const chain::Sealed& b,
             Effects& effects);

// ---- rebuild.cpp: the fold of what is not cut
// What follows from a proof that was learned just now, the state anew where it must be.
void carry_out_cut(State& s, const Moment& moment, const chain::Proof& proof, bool found_here,
                   Effects& effects);
// The base, then the history, then our own that are not sealed; into a fresh state with those chains.
Errc fold(State& fresh, bool ask_deps);
void take_over(State& s, State& fresh);
void advance_base(State& s, Effects& effects);

// ---- signed_image.cpp
Bytes signed_image_of(const State& s, bool for_peer);
Errc restore_signed_image(State& s, ByteView image);
Errc replay_chain(State& s, const Record& record);

}  // namespace wn::realm
