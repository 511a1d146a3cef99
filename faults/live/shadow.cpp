#include "faults/live/shadow.h"

#include <algorithm>
#include <cstring>

#include "faults/plan/write_fate.h"
#include "runtime/base/check.h"

namespace wn::live {

namespace {

constexpr std::uint64_t sector_of(std::uint64_t offset) { return offset / kSectorBytes; }
constexpr std::uint64_t sectors_over(std::uint64_t bytes) {
  return (bytes + kSectorBytes - 1) / kSectorBytes;
}

// What [offset, offset + length) puts into sector number `sector`.
void overlay(Sector& image, std::uint64_t sector, std::uint64_t offset, std::uint64_t length,
             const Bytes& data) {
  const std::uint64_t from = std::max(offset, sector * kSectorBytes);
  const std::uint64_t to = std::min(offset + length, (sector + 1) * kSectorBytes);
  if (from >= to) return;
  std::uint8_t* const at = image.data() + from % kSectorBytes;
  if (data.empty()) {
    std::memset(at, 0, to - from);
  } else {
    std::memcpy(at, data.data() + (from - offset), to - from);
  }
}

}  // namespace

Shadow::Shadow(std::uint64_t size, Instant synced)
    : size_(size),
      durable_size_(size),
      synced_at_(sectors_over(size), synced),
      tail_known_(size % kSectorBytes == 0) {}

std::vector<SectorRange> Shadow::needs(std::uint64_t offset, std::uint64_t length) {
  std::vector<SectorRange> out;
  if (length == 0) return out;
  const std::uint64_t last = std::min(sectors_over(offset + length), sectors_over(durable_size_));
  for (std::uint64_t s = sector_of(offset); s < last; ++s) {
    if (images_.contains(s)) continue;
    bytes_ += kSectorBytes;
    if (s == sector_of(size_) && tail_known_) {  // untouched since it became durable, and known
      images_[s] = {true, tail_};
      continue;
    }
    images_[s] = {};
    if (!out.empty() && out.back().last == s) {
      ++out.back().last;
    } else {
      out.push_back({s, s + 1});
    }
  }
  return out;
}

void Shadow::take_image(SectorRange range, ByteView data) {
  for (std::uint64_t s = range.first; s < range.last; ++s) {
    const auto at = images_.find(s);
    const std::uint64_t begin = (s - range.first) * kSectorBytes;
    if (at == images_.end() || at->second.known) continue;
    at->second.known = true;
    // What lies beyond the durable length is no part of the durable image.
    const std::uint64_t end = std::min<std::uint64_t>(data.size(), begin + kSectorBytes);
    if (begin < end) std::memcpy(at->second.bytes.data(), data.data() + begin, end - begin);
  }
}

void Shadow::note(Change change) {
  const std::uint64_t old_size = size_;
  size_ = change.size_after;
  follow_tail(change, old_size);
  bytes_ += change.data.size();
  changes_.push_back(std::move(change));
}

void Shadow::write(std::uint64_t offset, const Bytes& data) {
  note({offset, data.size(), data, std::max(size_, offset + data.size()), false});
}

void Shadow::truncate(std::uint64_t length) {
  if (length == size_) return;
  const std::uint64_t begin = std::min(size_, length);
  note({begin, std::max(size_, length) - begin, {}, length, false});
}

void Shadow::follow_tail(const Change& change, std::uint64_t old_size) {
  const std::uint64_t tail = sector_of(size_);
  const bool same = sector_of(old_size) == tail;
  const bool shrunk = size_ < old_size;
  if (size_ % kSectorBytes == 0) {
    tail_ = {};
    tail_known_ = true;
    return;
  }
  const bool covered = change.offset <= tail * kSectorBytes && change.offset + change.length >= size_;
  if (covered && !shrunk) {
    tail_ = {};
    tail_known_ = true;
  } else if (same && !shrunk) {
    // As it was, with the change on it.
  } else if (old_size <= tail * kSectorBytes) {
    tail_ = {};
    tail_known_ = true;
  } else if (!same) {
    tail_known_ = false;  // it ends where it did not
  }
  if (shrunk) {
    if (tail_known_) std::memset(tail_.data() + size_ % kSectorBytes, 0, kSectorBytes - size_ % kSectorBytes);
    return;
  }
  overlay(tail_, tail, change.offset, change.length, change.data);
}

void Shadow::fail_sync(std::uint64_t upto) {
  for (std::size_t i = 0; i < changes_.size() && first_change_ + i <= upto; ++i) changes_[i].forsaken = true;
}

Sector Shadow::durable(std::uint64_t sector) const {
  const auto at = images_.find(sector);
  if (at == images_.end()) return {};
  Sector out = at->second.bytes;
  const std::uint64_t begin = sector * kSectorBytes;
  if (begin + kSectorBytes > durable_size_) {
    const std::uint64_t kept = durable_size_ > begin ? durable_size_ - begin : 0;
    std::memset(out.data() + kept, 0, kSectorBytes - kept);
  }
  return out;
}

Shadow::Images Shadow::build(const Versions& versions) const {
  Images images;
  for (const auto& [sector, version] : versions) images[sector] = durable(sector);
  for (std::size_t i = 0; i < changes_.size(); ++i) {
    const Change& c = changes_[i];
    const std::uint64_t end = sectors_over(c.offset + c.length);
    for (auto at = versions.lower_bound(sector_of(c.offset)); at != versions.end() && at->first < end; ++at) {
      if (i < at->second) overlay(images[at->first], at->first, c.offset, c.length, c.data);
    }
  }
  return images;
}

// The changes that a sync did not make durable: those after it, and pieces of forsaken ones on sectors that
// nothing covered.
std::vector<Shadow::Change> Shadow::left_after(const Versions& versions,
                                               std::uint64_t durable_changes) const {
  std::vector<Change> left;
  for (std::uint64_t i = 0; i < changes_.size(); ++i) {
    const Change& c = changes_[i];
    if (i >= durable_changes) {
      left.push_back(c);
      continue;
    }
    if (!c.forsaken) continue;
    const std::uint64_t end = c.offset + c.length;
    for (std::uint64_t s = sector_of(c.offset); s < sectors_over(end); ++s) {
      if (i < versions.at(s)) continue;
      const std::uint64_t from = std::max(c.offset, s * kSectorBytes);
      const std::uint64_t length = std::min(end, (s + 1) * kSectorBytes) - from;
      left.push_back({from, length, c.data.empty() ? Bytes{} : c.data.slice(from - c.offset, length),
                      changes_[durable_changes - 1].size_after, true});
    }
  }
  return left;
}

void Shadow::synced(std::uint64_t upto, Instant now) {
  if (upto < first_change_ || changes_.empty()) return;
  const std::uint64_t count = std::min<std::uint64_t>(upto - first_change_ + 1, changes_.size());
  Versions versions;
  for (std::uint64_t i = 0; i < count; ++i) {
    const Change& c = changes_[i];
    for (std::uint64_t s = sector_of(c.offset); s < sectors_over(c.offset + c.length); ++s) {
      std::uint64_t& version = versions[s];
      if (!c.forsaken) version = i + 1;
    }
  }
  const std::uint64_t size = changes_[count - 1].size_after;
  std::vector<Change> left = left_after(versions, count);
  Versions wanted;  // sectors that what is left touches, as they are durable now
  for (const Change& c : left) {
    for (std::uint64_t s = sector_of(c.offset); s < sectors_over(c.offset + c.length); ++s) {
      const auto at = versions.find(s);
      wanted[s] = at == versions.end() ? 0 : at->second;
    }
  }
  const Images images = build(wanted);
  std::map<std::uint64_t, Image> kept;
  for (const auto& [sector, image] : images) {
    if (sector >= sectors_over(size)) continue;
    // An image that is still on its way brings what is durable now.
    const auto old = images_.find(sector);
    const bool coming = old != images_.end() && !old->second.known && !versions.contains(sector);
    kept[sector] = coming ? Image{} : Image{true, image};
  }
  images_ = std::move(kept);
  durable_size_ = size;
  synced_at_.resize(sectors_over(durable_size_), now);
  for (const auto& [sector, version] : versions) {
    if (sector < synced_at_.size()) synced_at_[sector] = now;
  }
  first_change_ += changes_.size() - left.size();
  changes_ = std::move(left);
  bytes_ = images_.size() * kSectorBytes;
  for (const Change& c : changes_) bytes_ += c.data.size();
}

bool Shadow::rests(std::uint64_t sector, Instant synced_before) const {
  return sector < synced_at_.size() && synced_at_[sector] <= synced_before && !images_.contains(sector) &&
         sector * kSectorBytes < size_;
}

std::uint64_t Shadow::resting(Instant synced_before) const {
  std::uint64_t count = 0;
  for (std::uint64_t s = 0; s < synced_at_.size(); ++s) count += rests(s, synced_before) ? 1 : 0;
  return count;
}

std::uint64_t Shadow::resting_sector(std::uint64_t index, Instant synced_before) const {
  for (std::uint64_t s = 0; s < synced_at_.size(); ++s) {
    if (rests(s, synced_before) && index-- == 0) return s;
  }
  WN_CHECK(false);
}

Shadow::Ruin Shadow::lose_power(const Random& random) const {
  Ruin out;
  out.size = size_;
  if (changes_.empty()) return out;
  Versions versions;
  std::uint64_t size_by_data = durable_size_;
  for (std::uint32_t i = 0; i < changes_.size(); ++i) {
    const Change& c = changes_[i];
    const std::uint64_t first = sector_of(c.offset);
    const std::uint64_t last = sectors_over(c.offset + c.length);
    const WriteFate fate(random, i, first, last, c.forsaken);
    out.harmed |= !fate.kept();
    if (!fate.lost()) size_by_data = c.size_after;
    for (std::uint64_t s = first; s < last; ++s) {
      std::uint64_t& version = versions[s];
      if (fate.survives(s)) version = i + 1;
    }
  }
  Draw draw = random.at("disk.length");
  out.size = size_by_data;
  switch (draw.below(4)) {
    case 0:
      out.size = durable_size_;
      break;
    case 1:
      out.size = changes_[draw.below(changes_.size())].size_after;
      break;
    default:
      break;
  }
  out.harmed |= out.size != size_;
  out.sectors = build(versions);
  std::erase_if(out.sectors, [&](const auto& entry) { return entry.first * kSectorBytes >= out.size; });
  return out;
}

}  // namespace wn::live
