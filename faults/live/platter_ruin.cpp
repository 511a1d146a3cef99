// Bits that rot, and the disk after a power loss.
#include <algorithm>
#include <utility>

#include "faults/live/platter.h"

namespace wn::live {

namespace {
constexpr std::uint64_t kRestoreBytesMax = 1U << 20;  // of one write
}  // namespace

// One bit at a time: the sector is read, and written back with one bit flipped.
void Platter::rot_next(Instant now) {
  while (!rotting_ && !rots_.empty() && !power_gone_) {
    const Rot rot = rots_.front();
    rots_.pop_front();
    const Instant before = now - kRestBeforeRot;
    std::uint64_t resting = 0;
    for (const auto& [name, file] : names_.visible()) resting += shadows_.at(file)->resting(before);
    if (resting == 0) continue;
    Draw draw = random_.at("disk.rot", rot.fault, rot.bit);
    std::uint64_t index = draw.below(resting);
    const auto bit = static_cast<std::uint32_t>(draw.below(std::uint64_t{kSectorBytes} * 8));
    for (const auto& [name, file] : names_.visible()) {
      const std::uint64_t here = shadows_.at(file)->resting(before);
      if (index >= here) {
        index -= here;
        continue;
      }
      const std::uint64_t sector = shadows_.at(file)->resting_sector(index, before);
      rotting_ = true;
      forward({.kind = Errand::rot_read, .file = file, .sectors = {sector, sector + 1}, .bit = bit},
              {.operation = DiskOperation::read,
               .file = name,
               .offset = sector * kSectorBytes,
               .length = kSectorBytes});
      break;
    }
  }
}

void Platter::flip(const Errand& errand, DiskCompletion& completion, Instant now) {
  rotting_ = false;
  const auto shadow = shadows_.find(errand.file);
  const auto name = std::find_if(names_.visible().begin(), names_.visible().end(),
                                 [&](const auto& entry) { return entry.second == errand.file; });
  const bool gone = shadow == shadows_.end() || name == names_.visible().end() || completion.data.empty();
  // Written to since: it is not at rest any more.
  if (gone || !shadow->second->rests(errand.sectors.first, now)) return rot_next(now);
  const std::size_t at = errand.bit / 8 % completion.data.size();
  const Bytes rotten = Bytes::build(completion.data.size(), [&](std::uint8_t* to) {
    std::copy_n(completion.data.data(), completion.data.size(), to);
    to[at] = static_cast<std::uint8_t>(to[at] ^ (1U << (errand.bit % 8)));
  });
  shadow->second->rot(errand.sectors.first);
  ++stats_.rotten_bits;
  rotting_ = true;
  forward({.kind = Errand::rot_write, .file = errand.file}, {.operation = DiskOperation::write,
                                                             .file = name->first,
                                                             .offset = errand.sectors.first * kSectorBytes,
                                                             .data = rotten});
}

// What has been forwarded takes effect first, as it would have in the disk's own memory; what has not is lost
// with the process.
void Platter::lose_power(std::function<void()> done) {
  if (power_gone_) return;
  power_gone_ = std::move(done);
}

void Platter::next_phase() {
  if (!errands_.empty() || !power_gone_) return;
  if (!ruined_) {
    ruined_ = true;
    phases_.clear();
    ruin();
  }
  while (!phases_.empty() && phases_.front().empty()) phases_.pop_front();
  if (phases_.empty()) {
    if (!told_) {
      told_ = true;
      power_gone_();
    }
    return;
  }
  std::vector<DiskRequest>& phase = phases_.front();
  const std::size_t count = std::min(phase.size(), kOuterOperationsMax);
  for (std::size_t i = 0; i < count; ++i) forward({}, std::move(phase[i]));
  phase.erase(phase.begin(), phase.begin() + static_cast<std::ptrdiff_t>(count));
}

// First the contents under the names of before; then all names out of the way, what is lost removed; then
// each to its place.
void Platter::ruin() {
  const Random random = random_.child("disk.power", 0, number_);
  std::map<std::uint32_t, std::string> stands;  // file -> its name on the outer disk
  for (const auto& [name, file] : names_.visible()) stands[file] = name;
  for (const auto& [file, name] : buried_) stands[file] = name;
  std::map<std::uint32_t, std::string> wanted;
  for (const auto& [name, file] : names_.lose_power(random)) wanted[file] = name;

  phases_.assign(3, {});
  for (const auto& [file, name] : stands) {
    const auto place = wanted.find(file);
    if (place == wanted.end()) {
      phases_[1].push_back({.operation = DiskOperation::remove, .file = name});
      continue;
    }
    const Shadow::Ruin ruin = shadows_.at(file)->lose_power(random.child("disk.file", file));
    if (ruin.harmed) restore(ruin, name);
    if (place->second == name) continue;
    const std::string aside = kOwnPrefix + ("aside." + std::to_string(file));
    phases_[1].push_back({.operation = DiskOperation::rename, .file = name, .to = aside});
    phases_[2].push_back({.operation = DiskOperation::rename, .file = aside, .to = place->second});
  }
}

void Platter::restore(const Shadow::Ruin& ruin, const std::string& name) {
  ++stats_.undone;
  std::vector<DiskRequest>& phase = phases_[0];
  phase.push_back({.operation = DiskOperation::truncate, .file = name, .length = ruin.size});
  auto at = ruin.sectors.begin();
  while (at != ruin.sectors.end()) {
    auto end = at;
    std::uint64_t next = at->first;
    while (end != ruin.sectors.end() && end->first == next &&
           (next - at->first) * kSectorBytes < kRestoreBytesMax) {
      ++next;
      ++end;
    }
    const std::uint64_t offset = at->first * kSectorBytes;
    const std::uint64_t length = std::min(next * kSectorBytes, ruin.size) - offset;
    const Bytes data = Bytes::build(length, [&](std::uint8_t* to) {
      for (; at != end; ++at) {
        const std::uint64_t begin = at->first * kSectorBytes - offset;
        std::copy_n(at->second.data(), std::min<std::uint64_t>(kSectorBytes, length - begin), to + begin);
      }
    });
    at = end;
    phase.push_back({.operation = DiskOperation::write, .file = name, .offset = offset, .data = data});
  }
}

}  // namespace wn::live
