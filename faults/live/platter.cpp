#include "faults/live/platter.h"

#include <algorithm>
#include <utility>

namespace wn::live {

using faults::FaultKind;

Platter::Platter(const HurtOptions& options, HurtStats& stats, Disk& outer, Deliver deliver)
    : options_(options),
      stats_(stats),
      outer_(outer),
      deliver_(std::move(deliver)),
      random_(Random(options.seed).child("live.disk", options.self.value)) {}

void Platter::open(Instant, std::function<void()> ready) {
  ready_ = std::move(ready);
  forward({.kind = Errand::listing}, {.operation = DiskOperation::list});
}

// What a process left that was killed: a file that had stepped aside and whose place was not taken goes back;
// the rest of what is Hurt's own was removed long since, as the inner process saw it.
void Platter::take_listing(const DiskCompletion& completion, Instant now) {
  for (const DirectoryEntry& entry : completion.entries) {
    if (!Names::own(entry.file)) adopt(entry.file, entry.size, now);
  }
  for (const DirectoryEntry& entry : completion.entries) {
    if (!Names::own(entry.file)) continue;
    const std::string name = Names::replaced_name(entry.file);
    if (!name.empty() && names_.find(name) == Names::kMissing) {
      adopt(name, entry.size, now);
      forward({}, {.operation = DiskOperation::rename, .file = entry.file, .to = name});
    } else {
      forward({}, {.operation = DiskOperation::remove, .file = entry.file});
    }
  }
  std::exchange(ready_, nullptr)();
}

void Platter::adopt(const std::string& name, std::uint64_t size, Instant now) {
  shadows_[names_.found(name)] = std::make_unique<Shadow>(size, now);
  used_ += size;
}

Errc Platter::begin(const faults::Fault& fault, Instant now) {
  const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(0, fault.amount));
  switch (fault.kind) {
    case FaultKind::disk_misdirect:
      misdirects_left_ += std::min<std::uint64_t>(count, 1U << 20);
      return Errc::ok;
    case FaultKind::disk_bit_rot:
      for (std::uint64_t bit = 0; bit < std::min<std::uint64_t>(count, 1U << 12); ++bit)
        rots_.push_back({fault.id, bit});
      rot_next(now);
      return Errc::ok;
    case FaultKind::disk_error:
    case FaultKind::disk_full:
    case FaultKind::disk_stall:
    case FaultKind::disk_sync_lie:
      faults_.push_back({fault.id, fault.kind, fault.amount});
      return Errc::ok;
    default:
      return Errc::unsupported;
  }
}

void Platter::end(std::uint32_t fault_id) {
  std::erase_if(faults_, [&](const Active& f) { return f.id == fault_id; });
}

Platter::Conditions Platter::conditions(std::uint64_t number, Instant now) const {
  Conditions out;
  out.misdirect = misdirects_left_ != 0 && now >= misdirect_from_;
  for (const Active& fault : faults_) {
    if (fault.kind == FaultKind::disk_full) out.full = true;
    if (fault.kind == FaultKind::disk_sync_lie) out.sync_lies = true;
    if (fault.kind == FaultKind::disk_error) {
      const auto ppm = static_cast<std::uint64_t>(std::max<std::int64_t>(0, fault.amount));
      out.fails |= random_.at("disk.error", fault.id, number).chance_ppm(ppm);
    }
  }
  return out;
}

bool Platter::valid(const DiskRequest& request) {
  constexpr std::uint64_t kOffsetMax = std::uint64_t{1} << 48;
  const auto name_ok = [](const std::string& name) {
    return !name.empty() && name.size() <= kFileNameBytesMax && name != "." && name != ".." &&
           !Names::own(name) && std::all_of(name.begin(), name.end(), [](char c) {
             return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '.' || c == '_' || c == '-';
           });
  };
  if (request.operation < DiskOperation::read || request.operation > DiskOperation::list) return false;
  const bool whole =
      request.operation == DiskOperation::list || request.operation == DiskOperation::sync_directory;
  if (!whole && !name_ok(request.file)) return false;
  if (request.operation == DiskOperation::rename && !name_ok(request.to)) return false;
  return request.offset <= kOffsetMax && request.length <= kOffsetMax;
}

Errc Platter::submit(DiskRequest request, Instant now) {
  if (!valid(request)) return Errc::invalid_argument;
  if (request.data.size() > kDiskTransferBytesMax ||
      (request.operation == DiskOperation::read && request.length > kDiskTransferBytesMax))
    return Errc::too_large;
  if (operations_.size() >= kDiskOperationsMax) return Errc::overloaded;
  ++stats_.disk_operations;
  Duration stall;
  for (const Active& fault : faults_) {
    if (fault.kind == FaultKind::disk_stall)
      stall = stall + Duration{std::max<std::int64_t>(0, fault.amount)};
  }
  Operation operation;
  operation.number = ++number_;
  operation.start = now + stall;
  operation.completion.ticket = request.ticket;
  operation.completion.operation = request.operation;
  operation.request = std::move(request);
  operations_.push_back(std::move(operation));
  start_operations(now);
  return Errc::ok;
}

// In order: one that is stalled holds up those behind it.
void Platter::start_operations(Instant now) {
  if (power_gone_) return;
  while (started_ < operations_.size() && operations_[started_].start <= now &&
         errands_.size() < kOuterOperationsMax) {
    Operation& operation = operations_[started_++];
    operation.started = true;
    start(operation, now);
  }
  keep_within_bounds();
}

void Platter::forward(Errand errand, DiskRequest request) {
  request.ticket = ++ticket_;
  const DiskOperation operation = request.operation;
  errands_.emplace(ticket_, errand);
  const Errc error = outer_.submit(std::move(request));
  if (error != Errc::ok)
    refused_.push_back({.ticket = ticket_, .operation = operation, .error = Errc::io_error});
}

void Platter::answer_here(Operation& operation, Errc error) {
  operation.completion.error = error;
  operation.done = true;
  if (error == Errc::io_error || error == Errc::no_space) ++stats_.disk_failed;
}

void Platter::on_disk(DiskCompletion completion, Instant now) {
  const auto node = errands_.extract(completion.ticket);
  if (!node) return;
  finish(node.mapped(), completion, now);
  if (power_gone_) return next_phase();
  start_operations(now);
  hand_on();
}

void Platter::finish(const Errand& errand, DiskCompletion& completion, Instant now) {
  const auto shadow = shadows_.find(errand.file);
  if (completion.operation == DiskOperation::sync && shadow != shadows_.end()) {
    if (completion.error == Errc::ok) {
      shadow->second->synced(errand.upto, now);
    } else {
      shadow->second->fail_sync(errand.upto);
    }
  } else if (completion.operation == DiskOperation::sync_directory && completion.error == Errc::ok) {
    names_.synced(errand.upto);
    collect();
  }
  switch (errand.kind) {
    case Errand::listing:
      return take_listing(completion, now);
    case Errand::image:
      if (shadow != shadows_.end()) shadow->second->take_image(errand.sectors, completion.data.view());
      return;
    case Errand::rot_read:
      return flip(errand, completion, now);
    case Errand::rot_write:
      rotting_ = false;
      return rot_next(now);
    case Errand::own:
      if (completion.operation == DiskOperation::sync) syncing_own_ = false;
      return;
    case Errand::answer:
      break;
  }
  if (operations_.empty() || errand.number < operations_.front().number) return;
  Operation& operation = operations_[errand.number - operations_.front().number];
  DiskCompletion& answer = operation.completion;
  if (answer.error == Errc::ok) answer.error = completion.error;
  answer.data = std::move(completion.data);
  answer.entries = std::move(completion.entries);
  std::erase_if(answer.entries, [](const DirectoryEntry& entry) { return Names::own(entry.file); });
  operation.done = true;
}

void Platter::hand_on() {
  while (!operations_.empty() && operations_.front().done && !power_gone_) {
    DiskCompletion completion = std::move(operations_.front().completion);
    operations_.pop_front();
    --started_;
    deliver_(std::move(completion));
  }
}

std::optional<Instant> Platter::due() const {
  if (!refused_.empty()) return Instant{};
  if (told_) return std::nullopt;
  if (power_gone_) return errands_.empty() ? std::optional<Instant>(Instant{}) : std::nullopt;
  if (operations_.empty()) return std::nullopt;
  if (operations_.front().done) return Instant{};
  if (started_ < operations_.size() && errands_.size() < kOuterOperationsMax)
    return operations_[started_].start;
  return std::nullopt;
}

void Platter::on_time(Instant now) {
  for (DiskCompletion& completion : std::exchange(refused_, {})) on_disk(std::move(completion), now);
  if (power_gone_) return next_phase();
  start_operations(now);
  hand_on();
}

void Platter::keep_within_bounds() {
  if (syncing_own_) return;
  std::uint64_t bytes = 0;
  for (const auto& [file, shadow] : shadows_) bytes += shadow->bytes();
  if (bytes <= options_.unsynced_bytes_max) return;
  for (const auto& [name, file] : names_.visible()) {
    const Shadow& shadow = *shadows_.at(file);
    if (!shadow.dirty()) continue;
    syncing_own_ = true;
    forward({.file = file, .upto = shadow.last_change()}, {.operation = DiskOperation::sync, .file = name});
  }
}

// Files that no name can lead to any more.
void Platter::collect() {
  for (auto it = buried_.begin(); it != buried_.end();) {
    if (names_.refers_to(it->first)) {
      ++it;
      continue;
    }
    forward({}, {.operation = DiskOperation::remove, .file = it->second});
    used_ -= std::min(used_, shadows_.at(it->first)->size());
    shadows_.erase(it->first);
    it = buried_.erase(it);
  }
}

}  // namespace wn::live
