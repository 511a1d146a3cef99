#pragma once
// Shadow: what a power loss could undo of one file: the unsynced changes, and the durable image of each
// sector that they touched. The file itself is on the outer disk; what is not touched is not here.
//
// A sector is atomic: after a power loss it holds the image that it had after some prefix of the changes that
// touched it. Each change survives whole, in part at sector borders, or not at all; the length survives like
// data: as synced, or as one of the unsynced changes left it. Model: Pillai et al., "All File Systems Are Not
// Created Equal", OSDI '14; Rebello et al., "Can Applications Recover from fsync Failures?", ATC '20: changes
// over which a sync failed ("forsaken") are not covered by later syncs until they are written again.
//
// Durable images come from the outer disk: needs() says which sectors have to be read before a change, and
// take_image() brings them. The last sector of a growing file is remembered, so an append needs no reading.
#include <array>
#include <cstdint>
#include <map>
#include <optional>
#include <utility>
#include <vector>

#include "runtime/backend/disk.h"
#include "runtime/base/random.h"
#include "runtime/base/time.h"

namespace wn::live {

using Sector = std::array<std::uint8_t, kSectorBytes>;

struct SectorRange {
  std::uint64_t first = 0;
  std::uint64_t last = 0;  // one past
  friend bool operator==(const SectorRange&, const SectorRange&) = default;
};

class Shadow {
 public:
  // A file of `size` bytes, all durable since `synced`.
  Shadow(std::uint64_t size, Instant synced);

  std::uint64_t size() const { return size_; }
  bool dirty() const { return !changes_.empty(); }
  // Number of the last change; what synced() and fail_sync() speak of.
  std::uint64_t last_change() const { return first_change_ + changes_.size() - 1; }
  std::uint64_t bytes() const { return bytes_; }

  // Of the bytes [offset, offset + length): the durable sectors whose images are neither here nor on their
  // way. From now on they are on their way.
  std::vector<SectorRange> needs(std::uint64_t offset, std::uint64_t length);
  // `data` from the beginning of `range`; short at the end of the file. Images that came otherwise stay.
  void take_image(SectorRange range, ByteView data);

  void write(std::uint64_t offset, const Bytes& data);
  void truncate(std::uint64_t length);
  void fail_sync(std::uint64_t upto);
  void synced(std::uint64_t upto, Instant now);

  struct Ruin {
    bool harmed = false;
    std::uint64_t size = 0;
    std::map<std::uint64_t, Sector> sectors;
  };
  // What is left after a power loss. `random` belongs to this file and this loss.
  Ruin lose_power(const Random& random) const;

  // Durable, untouched by unsynced changes, and synced no later than `synced_before`.
  std::uint64_t resting(Instant synced_before) const;
  bool rests(std::uint64_t sector, Instant synced_before) const;
  // Number `index` of them. REQUIRES index below resting().
  std::uint64_t resting_sector(std::uint64_t index, Instant synced_before) const;
  // A sector changes behind the file's back.
  void rot(std::uint64_t sector) { tail_known_ = tail_known_ && sector != size_ / kSectorBytes; }

 private:
  struct Change {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    Bytes data;  // empty: zeros
    std::uint64_t size_after = 0;
    bool forsaken = false;
  };
  struct Image {
    bool known = false;
    Sector bytes{};
  };
  using Versions = std::map<std::uint64_t, std::uint64_t>;  // sector -> how many changes it has seen
  using Images = std::map<std::uint64_t, Sector>;

  Sector durable(std::uint64_t sector) const;
  Images build(const Versions& versions) const;
  void note(Change change);
  void follow_tail(const Change& change, std::uint64_t old_size);
  std::vector<Change> left_after(const Versions& versions, std::uint64_t durable_changes) const;

  std::uint64_t size_;
  std::uint64_t durable_size_;
  std::vector<Change> changes_;
  std::uint64_t first_change_ = 1;  // number of changes_[0]
  std::map<std::uint64_t, Image> images_;
  std::vector<Instant> synced_at_;  // by durable sector
  Sector tail_{};                   // of the file as it is now: the sector in which it ends
  bool tail_known_;
  std::uint64_t bytes_ = 0;
};

}  // namespace wn::live
