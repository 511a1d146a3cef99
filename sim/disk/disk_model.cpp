#include "sim/disk/disk_model.h"

#include <algorithm>

#include "runtime/base/check.h"
#include "sim/network/passage.h"

namespace wn::sim {

bool valid_file_name(const std::string& name) {
  const auto allowed = [](char c) {
    return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
  };
  return !name.empty() && name.size() <= kFileNameBytesMax && name != "." && name != ".." &&
         std::all_of(name.begin(), name.end(), allowed);
}

DiskOutcome DiskModel::apply(DiskRequest request, const DiskConditions& conditions, const Random& random,
                             SimTime now) {
  DiskOutcome out;
  const std::uint64_t ticket = request.ticket;
  const DiskOperation operation = request.operation;
  Errc error = Errc::ok;
  if (operation == DiskOperation::write) {
    out = write(request, conditions, random);
    error = out.completion.error;
  } else if (operation == DiskOperation::sync) {
    error = sync(request, conditions, now);
  } else if (operation == DiskOperation::sync_directory) {
    if (conditions.fails) {
      error = Errc::io_error;
    } else if (!conditions.sync_lies) {
      directory_.sync();
      collect();
    }
  } else if (operation == DiskOperation::list) {
    if (conditions.fails) {
      error = Errc::io_error;
    } else {
      for (const auto& [name, inode] : directory_.names())
        out.completion.entries.push_back({name, files_.at(inode).size()});
    }
  } else if (const std::uint32_t inode = directory_.find(request.file); inode == Directory::kMissing) {
    error = Errc::not_found;
  } else if (conditions.fails) {
    error = Errc::io_error;
  } else if (operation == DiskOperation::read) {
    const std::uint64_t length = std::min<std::uint64_t>(request.length, kDiskTransferBytesMax);
    out.completion.data = files_.at(inode).read(request.offset, length);
  } else if (operation == DiskOperation::truncate) {
    error = truncate(request, conditions);
  } else if (operation == DiskOperation::rename) {
    directory_.rename(request.file, request.to);
    collect();
  } else {
    directory_.remove(request.file);
    collect();
  }
  out.completion.ticket = ticket;
  out.completion.operation = operation;
  out.completion.error = error;
  return out;
}

DiskOutcome DiskModel::write(DiskRequest& request, const DiskConditions& conditions, const Random& random) {
  DiskOutcome out;
  std::uint32_t inode = directory_.find(request.file);
  const std::uint64_t end = request.offset + request.data.size();
  const std::uint64_t size = inode == Directory::kMissing ? 0 : files_.at(inode).size();
  const std::uint64_t grows = end > size ? end - size : 0;
  const bool no_room = grows > bytes_max_ - std::min(used_, bytes_max_) ||
                       (inode == Directory::kMissing && directory_.names().size() >= kDiskFilesMax);
  if (no_room || (conditions.full && (grows != 0 || inode == Directory::kMissing))) {
    out.completion.error = Errc::no_space;
    return out;
  }
  if (conditions.fails) {
    // A failed write may have got some way: here none, or up to a sector border.
    const std::uint64_t part = random.at("disk.partial").below(request.data.size() / kSectorBytes + 1);
    out.completion.error = Errc::io_error;
    if (part == 0 || inode == Directory::kMissing) return out;
    request.data = request.data.slice(0, part * kSectorBytes);
  } else if (inode == Directory::kMissing) {
    inode = ++last_inode_;
    directory_.create(request.file, inode);
  }
  FileContent& file = files_[inode];
  std::uint64_t offset = request.offset;
  if (conditions.misdirect && !request.data.empty()) {
    const std::uint64_t first = offset / kSectorBytes;
    const std::uint64_t span = (end + kSectorBytes - 1) / kSectorBytes - first;
    const std::uint64_t have = file.size() / kSectorBytes;
    if (have > span) {
      // One of the places where it fits, other than its own.
      const std::uint64_t places = have - span + 1;
      std::uint64_t place = random.at("disk.misdirect").below(first < places ? places - 1 : places);
      if (place >= first && first < places) ++place;
      offset = place * kSectorBytes + offset % kSectorBytes;
      out.misdirected = true;
      out.sector = place;
    }
  }
  const std::uint64_t before = file.size();
  file.write(offset, request.data);
  if (out.misdirected && end > file.size())
    file.truncate(end);  // the length is right, the bytes are not there
  used_ += file.size() - before;
  return out;
}

Errc DiskModel::truncate(const DiskRequest& request, const DiskConditions& conditions) {
  FileContent& file = files_.at(directory_.find(request.file));
  const std::uint64_t size = file.size();
  if (request.length > size) {
    if (conditions.full || request.length - size > bytes_max_ - std::min(used_, bytes_max_))
      return Errc::no_space;
  }
  file.truncate(request.length);
  used_ = used_ - size + request.length;
  return Errc::ok;
}

Errc DiskModel::sync(const DiskRequest& request, const DiskConditions& conditions, SimTime now) {
  const std::uint32_t inode = directory_.find(request.file);
  if (inode == Directory::kMissing) return Errc::not_found;
  FileContent& file = files_.at(inode);
  if (conditions.fails) {
    file.fail_sync();
    return Errc::io_error;
  }
  if (!conditions.sync_lies) file.sync(now);
  return Errc::ok;
}

// Frees the files that no name, seen or durable, leads to any more.
void DiskModel::collect() {
  used_ = 0;
  for (auto it = files_.begin(); it != files_.end();) {
    if (directory_.refers_to(it->first)) {
      used_ += it->second.size();
      ++it;
    } else {
      it = files_.erase(it);
    }
  }
}

std::uint32_t DiskModel::name_of(std::uint32_t inode) const {
  for (const auto& [name, other] : directory_.names()) {
    if (other == inode) return trace_checksum(as_bytes(name));
  }
  return 0;
}

std::vector<Damage> DiskModel::lose_power(const Random& random, SimTime now) {
  std::vector<Damage> damages;
  for (auto& [inode, file] : files_) {
    const std::uint64_t durable = file.durable_size();
    if (file.lose_power(random.child("disk.file", inode), now))
      damages.push_back({DamageKind::lost_or_torn, durable / kSectorBytes, name_of(inode)});
  }
  if (directory_.lose_power(random)) damages.push_back({DamageKind::name_forgotten, 0, 0});
  collect();
  return damages;
}

std::vector<Damage> DiskModel::rot(Draw draw, SimTime now) {
  const SimTime before = now - kRestBeforeRot;
  std::uint64_t resting = 0;
  for (const auto& [name, inode] : directory_.names()) resting += files_.at(inode).resting_sectors(before);
  if (resting == 0) return {};
  std::uint64_t index = draw.below(resting);
  const auto bit = static_cast<std::uint32_t>(draw.below(std::uint64_t{kSectorBytes} * 8));
  for (const auto& [name, inode] : directory_.names()) {
    FileContent& file = files_.at(inode);
    const std::uint64_t here = file.resting_sectors(before);
    if (index < here) {
      const std::uint64_t sector = file.flip(index, bit, before);
      return {{DamageKind::bit_rot, sector, trace_checksum(as_bytes(name))}};
    }
    index -= here;
  }
  WN_CHECK(false);
}

void DiskModel::wipe() {
  directory_ = Directory{};
  files_.clear();
  used_ = 0;
}

}  // namespace wn::sim
