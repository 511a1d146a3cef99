#pragma once
// DiskModel: what the operations of the Disk seam do to one node's files, and what hardship does to them. No
// time passes in here; sim_disk.h queues and delays.
//
// Errors: not_found, io_error, no_space, as disk.h says. Limits: kDiskFilesMax names (no_space beyond), the
// node's capacity.
#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "runtime/backend/disk.h"
#include "runtime/base/random.h"
#include "runtime/base/time.h"
#include "sim/disk/directory.h"
#include "sim/disk/file_content.h"

namespace wn::sim {

inline constexpr std::size_t kDiskFilesMax = 4096;
// Bits rot only where data has been at rest for so long.
inline constexpr Duration kRestBeforeRot = seconds(1);

enum class DamageKind : std::uint8_t { bit_rot = 1, misdirected, lost_or_torn, name_forgotten };

struct Damage {
  DamageKind kind{};
  std::uint64_t sector = 0;
  std::uint32_t file = 0;  // trace_checksum of its name; 0 when it has none any more
};

// What the faults in force say about one operation.
struct DiskConditions {
  bool fails = false;  // io_error
  bool full = false;   // nothing that needs space succeeds
  bool sync_lies = false;
  bool misdirect = false;  // a write lands elsewhere in its file when it fits
};

struct DiskOutcome {
  DiskCompletion completion;
  bool misdirected = false;
  std::uint64_t sector = 0;  // where the misdirected write went
};

class DiskModel {
 public:
  DiskModel(std::uint64_t bytes_max) : bytes_max_(bytes_max) {}

  // `random` belongs to this operation (where a misdirected write goes, how much of a failed one took
  // effect).
  DiskOutcome apply(DiskRequest request, const DiskConditions& conditions, const Random& random, SimTime now);

  // Unsynced writes and names survive in part. `random` belongs to this power loss.
  std::vector<Damage> lose_power(const Random& random, SimTime now);
  // Flips one bit at rest; no damage when nothing has rested long enough.
  std::vector<Damage> rot(Draw draw, SimTime now);
  void wipe();

  std::uint64_t used_bytes() const { return used_; }
  const Directory& directory() const { return directory_; }
  // REQUIRES an inode that the directory names.
  const FileContent& file(std::uint32_t inode) const { return files_.at(inode); }

 private:
  DiskOutcome write(DiskRequest& request, const DiskConditions& conditions, const Random& random);
  Errc truncate(const DiskRequest& request, const DiskConditions& conditions);
  Errc sync(const DiskRequest& request, const DiskConditions& conditions, SimTime now);
  void collect();
  std::uint32_t name_of(std::uint32_t inode) const;

  std::uint64_t bytes_max_;
  std::uint64_t used_ = 0;
  std::uint32_t last_inode_ = 0;
  Directory directory_;
  std::map<std::uint32_t, FileContent> files_;
};

bool valid_file_name(const std::string& name);

}  // namespace wn::sim
