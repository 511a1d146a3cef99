#pragma once
// Folder: one node's flat directory of files, by plain blocking system calls; the thread of files.h is its
// user. A lock keeps a second process, and a second node of this one, out of it for as long as it is open.
//
// Descriptors are kept open, at most `descriptors_max` of them beyond those with unsynced writes: closing one
// of these could lose the news of a failed write-back. After a failed sync the descriptor is closed: the
// kernel may have dropped what it could not write and would call the next sync of it a success (Rebello et
// al., "Can Applications Recover from fsync Failures?", ATC '20), so what was unsynced is never spoken of
// again, and a later sync speaks of what was written after the failure alone.
//
// fdatasync makes data durable, and a changed length with it: it leaves out only what reading the data back
// does not need. Names become durable by an fsync of the directory.
//
// Errors: as disk.h says. Not thread-safe.
#include <sys/uio.h>

#include <cstdint>
#include <map>
#include <span>
#include <string>
#include <vector>

#include "runtime/backend/disk.h"
#include "runtime/real/descriptor.h"

namespace wn::real {

inline constexpr std::uint32_t kDescriptorsMin = 4;
inline constexpr std::size_t kFolderFilesMax = 65'536;  // that list() tells of; io_error beyond
// Outside of the alphabet of the seam's names, so that no file of the node can be called so.
inline constexpr const char* kLockName = "LOCK";

bool valid_file_name(const std::string& name);

class Folder {
 public:
  // Makes the folder when it is missing (not its parents). already_exists: another node has it open;
  // invalid_argument: not a folder; not_found, io_error, overloaded.
  static Result<Folder> open(const std::string& path, std::uint32_t descriptors_max);

  Errc read(const std::string& file, std::uint64_t offset, std::span<std::uint8_t> to, std::size_t& got);
  // All of `parts`, one after the other. `written`: how much of them was, also after an error.
  Errc write(const std::string& file, std::uint64_t offset, std::span<iovec> parts, std::uint64_t& written);
  Errc truncate(const std::string& file, std::uint64_t length);
  Errc sync(const std::string& file);
  Errc sync_directory();
  Errc rename(const std::string& file, const std::string& to);
  Errc remove(const std::string& file);
  Errc list(std::vector<DirectoryEntry>& out);

  std::size_t open_descriptors() const { return open_.size(); }

 private:
  struct Open {
    Descriptor fd;
    bool dirty = false;
    std::uint64_t used = 0;
  };
  Folder(Descriptor folder, Descriptor lock, std::uint32_t descriptors_max);
  Errc use(const std::string& file, bool create, Open*& out);
  void make_room();

  Descriptor folder_;
  Descriptor lock_;
  std::uint32_t descriptors_max_;
  std::uint64_t uses_ = 0;
  std::map<std::string, Open> open_;
};

}  // namespace wn::real
