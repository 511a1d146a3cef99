#pragma once
// Records: the only framing in this room's files. FORMAT.md has the bytes.
//
// A record is a 40-byte header and a payload. The header's checksum covers the header, which holds the
// payload's checksum; `chain` repeats the header checksum of the record before, so a valid record from
// elsewhere does not fit.
#include <cstdint>
#include <optional>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/raft/types.h"

namespace wn::store {

inline constexpr std::size_t kHeaderBytes = 40;
inline constexpr std::uint16_t kFormatVersion = 1;
inline constexpr std::uint32_t kPayloadBytesMax = (1U << 20) + 256;
inline constexpr std::uint64_t kMarkSlotStride = 4096;  // two slots; each is written as one sector
inline constexpr std::uint64_t kSnapshotImageOffset = 4096;

enum class RecordType : std::uint16_t {
  segment = 1,  // begins every segment file
  hard_state,
  truncate,
  entry,
  base,      // the log was reset to an installed snapshot
  mark,      // a slot of the mark file; sequence = its counter
  snapshot,  // begins every snapshot file; sequence = the snapshot's index
};

struct Header {
  std::uint32_t checksum = 0;
  std::uint32_t payload_checksum = 0;
  std::uint32_t length = 0;  // of the payload
  RecordType type{};
  std::uint16_t version = kFormatVersion;
  std::uint64_t sequence = 0;
  std::uint64_t batch = 0;  // sequence of the first record that shared this record's sync
  std::uint32_t chain = 0;
  NodeId owner;
};

struct Record {
  Header header;
  ByteView payload;
};

// Appends one record; returns its header checksum, the next record's chain.
std::uint32_t append_record(std::vector<std::uint8_t>& out, Header header, ByteView payload);

// nullopt unless the header's checksum holds. `at` + kHeaderBytes <= bytes.size() is checked too.
std::optional<Header> read_header(ByteView bytes, std::size_t at);
// nullopt unless header and payload are whole and both checksums hold (or the header's alone, for
// Defect::checksum_skipped).
std::optional<Record> read_record(ByteView bytes, std::size_t at, bool skip_payload = false);

// ---- payloads: canonical Protobuf; decoders are total and accept exactly what the encoders write
// ------------
struct SegmentHead {
  std::uint64_t number = 0;
  std::uint64_t previous_sequence = 0;  // last record of the segment before; 0: none
  raft::HardState hard_state;
  LogIndex last_index;  // of the log where this segment begins
  Term last_term;
};

struct Mark {
  std::uint64_t counter = 0;  // the record's sequence
  std::uint64_t synced_sequence = 0;
  std::uint64_t segment = 0;  // where the synced part ends: file number and offset
  std::uint64_t offset = 0;
  LogIndex last_index;
  raft::HardState hard_state;
  LogIndex quarantine_until;
  LogIndex snapshot_index;
};

// Each clears `out` first.
void encode(const SegmentHead& head, std::vector<std::uint8_t>& out);
void encode(const raft::HardState& hard_state, std::vector<std::uint8_t>& out);
void encode(const raft::Entry& entry, std::vector<std::uint8_t>& out);
void encode(const Mark& mark, std::vector<std::uint8_t>& out);
void encode(const raft::SnapshotMeta& meta, std::vector<std::uint8_t>& out);
void encode_truncate(LogIndex from, std::vector<std::uint8_t>& out);
void encode_base(LogIndex index, Term term, std::vector<std::uint8_t>& out);

bool decode(ByteView payload, SegmentHead& head);
bool decode(ByteView payload, raft::HardState& hard_state);
bool decode(ByteView payload, raft::Entry& entry);  // copies the data, checks its checksum
bool decode(ByteView payload, Mark& mark);
bool decode(ByteView payload, raft::SnapshotMeta& meta);
bool decode_truncate(ByteView payload, LogIndex& from);
bool decode_base(ByteView payload, LogIndex& index, Term& term);

}  // namespace wn::store
