// What one operation of the inner process does to the outer disk and to what is remembered.
#include <algorithm>

#include "faults/live/platter.h"

namespace wn::live {

void Platter::start(Operation& operation, Instant now) {
  DiskRequest& request = operation.request;
  const Conditions now_holds = conditions(operation.number, now);
  const Errand answer{.kind = Errand::answer, .number = operation.number};
  switch (request.operation) {
    case DiskOperation::write:
      return start_write(operation, now_holds, now);
    case DiskOperation::sync:
      return start_sync(operation, now_holds);
    case DiskOperation::sync_directory:
      if (now_holds.fails) return answer_here(operation, Errc::io_error);
      if (now_holds.sync_lies) {
        ++stats_.sync_lies;
        return answer_here(operation, Errc::ok);
      }
      return forward({.kind = Errand::answer, .number = operation.number, .upto = names_.last_change()},
                     {.operation = DiskOperation::sync_directory});
    case DiskOperation::list:
      if (now_holds.fails) return answer_here(operation, Errc::io_error);
      return forward(answer, {.operation = DiskOperation::list});
    default:
      break;
  }
  if (names_.find(request.file) == Names::kMissing) return answer_here(operation, Errc::not_found);
  if (now_holds.fails) return answer_here(operation, Errc::io_error);
  if (request.operation == DiskOperation::read) return forward(answer, request);
  if (request.operation == DiskOperation::truncate) return start_truncate(operation, now_holds);
  if (request.operation == DiskOperation::rename) return start_rename(operation);
  start_remove(operation);
}

// Reads what a change is about to cover, before it does: the outer disk keeps the order within a file.
void Platter::fetch_images(std::uint32_t file, const std::string& name, std::uint64_t offset,
                           std::uint64_t length) {
  constexpr std::uint64_t kStep = kDiskTransferBytesMax / kSectorBytes;
  for (const SectorRange& range : shadows_.at(file)->needs(offset, length)) {
    for (std::uint64_t first = range.first; first < range.last; first += kStep) {
      const SectorRange part{first, std::min(range.last, first + kStep)};
      forward({.kind = Errand::image, .file = file, .sectors = part},
              {.operation = DiskOperation::read,
               .file = name,
               .offset = part.first * kSectorBytes,
               .length = (part.last - part.first) * kSectorBytes});
    }
  }
}

void Platter::start_write(Operation& operation, const Conditions& holds, Instant now) {
  DiskRequest request = operation.request;
  std::uint32_t file = names_.find(request.file);
  const bool missing = file == Names::kMissing;
  const std::uint64_t end = request.offset + request.data.size();
  const std::uint64_t size = missing ? 0 : shadows_.at(file)->size();
  const std::uint64_t grows = end > size ? end - size : 0;
  const bool no_room = options_.disk_bytes_max != 0 && used_ + grows > options_.disk_bytes_max;
  if ((no_room && grows != 0) || (holds.full && (grows != 0 || missing)))
    return answer_here(operation, Errc::no_space);
  if (holds.fails) {
    // A failed write may have got some way: here none, or up to a sector border.
    const std::uint64_t part =
        random_.at("disk.partial", 0, operation.number).below(request.data.size() / kSectorBytes + 1);
    if (part == 0 || missing) return answer_here(operation, Errc::io_error);
    request.data = request.data.slice(0, part * kSectorBytes);
    operation.completion.error = Errc::io_error;
    ++stats_.disk_failed;
  } else if (missing) {
    file = names_.create(request.file);
    shadows_[file] = std::make_unique<Shadow>(0, now);
  }
  Shadow& shadow = *shadows_.at(file);
  const bool goes_astray = holds.misdirect && !request.data.empty();
  if (goes_astray) request.offset = misdirect(shadow, operation, now);
  fetch_images(file, request.file, request.offset, request.data.size());
  shadow.write(request.offset, request.data);
  const std::string name = request.file;
  forward({.kind = Errand::answer, .number = operation.number, .file = file}, std::move(request));
  if (goes_astray && !holds.fails && end > shadow.size()) {  // the length is right, the bytes are not there
    shadow.truncate(end);
    forward({}, {.operation = DiskOperation::truncate, .file = name, .length = end});
  }
  used_ += shadow.size() - size;
}

// Where a write that goes astray lands: one of the places where it fits, other than its own; its own when the
// file has no other.
std::uint64_t Platter::misdirect(const Shadow& shadow, Operation& operation, Instant now) {
  const std::uint64_t offset = operation.request.offset;
  const std::uint64_t end = offset + operation.request.data.size();
  const std::uint64_t first = offset / kSectorBytes;
  const std::uint64_t span = (end + kSectorBytes - 1) / kSectorBytes - first;
  const std::uint64_t have = shadow.size() / kSectorBytes;
  if (have <= span) return offset;
  const std::uint64_t places = have - span + 1;
  std::uint64_t place =
      random_.at("disk.misdirect", 0, operation.number).below(first < places ? places - 1 : places);
  if (place >= first && first < places) ++place;
  --misdirects_left_;
  misdirect_from_ = now + faults::kDamageSpacing;
  ++stats_.misdirected;
  return place * kSectorBytes + offset % kSectorBytes;
}

void Platter::start_truncate(Operation& operation, const Conditions& holds) {
  const DiskRequest& request = operation.request;
  const std::uint32_t file = names_.find(request.file);
  Shadow& shadow = *shadows_.at(file);
  const std::uint64_t size = shadow.size();
  const bool no_room = options_.disk_bytes_max != 0 && request.length > size &&
                       used_ + request.length - size > options_.disk_bytes_max;
  if (no_room || (holds.full && request.length > size)) return answer_here(operation, Errc::no_space);
  const std::uint64_t begin = std::min(size, request.length);
  const std::uint64_t length = std::max(size, request.length) - begin;
  const bool undoable = request.length > size || length <= kUndoableTruncationMax;
  if (undoable) fetch_images(file, request.file, begin, length);
  shadow.truncate(request.length);
  used_ = used_ - size + request.length;
  forward({.kind = Errand::answer, .number = operation.number, .file = file}, request);
  if (!undoable)
    forward({.file = file, .upto = shadow.last_change()},
            {.operation = DiskOperation::sync, .file = request.file});
}

void Platter::start_sync(Operation& operation, const Conditions& holds) {
  const std::uint32_t file = names_.find(operation.request.file);
  if (file == Names::kMissing) return answer_here(operation, Errc::not_found);
  Shadow& shadow = *shadows_.at(file);
  if (holds.fails) {
    shadow.fail_sync(shadow.last_change());
    return answer_here(operation, Errc::io_error);
  }
  if (holds.sync_lies) {
    ++stats_.sync_lies;
    return answer_here(operation, Errc::ok);
  }
  forward({.kind = Errand::answer, .number = operation.number, .file = file, .upto = shadow.last_change()},
          {.operation = DiskOperation::sync, .file = operation.request.file});
}

// A file that is replaced steps aside under a name that tells whose place it had, so that a kill between the
// steps does not lose it (take_listing()); once the new one is in place it goes to the graveyard. One with a
// name too long for that is replaced for good.
void Platter::start_rename(Operation& operation) {
  const DiskRequest& request = operation.request;
  const std::uint32_t replaced = names_.find(request.to);
  const bool replaces = replaced != Names::kMissing && request.to != request.file;
  const std::string aside = Names::replaced(replaced, request.to);
  const bool undoable = replaces && aside.size() <= kFileNameBytesMax;
  if (undoable) forward({}, {.operation = DiskOperation::rename, .file = request.to, .to = aside});
  names_.rename(request.file, request.to);
  forward({.kind = Errand::answer, .number = operation.number}, request);
  if (!undoable) return;
  buried_[replaced] = Names::graveyard(replaced);
  forward({}, {.operation = DiskOperation::rename, .file = aside, .to = buried_[replaced]});
}

void Platter::start_remove(Operation& operation) {
  const DiskRequest& request = operation.request;
  const std::uint32_t file = names_.find(request.file);
  names_.remove(request.file);
  buried_[file] = Names::graveyard(file);
  forward({.kind = Errand::answer, .number = operation.number},
          {.operation = DiskOperation::rename, .file = request.file, .to = buried_[file]});
}

}  // namespace wn::live
