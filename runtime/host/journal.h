#pragma once
// Journal: a realm's durable memory on a Disk: one whole image, and after it the records of what happened
// since, in order. A plan for a Disk: the host submits what pending() says and reports completions; no call
// waits.
//
// Files, by generation g: `realm.<g>.image` (none for g = 0) and `realm.<g>.log`. A record is u32 length, u32
// crc32c of length and payload, payload; an image is one such record of any size. Recovery takes the newest
// whole image and the records behind it up to the first that is not whole: a torn tail was never durable, so
// nothing that depended on it ever left the node. compact() writes the next generation aside, makes it
// durable, then removes the old one; records appended meanwhile wait.
//
// Errors: a failed write or sync fails the journal for good (state failed): after a failed sync nothing may
// be assumed of unsynced data. Limits: kRecordBytesMax a record, kImageBytesMax an image. The fault model has
// no rot: a bad record is taken for the end of the log.
#include <cstdint>
#include <deque>
#include <optional>
#include <string>
#include <vector>

#include "runtime/backend/disk.h"
#include "runtime/base/bytes.h"
#include "runtime/base/result.h"

namespace wn::host {

inline constexpr std::size_t kRecordBytesMax = 1U << 20;
inline constexpr std::size_t kImageBytesMax = 1U << 30;
inline constexpr std::size_t kBatchBytesMax = 2U << 20;  // written at once

class Journal {
 public:
  enum class Phase : std::uint8_t { idle, recovering, ready, failed };

  struct Recovered {
    std::optional<Bytes> image;
    std::vector<Bytes> records;
  };

  void begin_recovery();
  // Once, when the phase has become ready.
  Recovered take_recovered();

  // REQUIRES ready, record.size() <= kRecordBytesMax.
  void append(Bytes record);
  // Replaces all that was appended so far; counts as one record. While an earlier one is being written it
  // waits, and what is appended after it waits behind it. REQUIRES ready, image.size() <= kImageBytesMax.
  void compact(Bytes image);

  Phase phase() const { return phase_; }
  Errc error() const { return error_; }
  bool compacting() const { return step_ != Step::none || next_image_.has_value(); }
  std::uint64_t appended() const { return appended_; }  // records, since the start
  std::uint64_t durable() const { return durable_; }    // of those
  std::uint64_t log_records() const { return log_records_; }
  std::uint64_t log_bytes() const { return log_bytes_; }
  std::uint64_t image_bytes() const { return image_bytes_; }  // of the newest; 0: there is none

  // Operations to submit now, oldest first; cleared by the caller. Starts the next write when there is
  // something to write and none is under way.
  std::vector<DiskRequest>& pending();
  // pending() would say something.
  bool has_something_to_submit() const { return !pending_.empty() || may_start_batch(); }
  // A completion of a request of this journal; or a request that the Disk did not accept, as its error.
  void on_completion(DiskCompletion completion);

 private:
  // Of recovery and of compaction, in order.
  enum class Step : std::uint8_t {
    none,
    list,
    read_image,
    read_log,
    cut_log,
    sync_log,
    keep_image,
    keep_names,
    write_image,
    sync_image,
    sync_names,
    remove_old
  };

  std::string image_name(std::uint64_t generation) const;
  std::string log_name(std::uint64_t generation) const;
  DiskRequest& submit(DiskOperation operation, std::string file);
  void fail(Errc error);
  void on_recovery(DiskCompletion& completion);
  void on_list(DiskCompletion& completion);
  void try_next_image();
  void on_read_image(DiskCompletion& completion);
  void begin_log();
  void on_read_log(DiskCompletion& completion);
  void keep_what_was_read();
  void become_ready();
  void on_compaction(const DiskCompletion& completion);
  void remove_old_files();
  void begin_image(const Bytes& image, std::uint64_t covers);
  void write_image_part();
  void on_append(const DiskCompletion& completion);
  void start_batch();
  bool may_start_batch() const {
    return phase_ == Phase::ready && step_ == Step::none && !writing_ && !waiting_.empty();
  }

  Phase phase_ = Phase::idle;
  Step step_ = Step::none;
  Errc error_ = Errc::ok;
  std::uint64_t ticket_ = 0;
  std::vector<DiskRequest> pending_;

  std::uint64_t generation_ = 0;
  std::uint64_t log_bytes_ = 0;  // whole records in the log file, durable or being written
  std::uint64_t log_records_ = 0;
  std::vector<std::uint64_t> images_;   // generations found, ascending
  std::vector<std::string> old_files_;  // of other generations, to be removed
  std::vector<std::uint8_t> reading_;
  Recovered recovered_;

  std::deque<Bytes> waiting_;  // appended, not yet being written
  bool writing_ = false;
  std::uint64_t batch_records_ = 0;
  std::uint64_t appended_ = 0;
  std::uint64_t durable_ = 0;

  Bytes image_;  // being written by compact()
  std::uint64_t image_written_ = 0;
  std::uint64_t image_bytes_ = 0;
  std::uint64_t image_covers_ = 0;   // appended() when the image was taken
  std::optional<Bytes> next_image_;  // asked for while another was being written
  std::uint64_t next_covers_ = 0;
};

}  // namespace wn::host
