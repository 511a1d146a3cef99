#pragma once
// Files: the Disk of one real node: a folder, and one thread that works on it. submit() queues; the thread
// takes all that is queued, file by file: adjoining writes go out as one pwritev, and all syncs of one file
// that were queued together are one fdatasync after its last write (group commit: the earlier ones only hear
// of more than they asked for). Completions come back by an eventfd and are handed on from the loop alone.
//
// The thread starts with the first operation, so a node that never writes costs none. Bytes are not
// thread-safe: the thread reads through a bare pointer what the loop's thread keeps alive.
//
// Limits: kDiskOperationsMax queued or done and not yet handed on. Thread rule: the loop's thread.
// Destruction waits for the operation in progress, and for all that is queued.
#include <array>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "runtime/backend/disk.h"
#include "runtime/real/loop.h"

namespace wn::real {

struct FilesOptions {
  std::string folder;  // "": no disk; every operation completes with io_error
  std::uint32_t descriptors_max = 64;
};

inline constexpr std::size_t kLatencyBuckets = 32;

struct FilesStats {
  std::uint64_t operations = 0;  // completed
  std::uint64_t failed = 0;      // with io_error or no_space
  std::uint64_t bytes_read = 0;
  std::uint64_t bytes_written = 0;
  std::uint64_t write_calls = 0;
  std::uint64_t sync_calls = 0;  // fdatasync and fsync
  std::uint64_t syncs = 0;       // operations that these served
  Duration sync_time;            // in these calls
  Duration longest_sync;
  // Sync calls that took less than 2^i microseconds, and not less than 2^(i-1).
  std::array<std::uint64_t, kLatencyBuckets> sync_latency{};
};

class Files final : public Disk {
 public:
  using Complete = std::function<void(DiskCompletion completion)>;
  // The errors of Folder::open; overloaded: no descriptor left.
  static Result<std::unique_ptr<Files>> open(Loop& loop, const FilesOptions& options, Complete complete);
  ~Files() override;

  [[nodiscard]] Errc submit(DiskRequest request) override;
  // What is queued takes effect but completes unseen: the process that asked is gone.
  void forget();

  std::size_t queued() const { return outstanding_; }
  FilesStats stats() const;

 private:
  struct Job;
  struct Shared;
  class Worker;
  Files(Loop& loop, Complete complete);
  Errc start_worker();
  void on_done();

  Loop& loop_;
  Complete complete_;
  std::unique_ptr<Shared> shared_;
  std::unique_ptr<Worker> worker_;
  std::size_t outstanding_ = 0;
  std::uint64_t generation_ = 0;
  std::shared_ptr<bool> alive_;
};

}  // namespace wn::real
