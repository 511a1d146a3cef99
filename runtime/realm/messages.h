#pragma once
// What replicas say to each other. Anti-entropy by pulling: a replica tells a peer what it knows and gets
// what it lacks, in the order in which the peer applied it, which respects causality. One that was evicted
// takes a whole image instead and goes on as another replica.
//
// Decoders are total on hostile bytes and bounded: at most kSyncBytesMax of updates, kMembersMax ages.
#include <cstdint>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/ids.h"
#include "runtime/base/result.h"
#include "runtime/base/time.h"

namespace wn::realm {

inline constexpr std::size_t kMembersMax = 256;
inline constexpr std::size_t kSyncBytesMax = 256U << 10;  // of updates in one message
inline constexpr std::size_t kImagePartBytesMax = 256U << 10;

// The numbers are those of the frames that carry them (wire::FrameType).
enum class MessageKind : std::uint8_t {
  sync_request = 42,
  sync_updates = 43,
  image_request = 44,
  image_part = 45,
  section_request = 64,
  section = 65,
  // With an identity only.
  chain_request = 72,
  chain_headers = 73,
  chain_proof = 74,  // payload: chain::Proof, encoded
};

struct SyncRequest {
  std::uint64_t request = 0;  // the sender's running number; comes back
  ReplicaId replica;
  WallTime wall;            // the sender's wall clock, right or wrong
  std::uint64_t time = 0;   // its hybrid clock
  std::uint64_t epoch = 0;  // evictions and joins that it knows of
  Bytes known;              // causality::VersionVector
  Bytes heads;              // chain_messages.h; empty without an identity
};

enum class SyncVerdict : std::uint8_t {
  ok = 1,
  evicted,  // you are not a member any more: take an image
  unknown,  // this replica of you is not known here, or not yet
  forked,   // a writer has signed other blocks for you than for us; to be proven first
};

struct SyncUpdates {
  std::uint64_t request = 0;
  ReplicaId replica;
  WallTime wall;
  std::uint64_t time = 0;
  std::uint64_t epoch = 0;
  SyncVerdict verdict = SyncVerdict::ok;
  bool more = false;  // the limit cut it
  Bytes known;
  struct Age {
    NodeId member;
    Duration age;  // what the sender knows of the member is not older than this
  };
  std::vector<Age> ages;
  std::vector<Bytes> updates;  // encoded, in the order to apply them; with an identity: chain::Block, encoded
};

// An image is taken in chunks that the taker lacks (image_chunks.h): a sync::Session finds out which, then
// they are asked for by their names. One that has next to nothing takes the bytes of the whole, in order.
struct ImageRequest {
  std::uint64_t image = 0;  // 0 = make one; else the one that is being taken
  std::uint64_t offset = 0;
  ReplicaId replica;  // the evicted one
  Bytes session;      // of the taker's sync::Session; empty: something else is asked for:
  Bytes wants;        // names of chunks, 32 bytes each; empty: the bytes from `offset`
};
inline constexpr std::size_t kWantsMax = 512;

struct ImagePart {
  std::uint64_t image = 0;
  std::uint64_t total = 0;  // bytes
  std::uint64_t offset = 0;
  ReplicaId replica;         // the identity under which the asker goes on
  std::uint64_t chunks = 0;  // of the whole image
  Bytes name;                // of the whole image, 32 bytes
  Bytes session;             // of the giver's sync::Session
  Bytes bytes;               // chunks as { 1: repeated bytes }, in the order of the wants; or plain bytes
};

// Gluing (glue.cpp): what did you know when you heard of those from whom you had been cut off?
struct SectionRequest {
  std::uint64_t request = 0;  // the sender's running number; comes back
};
struct SectionReply {
  // What its sender last found another member's wall clock to read, less its own.
  struct Clock {
    NodeId member;
    std::int64_t offset_ns = 0;
    std::uint64_t error_ns = 0;  // half of the way there and back, and how far clocks may have drifted since
    friend bool operator==(const Clock&, const Clock&) = default;
  };
  // A register of the newest schema that its sender knows, and where its lenses keep that (versions.h).
  struct Field {
    std::uint32_t number = 0;
    std::uint32_t place = 0;
    friend bool operator==(const Field&, const Field&) = default;
  };
  std::uint64_t request = 0;
  Bytes section;              // sync::Section; nothing: it is beyond its limits
  std::vector<Clock> clocks;  // ascending by member, one each
  std::vector<Field> fields;  // ascending by number, one each
};
inline constexpr std::size_t kSectionFieldsMax = 256;
inline constexpr std::int64_t kClockOffsetMaxNs = std::int64_t{1} << 55;  // and errors; more is no reading
inline constexpr std::size_t kSectionBytesMax = 512U << 10;

Bytes encode(const SectionRequest& message);
Bytes encode(const SectionReply& message);
[[nodiscard]] Errc decode(ByteView bytes, SectionRequest& out);
[[nodiscard]] Errc decode(ByteView bytes, SectionReply& out);

Bytes encode(const SyncRequest& message);
Bytes encode(const SyncUpdates& message);
Bytes encode(const ImageRequest& message);
Bytes encode(const ImagePart& message);
// ok, corrupt or too_large.
[[nodiscard]] Errc decode(ByteView bytes, SyncRequest& out);
[[nodiscard]] Errc decode(ByteView bytes, SyncUpdates& out);
[[nodiscard]] Errc decode(ByteView bytes, ImageRequest& out);
[[nodiscard]] Errc decode(ByteView bytes, ImagePart& out);

}  // namespace wn::realm
