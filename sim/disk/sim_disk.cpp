#include "sim/disk/sim_disk.h"

#include <algorithm>

#include "sim/network/passage.h"

namespace wn::sim {

using faults::FaultKind;

namespace {

constexpr std::size_t kBusyNamesMax = 256;  // then the idle ones are forgotten

// The queue that an operation waits in: its file, or the directory.
const std::string& queue_of(const DiskRequest& request) {
  static const std::string kDirectory;
  const bool whole =
      request.operation == DiskOperation::list || request.operation == DiskOperation::sync_directory;
  return whole ? kDirectory : request.file;
}

}  // namespace

SimDisk::Submitted SimDisk::submit(DiskRequest request, SimTime now) {
  const bool whole =
      request.operation == DiskOperation::list || request.operation == DiskOperation::sync_directory;
  const bool renames = request.operation == DiskOperation::rename;
  if (!whole && !valid_file_name(request.file)) return {.error = Errc::invalid_argument};
  if (renames && !valid_file_name(request.to)) return {.error = Errc::invalid_argument};
  if (request.operation < DiskOperation::read || request.operation > DiskOperation::list)
    return {.error = Errc::invalid_argument};
  if (request.data.size() > kDiskTransferBytesMax ||
      (request.operation == DiskOperation::read && request.length > kDiskTransferBytesMax))
    return {.error = Errc::too_large};
  if (request.offset > std::uint64_t{1} << 48 || request.length > std::uint64_t{1} << 48)
    return {.error = Errc::invalid_argument};
  if (queue_.size() + waiting_ >= kDiskOperationsMax) return {.error = Errc::overloaded};

  if (busy_until_.size() >= kBusyNamesMax) {
    FlatMap<std::string, SimTime> busy;
    for (const auto& [name, until] : busy_until_) {
      if (until > now) busy[name] = until;
    }
    busy_until_ = std::move(busy);
  }
  ++number_;
  SimTime start = std::max(now, busy_until_[queue_of(request)]);
  if (renames) start = std::max(start, busy_until_[request.to]);
  const SimTime due = start + latency(request, number_);
  busy_until_[queue_of(request)] = due;
  if (renames) busy_until_[request.to] = due;
  const std::uint32_t slot = operations_.take({std::move(request), number_, {}, false});
  queue_.push_back(slot);
  return {Errc::ok, slot, due};
}

Duration SimDisk::latency(const DiskRequest& request, std::uint64_t number) const {
  Duration mean = plan_.write_mean;
  std::uint64_t bytes = request.data.size();
  switch (request.operation) {
    case DiskOperation::read:
      bytes = request.length;
      [[fallthrough]];
    case DiskOperation::list:
      mean = plan_.read_mean;
      break;
    case DiskOperation::sync:
    case DiskOperation::sync_directory:
      mean = plan_.sync_mean;
      break;
    default:
      break;
  }
  // Half of the mean is certain, half is exponential; then a nanosecond a byte.
  Duration out{mean.ns / 2 + random_.at("disk.latency", 0, number).exponential(mean.ns - mean.ns / 2)};
  out = out + nanoseconds(static_cast<std::int64_t>(bytes));
  for (const Fault& fault : faults_) {
    if (fault.kind == FaultKind::disk_stall) out = out + Duration{std::max<std::int64_t>(0, fault.amount)};
  }
  return out;
}

DiskConditions SimDisk::conditions(std::uint64_t number, SimTime now) const {
  DiskConditions out;
  out.misdirect = misdirects_left_ != 0 && now >= misdirect_from_;
  for (const Fault& fault : faults_) {
    if (fault.kind == FaultKind::disk_full) out.full = true;
    if (fault.kind == FaultKind::disk_sync_lie) out.sync_lies = true;
    if (fault.kind == FaultKind::disk_error) {
      const auto ppm = static_cast<std::uint64_t>(std::max<std::int64_t>(0, fault.amount));
      out.fails |= random_.at("disk.error", fault.id, number).chance_ppm(ppm);
    }
  }
  return out;
}

void SimDisk::run(Operation& operation, SimTime now) {
  const std::uint32_t file = trace_checksum(as_bytes(operation.request.file));
  DiskOutcome outcome = model_.apply(std::move(operation.request), conditions(operation.number, now),
                                     random_.child("disk.operation", 0, operation.number), now);
  if (outcome.misdirected) {
    --misdirects_left_;
    misdirect_from_ = now + faults::kDamageSpacing;
    damage_.push_back({DamageKind::misdirected, outcome.sector, file});
  }
  operation.completion = std::move(outcome.completion);
  operation.done = true;
}

void SimDisk::take_effect(std::uint32_t slot, SimTime now) {
  std::erase(queue_, slot);
  ++waiting_;
  run(operations_[slot], now);
}

DiskCompletion SimDisk::take_completion(std::uint32_t slot) {
  --waiting_;
  return std::move(operations_.give_back(slot).completion);
}

void SimDisk::crash(SimTime now) {
  ++crashes_;
  FlatMap<std::string, bool> stopped;
  for (const std::uint32_t slot : queue_) {
    Operation operation = operations_.give_back(slot);
    const std::string name = queue_of(operation.request);
    const bool renames = operation.request.operation == DiskOperation::rename;
    const std::string other = renames ? operation.request.to : name;
    const bool runs = !stopped.contains(name) && !stopped.contains(other) &&
                      (random_.at("disk.crash", 0, operation.number).u64() & 1) != 0;
    if (runs) {
      run(operation, now);
    } else {
      stopped[name] = stopped[other] = true;
    }
  }
  queue_.clear();
  busy_until_.clear();
}

void SimDisk::lose_power(SimTime now) {
  const std::vector<Damage> damage = model_.lose_power(random_.child("disk.power", 0, crashes_++), now);
  damage_.insert(damage_.end(), damage.begin(), damage.end());
}

void SimDisk::begin_fault(const faults::Fault& fault, SimTime now) {
  const auto count = static_cast<std::uint64_t>(std::max<std::int64_t>(0, fault.amount));
  if (fault.kind == FaultKind::disk_misdirect) {
    misdirects_left_ += std::min<std::uint64_t>(count, 1U << 20);
  } else if (fault.kind == FaultKind::disk_bit_rot) {
    for (std::uint64_t bit = 0; bit < std::min<std::uint64_t>(count, 1U << 12); ++bit) {
      const std::vector<Damage> damage = model_.rot(random_.at("disk.rot", fault.id, bit), now);
      damage_.insert(damage_.end(), damage.begin(), damage.end());
    }
  } else {
    faults_.push_back({fault.id, fault.kind, fault.amount});
  }
}

void SimDisk::end_fault(std::uint32_t id) {
  std::erase_if(faults_, [&](const Fault& f) { return f.id == id; });
}

}  // namespace wn::sim
