#pragma once
// The state of a LogStore, plain; the room's files work on it. Each file's functions are declared below its
// own heading.
#include <optional>
#include <string>
#include <vector>

#include "runtime/base/flat_map.h"
#include "runtime/store/log_shape.h"
#include "runtime/store/replay.h"
#include "runtime/store/store.h"

namespace wn::store {

enum class Phase : std::uint8_t { fresh, recovering, ready, refused, failed };

// What an outstanding action was for. `argument` is a transfer's id or a reader's context.
enum class Purpose : std::uint8_t {
  recovery,
  batch_data,
  batch_directory,
  mark,
  transfer_write,
  transfer_sync,
  transfer_rename,
  transfer_directory,
  user_read,
  cleanup,
};
struct Waiting {
  Purpose purpose{};
  std::uint64_t argument = 0;
};

struct LiveSegment {
  std::uint64_t number = 0;
  LogIndex max_index;  // highest entry that it ever held
};

struct LogState {
  LogShape shape;
  raft::HardState hard_state;
  LogIndex quarantine_until;
  std::vector<LiveSegment> segments;  // the last one is written to
  std::uint64_t offset = 0;           // its length, the batch under way included
  std::uint64_t sequence = 0;         // last one given out
  std::uint32_t chain = 0;

  std::vector<std::uint8_t> pending;  // the next batch
  std::uint64_t pending_first = 0;    // its first sequence
  bool pending_rolls = false;         // it begins a new segment
  std::uint64_t pending_ticket = 0;

  bool batch_under_way = false;
  bool batch_rolls = false;
  std::uint32_t batch_outstanding = 0;
  std::uint64_t batch_ticket = 0;
  Mark batch_mark;                   // what the mark will say once the batch is durable
  std::uint64_t synced_ticket = 0;   // its records are durable
  std::uint64_t marking_ticket = 0;  // and the mark under way covers it
  std::uint64_t durable_ticket = 0;  // acknowledged

  Mark mark;  // newest wanted
  std::uint64_t mark_counter = 0;
  bool mark_wanted = false;
  std::uint32_t mark_outstanding = 0;
};

// One image on its way to a file: our own (save) or a leader's (receive).
struct Transfer {
  enum class Stage : std::uint8_t { idle, writing, syncing, renaming, directory, marking };
  Stage stage = Stage::idle;
  bool receiving = false;
  std::uint64_t id = 0;
  raft::SnapshotMeta meta;
  Bytes image;                       // save
  std::vector<std::uint8_t> buffer;  // receive
  std::uint64_t written = 0;         // of the image, submitted
  bool whole = false;                // all of it has been submitted
  std::uint32_t outstanding = 0;
  std::uint64_t mark_counter = 0;  // marking: the first mark that covers it
};

struct RecoveryState {
  enum class Step : std::uint8_t {
    list,
    mark,
    snapshot,
    segment,
    mark_loss,
    trim,
    segment_new,
    directory_new,
    mark_new,
    mark_clean,
    directory_mark,
    remove,
    directory_remove,
    done
  };
  Step step = Step::list;
  std::uint32_t outstanding = 0;
  std::vector<FileEntry> segment_files;   // ascending number
  std::vector<FileEntry> snapshot_files;  // ascending index
  std::vector<std::string> doomed;        // to remove
  bool mark_exists = false;
  std::vector<std::uint64_t> stray;  // offsets of sectors of the mark file that should be empty
  raft::SnapshotMeta lost_snapshot;  // newest one that does not hold: index and term, by its name
  std::size_t at = 0;                // of segment_files; of snapshot_files from the back
  std::string file;                  // under reading
  std::uint64_t file_bytes = 0;
  std::vector<std::uint8_t> bytes;
  std::optional<Mark> mark;
  std::optional<Replay> replay;
  Judgement judgement;
  Recovered result;
};

struct State {
  explicit State(const Options& o) : options(o) {}
  Options options;
  Phase phase = Phase::fresh;
  std::uint64_t next_ticket = 1;
  FlatMap<std::uint64_t, Waiting> waiting;
  std::uint32_t reads = 0;
  LogState log;
  std::vector<raft::SnapshotMeta>
      snapshots;  // durable, ascending; of older ones index and term alone may be known
  Transfer save;
  Transfer receive;
  std::uint64_t next_transfer = 1;
  RecoveryState recovery;
  std::vector<std::uint8_t> scratch;
  std::vector<std::uint8_t> payload;
};

// ---- store.cpp
// Queues an action and remembers what for; fields besides kind and file are set on the returned one.
DiskAction& submit(State& s, Effects& effects, DiskKind kind, std::string file, Purpose purpose,
                   std::uint64_t argument = 0);
void fail_store(State& s, Effects& effects, Errc error, const char* what);

// ---- files.cpp
inline constexpr const char* kMarkFile = "mark";
std::string segment_name(std::uint64_t number);
std::string snapshot_name(LogIndex index, Term term);
const char* transfer_name(bool receiving);
bool parse_segment_name(const std::string& name, std::uint64_t& number);
bool parse_snapshot_name(const std::string& name, LogIndex& index, Term& term);

// ---- log_writer.cpp
void persist(State& s, const raft::Persist& persist, Effects& effects);
void write_base(State& s, LogIndex index, Term term, Effects& effects);
void append_log_record(State& s, RecordType type);              // the payload is in s.payload
void begin_segment(State& s, std::uint64_t previous_sequence);  // appends the head to pending
Mark mark_now(const State& s);
void write_mark(State& s, Effects& effects, Purpose purpose);
void want_mark(State& s, Effects& effects);
void on_batch(State& s, const Waiting& waiting, const DiskOutcome& outcome, Effects& effects);
void on_mark(State& s, const DiskOutcome& outcome, Effects& effects);
void lift_quarantine(State& s, Effects& effects);

// ---- snapshots.cpp
Errc save_snapshot(State& s, const raft::SnapshotMeta& meta, const Bytes& image, Effects& effects);
Errc receive_chunk(State& s, const raft::SnapshotChunk& chunk, Effects& effects);
Errc read_snapshot(State& s, std::uint64_t context, const raft::SnapshotMeta& meta, std::uint64_t offset,
                   std::uint32_t length, Effects& effects);
void on_transfer(State& s, const Waiting& waiting, const DiskOutcome& outcome, Effects& effects);
void finish_marked_transfers(State& s, std::uint64_t mark_counter, Effects& effects);
raft::SnapshotMeta read_snapshot_head(ByteView bytes, NodeId owner);  // index 0: not a snapshot of ours
void on_user_read(State& s, const Waiting& waiting, const DiskOutcome& outcome, Effects& effects);

// ---- recovery.cpp, repair.cpp
void begin_recovery(State& s, Effects& effects);
void on_recovery(State& s, const DiskOutcome& outcome, Effects& effects);
void begin_repair(State& s, Effects& effects);
void on_repair(State& s, const DiskOutcome& outcome, Effects& effects);
void refuse_recovery(State& s, Effects& effects, Errc error, std::string why);

}  // namespace wn::store
