#pragma once
// The values that a LogStore steps on and produces. A DiskAction is the mirror of backend's DiskRequest and a
// DiskOutcome of its DiskCompletion (a core may not include the seam); the driver translates field by field.
//
// Units: offsets and lengths in bytes. Files live in one flat directory that the store owns alone.
#include <cstdint>
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/defect.h"
#include "runtime/base/fault_point.h"
#include "runtime/base/ids.h"
#include "runtime/base/result.h"
#include "runtime/raft/types.h"

namespace wn::store {

inline constexpr std::uint32_t kSectorBytes = 512;
inline constexpr std::uint32_t kWriteBytesMax = 1U << 20;      // of one write action
inline constexpr std::uint64_t kSegmentBytesMax = 1ULL << 30;  // a segment file above this is refused
inline constexpr std::uint64_t kSnapshotImageBytesMax = 512ULL << 20;
inline constexpr std::uint32_t kFilesMax = 65'536;       // in the directory
inline constexpr std::uint32_t kSnapshotReadsMax = 256;  // read_snapshot calls under way

// The numbers are those of backend's DiskOperation.
enum class DiskKind : std::uint8_t { read = 1, write, truncate, sync, sync_directory, rename, remove, list };

struct DiskAction {
  std::uint64_t ticket = 0;  // comes back in the outcome; unique for the life of the store
  DiskKind kind{};
  std::string file;
  std::string to;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  Bytes data;
};

struct FileEntry {
  std::string file;
  std::uint64_t size = 0;
};

struct DiskOutcome {
  std::uint64_t ticket = 0;
  Errc error = Errc::ok;
  Bytes data;                      // read
  std::vector<FileEntry> entries;  // list
};

struct Options {
  NodeId owner;                              // stamped on every record: another node's file is not ours
  std::uint64_t segment_bytes = 4ULL << 20;  // a new segment begins once the current one is this long
  std::uint32_t read_bytes = 1U << 20;       // of one read while recovering
  std::uint64_t snapshot_bytes_max = 256ULL << 20;
  // A ticket is durable only once the mark that covers it is durable too. Without it acknowledgements come a
  // sync earlier, and one misdirected write just before a crash can pass for a torn end (FORMAT.md).
  bool mark_before_ack = true;
  Defect defect = Defect::none;         // truncate_on_bad_checksum, checksum_skipped
  FaultPoints* fault_points = nullptr;  // outlives it; nullptr: none are offered
};

// What recovery found, for traces, operators and tests.
struct Report {
  std::uint32_t segments = 0;
  std::uint64_t records = 0;          // valid ones that were replayed
  std::uint64_t torn_bytes = 0;       // of an unfinished last batch, cut off
  std::uint32_t corrupt_records = 0;  // places where a record that had been durable no longer is
  std::uint32_t corrupt_snapshots = 0;
  std::uint32_t corrupt_marks = 0;    // sectors of the mark file that do not hold what they must
  bool hard_state_uncertain = false;  // a newer term or vote may have been lost; implies quarantine
  bool fell_back = false;             // an older snapshot than the newest had to be used
  std::string first_bad_file;
  std::uint64_t first_bad_offset = 0;
};

struct Recovered {
  // snapshot.index 0: no snapshot; the driver puts the bootstrap configuration there.
  raft::Restored restored;
  Bytes image;         // of restored.snapshot
  bool blank = false;  // the disk held nothing at all
  Report report;
};

enum class EventKind : std::uint8_t {
  recovered = 1,      // take_recovered() has the result; persist() may be called from now on
  refused,            // recovery gave up: error + text; the disk was left as it is
  durable,            // every Persist up to `ticket` is durable
  snapshot_saved,     // save_snapshot of `meta` is durable (error ok) or was given up (the store lives on)
  snapshot_received,  // the incoming image `meta` is durable, whole and checked: `data` is the image; or
                      // error
  snapshot_read,      // `ticket` = the caller's context; data or error
  failed,             // a write or sync of the log failed: nothing more may be acknowledged, restart the node
};

struct Event {
  EventKind kind{};
  std::uint64_t ticket = 0;
  Errc error = Errc::ok;
  raft::SnapshotMeta meta;
  Bytes data;
  std::string text;
};

// Filled by appending; the driver clears it. Actions are to be submitted in this order.
struct Effects {
  std::vector<DiskAction> actions;
  std::vector<Event> events;
  void clear() {
    actions.clear();
    events.clear();
  }
};

}  // namespace wn::store
