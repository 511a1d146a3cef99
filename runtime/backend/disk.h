#pragma once
// Files with the honesty of real disks: a write is not durable until a sync of its file completes; a file's
// existence, name and removal are not durable until a sync_directory completes. After a crash anything not
// synced may be there in part (torn at sector borders), whole, or not at all.
//
// Every call is asynchronous: submit() queues an operation, and Process::on_disk() reports its completion.
// Operations on one file take effect in the order of submission; completions of one file come in that order.
// Between files there is no order. One flat directory per node.
#include <cstdint>
#include <string>
#include <vector>

#include "runtime/base/bytes.h"
#include "runtime/base/result.h"

namespace wn {

inline constexpr std::uint32_t kSectorBytes = 512;
inline constexpr std::uint32_t kFileNameBytesMax = 100;           // [a-z0-9._-]+, but not "." or ".."
inline constexpr std::uint32_t kDiskTransferBytesMax = 4U << 20;  // of one read or write
inline constexpr std::uint32_t kDiskOperationsMax = 1024;         // queued on one node

enum class DiskOperation : std::uint8_t {
  read = 1,        // up to `length` bytes from `offset`; short at the end of the file. Missing: not_found
  write,           // `data` at `offset`; creates the file and fills holes with zeros
  truncate,        // to `length` bytes. Missing: not_found
  sync,            // data and length of the file become durable. Missing: not_found
  sync_directory,  // creations, renames and removals become durable
  rename,          // `file` to `to`, replacing it. Missing: not_found
  remove,          // Missing: not_found
  list,            // all names, sorted, with their sizes
};

struct DiskRequest {
  std::uint64_t ticket = 0;  // chosen by the caller, given back in the completion
  DiskOperation operation{};
  std::string file;
  std::string to;
  std::uint64_t offset = 0;
  std::uint64_t length = 0;
  Bytes data;
};

struct DirectoryEntry {
  std::string file;
  std::uint64_t size = 0;
  friend auto operator<=>(const DirectoryEntry&, const DirectoryEntry&) = default;
};

struct DiskCompletion {
  std::uint64_t ticket = 0;
  DiskOperation operation{};
  // ok, not_found, io_error, no_space. After io_error or no_space a write may have taken effect in part;
  // after a failed sync nothing may be assumed of the file's unsynced data, ever ("fsyncgate").
  Errc error = Errc::ok;
  Bytes data;                           // read
  std::vector<DirectoryEntry> entries;  // list
};

class Disk {
 public:
  virtual ~Disk() = default;
  // ok, invalid_argument (bad name), too_large (> kDiskTransferBytesMax) or overloaded (kDiskOperationsMax
  // queued). Only `ok` is followed by a completion.
  [[nodiscard]] virtual Errc submit(DiskRequest request) = 0;
};

}  // namespace wn
