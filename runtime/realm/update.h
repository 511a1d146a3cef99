#pragma once
// Update: one change of a realm's replicated state, as it is kept in journals and sent between replicas. A
// replica's updates have the dots 1, 2, 3 …; its own hybrid clock stamps them, so that each is younger than
// all that the replica knew when it made it.
//
// Decoding is total on hostile bytes. It judges form alone; apply() judges the payload.
#include <cstdint>
#include <optional>
#include <string_view>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/result.h"
#include "runtime/causality/dot.h"
#include "runtime/causality/hlc_time.h"

namespace wn::realm {

inline constexpr std::size_t kUpdateBytesMax = 256U << 10;

enum class UpdateKind : std::uint8_t {
  tree = 1,    // payload: one tree::Operation
  property,    // payload: a delta of the document of `target`
  schema,      // payload: a delta of the registry
  revocation,  // payload: a delta of the revocation set
  membership,  // payload: a MembershipChange
};
inline constexpr std::uint8_t kUpdateKindEnd = 6;

struct Update {
  causality::Dot dot;
  causality::HlcTime time;
  UpdateKind kind = UpdateKind::tree;
  WorknodeId target;
  Bytes payload;
  // A write of a register, for the trace: which property, and its place in the order of writes.
  std::uint32_t written_property = 0;
  causality::HlcTime written;
  friend bool operator==(const Update&, const Update&) = default;
};

void encode(const Update& update, std::vector<std::uint8_t>& out);
// ok; corrupt; too_large (over kUpdateBytesMax).
[[nodiscard]] Errc decode(ByteView bytes, Update& out);

// Who belongs to the realm's present epoch. suspect and trust are the latest word of one member about a
// replica; evict and join are for good.
enum class MembershipAction : std::uint8_t { suspect = 1, trust, evict, join };
struct MembershipChange {
  MembershipAction action = MembershipAction::suspect;
  ReplicaId replica;  // whom it is about
  NodeId node;        // join: where the replica lives
  friend bool operator==(const MembershipChange&, const MembershipChange&) = default;
};
Bytes encode(const MembershipChange& change);
[[nodiscard]] Errc decode(ByteView bytes, MembershipChange& out);

// What a journal holds: an update with what asked for it, the refusal of an operation, or, with an identity,
// what came or was sealed in blocks.
enum class ChainRecord : std::uint8_t {
  none = 0,
  block,  // a peer's: chain::Block
  seal,   // our own: { 1: chain::Sealed, 2: deps } over the updates that stand before it
  proof,  // chain::Proof
};
struct Record {
  std::optional<Update> update;
  NodeId client;                // whose operation made it; nobody: a peer's update or our own upkeep
  std::uint64_t operation = 0;  // the client's number
  Bytes intent;                 // the request without its token: what to do again after an eviction
  Bytes refusal;                // the reply, when there is no update
  ChainRecord chain = ChainRecord::none;
  Bytes sealed;  // as `chain` says, when there is neither
  friend bool operator==(const Record&, const Record&) = default;
};
Bytes encode(const Record& record);
[[nodiscard]] Errc decode(ByteView bytes, Record& out);

}  // namespace wn::realm
