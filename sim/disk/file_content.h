#pragma once
// FileContent: the bytes of one file, as the page cache has them and as the platter has them.
//
// The page cache is one buffer, so reading is a copy and appending costs what it appends. What is durable is
// kept as the difference: the old image of each durable sector that unsynced writes touched, and the list of
// those writes (their bytes are shared, not copied). A sync forgets the difference; a power loss rebuilds
// the durable image and lets each unsynced write survive whole, in part at sector borders, or not at all.
//
// Invariants: a sector is atomic: after a power loss it holds the image it had after some prefix of the
// writes that touched it. Without unsynced writes a power loss changes nothing. The length survives like
// data: as synced, or as one of the unsynced writes left it. Model: Pillai et al., "All File Systems Are Not
// Created Equal", OSDI '14 (section 3: what may persist); Rebello et al., "Can Applications Recover from
// fsync Failures?", ATC '20 (failed syncs).
#include <array>
#include <cstdint>
#include <vector>

#include "runtime/backend/disk.h"
#include "runtime/base/bytes.h"
#include "runtime/base/flat_map.h"
#include "runtime/base/random.h"
#include "runtime/base/time.h"

namespace wn::sim {

class FileContent {
 public:
  std::uint64_t size() const { return cache_.size(); }
  std::uint64_t durable_size() const { return durable_size_; }
  bool dirty() const { return !unsynced_.empty(); }

  Bytes read(std::uint64_t offset, std::uint64_t length) const;
  void write(std::uint64_t offset, const Bytes& data);
  void truncate(std::uint64_t length);
  void sync(SimTime now);
  // A sync that failed: what was unsynced looks written but later syncs do not cover it any more, until it is
  // written again.
  void fail_sync();
  // `random` belongs to this file and this power loss. True when something was lost or torn.
  bool lose_power(const Random& random, SimTime now);

  // Durable, without unsynced writes, and synced no later than `synced_before`.
  std::uint64_t resting_sectors(SimTime synced_before) const;
  // Flips one bit (0..4095) of resting sector number `index`; gives the sector. REQUIRES index in range.
  std::uint64_t flip(std::uint64_t index, std::uint32_t bit, SimTime synced_before);

 private:
  using Sector = std::array<std::uint8_t, kSectorBytes>;
  struct Change {
    std::uint64_t offset = 0;
    std::uint64_t length = 0;
    Bytes data;  // empty: zeros
    std::uint64_t size_after = 0;
    bool forsaken = false;  // a sync failed over it
  };
  using Versions = FlatMap<std::uint64_t, std::uint32_t>;  // sector -> how many changes it has seen (prefix)
  using Images = FlatMap<std::uint64_t, Sector>;

  bool resting(std::uint64_t sector, SimTime synced_before) const;
  void save_images(std::uint64_t begin, std::uint64_t end);
  Sector durable_image(std::uint64_t sector) const;
  // The sectors of `versions` with the first so many changes applied.
  Images build(const Versions& versions) const;
  void sync_around_forsaken(SimTime now);
  void set_rest(std::uint64_t begin, std::uint64_t end, SimTime now);

  std::vector<std::uint8_t> cache_;
  std::uint64_t durable_size_ = 0;
  std::vector<Change> unsynced_;
  FlatMap<std::uint64_t, std::uint32_t> saved_;  // durable sector that changed -> index of its image
  std::vector<Sector> images_;
  std::vector<SimTime> synced_at_;  // by durable sector
  bool any_forsaken_ = false;
};

}  // namespace wn::sim
