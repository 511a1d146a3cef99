#include "sim/disk/file_content.h"

#include <algorithm>
#include <cstring>

#include "faults/plan/write_fate.h"
#include "runtime/base/check.h"

namespace wn::sim {

namespace {

constexpr std::uint64_t sector_of(std::uint64_t offset) { return offset / kSectorBytes; }
constexpr std::uint64_t sectors_over(std::uint64_t bytes) {
  return (bytes + kSectorBytes - 1) / kSectorBytes;
}

}  // namespace

Bytes FileContent::read(std::uint64_t offset, std::uint64_t length) const {
  if (offset >= cache_.size()) return {};
  const std::uint64_t count = std::min<std::uint64_t>(length, cache_.size() - offset);
  return Bytes::copy_of(ByteView(cache_.data() + offset, count));
}

void FileContent::save_images(std::uint64_t begin, std::uint64_t end) {
  const std::uint64_t last = std::min(sectors_over(end), sectors_over(durable_size_));
  for (std::uint64_t s = sector_of(begin); s < last; ++s) {
    if (saved_.contains(s)) continue;
    images_.push_back(durable_image(s));
    saved_[s] = static_cast<std::uint32_t>(images_.size() - 1);
  }
}

FileContent::Sector FileContent::durable_image(std::uint64_t sector) const {
  if (const std::uint32_t* saved = saved_.find(sector)) return images_[*saved];
  Sector out{};
  const std::uint64_t begin = sector * kSectorBytes;
  const std::uint64_t end = std::min<std::uint64_t>({begin + kSectorBytes, durable_size_, cache_.size()});
  if (begin < end) std::memcpy(out.data(), cache_.data() + begin, end - begin);
  return out;
}

void FileContent::write(std::uint64_t offset, const Bytes& data) {
  const std::uint64_t end = offset + data.size();
  save_images(offset, end);
  if (end > cache_.size()) cache_.resize(end);
  if (!data.empty()) std::memcpy(cache_.data() + offset, data.data(), data.size());
  unsynced_.push_back({offset, data.size(), data, cache_.size(), false});
}

void FileContent::truncate(std::uint64_t length) {
  const std::uint64_t old = cache_.size();
  if (length == old) return;
  const std::uint64_t begin = std::min(old, length);
  const std::uint64_t end = std::max(old, length);
  save_images(begin, end);
  cache_.resize(length);
  unsynced_.push_back({begin, end - begin, {}, length, false});
}

void FileContent::set_rest(std::uint64_t begin, std::uint64_t end, SimTime now) {
  const std::uint64_t last = std::min<std::uint64_t>(sectors_over(end), synced_at_.size());
  for (std::uint64_t s = sector_of(begin); s < last; ++s) synced_at_[s] = now;
}

void FileContent::sync(SimTime now) {
  if (any_forsaken_) return sync_around_forsaken(now);
  synced_at_.resize(sectors_over(cache_.size()), now);
  for (const Change& c : unsynced_) set_rest(c.offset, c.offset + c.length, now);
  durable_size_ = cache_.size();
  unsynced_.clear();
  saved_.clear();
  images_.clear();
}

void FileContent::fail_sync() {
  for (Change& c : unsynced_) c.forsaken = true;
  any_forsaken_ = !unsynced_.empty();
}

FileContent::Images FileContent::build(const Versions& versions) const {
  Images images;
  images.reserve(versions.size());
  for (const auto& [sector, version] : versions) images[sector] = durable_image(sector);
  for (std::uint32_t i = 0; i < unsynced_.size(); ++i) {
    const Change& c = unsynced_[i];
    const std::uint64_t end = c.offset + c.length;
    for (std::uint64_t s = sector_of(c.offset); s < sectors_over(end); ++s) {
      const std::uint32_t* version = versions.find(s);
      if (version == nullptr || i >= *version) continue;
      const std::uint64_t from = std::max(c.offset, s * kSectorBytes);
      const std::uint64_t to = std::min(end, (s + 1) * kSectorBytes);
      std::uint8_t* at = images[s].data() + from % kSectorBytes;
      if (c.data.empty()) {
        std::memset(at, 0, to - from);
      } else {
        std::memcpy(at, c.data.data() + (from - c.offset), to - from);
      }
    }
  }
  return images;
}

// A sector goes to the platter as the last change that is still dirty left it; forsaken changes of sectors
// that nobody wrote again stay undone there.
void FileContent::sync_around_forsaken(SimTime now) {
  Versions versions;
  for (std::uint32_t i = 0; i < unsynced_.size(); ++i) {
    const Change& c = unsynced_[i];
    for (std::uint64_t s = sector_of(c.offset); s < sectors_over(c.offset + c.length); ++s) {
      std::uint32_t& version = versions[s];
      if (!c.forsaken) version = i + 1;
    }
  }
  Images durable = build(versions);
  std::vector<Change> left;
  Versions undone;
  for (std::uint32_t i = 0; i < unsynced_.size(); ++i) {
    const Change& c = unsynced_[i];
    const std::uint64_t end = c.offset + c.length;
    for (std::uint64_t s = sector_of(c.offset); s < sectors_over(end); ++s) {
      if (!c.forsaken || i < *versions.find(s)) continue;
      const std::uint64_t from = std::max(c.offset, s * kSectorBytes);
      const std::uint64_t length = std::min(end, (s + 1) * kSectorBytes) - from;
      left.push_back({from, length, c.data.empty() ? Bytes{} : c.data.slice(from - c.offset, length),
                      cache_.size(), true});
      undone[s] = 0;
    }
  }
  saved_.clear();
  images_.clear();
  durable_size_ = cache_.size();
  synced_at_.resize(sectors_over(durable_size_), now);
  for (const Change& c : unsynced_) set_rest(c.offset, c.offset + c.length, now);
  for (const auto& [sector, none] : undone) {
    images_.push_back(*durable.find(sector));
    saved_[sector] = static_cast<std::uint32_t>(images_.size() - 1);
  }
  unsynced_ = std::move(left);
  any_forsaken_ = !unsynced_.empty();
}

bool FileContent::lose_power(const Random& random, SimTime now) {
  if (unsynced_.empty()) return false;
  Versions versions;
  std::uint64_t size_by_data = durable_size_;
  bool harmed = false;
  for (std::uint32_t i = 0; i < unsynced_.size(); ++i) {
    const Change& c = unsynced_[i];
    const std::uint64_t first = sector_of(c.offset);
    const std::uint64_t last = sectors_over(c.offset + c.length);
    const WriteFate fate(random, i, first, last, c.forsaken);
    harmed |= !fate.kept();
    if (!fate.lost()) size_by_data = c.size_after;
    for (std::uint64_t s = first; s < last; ++s) {
      std::uint32_t& version = versions[s];
      if (fate.survives(s)) version = i + 1;
    }
  }
  Draw draw = random.at("disk.length");
  std::uint64_t size = size_by_data;
  switch (draw.below(4)) {
    case 0:
      size = durable_size_;
      break;
    case 1:
      size = unsynced_[draw.below(unsynced_.size())].size_after;
      break;
    default:
      break;
  }
  const Images images = build(versions);
  harmed |= size != cache_.size();
  cache_.resize(size);
  for (const auto& [sector, image] : images) {
    const std::uint64_t begin = sector * kSectorBytes;
    if (begin >= size) continue;
    std::memcpy(cache_.data() + begin, image.data(), std::min<std::uint64_t>(kSectorBytes, size - begin));
  }
  unsynced_.clear();
  saved_.clear();
  images_.clear();
  any_forsaken_ = false;
  durable_size_ = size;
  synced_at_.resize(sectors_over(size), now);
  return harmed;
}

bool FileContent::resting(std::uint64_t sector, SimTime synced_before) const {
  return synced_at_[sector] <= synced_before && !saved_.contains(sector) &&
         (sector + 1) * kSectorBytes <= cache_.size() + kSectorBytes - 1;
}

std::uint64_t FileContent::resting_sectors(SimTime synced_before) const {
  std::uint64_t count = 0;
  for (std::uint64_t s = 0; s < synced_at_.size(); ++s) count += resting(s, synced_before) ? 1 : 0;
  return count;
}

std::uint64_t FileContent::flip(std::uint64_t index, std::uint32_t bit, SimTime synced_before) {
  for (std::uint64_t s = 0; s < synced_at_.size(); ++s) {
    if (!resting(s, synced_before) || index-- != 0) continue;
    const std::uint64_t begin = s * kSectorBytes;
    const std::uint64_t bytes = std::min<std::uint64_t>(kSectorBytes, cache_.size() - begin);
    const std::uint64_t at = bit / 8 % bytes;
    cache_[begin + at] = static_cast<std::uint8_t>(cache_[begin + at] ^ (1U << (bit % 8)));
    return s;
  }
  WN_CHECK(false);
}

}  // namespace wn::sim
